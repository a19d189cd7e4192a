"""Stages in a row: what one gives, the next takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slipstream.events import Event
from slipstream.flow.stage import Stage


class Pipeline:
    """Runs events through stages. Pure: the time comes from the caller, in monotonic seconds.

    Args:
        stages: in the order that events meet them.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = list(stages)

    def feed(self, events: Iterable[Event], now: float) -> list[Event]:
        """Pass events through all stages; return what comes out."""
        return self._through(events, 0, now)

    def wake(self, now: float) -> list[Event]:
        """Wake every stage whose timer is due; return what comes out."""
        out: list[Event] = []
        for index, stage in enumerate(self._stages):
            due = stage.wake_at()
            if due is not None and due <= now:
                out += self._through(stage.on_wake(now), index + 1, now)
        return out

    def wake_at(self) -> float | None:
        """The nearest timer of all stages, or None."""
        return min((due for stage in self._stages if (due := stage.wake_at()) is not None), default=None)

    def finish(self, events: Sequence[Event], now: float) -> list[Event]:
        """Pass the last events through, then let each stage give what it still holds, before the terminal event."""
        *body, terminal = events
        out = self._through(body, 0, now)
        for index, stage in enumerate(self._stages):
            out += self._through(stage.on_end(now), index + 1, now)
        return [*out, terminal]

    def _through(self, events: Iterable[Event], first: int, now: float) -> list[Event]:
        current = list(events)
        for stage in self._stages[first:]:
            if not current:
                break
            current = [out for event in current for out in stage.on_event(event, now)]
        return current
