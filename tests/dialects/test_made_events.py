"""The streams that other tests are made of: legal, of every kind, with every end."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from tests.dialects.made_events import joined, legal_streams, renamed, without

from slipstream.events import types as e
from slipstream.events.order import Order
from slipstream.events.types import EVENT_TYPES, Event


def test_every_type_of_event_occurs() -> None:
    seen: set[type[Event]] = set()

    def look(**options: Any) -> None:
        @given(legal_streams(**options))
        @settings(max_examples=8, database=None, derandomize=True)
        def note(events: list[Event]) -> None:
            seen.update(map(type, events))

        note()

    look()
    for kind in EVENT_TYPES:
        look(kinds=[kind])
    assert seen == set(EVENT_TYPES)


@given(legal_streams())
@settings(max_examples=50)
def test_they_are_legal(events: list[Event]) -> None:
    Order().check_all(events)
    Order().check_all(joined(events))


@given(legal_streams(kinds=[e.TextDelta], ends=[e.Finish], choices=1, steps=1, interleaved=False))
@settings(max_examples=30)
def test_kinds_and_ends_bound_what_occurs(events: list[Event]) -> None:
    plain = (e.Start, e.StepStart, e.TextStart, e.TextDelta, e.TextEnd, e.StepEnd, e.Finish)
    assert without(events, *plain) == []
    assert type(events[-1]) is e.Finish


def test_joined_joins_neighbours_of_one_block() -> None:
    found = joined([e.TextDelta("a"), e.TextDelta("b"), e.TextDelta("c", "x"), e.TextDelta("", "x"), e.TextDelta("d")])
    assert found == [e.TextDelta("ab"), e.TextDelta("c", "x"), e.TextDelta("d")]


def test_renamed_names_by_order_of_appearance() -> None:
    found = renamed([e.TextStart(id="x", index=7), e.TextDelta("a", "x"), e.ToolCall(id="c", name="f", index=9)])
    assert found == [e.TextStart(id="b0"), e.TextDelta("a", "b0"), e.ToolCall(id="b1", name="f", index=1)]
