"""What must wait while a call is open: a queue of lanes, one for each call, one for each run of other content.

Strategy: an event joins its call's own lane, which keeps the place of the call's first event, so every event is moved
once, however many calls are interleaved.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from slipstream.events.types import Event, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart

CALL_EVENTS: Final = frozenset((ToolInputStart, ToolInputDelta, ToolInputEnd, ToolCall))


class Lanes:
    """Waiting events, in the order in which their blocks began."""

    __slots__ = ("_by_call", "_lanes")

    def __init__(self) -> None:
        self._lanes: deque[tuple[str | None, list[Event]]] = deque()  # the call's id, or None for a run of others
        self._by_call: dict[str, list[Event]] = {}

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def add(self, event: Event) -> None:
        """An event waits."""
        if type(event) in CALL_EVENTS:
            self._add_to_call(event, event.id)  # type: ignore[attr-defined]
        elif self._lanes and self._lanes[-1][0] is None:
            self._lanes[-1][1].append(event)
        else:
            self._lanes.append((None, [event]))

    def _add_to_call(self, event: Event, id: str) -> None:
        lane = self._by_call.get(id)
        if lane is None:
            lane = self._by_call[id] = []
            self._lanes.append((id, lane))
        lane.append(event)

    def pop(self) -> list[Event]:
        """The events of the first lane."""
        id, events = self._lanes.popleft()
        if id is not None:
            self._by_call.pop(id, None)
        return events

    def take(self) -> list[list[Event]]:
        """The events of all lanes, which are gone then."""
        return [self.pop() for _ in range(len(self._lanes))]
