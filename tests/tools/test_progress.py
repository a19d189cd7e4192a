"""Generators report progress, and wait for a reader who does not read."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import pytest
from tests.tools.looping import Rounds, answer, call, called, collect, make, outcomes, play, said

from slipstream import events as e
from slipstream.tools.work import ROOM


def steps() -> Generator[str, None, str]:
    """Reports and returns."""
    yield "one"
    yield "two"
    return "three"


def counted() -> Iterator[int]:
    """Reports, and the last report is the result."""
    yield 1
    yield 2


async def values() -> AsyncIterator[int]:
    """The same, async."""
    yield 1
    yield 2


async def none() -> AsyncIterator[int]:
    """Reports nothing."""
    for number in range(0):
        yield number


@pytest.mark.parametrize(
    ("tool", "progress", "result"),
    [(steps, ["one", "two"], "three"), (counted, [1, 2], 2), (values, [1, 2], 2), (none, [], None)],
)
async def test_a_generator_reports_progress(tool: Callable[[], Any], progress: list[Any], result: Any) -> None:
    rounds = Rounds(called(call("a", tool.__name__)), answer(said("x")))
    events = await collect(make(rounds, tool))
    shown = [event for event in events if isinstance(event, e.ToolResult)]
    assert [event.output for event in shown if event.preliminary] == progress
    assert [event.output for event in shown if not event.preliminary] == [result]
    assert [len(told.tool_results) for told in rounds.asked[1]] == [1]


async def test_a_generator_that_fails_says_so() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("the disk is full")

    assert outcomes(await play(broken, calls=[call("a", "broken")])) == [("a", "ValueError: the disk is full")]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_reader_who_does_not_read_stops_the_progress_and_not_the_clock(kind: str) -> None:
    made = 0

    def sync() -> Iterator[int]:
        nonlocal made
        for number in range(ROOM * 3):
            made = number
            yield number

    async def coroutine() -> AsyncIterator[int]:
        for number in sync():
            yield number

    tool: Callable[[], Any] = sync if kind == "sync" else coroutine
    loop = make(Rounds(called(call("a", tool.__name__)), answer(said("x"))), tool, tool_timeout=1.0)
    events = await loop.next_batch()  # the round of the model; the tool begins
    await asyncio.sleep(1.2)  # longer than the tool may run: the reader is away
    assert made == ROOM
    while batch := await loop.next_batch():
        events += batch
    await loop.aclose()
    shown = [event.output for event in events if isinstance(event, e.ToolResult) and event.preliminary]
    assert shown == list(range(ROOM * 3))
    assert outcomes(events) == [("a", ROOM * 3 - 1)]


async def test_a_generator_that_times_out_is_closed() -> None:
    closed = threading.Event()

    def endless() -> Iterator[str]:
        try:
            while True:
                time.sleep(0.01)
                yield "still"
        finally:
            closed.set()

    assert outcomes(await play(endless, calls=[call("a", "endless")], tool_timeout=0.05)) == [
        ("a", "timed out after 0.05 s")
    ]
    assert await asyncio.to_thread(closed.wait, 5)
