"""A loop is stopped, in every phase: the reader is free within 0.1 s, tools are told, nothing is left running."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from tests.tools.looping import Rounds, Scripted, answer, call, called, collect, make, outcomes, said, until

from slipstream import events as e
from slipstream.events import Event, Message
from slipstream.tools import ToolLoop, loop as loops


class Hanging:
    """Tools that hang until they are told to stop."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.told = asyncio.Event()
        self.release = threading.Event()
        self._loop = asyncio.get_running_loop()

    async def coroutine(self) -> str:
        """An async tool."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.told.set()
            raise
        return "never"

    async def values(self) -> AsyncIterator[str]:
        """An async generator."""
        yield "begun"
        yield await self.coroutine()

    def function(self) -> str:
        """A sync tool."""
        self._loop.call_soon_threadsafe(self.begun.set)
        self.release.wait(60)  # who waited for it would be late for `freed`
        return "too late"

    def steps(self) -> Iterator[str]:
        """A sync generator."""
        yield "begun"
        try:
            yield self.function()
        finally:
            self._loop.call_soon_threadsafe(self.told.set)


async def freed(loop: ToolLoop, begun: asyncio.Event, stop: Callable[[], Any]) -> list[Event]:
    """Read until something hangs, stop, and see what else comes. What hangs is not waited for."""
    events: list[Event] = []

    async def read() -> None:
        while batch := await loop.next_batch():
            events.extend(batch)
        await loop.aclose()

    reader = asyncio.ensure_future(read())
    await asyncio.wait_for(begun.wait(), 5)
    stop()
    await asyncio.wait_for(reader, 10)
    return events


@pytest.mark.parametrize("name", ["coroutine", "values", "function", "steps"])
async def test_cancel_while_a_tool_runs(name: str) -> None:
    hanging = Hanging()
    rounds = Rounds(called(call("a", name), call("b", "done")), answer(said("never")))

    def done() -> str:
        return "done"

    loop = make(rounds, getattr(hanging, name), done)
    events = await freed(loop, hanging.begun, lambda: loop.cancel("enough"))
    assert events[-1] == e.Abort("enough")
    assert ("a", "the call was cancelled") in outcomes(events)
    assert len(outcomes(events)) == 2
    assert len(rounds.asked) == 1
    hanging.release.set()
    if name != "function":
        await asyncio.wait_for(hanging.told.wait(), 5)
    assert not loop._tasks
    message = Message.of(events)
    assert message.finish_reason == "cancelled"
    assert len(message.tool_results) == len(message.tool_calls)


async def test_cancel_while_the_model_answers() -> None:
    begun = asyncio.Event()
    begun.set()
    loop = make(Rounds(Scripted(answer(said("a"))[:4], None, answer(said("b"))[-2:])))
    events = await freed(loop, begun, lambda: loop.cancel("enough"))
    assert events[-1] == e.Abort("enough")


async def test_cancel_in_the_second_round() -> None:
    rounds = Rounds(called(call("a", "done")), Scripted(answer(said("b"))[:4], None, []))

    def done() -> str:
        return "done"

    loop = make(rounds, done)
    events = await until(loop, e.ToolResult)
    await until(loop, e.StepStart)
    loop.cancel("enough")
    events = await collect_rest(loop)
    assert events == [e.Abort("enough")]


async def collect_rest(loop: ToolLoop) -> list[Event]:
    """What comes to the end."""
    events: list[Event] = []
    while batch := await loop.next_batch():
        events += batch
    await loop.aclose()
    return events


@pytest.mark.parametrize("sync", [True, False])
async def test_cancel_while_somebody_is_asked(sync: bool) -> None:
    hanging, ran = Hanging(), list[str]()

    def tool() -> None:
        ran.append("ran")

    def approve_sync(call: e.ToolCall) -> bool:
        return bool(hanging.function())

    async def approve_async(call: e.ToolCall) -> bool:
        return bool(await hanging.coroutine())

    loop = make(Rounds(called(call("a", "tool"))), tool, approve=approve_sync if sync else approve_async)
    events = await freed(loop, hanging.begun, lambda: loop.cancel("enough"))
    hanging.release.set()
    assert (events[-1], outcomes(events), ran) == (e.Abort("enough"), [("a", "the call was cancelled")], [])


async def test_cancel_while_stop_when_is_asked() -> None:
    hanging = Hanging()

    def done() -> str:
        return "done"

    async def stop_when(message: Message) -> bool:
        return bool(await hanging.coroutine())

    loop = make(Rounds(called(call("a", "done"))), done, stop_when=stop_when)
    events = await freed(loop, hanging.begun, loop.cancel)
    assert (events[-1], outcomes(events)) == (e.Abort(), [("a", "done")])


async def test_cancel_before_the_first_read_asks_nobody() -> None:
    rounds = Rounds(answer(said("a")))
    loop = make(rounds)
    loop.cancel("early")
    loop.cancel("later")
    assert not await loop.begin()
    assert await collect(loop) == [e.Abort("early")]
    assert rounds.asked == []


async def test_close_beside_a_reader_frees_both() -> None:
    hanging = Hanging()
    loop = make(Rounds(called(call("a", "coroutine"))), hanging.coroutine)
    reader = asyncio.ensure_future(collect(loop))
    await hanging.begun.wait()
    loop.cancel("closed")
    rest = await collect_rest(loop)
    events = await reader
    assert [event.type for event in [*events, *rest]].count("abort") == 1
    assert not loop._tasks


async def test_close_while_somebody_reads_ends_the_reader_with_an_abort() -> None:
    hanging = Hanging()
    loop = make(Rounds(called(call("a", "coroutine"))), hanging.coroutine)
    reader = asyncio.ensure_future(collect(loop))
    await hanging.begun.wait()
    await loop.aclose()
    events = await reader
    assert (events[-1], outcomes(events)) == (e.Abort("closed"), [("a", "the call was cancelled")])


async def test_a_tool_that_ignores_its_cancellation_holds_nobody_up() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def stubborn() -> str:
        begun.set()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return "at last"

    loop = make(Rounds(called(call("a", "stubborn"))), stubborn)
    events = await freed(loop, begun, loop.cancel)
    assert outcomes(events) == [("a", "the call was cancelled")]
    assert len(loops._abandoned) == 1
    (task,) = loops._abandoned
    release.set()
    await asyncio.wait_for(task, 5)
    assert not loops._abandoned


async def test_a_cancelled_reader_stops_the_tools() -> None:
    hanging = Hanging()
    loop = make(Rounds(called(call("a", "coroutine"))), hanging.coroutine)
    reader = asyncio.ensure_future(collect_rest(loop))
    await hanging.begun.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(hanging.told.wait(), 5)
    await loop.aclose()
    assert not loop._tasks
    assert await loop.next_batch() == []


async def test_closing_without_reading_to_the_end() -> None:
    hanging = Hanging()
    rounds = Rounds(called(call("a", "coroutine")))
    loop = make(rounds, hanging.coroutine)
    await until(loop, e.StepEnd)
    await hanging.begun.wait()
    await loop.aclose()
    await loop.aclose()
    assert hanging.told.is_set()
    assert not loop._tasks
    assert rounds.sources[0].closed
