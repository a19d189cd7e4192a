"""Who is interrupted leaves soon, and leaves a clean terminal; a terminal that takes nothing holds nobody."""

from __future__ import annotations

import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from tests.cli.shell import PATIENCE
from tests.client.show.slow import Slow
from tests.run.interrupting import interrupted

from slipstream.client.show import show, terminal
from slipstream.client.show.terminal import TerminalScreen
from slipstream.events import Event, Finish, Message, ReasoningDelta, Start, TextDelta
from slipstream.sinks.terminal import Look

MUCH = "a paragraph\n\n" * 8_000
"""More than a pseudo-terminal holds that nobody reads."""


def test_who_leaves_does_not_wait_for_a_terminal_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipstream.client.show.terminal._PATIENCE", 0.2)
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:
        screen = TerminalScreen(stream)
        screen.event(TextDelta(MUCH))
        assert select.select([ours], [], [], PATIENCE)[0], "nothing was written"
        thread = screen._thread
        assert thread is not None
        screen.interrupted()
        screen.end()
        assert thread.is_alive(), "it was not stuck"
        os.close(ours)  # the terminal hangs up, and so the write ends
        thread.join(PATIENCE)
        assert not thread.is_alive()


class Stuck:
    """A terminal that takes a little and then nothing more, until `hang_up`."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        self.stream = os.fdopen(theirs, "w", encoding="utf-8")
        self._watch = threading.Timer(PATIENCE, self.hang_up)
        self._watch.start()
        self.hung_up = False

    def wait(self) -> None:
        """Until it has taken something."""
        assert select.select([self._ours], [], [], PATIENCE)[0], "nothing was written"

    def hang_up(self) -> None:
        """A write that waits ends then."""
        self.hung_up = True
        os.close(self._ours)

    def __enter__(self) -> Stuck:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()
        if not self.hung_up:
            self.hang_up()
        for thread in threading.enumerate():
            if thread.name == "slipstream-screen":
                thread.join(PATIENCE)
        self.stream.close()


def test_an_interrupted_show_does_not_wait_for_a_terminal_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_PATIENCE", 0.2)
    monkeypatch.setenv("TERM", "xterm")

    class Answer:
        message = Message.of([TextDelta(MUCH), TextDelta("rest")])

        def __init__(self, stuck: Stuck) -> None:
            self._stuck = stuck

        def __iter__(self) -> Iterator[Event]:
            yield TextDelta(MUCH)
            self._stuck.wait()
            raise KeyboardInterrupt

    with Stuck() as stuck:
        with pytest.raises(KeyboardInterrupt):
            show(Answer(stuck), to=stuck.stream)
        assert not stuck.hung_up


def test_an_interrupted_end_is_waited_for_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_TICK", 0.01)
    for place in range(0, 90, 3):
        let = threading.Event()

        class Held(Slow):
            def write(self, text: str, let: threading.Event = let) -> int:
                assert let.wait(PATIENCE)
                return super().write(text)

        out = Held()
        screen = TerminalScreen(out, live=True)
        screen.event(TextDelta("All of it"))
        assert interrupted(screen.end, place)
        let.set()
        screen.end()
        assert "All of it" in out.getvalue()
        assert out.getvalue().endswith("\x1b[0m\x1b[?25h"), place


def test_a_redraw_is_no_wish_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_PATIENCE", 0.0)
    let = threading.Event()

    class Held(Slow):
        def write(self, text: str) -> int:
            assert let.wait(PATIENCE)
            return super().write(text)

    out = Held()
    screen = TerminalScreen(out, live=True)
    screen.event(TextDelta("All of it"))
    screen.redraw()  # as after `fg`
    ending = threading.Thread(target=screen.end)
    ending.start()
    ending.join(3 * terminal._TICK)
    assert ending.is_alive(), "it did not wait"
    let.set()
    ending.join(PATIENCE)
    assert "All of it" in out.getvalue()
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")


class Strike:
    """A KeyboardInterrupt behind the so many'th instruction of the screen's own code in this thread.

    Attributes:
        struck: there were so many.
    """

    def __init__(self, at: int) -> None:
        self._left = at
        self.struck = False

    def _trace(self, frame: FrameType, kind: str, _: Any) -> Any:
        if frame.f_code.co_filename != terminal.__file__:
            return None
        frame.f_trace_opcodes = True
        if kind == "opcode" and not self.struck:
            self._left -= 1
            if self._left < 0:
                self.struck = True
                raise KeyboardInterrupt
        return self._trace

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)


def test_an_interrupt_at_any_moment_leaves_a_screen_that_ends_properly() -> None:
    events: list[Event] = [Start(), ReasoningDelta("hm"), TextDelta("One\n\n- two"), TextDelta(" **three**"), Finish()]
    message = Message.of(events)
    at, strike = 0, Strike(0)
    while at == 0 or strike.struck:
        strike, out = Strike(at), io.StringIO()
        screen = TerminalScreen(out, live=True, look=Look(colour=False), progress=False)
        try:
            with strike:
                for event in events:
                    screen.event(event)
                screen.end(message)
        except KeyboardInterrupt:
            screen.interrupted()
            screen.end(message)
        shown = out.getvalue()
        assert shown.count("\x1b[?25h") == 1, at
        assert shown.endswith("\x1b[0m\x1b[?25h"), at
        assert "• two three" in shown.replace("\x1b[K", ""), (at, shown)
        at += 1
    assert at > 200
