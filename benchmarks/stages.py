"""What stages cost an event: each alone, and five in a row."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.table import Row, limit
from slipstream import flow
from slipstream.events import Event, Start, StepStart, TextDelta, TextStart
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Stage

PIECES = ("The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog, ", "and ", "goes ", "on.\n")
EVENTS = 20_000
ROUNDS = 7
EVERY = 0.002
"""Seconds of the fake clock between two events: 500 tokens a second, a fast model. A slower one costs less a second."""

ALONE: dict[str, Callable[[], Stage]] = {
    "buffer(size=200)": lambda: flow.buffer(200),
    "buffer(seconds=0.1)": lambda: flow.buffer(seconds=0.1),
    "lines()": flow.lines,
    "words()": flow.words,
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
"""Guard and segmentation have rows of their own, in `guard` and `segment`."""

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


def cost(stages: Sequence[Stage], events: Sequence[Event], every: float = EVERY) -> float:
    """CPU microseconds an event, through a pipeline that is fed one event a read, as a paced stream does."""
    pipeline = Pipeline(stages)
    pipeline.start(0.0)
    now = 0.0
    pipeline.feed([Start(), StepStart(), TextStart()], now)
    began = time.process_time()
    for event in events:
        now += every
        due = pipeline.wake_at()
        if due is not None and due <= now:
            pipeline.wake(now)
        pipeline.feed([event], now)
    return (time.process_time() - began) / len(events) * 1e6


def median_cost(makers: Sequence[Callable[[], Stage]], events: Sequence[Event], every: float = EVERY) -> float:
    """The median of several rounds, without what the loop and an empty pipeline cost."""
    with_stages = [cost([make() for make in makers], events, every) for _ in range(ROUNDS)]
    without = [cost([], events, every) for _ in range(ROUNDS)]
    return statistics.median(with_stages) - statistics.median(without)


def run() -> list[Row]:
    """Measure every stage, and five together."""
    events = deltas(EVENTS)
    rows = [limit(f"stage {name}", median_cost([make], events), 1.0, "us an event") for name, make in ALONE.items()]
    slow = median_cost([flow.smooth], events, 0.01)
    rows.append(Row("  smooth() at 100 tokens a second, a frame for nearly each", f"{slow:.3g} us an event"))
    rows.append(limit("five stages in a row", median_cost(FIVE, events), 6.0, "us an event"))
    return rows


def main() -> Any:
    """Print the rows."""
    from benchmarks.table import markdown

    print(markdown(run()))


if __name__ == "__main__":
    main()
