"""Thinking in tags becomes thinking in blocks: in legal order, and the same however the text is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, cut, joined, recordings, text_of

from slipstream import flow
from slipstream.codec.tags import ThinkSplitter
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
from slipstream.flow.think_tags import think_tags

ID = "text-0-thinking"


def parted(*parts: str, **options: Any) -> list[Event]:
    """What becomes of an answer; it is in legal order."""
    out = flow.apply(think_tags(**options), answer(*parts))
    Order().check_all(out)
    return out


def thought(text: str) -> list[Event]:
    return [ReasoningStart(ID), ReasoningDelta(text, ID), ReasoningEnd(ID)]


def test_thinking_has_a_block_of_its_own_before_the_text() -> None:
    assert joined(parted("<think>hm\n</think>\n\nHello")) == [
        Start(), StepStart(), *thought("hm\n"), TextStart(), TextDelta("Hello"), TextEnd(), StepEnd(), Finish(),
    ]  # fmt: skip


def test_every_cut_gives_the_same() -> None:
    text = "\n<think>a < b</think>\nyes <think>"
    whole = joined(parted(text))
    for first in range(len(text)):
        for second in range(first, len(text), 3):
            assert joined(parted(text[:first], text[first:second], text[second:])) == whole


@pytest.mark.parametrize("text", ["plain", "a <think>b</think>", "<thin", "< think>", "", "\n\n text", "1 < 2"])
def test_other_text_is_untouched(text: str) -> None:
    assert joined(parted(*text)) == joined(answer(*text))


def test_an_answer_that_only_thinks_has_no_text_block() -> None:
    assert joined(parted("<think>", "all of it"))[2:-2] == thought("all of it")
    assert joined(parted("<think>all of it</think>\n"))[2:-2] == thought("all of it")


def test_an_empty_thought_leaves_nothing() -> None:
    assert joined(parted("<think>\n\n</think>\n\nHello")) == answer("Hello")


def test_several_thoughts_in_a_row_are_one_block() -> None:
    assert joined(parted("<think>a</think><think>b</think>c"))[2:6] == [*thought("ab"), TextStart()]


def test_a_model_whose_template_opened_the_thinking() -> None:
    out = parted("hm ", "hm</thi", "nk>\nyes", expect_think=True)
    assert (text_of(out, ReasoningDelta), text_of(out)) == ("hm hm", "yes")


def test_that_holds_for_the_first_text_of_each_step() -> None:
    step: list[Event] = [
        StepStart(), TextStart("a"), TextDelta("hm</think>yes", "a"), TextEnd("a"), TextStart("b"),
        TextDelta("more", "b"), TextEnd("b"), StepEnd(),
    ]  # fmt: skip
    out = flow.apply(think_tags(expect_think=True), [Start(), *step, *step, Finish()])
    Order().check_all(out)
    assert text_of(out, ReasoningDelta) == "hmhm"
    assert text_of(out) == "yesmore" * 2


def test_and_not_where_the_thinking_came_apart() -> None:
    events: list[Event] = [
        Start(), StepStart(), ReasoningStart(), ReasoningDelta("hm"), ReasoningEnd(), *answer("yes")[2:],
    ]  # fmt: skip
    assert flow.apply(think_tags(expect_think=True), events) == events


def test_plain_text_passes_as_the_very_same_event() -> None:
    stage = think_tags()
    for event in (TextDelta("Hello"), TextDelta(" <think>")):
        assert next(iter(stage.on_event(event, 0))) is event
    assert stage.wake_at() is None


def test_choices_are_parted_apart() -> None:
    events: list[Event] = [
        Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1), TextDelta("<think>x", "a"),
        TextDelta("<th", "b", 1), TextDelta("y</think>z", "a"), TextDelta("ink>q", "b", 1), TextEnd("a"),
        TextEnd("b", 1), StepEnd(choice=0), StepEnd(choice=1), Finish(),
    ]  # fmt: skip
    out = flow.apply(think_tags(), events)
    Order().check_all(out)
    assert [(choice.reasoning, choice.text) for choice in Message.of(out).choices] == [("xy", "z"), ("q", "")]


@pytest.mark.parametrize(
    "event", [ToolInputStart("c", "f"), ToolCall("c", "f"), File("image/png"), Error("x"), Abort(), Finish()],
    ids=lambda event: str(event.type),
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "<think>hm "])
def test_what_is_held_comes_before(event: Event, before: str) -> None:
    out = flow.apply(think_tags(), [*answer()[:3], TextDelta(before + "</thi"), event])
    place = out.index(event)
    shown = text_of(out[:place], ReasoningDelta) + text_of(out[:place])
    assert shown == before.removeprefix("<think>") + "</thi"
    if not isinstance(event, Finish):
        Order().check_all([*out[:place], *([] if isinstance(event, ToolCall) else [event])])


def test_thinking_goes_on_behind_a_call() -> None:
    events: list[Event] = [
        *answer("<think>a </th")[:4], ToolInputStart("c", "f"), ToolInputEnd("c"), TextDelta(" b</think>yes"),
        TextEnd(), StepEnd(), Finish(),
    ]  # fmt: skip
    out = flow.apply(think_tags(), events)
    Order().check_all(out)
    assert (text_of(out, ReasoningDelta), text_of(out)) == ("a </th b", "yes")


def test_a_restart_forgets() -> None:
    out = flow.apply(think_tags(), [*answer("<think>lost</thi")[:4], Restart(), *answer("<think>a</think>b")])
    Order().check_all(out)
    after = out[out.index(Restart()) :]
    assert (text_of(after, ReasoningDelta), text_of(after)) == ("a", "b")


def test_a_stream_of_bare_deltas_is_closed_too() -> None:
    out = flow.apply(think_tags(), [TextDelta("<think>a</thi")])
    assert joined(out) == thought("a</thi")


PIECES = ["<think>", "</think>", "<thinking>", "</thinking>", "<", "</", "think>", "a", " ", "\n", "b <", "你"]


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.lists(st.integers(1, 6), max_size=30), st.booleans())
def test_it_does_what_the_splitter_does(pieces: list[str], sizes: list[int], expect: bool) -> None:
    text = "".join(pieces)
    splitter = ThinkSplitter(expect_think=expect)
    expected = [*splitter.feed(text), *splitter.end()]
    out = parted(*cut(text, sizes), expect_think=expect)
    assert text_of(out) == "".join(piece for kind, piece in expected if kind == "text")
    assert text_of(out, ReasoningDelta) == "".join(piece for kind, piece in expected if kind == "reasoning")


def test_recorded_streams_that_were_parted_are_untouched(corpora: Path) -> None:
    for events in recordings(corpora):
        out = flow.apply(think_tags(), events)
        Order().check_all(out)
        assert sorted(map(repr, joined(out))) == sorted(map(repr, joined(events)))
        assert Message.of(out).text == Message.of(events).text


@pytest.mark.parametrize("value", [1, None, "yes"])
def test_wrong_arguments_are_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"expect_think: .*; accepted: True or False"):
        think_tags(value)
