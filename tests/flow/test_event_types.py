"""Event types by class and by tag; the refusals are tested where they are used, in `test_on`."""

from __future__ import annotations

from slipstream.events import EVENT_TYPES, Event, TextDelta, TextEnd
from slipstream.flow.event_types import BY_TAG, event_types


def test_classes_and_tags_mean_the_same() -> None:
    assert event_types("x", "text-delta") == event_types("x", TextDelta) == frozenset((TextDelta,))
    assert event_types("x", iter(["text-delta", TextEnd])) == frozenset((TextDelta, TextEnd))
    assert event_types("x", Event) == frozenset(EVENT_TYPES) == frozenset(BY_TAG.values())
