"""What stages cost an event: each by its own methods, and five in a row through the pipeline that streams use."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.table import Row, limit
from slipstream import flow
from slipstream.events import Event, Start, StepStart, TextDelta, TextStart
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Stage, Untimed

PIECES = ("The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog, ", "and ", "goes ", "on.\n")
EVENTS = 20_000
ROUNDS = 7
EVERY = 0.001
"""Seconds of the fake clock between two events: 1,000 tokens a second, as a fast host gives."""

ALONE: dict[str, Callable[[], Stage]] = {
    "buffer(size=200)": lambda: flow.buffer(200),
    "buffer(seconds=0.1)": lambda: flow.buffer(seconds=0.1),
    "lines()": flow.lines,
    "smooth()": flow.smooth,
    "deadlines(5 clocks)": lambda: flow.deadlines(first_output=5, gap=5, idle=5, total=10_000),
    "limit(characters)": lambda: flow.limit(characters=10**9),
    "stop_on(text)": lambda: flow.stop_on("THE END"),
    "detect_loop()": lambda: flow.detect_loop(on_loop="mark"),
    "think_tags()": flow.think_tags,
    "boxes()": flow.boxes,
    "progress(max_tokens)": lambda: flow.progress(100_000),
    "on(text-end)": lambda: flow.on("text-end", print),
    "transform(fn)": lambda: flow.transform(lambda event: event),
    "record(list)": lambda: flow.record([]),
}
"""Guard and segmentation (words, sentences) have rows of their own, in `guard` and `segment`."""

FIVE: tuple[Callable[[], Stage], ...] = (
    lambda: flow.deadlines(first_output=5, gap=5, total=10_000),
    flow.think_tags,
    lambda: flow.limit(characters=10**9),
    flow.progress,
    flow.smooth,
)


def deltas(count: int) -> list[Event]:
    """The text of an answer, word by word; it does not repeat itself."""
    return [TextDelta(f"{index} " if index % 12 == 0 else PIECES[index % 12]) for index in range(count)]


def alone(stage: Stage, events: Sequence[Event], every: float = EVERY) -> float:
    """CPU microseconds an event of one stage: it is given each, and asked for its timer after each, as streams do.

    The loop itself is taken off.
    """
    on_event, on_wake, wake_at = stage.on_event, stage.on_wake, stage.wake_at
    timed = not isinstance(stage, Untimed)
    now = 0.0
    for opening in (Start(), StepStart(), TextStart()):
        on_event(opening, now)
    began = time.process_time()
    for event in events:
        now += every
        if timed:
            due = wake_at()
            if due is not None and due <= now:
                on_wake(now)
        on_event(event, now)
    cost = time.process_time() - began
    now, began = 0.0, time.process_time()
    for _ in events:
        now += every
    return (cost - (time.process_time() - began)) / len(events) * 1e6


def in_a_row(stages: Sequence[Stage], events: Sequence[Event]) -> float:
    """CPU microseconds an event through a pipeline that is fed one event a read, as a paced stream does."""
    pipeline = Pipeline(stages)
    pipeline.start(0.0)
    now = 0.0
    pipeline.feed([Start(), StepStart(), TextStart()], now)
    began = time.process_time()
    for event in events:
        now += EVERY
        due = pipeline.wake_at()
        if due is not None and due <= now:
            pipeline.wake(now)
        pipeline.feed([event], now)
    return (time.process_time() - began) / len(events) * 1e6


def best(measure: Callable[[], float]) -> float:
    """The best of several rounds: what disturbs a round only adds to it."""
    return min(measure() for _ in range(ROUNDS))


def run() -> list[Row]:
    """Measure every stage, and five together."""
    events = deltas(EVENTS)
    rows = [
        limit(f"stage {name}", best(lambda make=make: alone(make(), events)), 1.0, "us an event")  # type: ignore[misc]
        for name, make in ALONE.items()
    ]
    slow = best(lambda: alone(flow.smooth(), events, 0.01))
    rows.append(Row("  smooth() at 100 tokens a second, a frame for nearly each", f"{slow:.3g} us an event"))
    five = best(lambda: in_a_row([make() for make in FIVE], events))
    rows.append(limit("five stages in a row, the pipeline included", five, 6.0, "us an event"))
    return rows


def main() -> Any:
    """Print the rows."""
    from benchmarks.table import markdown

    print(markdown(run()))


if __name__ == "__main__":
    main()
