"""What a check is asked about, and what stands for what it flags."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.events import (
    EVENT_TYPES,
    Event,
    Source,
    TextDelta,
    TextEnd,
    ToolCall,
    ToolError,
    ToolInputDelta,
    ToolResult,
    Usage,
)
from slipstream.flow.guard.pieces import REMOVED, Cover, Question, cover, text_of


def test_a_question() -> None:
    assert Question("text", 0, "before ").is_empty
    question = Question("text", 0, "before ")
    question.text += ["\n", " "]
    assert (question.is_empty, question.whole) == (True, "before \n ")
    question.text.append("said")
    assert (question.is_empty, question.whole) == (False, "before \n said")


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([" bad. "], [" # "]),
        ([" ", "ba", "d.", "\n"], [" ", "#", "", "\n"]),
        (["\n b", "ad", ".\t", " "], ["\n #", "", "\t", " "]),
        (["", "bad"], ["", "#"]),
    ],
)
def test_a_cover(parts: list[str], shown: list[str]) -> None:
    hidden = Cover("".join(parts), "#", streamed=True)
    assert [hidden.of(TextDelta(part)) for part in parts] == shown
    assert hidden.of(TextEnd()) == ""


def test_a_cover_of_what_is_no_text() -> None:
    hidden = Cover('{"a":"bad"}', "#", streamed=False)
    assert [hidden.of(event) for event in (ToolInputDelta(' {"a"', "c"), ToolInputDelta(': "bad"} ', "c"))] == ["#", ""]
    assert Cover(" bad", "#", streamed=False).of(ToolResult("c", " bad")) == "#"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ToolCall("c", "t", {"a": "é\n"}, '{"a": "\\u00e9\\n"}'), '{"a":"é\\n"}'),
        (ToolCall("c", "t", None, "{a", error="no JSON"), "{a"),
        (ToolResult("c", "plain"), "plain"),
        (ToolResult("c", [1, {"a": "b"}]), '[1,{"a":"b"}]'),
        (ToolResult("c"), ""),
        (ToolError("c", "why"), "why"),
        (Source("s", "https://a", "title", metadata={"cited": "b"}), 'title https://a {"cited":"b"}'),
        (Usage(details={"a": "b"}), ""),
    ],
)
def test_what_is_asked(event: Event, text: str) -> None:
    assert text_of(event) == text


@pytest.mark.parametrize(
    ("event", "masked", "dropped"),
    [
        (TextDelta("a", "t", 1), TextDelta("#", "t", 1), None),
        (ToolInputDelta('{"a', "c"), ToolInputDelta('"#"', "c"), None),
        (ToolCall("c", "t", {"a": 1}, '{"a": 1}'), *[ToolCall("c", "t", None, "{}", REMOVED)] * 2),
        (ToolResult("c", {"a": 1}, "t"), ToolResult("c", "#", "t"), ToolResult("c", "", "t")),
        (ToolError("c", "a"), ToolError("c", "#"), ToolError("c", REMOVED)),
        (Source("s", "u", "t", metadata={"a": 1}), Source("s", "", "#"), Source("s")),
        (TextEnd(), TextEnd(), TextEnd()),
    ],
)
def test_what_stands_for_it(event: Event, masked: Event, dropped: Event | None) -> None:
    assert cover(event, "#") == masked
    assert cover(event, "") == dropped


def test_what_is_asked_about_can_be_covered() -> None:
    made: dict[type[Event], Any] = {
        ToolCall: ToolCall("c", "t", {"a": "x"}), ToolResult: ToolResult("c", "x"), ToolError: ToolError("c", "x"),
        Source: Source("s", title="x"),
    }  # fmt: skip
    for kind in EVENT_TYPES:
        event = made.get(kind)
        if event is not None:
            assert text_of(event)
            assert cover(event, "#") != event
