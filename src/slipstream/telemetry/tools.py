"""When tools ran: a stage that only watches."""

from __future__ import annotations

import time
from collections.abc import Callable

from slipstream.events import Event, StepEnd, TextDelta, ToolCall, ToolError, ToolResult

Outcome = ToolResult | ToolError
Told = Callable[[ToolCall, Outcome, int, int], None]
"""A call, its outcome, and its begin and end in nanoseconds since 1970."""


class ToolTimes:
    """Tells of each call that was run, once.

    The tool loop runs the calls of a round when the round has ended; what the provider runs begins with its call.

    Args:
        told: takes what was seen. It must not raise.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._begun: dict[str, tuple[ToolCall, int]] = {}
        self._done: set[str] = set()

    def on_event(self, event: Event, now: float) -> tuple[Event, ...]:  # noqa: ARG002 - a span wants the wall clock
        """Let everything pass."""
        kind = type(event)
        if kind is TextDelta:
            return (event,)
        if isinstance(event, ToolCall):
            self._begun[event.id] = (event, time.time_ns())
        elif kind is StepEnd:
            self._step_ended(time.time_ns())
        elif isinstance(event, (ToolResult, ToolError)):
            self._ended(event)
        return (event,)

    def _step_ended(self, now: int) -> None:
        for id, (call, _) in self._begun.items():
            if not call.provider_executed:
                self._begun[id] = (call, now)

    def _ended(self, event: Outcome) -> None:
        if isinstance(event, ToolResult) and event.preliminary:
            return
        begun = self._begun.pop(event.id, None)
        if begun is not None and event.id not in self._done:  # after a restart the rounds that stand are told again
            self._done.add(event.id)
            self._told(begun[0], event, begun[1], time.time_ns())

    def on_wake(self, now: float) -> tuple[Event, ...]:  # noqa: ARG002
        """There is no timer."""
        return ()

    def on_end(self, now: float) -> tuple[Event, ...]:  # noqa: ARG002
        """Nothing is held."""
        return ()

    def wake_at(self) -> float | None:
        """There is no timer."""
        return None
