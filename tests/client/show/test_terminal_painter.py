"""The painter, on a stream that is no terminal."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest
from tests.cli.shell import PATIENCE
from tests.client.show.slow import Slow, until

from slipstream.client.show.terminal import TerminalScreen
from slipstream.errors import InvalidRequestError
from slipstream.events import Message, ReasoningDelta, Start, TextDelta
from slipstream.sinks.terminal import Look


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_delta_is_painted_at_once() -> None:
    out = Slow()
    waits = []
    with TerminalScreen(out, progress=False, live=True) as screen:
        for number in range(60):
            time.sleep(0.01)
            out.written.clear()
            began = time.monotonic()
            screen.event(TextDelta(f"w{number} "))
            assert out.written.wait(5)
            waits.append(time.monotonic() - began)
    assert sorted(waits)[len(waits) // 2] < 0.005
    assert out.frames > 55


def test_many_deltas_are_painted_together() -> None:
    out = Slow()
    began = time.monotonic()
    with TerminalScreen(out, progress=False, live=True) as screen:
        for number in range(20_000):
            screen.event(TextDelta(f"w{number} "))
    assert out.frames <= 10 + 35 * (time.monotonic() - began)
    assert "w19999" in out.getvalue()


def test_what_came_and_was_not_told_is_shown_at_the_end() -> None:
    message = Message.of([Start(), TextDelta("All of "), TextDelta("it")])
    out = io.StringIO()
    with TerminalScreen(out, live=True) as screen:
        screen.event(TextDelta("All of "))
        screen.end(message)
        screen.end(message)
    assert out.getvalue().count("it\r\n") == 1
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")
    assert [thread for thread in threading.enumerate() if thread.name == "slipstream-screen"] == []


def test_the_sign_turns_while_nothing_comes() -> None:
    out = Slow()
    with TerminalScreen(out, live=True):
        for _ in range(3):
            out.written.clear()
            assert out.written.wait(5)
    assert "connecting" in out.getvalue()


def test_a_terminal_that_is_gone_is_let_go() -> None:
    class Gone(Slow):
        def write(self, text: str) -> int:
            super().write(text)
            raise OSError(5, "Input/output error")

    out = Gone()
    screen = TerminalScreen(out, live=True)
    screen.event(TextDelta("a"))
    assert out.written.wait(PATIENCE)
    thread = screen._thread
    assert thread is not None
    thread.join(PATIENCE)
    assert not thread.is_alive()
    screen.event(TextDelta("b"))
    screen.end()
    assert out.frames == 1


def test_a_broken_pipe_is_told_once() -> None:
    class Broken(Slow):
        def write(self, text: str) -> int:
            super().write(text)
            raise BrokenPipeError

    def write_on(screen: TerminalScreen) -> None:
        for _ in range(1000):
            screen.event(TextDelta("a"))
            time.sleep(0.005)

    screen = TerminalScreen(Broken(), live=True)
    with pytest.raises(BrokenPipeError):
        write_on(screen)
    screen.end()


def _failed(monkeypatch: pytest.MonkeyPatch, *, live: bool | None = None) -> str:
    """What is written where the layout fails; that is raised at the end."""
    out = Slow()
    screen = TerminalScreen(out, live=live)

    def fail(now: float) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(screen._terminal, "frame", fail)
    screen.event(TextDelta("a"))
    assert out.written.wait(5)
    with pytest.raises(ZeroDivisionError):
        screen.end()
    return out.getvalue()


def test_a_fault_gives_the_cursor_back_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _failed(monkeypatch, live=True).endswith("\x1b[?25h\r\n")


def test_a_fault_leaves_a_pipe_in_a_new_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _failed(monkeypatch) == "\n"


def test_an_encoding_that_has_not_all_characters() -> None:
    data = io.BytesIO()
    out = io.TextIOWrapper(data, encoding="latin-1", newline="")
    with TerminalScreen(out, live=True) as screen:
        screen.event(ReasoningDelta("hm"))
        screen.event(TextDelta("é 你好 - x\n\n- item\n"))
        screen.end()
    written = data.getvalue().decode("latin-1")
    assert "é ?? - x" in written
    assert "> thought" in written


def test_a_pipe_gets_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    out = Slow()
    with TerminalScreen(out) as screen:
        screen.event(TextDelta("- [a](https://a.b)\n- **b"))
        assert out.written.wait(5)
        screen.event(TextDelta("**\n"))
    assert re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()) == "• a (https://a.b)\n• b\n"
    assert "\x1b[1m" in out.getvalue()


def test_a_clock_may_be_given() -> None:
    out, clock = Slow(), Clock()
    with TerminalScreen(out, clock=clock, look=Look(colour=False)) as screen:
        screen.event(ReasoningDelta("a b"))
        clock.now = 7.0
        screen.event(TextDelta("So"))
    assert "thought for 7 s (2 words)" in out.getvalue()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="thinking: 'yes'; accepted: fold, show, hide"):
        TerminalScreen(io.StringIO(), thinking="yes")  # type: ignore[arg-type]


def test_the_request_is_taken_before_anything_comes() -> None:
    out, taken = Slow(), threading.Event()
    with TerminalScreen(out, live=True, connected=taken.is_set):
        while "connecting" not in out.getvalue():
            assert out.written.wait(PATIENCE)
        taken.set()
        until(out, "waiting")


def test_what_has_come_is_not_followed_by_waiting() -> None:
    out, taken = Slow(), threading.Event()
    with TerminalScreen(out, live=True, connected=taken.is_set) as screen:
        screen.event(ReasoningDelta("hm"))
        until(out, "thinking")
        taken.set()
        for _ in range(3):
            out.written.clear()
            assert out.written.wait(PATIENCE)
    assert "waiting" not in out.getvalue()


def test_events_wait_for_no_terminal_and_keep_their_order() -> None:
    let = threading.Event()

    class Held(Slow):
        def write(self, text: str) -> int:
            self.written.set()
            assert let.wait(PATIENCE)
            return super().write(text)

    out = Held()
    with TerminalScreen(out, live=True, look=Look(colour=False), progress=False) as screen:
        screen.event(TextDelta("w0 "))
        assert out.written.wait(PATIENCE)
        for number in range(1, 50):
            screen.event(TextDelta(f"w{number}\n\n"))
        let.set()
    shown = [int(number) for number in re.findall(r"w(\d+)", out.getvalue())]
    assert shown == sorted(shown)
    assert set(shown) == set(range(50))


def test_without_another_thread_all_is_shown_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    out = io.StringIO()
    message = Message.of([TextDelta("All of "), TextDelta("it")])
    with TerminalScreen(out, live=True) as screen:
        screen.event(TextDelta("All of "))
        screen.end(message)
    assert "All of it" in out.getvalue()
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")
