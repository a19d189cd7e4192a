"""Stages over a list of events with a fake clock: the way to test a pipeline without a stream."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Finish
from slipstream.flow.pipeline import Pipeline, check_stage
from slipstream.flow.stage import TERMINAL, Job, Stage

MAX_WAKES: Final = 1000
"""Wake-ups at one moment: a stage that always asks for the past would never let go."""


def apply(
    stages: Stage | Iterable[Stage], events: Iterable[Event], times: Sequence[float] | None = None
) -> list[Event]:
    """Run stages over events. The stream starts at 0.0.

    Args:
        stages: one stage, or several in the order that events meet them.
        events: what comes in. If the last one is terminal (`finish`, `error`, `abort`), the stream ends with it; else
            it ends well after the last, without an event of its own.
        times: when each event comes, in seconds, not falling; timers that are due before it fire first. None lets all
            come at 0.0.

    Returns:
        What comes out, up to and with the first terminal event. Jobs of stages (callbacks, `check=` of a guard) are
        done at once.

    Raises:
        InvalidRequestError: what should be a stage or an event is none; `times` has another length than `events`, or
            falls; an async job waits for something, which takes an event loop.
    """
    given = _events_of(events)
    clock = _checked(times, len(given))
    rows = stages if isinstance(stages, Iterable) else [stages]
    pipeline = Pipeline([check_stage(stage) for stage in rows])
    pipeline.start(0.0)
    out: list[Event] = []
    for event, now in zip(given, clock, strict=True):
        _advance(pipeline, now, out)
        out += pipeline.feed([event], now)
        _work(pipeline, now, out)
        if pipeline.ended or pipeline.waiting:
            break
    if pipeline.ended or (given and type(given[-1]) in TERMINAL):
        return _finish(pipeline, clock[-1] if clock else 0.0, out)
    end = Finish()
    out += pipeline.feed([end], clock[-1] if clock else 0.0)
    _finish(pipeline, clock[-1] if clock else 0.0, out)
    return out[:-1] if out and out[-1] is end else out


def _events_of(events: object) -> list[Event]:
    if not isinstance(events, Iterable):
        raise InvalidRequestError(
            f"events is a {type(events).__name__}; accepted: apply(stages, events), a list of events"
        )
    given = list(events)
    for at, event in enumerate(given):
        if not isinstance(event, Event):
            raise InvalidRequestError(
                f"events[{at}] is a {type(event).__name__}; accepted: events, such as TextDelta('a')"
            )
    return given


def _checked(times: Sequence[float] | None, count: int) -> list[float]:
    if times is None:
        return [0.0] * count
    clock = [float(time) for time in times]
    if len(clock) != count:
        raise InvalidRequestError(f"times: {len(clock)} of them for {count} events; accepted: one for each event")
    if any(later < earlier for earlier, later in pairwise(clock)):
        raise InvalidRequestError("times: they fall; accepted: seconds that do not fall")
    return clock


def _finish(pipeline: Pipeline, now: float, out: list[Event]) -> list[Event]:
    """The end waits for jobs, and jobs for nothing but timers."""
    _work(pipeline, now, out)
    while pipeline.waiting and (due := pipeline.wake_at()) is not None:
        out += pipeline.wake(max(due, now))
        _work(pipeline, max(due, now), out)
    return out


def _advance(pipeline: Pipeline, now: float, out: list[Event]) -> None:
    """Fire the timers that are due, each at its own time."""
    for _ in range(MAX_WAKES):
        due = pipeline.wake_at()
        if due is None or due > now or pipeline.ended:
            return
        out += pipeline.wake(due)
        _work(pipeline, due, out)


def _work(pipeline: Pipeline, now: float, out: list[Event]) -> None:
    """Do the jobs there are, and those that they make."""
    while jobs := pipeline.jobs():
        for index, job in jobs:
            out += pipeline.settle(index, _outcome(job), now)


def _outcome(job: Job) -> Callable[[float], Iterable[Event]]:
    try:
        result = job.call()
        if inspect.isawaitable(result):
            result = _run(result)
    except InvalidRequestError:
        raise
    except Exception as error:
        return partial(job.failed, error)
    return partial(job.done, result)


def _run(awaitable: Any) -> Any:
    """The result of a coroutine that never waits."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value
    awaitable.close()
    raise InvalidRequestError("an async function waits for something; flow.apply has no event loop, a stream has one")
