"""Stopping at a text: found over any cut, never shown, and nothing lost when it does not come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, cut, joined, recordings, text_of

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Message,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputEnd,
    ToolInputStart,
)
from slipstream.flow.stop_on import MAX_STOP, stop_on

STOPPED = [TextEnd(), StepEnd("stop", "stop_on"), Finish("stop", "stop_on")]


def stopped(parts: list[str], *arguments: Any, **options: Any) -> list[Event]:
    out = flow.apply(stop_on(*arguments, **options), answer(*parts))
    Order().check_all(out)
    return out


def test_it_ends_the_stream_at_the_text() -> None:
    assert joined(stopped(["one END two"], "END"))[3:] == [TextDelta("one "), *STOPPED]
    assert joined(stopped(["one END two"], "END", include=True))[3:] == [TextDelta("one END"), *STOPPED]


def test_found_over_every_cut() -> None:
    text = "one\nUser: two"
    for first in range(len(text)):
        for second in range(first, len(text)):
            parts = [text[:first], text[first:second], text[second:]]
            assert text_of(stopped(parts, "\nUser:")) == "one"


def test_nothing_is_lost_when_it_does_not_come() -> None:
    assert joined(stopped(["one EN", "D of", " EN"], "END!")) == answer("one END of EN")


def test_only_the_beginning_of_a_stop_text_is_held() -> None:
    stage = stop_on(["\nUser:", "STOP"])
    assert list(stage.on_event(TextDelta("Hello\nUs"), 0)) == [TextDelta("Hello")]
    assert list(stage.on_event(TextDelta("A S"), 0)) == [TextDelta("\nUsA ")]
    assert list(stage.on_event(TextDelta("T"), 0)) == []
    assert list(stage.on_event(TextDelta(" done"), 0)) == [TextDelta("ST done")]
    plain = TextDelta("nothing in it")
    assert next(iter(stage.on_event(plain, 0))) is plain
    assert stage.wake_at() is None


@pytest.mark.parametrize(
    ("text", "stops", "shown"),
    [
        ("abcde", ["abcde", "c"], "ab"), ("abcde", ["de", "e", "cde"], "ab"), ("xaab", ["aab", "ab"], "x"),
        ("aaab", ["aab"], "a"), ("ababac", ["abac"], "ab"), ("a. b", ["b", "."], "a"),
    ],
)  # fmt: skip
def test_of_several_the_one_that_is_complete_first(text: str, stops: list[str], shown: str) -> None:
    for parts in ([text], list(text)):
        assert text_of(stopped(parts, stops)) == shown


@given(
    st.text("ab\n", max_size=60),
    st.lists(st.text("ab\n", min_size=1, max_size=6), min_size=1, max_size=4),
    st.lists(st.integers(1, 9), max_size=30),
    st.booleans(),
)
def test_it_does_what_a_search_in_the_whole_text_does(
    text: str, stops: list[str], sizes: list[int], include: bool
) -> None:
    found = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
    end, start = min(found, default=(len(text), len(text)))
    out = stopped(cut(text, sizes), stops, include=include)
    assert text_of(out) == text[: end if include else start]
    assert out[-1] == (Finish("stop", "stop_on") if found else Finish())


def test_thinking_is_not_searched_and_blocks_are_not_joined() -> None:
    events: list[Event] = [
        Start(), StepStart(), ReasoningStart(), ReasoningDelta("END"), ReasoningEnd(), TextStart(), TextDelta("EN"),
        TextEnd(), TextStart("text-1"), TextDelta("D", "text-1"), TextEnd("text-1"), StepEnd(), Finish(),
    ]  # fmt: skip
    assert flow.apply(stop_on("END"), events) == events


def test_texts_that_take_turns_are_searched_apart() -> None:
    events: list[Event] = [TextDelta("E", "a"), TextDelta("N", "b"), TextDelta("ND", "a"), TextDelta("more", "b")]
    out = flow.apply(stop_on("END"), [Start(), StepStart(), TextStart("a"), TextStart("b"), *events])
    assert [event.text for event in out if isinstance(event, TextDelta)] == ["N"]
    Order().check_all(out)


def test_one_choice_stops_and_the_other_goes_on() -> None:
    events: list[Event] = [
        Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1), TextDelta("xEND", "a"),
        TextDelta("y", "b", 1), TextDelta("more", "a"), TextEnd("a"), StepEnd(choice=0), TextDelta("z", "b", 1),
        TextEnd("b", 1), StepEnd(choice=1), Finish(),
    ]  # fmt: skip
    out = flow.apply(stop_on("END"), events)
    Order().check_all(out)
    assert [(choice.text, choice.raw_finish_reason) for choice in Message.of(out).choices] == [
        ("x", "stop_on"), ("yz", None),
    ]  # fmt: skip


def test_a_call_in_flight_comes_to_its_end() -> None:
    call = ToolCall("c", "f")
    events: list[Event] = [
        Start(), StepStart(), ToolInputStart("c", "f"), TextStart(), TextDelta("xEND"), TextEnd(), ToolInputEnd("c"),
        call, StepEnd("tool_calls"), Finish("tool_calls"),
    ]  # fmt: skip
    out = flow.apply(stop_on("END"), events)
    Order().check_all(out)
    assert out[-3:] == [call, *STOPPED[1:]]


@pytest.mark.parametrize(
    "event",
    [Finish(), Error("x"), Abort(), TextEnd(), StepEnd(), File("image/png"), ToolInputStart("c", "f")],
    ids=lambda event: str(event.type),
)
def test_what_is_held_comes_before(event: Event) -> None:
    assert flow.apply(stop_on("END"), [TextDelta("xE"), event]) == [TextDelta("x"), TextDelta("E"), event]


def test_a_restart_voids_what_is_held() -> None:
    out = flow.apply(stop_on("END"), [*answer("xE")[:4], Restart(), *answer("ND")])
    Order().check_all(out)
    assert text_of(out) == "xND"


def test_recorded_streams_without_the_text_are_untouched(corpora: Path) -> None:
    for events in recordings(corpora):
        out = flow.apply(stop_on(["\n\nHuman: never", "</nowhere>", "the end of it all"]), events)
        assert joined(out) == joined(events)


def test_a_long_stop_text_in_a_text_that_almost_has_it_is_linear() -> None:
    out = stopped(["a" * 10] * 2000, "a" * (MAX_STOP - 1) + "b")
    assert len(text_of(out)) == 20_000


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "stop_on\\(text\\): one has 0 characters"), ([], "there is none"), (3, "stop_on\\(text\\): 3"),
        (["a", ""], "one has 0"), (["a", 3], "stop_on\\(text\\): 3"), ("x" * 1001, "one has 1001"), (None, "None"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(text: Any, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        stop_on(text)
    with pytest.raises(InvalidRequestError, match="include: 1"):
        stop_on("x", include=1)  # type: ignore[arg-type]
