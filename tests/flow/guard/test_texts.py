"""The rules at work on a stream: which text waits for which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slipstream.events import (
    Event,
    Finish,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.flow import apply
from slipstream.flow.guard import GuardRules, guard
from slipstream.flow.guard.reaction import Reaction
from slipstream.flow.guard.texts import Texts

from ..made import recordings
from .streams import call_block, reasoning_block, run, stream, text_block, text_of, without_text

WORD = "forbidden"
RULES = GuardRules([WORD])


def texts(*, part: bool = True) -> Texts:
    return Texts(RULES.compiled, Reaction("mask", "#", None), part=part, pass_raw=False)


def taken(it: Texts, *events: Event) -> list[Event]:
    return [made for event in events for made in it.take(event)]


def test_an_open_block_is_passed_by_others() -> None:
    it = texts()
    taken(it, TextStart(), TextDelta("for"))
    usage = Usage(output_tokens=1)
    assert taken(it, usage, *reasoning_block("x")) == [usage, *reasoning_block("x")]
    assert taken(it, *call_block("{}")) == call_block("{}")
    assert taken(it, TextDelta("bidden")) == [TextDelta("#")]


def test_a_closed_block_lets_go_before_anything_else_of_its_answer() -> None:
    for other in (ToolInputStart("c", "t"), ReasoningStart(), StepEnd(), StepStart()):
        it = texts()
        taken(it, *text_block("for"))
        assert taken(it, other) == [TextDelta("for"), TextEnd(), other]
    it = texts()
    taken(it, *text_block("for"))
    assert taken(it, RefusalDelta("no")) == [TextDelta("for"), TextEnd(), RefusalDelta("no")]


def test_another_answer_changes_nothing() -> None:
    it = texts()
    taken(it, *text_block("for"))
    others = [
        StepStart(1),
        *reasoning_block("x", id="r1", choice=1),
        ToolInputStart("c", "t", choice=1),
        StepEnd(choice=1),
    ]
    assert taken(it, *others) == others
    assert taken(it, *text_block("bidden", id="b"))[0] == TextDelta("#")


def test_blocks_that_are_open_at_once_are_texts_of_their_own() -> None:
    it = texts()
    taken(it, TextStart("a"), TextStart("b"), TextDelta("for", "a"), TextDelta("x for", "b"))
    assert taken(it, TextDelta("bidden", "a")) == [TextDelta("#", "a")]
    assert taken(it, TextDelta("ty", "b")) == [TextDelta("forty", "b")]
    taken(it, TextEnd("a"))
    taken(it, TextDelta("for", "b"))
    # The one that closed last is the one that goes on.
    assert taken(it, TextEnd("b"), TextStart("c"), TextDelta("bidden", "c"))[0] == TextDelta("#", "b")


def test_a_step_is_the_end_of_its_texts() -> None:
    it = texts(part=False)
    taken(it, *reasoning_block("for"), *text_block("for"), RefusalDelta("for"))
    out = taken(it, StepEnd())
    assert [event.type for event in out] == [
        "reasoning-delta", "reasoning-end", "text-delta", "text-end", "refusal-delta", "step-end",
    ]  # fmt: skip
    # And yet the rest of a match in the next step is masked.
    assert taken(it, StepStart(), TextStart("t1"), TextDelta("bidden", "t1"))[-1] == TextDelta("#", "t1")


def test_deltas_without_a_start_are_guarded_too() -> None:
    it = texts()
    assert taken(it, TextDelta("for", "x"), TextDelta("bidden", "x")) == [TextDelta("#", "x")]
    assert taken(it, ToolInputDelta('"for', "c"), ToolInputDelta('bidden"', "c")) == [
        ToolInputDelta('"', "c"), ToolInputDelta('#"', "c"),
    ]  # fmt: skip
    assert taken(it, TextEnd("y"), ToolInputEnd("z")) == [TextEnd("y"), ToolInputEnd("z")]


def test_flush_and_clear() -> None:
    it = texts()
    held: list[Event] = [TextStart(), TextDelta("for"), ToolInputStart("c", "t"), ToolInputDelta('"for', "c")]
    taken(it, *held)
    assert it.flush() == [TextDelta("for"), ToolInputDelta("for", "c")]
    taken(it, *held)
    it.clear()
    assert it.flush() == []


# ---- recorded streams


@pytest.mark.parametrize("by", ["words", "pii", "check"])
def test_recorded_streams_pass_as_they_are(by: str, corpora: Path) -> None:
    """Nothing of a clean answer is lost or moved; only wire objects and log probabilities stay behind."""
    options: dict[str, Any] = {"words": [["qqqqq", "禁词测试"]], "pii": [None, None, ["key", "id_card"]], "check": []}
    for events in recordings(corpora):
        stage = guard(check=lambda text: False) if by == "check" else guard(*options[by])
        out = apply(stage, events)
        for kind in (TextDelta, ReasoningDelta, RefusalDelta, ToolInputDelta):
            if events and isinstance(events[-1], Finish):
                assert text_of(out, kind) == text_of(events, kind)
            else:
                assert text_of(events, kind).startswith(text_of(out, kind))
        assert all(event.raw is None for event in out)
        if by == "words":
            behind = ("raw", "metadata", "tool-input-delta")  # arguments may be cut otherwise: numbers come whole
            kept = [event for event in without_text(events) if event.type not in behind]
            assert [event for event in without_text(out) if event.type not in behind] == kept


def test_a_word_of_a_recorded_answer_is_masked_in_it(corpora: Path) -> None:
    masked = 0
    for events in recordings(corpora):
        whole = text_of(events)
        words = [word for word in whole.split() if word.isalpha() and len(word) > 4][:3]
        if not words or not isinstance(events[-1], Finish):
            continue
        out = apply(guard(words), events)
        shown = text_of(out)
        assert not any(word.casefold() in shown.casefold() for word in words)
        masked += 1
    assert masked > 3


def test_thinking_ends_where_it_ended() -> None:
    """The end of thinking waits for what it held, and then for nothing."""
    events = stream(reasoning_block("so be it, for"), text_block("The answer."))
    assert without_text(run(guard(RULES), events)) == without_text(events)
    kinds = [event.type for event in run(guard(RULES), events)]
    assert kinds.index("reasoning-end") < kinds.index("text-start")
    assert isinstance(run(guard(RULES), events)[4], ReasoningDelta | ReasoningEnd)
