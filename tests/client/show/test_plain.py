"""Plain text: for a pipe exactly as it came, for a dumb terminal without control characters."""

from __future__ import annotations

import io

import pytest

from slipstream.client.show.plain import PlainScreen
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message, ReasoningDelta, RefusalDelta, Restart, Retract, Start, TextDelta


class Dumb(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(events: list[Event], out: io.StringIO, message: Message | None = None, **options: str) -> str:
    screen = PlainScreen(out, **options)  # type: ignore[arg-type]
    for event in events:
        screen.event(event)
    screen.end(message)
    screen.end(message)
    return out.getvalue()


def test_a_pipe_gets_every_character() -> None:
    text = "a\x1b[31mb\r\n\tc\u202e **not** bold"
    events: list[Event] = [ReasoningDelta("hm"), TextDelta(text), TextDelta("other", choice=1), Restart()]
    assert written(events, io.StringIO()) == text + "\n"
    assert written([TextDelta("line\n")], io.StringIO()) == "line\n"
    assert written([], io.StringIO()) == ""
    assert written([RefusalDelta("No.")], io.StringIO()) == "No.\n"


def test_a_dumb_terminal_gets_no_control_characters() -> None:
    out = written([TextDelta("a\r"), TextDelta("\nb\x1b[31m"), Restart(), TextDelta("c"), Retract()], Dumb())
    assert out.splitlines() == [
        "a", "b␛[31m", "[the stream broke; the answer begins anew, what stands above is void]", "c",
        "[this answer was taken back]",
    ]  # fmt: skip


def test_a_dumb_terminal_gets_nothing_that_turns_the_direction() -> None:
    assert written([TextDelta("a\u202bb\u2067c\u2068d\u200fe\u202cf\u2069g\u202eh")], Dumb()) == "abcdefg\ufffdh\n"


def test_thinking_is_written_when_it_is_asked_for() -> None:
    events: list[Event] = [
        ReasoningDelta("hm"), TextDelta("\n"), TextDelta("\nYes"), ReasoningDelta("again"), TextDelta("No"),
    ]  # fmt: skip
    expected = "[thinking]\nhm\n\n[answer]\nYes\n\n[thinking]\nagain\n\n[answer]\nNo\n"
    assert written(events, io.StringIO(), thinking="show") == expected
    assert written(events, io.StringIO(), thinking="hide") == "\n\nYesNo\n"


def test_what_no_event_told_is_written_at_the_end() -> None:
    message = Message.of([Start(), TextDelta("All of "), TextDelta("it")])
    assert written([TextDelta("All of ")], io.StringIO(), message) == "All of it\n"
    anew = Message.of([Start(), TextDelta("New")])
    assert written([TextDelta("Old and long"), Restart(), TextDelta("Ne")], io.StringIO(), anew) == "Old and longNew\n"


def test_an_encoding_that_has_not_all_characters() -> None:
    data = io.BytesIO()
    out = io.TextIOWrapper(data, encoding="ascii", newline="")
    PlainScreen(out).event(TextDelta("a 你"))
    assert data.getvalue() == b"a ?"


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="thinking: 'x'; accepted: fold, show, hide"):
        PlainScreen(io.StringIO(), thinking="x")  # type: ignore[arg-type]
