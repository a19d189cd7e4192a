"""One text over pieces and blocks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.events import (
    Event,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    TextDelta,
    TextEnd,
    TextStart,
)
from slipstream.flow.guard.lane import Lane
from slipstream.flow.guard.reaction import Reaction
from slipstream.flow.guard.screen import Rules, Word

from .streams import cut, masked, text_of

RULES = Rules([Word("forbidden"), Word("abab")])


def lane(kind: Any = TextDelta, *, mask: Any = "#", keep_raw: bool = False) -> Lane:
    return Lane(RULES, Reaction("mask", mask, None), kind, 0, keep_raw=keep_raw)


def test_a_delta_that_holds_nothing_is_the_same_delta() -> None:
    it = lane()
    it.border(TextStart())
    delta = TextDelta("clear ")
    (out,) = it.feed(delta)
    assert out is delta


def test_what_may_go_on_goes_on_at_once() -> None:
    it = lane()
    it.border(TextStart())
    assert it.feed(TextDelta("a forb")) == [TextDelta("a ")]
    assert it.feed(TextDelta("e f")) == [TextDelta("forbe ")]
    assert it.feed(TextDelta("orbidden!")) == [TextDelta("#!")]
    assert it.finish() == []


def test_a_border_waits_for_its_text() -> None:
    it = lane()
    assert it.border(TextStart("a")) == [TextStart("a")]
    assert it.feed(TextDelta("for", "a")) == []
    assert it.border(TextEnd("a")) == []
    assert it.border(TextStart("b")) == []
    assert it.feed(TextDelta("ce", "b")) == [TextDelta("for", "a"), TextEnd("a"), TextStart("b"), TextDelta("ce", "b")]
    assert it.border(TextEnd("b")) == [TextEnd("b")]


def test_empty_blocks_between() -> None:
    it = lane()
    it.border(TextStart("a"))
    it.feed(TextDelta("for", "a"))
    borders: list[Event] = [TextEnd("a"), TextStart("b"), TextEnd("b"), TextStart("c")]
    for border in borders:
        assert it.border(border) == []
    assert it.feed(TextDelta("bidden", "c")) == [TextDelta("#", "a"), *borders]


def test_parted_text_goes_on_and_the_rest_of_a_match_is_found() -> None:
    it = lane()
    it.border(TextStart("a"))
    it.feed(TextDelta("x forbid", "a"))
    it.border(TextEnd("a"))
    assert it.part() == [TextDelta("forbid", "a"), TextEnd("a")]
    assert it.part() == []
    it.border(TextStart("b"))
    assert it.feed(TextDelta("den y", "b")) == [TextDelta("# y", "b")]


def test_primed() -> None:
    it = lane()
    it.prime("shown forb")
    it.border(TextStart())
    assert it.feed(TextDelta("idden")) == [TextDelta("#")]


@pytest.mark.parametrize(
    ("kind", "delta"),
    [(TextDelta, TextDelta("forbidden", "x", 0)), (ReasoningDelta, ReasoningDelta("forbidden", "x", 0)),
     (RefusalDelta, RefusalDelta("forbidden"))],
)  # fmt: skip
def test_every_channel(kind: Any, delta: Any) -> None:
    it = lane(kind)
    it.begin("x")
    (out,) = it.feed(delta)
    assert type(out) is kind
    assert out.text == "#"  # type: ignore[attr-defined]


def test_wire_objects() -> None:
    raw = {"text": "a"}
    assert lane().feed(TextDelta("a ", id="", raw=raw))[0].raw is None
    assert lane(keep_raw=True).feed(TextDelta("a ", raw=raw))[0].raw is raw
    assert lane(keep_raw=True).feed(TextDelta("a for", raw=raw))[0].raw is raw


def test_signatures_of_what_was_masked() -> None:
    it = lane(ReasoningDelta)
    it.border(ReasoningStart("a"))
    it.feed(ReasoningDelta("forbid", "a"))
    it.border(ReasoningEnd("a", "sig", details=[1]))
    it.border(ReasoningStart("b"))
    out = it.feed(ReasoningDelta("den x", "b"))
    assert out == [ReasoningDelta("#", "a"), ReasoningEnd("a"), ReasoningStart("b"), ReasoningDelta(" x", "b")]
    assert it.border(ReasoningEnd("b", "sig")) == [ReasoningEnd("b")]
    it.border(ReasoningStart("c"))
    it.feed(ReasoningDelta("fine", "c"))
    assert it.border(ReasoningEnd("c", "sig")) == [ReasoningEnd("c", "sig")]


@given(st.text("ab ", max_size=20), st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=6), st.booleans())
def test_any_cut_and_any_borders(text: str, places: list[tuple[int, bool]], by_length: bool) -> None:
    mask = (lambda rule, length: "#" * length) if by_length else "#"
    it = lane(mask=mask)
    out = [*it.border(TextStart("0"))]
    parts = cut(text, [place for place, _ in places])
    block = 0
    for at, part in enumerate(parts):
        out += it.feed(TextDelta(part, str(block)))
        if at < len(places) and places[at][1]:
            out += it.border(TextEnd(str(block)))
            block += 1
            out += it.border(TextStart(str(block)))
        shown = text_of(out)
        if not by_length:
            assert masked(text, ["abab"]).startswith(shown)
    out += it.finish()
    borders = [event.id for event in out if isinstance(event, TextStart)]
    assert borders == [str(number) for number in range(block + 1)]
    current = ""
    for event in out:  # every delta stands in the block that is open
        if isinstance(event, TextStart):
            current = event.id
        elif isinstance(event, TextDelta):
            assert event.id == current
    assert text_of(out) == masked(text, ["abab"], (lambda length: "#" * length) if by_length else "#")
