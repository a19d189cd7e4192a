"""Stages over a list of events with a fake clock: the way to test a pipeline without a stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from slipstream.errors import InvalidRequestError
from slipstream.events import Abort, Error, Event, Finish
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Stage

TERMINAL = (Finish, Error, Abort)


def apply(
    stages: Stage | Iterable[Stage], events: Iterable[Event], times: Sequence[float] | None = None
) -> list[Event]:
    """Run stages over events.

    Args:
        stages: one stage, or several in the order that events meet them.
        events: what comes in. If the last one is terminal (`finish`, `error`, `abort`), what the stages still hold
            comes before it; else at the end.
        times: when each event comes, in seconds, not falling; timers that are due before it fire first. None lets all
            come at 0.0.

    Returns:
        What comes out, up to and with the first terminal event.

    Raises:
        InvalidRequestError: `times` has another length than `events`, or falls.
    """
    given = list(events)
    clock = _checked(times, len(given))
    pipeline = Pipeline([stages] if isinstance(stages, Stage) else list(stages))
    out: list[Event] = []
    for event, now in zip(given, clock, strict=True):
        _wake(pipeline, now, out)
        if isinstance(event, TERMINAL):
            out += pipeline.finish([event], now)
        else:
            out += pipeline.feed([event], now)
        end = next((index for index, made in enumerate(out) if isinstance(made, TERMINAL)), None)
        if end is not None:
            return out[: end + 1]
    return out + pipeline.finish([Finish()], clock[-1] if clock else 0.0)[:-1]


def _checked(times: Sequence[float] | None, count: int) -> list[float]:
    if times is None:
        return [0.0] * count
    clock = [float(time) for time in times]
    if len(clock) != count:
        raise InvalidRequestError(f"times: {len(clock)} of them for {count} events; accepted: one for each event")
    if any(later < earlier for earlier, later in pairwise(clock)):
        raise InvalidRequestError("times: they fall; accepted: seconds that do not fall")
    return clock


def _wake(pipeline: Pipeline, now: float, out: list[Event]) -> None:
    """Fire the timers that are due, each at its own time."""
    due = pipeline.wake_at()
    while due is not None and due <= now:
        out += pipeline.wake(due)
        following = pipeline.wake_at()
        if following == due:  # a stage that asks for the same time again would never let go
            break
        due = following
