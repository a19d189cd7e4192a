"""How an answer is written."""

from __future__ import annotations

import io
import json
import os
import tempfile
import termios

import pytest

from slipstream.cli.screen import ScreenView
from slipstream.cli.terminal import Channel
from slipstream.cli.view import JSONView, TextView
from slipstream.client.show.terminal import TerminalScreen
from slipstream.events import Abort, Event, Finish, Message, ReasoningDelta, RefusalDelta, TextDelta, ToolCall


class Screen(io.StringIO):
    """Text that is kept, of a stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


EVENTS: list[Event] = [
    ReasoningDelta("think"),
    TextDelta("\n\nFirst."),
    TextDelta("other", choice=1),
    ReasoningDelta("again"),
    TextDelta("Second."),
    Finish(),
]


def shown(stream: io.StringIO, events: list[Event], show_thinking: bool | None = None) -> str:
    view = TextView(Channel(stream), show_thinking=show_thinking)
    for event in events:
        view.event(event)
    view.end(Message.of(events))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_pipe_gets_the_text_alone() -> None:
    assert shown(io.StringIO(), EVENTS) == "\n\nFirst.Second.\n"


def test_a_terminal_gets_thinking_dimmed_wherever_it_stands() -> None:
    dim, plain = "\x1b[2m", "\x1b[0m"
    assert shown(Screen(), EVENTS) == f"{dim}think{plain}\n\nFirst.\n\n{dim}again{plain}\n\nSecond.\n"


def test_without_colour_words_say_what_is_thinking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(Screen(), EVENTS[:2]) == "[thinking]\nthink\n\n[answer]\nFirst.\n"
    assert shown(Screen(), EVENTS[:2], show_thinking=False) == "\n\nFirst.\n"


def test_a_refusal_is_shown_as_text_and_an_empty_answer_as_nothing() -> None:
    assert shown(io.StringIO(), [RefusalDelta("I will not.")]) == "I will not.\n"
    assert shown(io.StringIO(), [Finish()]) == ""


def test_the_status_line_is_wiped_before_anything_is_written() -> None:
    screen = Screen()
    seen: list[str] = []
    view = TextView(Channel(screen), lambda: seen.append(screen.getvalue()))
    view.event(TextDelta(""))
    assert seen == []
    view.event(TextDelta("a"))
    view.event(TextDelta("b"))
    assert seen == [""]


@pytest.mark.parametrize("live", [True, False])
def test_a_status_line_elsewhere_is_wiped_before_rendered_text_too(live: bool) -> None:
    screen = Screen() if live else io.StringIO()
    seen: list[str] = []
    view = ScreenView(Channel(screen), lambda: True, lambda: seen.append(screen.getvalue()), show_thinking=False,
                      progress=False)  # fmt: skip
    with view:
        view.event(ReasoningDelta("hidden"))
        assert seen == []
        view.event(TextDelta("a\n\n"))
        assert seen == [""]
        view.event(TextDelta("b\n\n"))
        view.end(Message.of([]))
    assert seen == [""]


def test_a_screen_that_cannot_begin_gives_the_keyboard_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(screen: TerminalScreen) -> None:
        assert not termios.tcgetattr(ours)[3] & termios.ECHO
        raise ZeroDivisionError

    monkeypatch.setattr(TerminalScreen, "__enter__", fail)
    monkeypatch.setattr("slipstream.cli.keyboard._in_foreground", lambda descriptor: True)
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:
        with pytest.raises(ZeroDivisionError), ScreenView(Channel(stream), lambda: True):
            pass
        assert termios.tcgetattr(ours)[3] & termios.ECHO
    os.close(ours)


def test_what_is_a_pipe() -> None:
    ours, theirs = os.pipe()
    with open(ours) as reader, open(theirs, "w") as writer, tempfile.TemporaryFile("w") as file:
        assert Channel(writer).is_pipe
        assert Channel(reader).is_pipe
        assert not Channel(file).is_pipe
    assert not Channel(io.StringIO()).is_pipe
    assert not Channel(None).is_pipe


def test_what_arrived_in_the_batch_of_a_cancel_is_shown_at_the_end() -> None:
    events: list[Event] = [TextDelta("one "), TextDelta("two "), TextDelta("three"), Abort()]
    for view, stream in ((TextView, io.StringIO()), (JSONView, io.StringIO())):
        writer = view(Channel(stream))
        writer.event(events[0])
        writer.end(Message.of(events))
        if view is TextView:
            assert stream.getvalue() == "one two three\n"
        else:
            lines = [json.loads(line) for line in stream.getvalue().splitlines()]
            assert [line.get("text") for line in lines] == ["one ", "two three", None]
            assert lines[-1]["type"] == "abort"


def test_a_whole_answer_looks_like_a_streamed_one() -> None:
    message = Message.of([ReasoningDelta("hm"), TextDelta("yes"), Finish()])
    screen = Screen()
    view = TextView(Channel(screen))
    view.whole(message)
    view.end(message)
    assert screen.getvalue() == "\x1b[2mhm\x1b[0m\n\nyes\n"


@pytest.mark.parametrize("digits", [30, 5000])
def test_a_line_of_json_holds_numbers_of_any_size(digits: int) -> None:
    size = 10**digits
    out = io.StringIO()
    JSONView(Channel(out)).event(ToolCall("a", "count", {"size": size}, "{}"))
    [line] = out.getvalue().splitlines()
    assert json.loads(line)["input"]["size"] == (size if digits == 30 else {"$int": hex(size)})
