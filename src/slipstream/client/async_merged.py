"""The async merge.

Strategy: each open stream is read by a task of its own, as it would be without a merge; the task puts whole batches at
its slot, and wakes the reader only if nothing else has. A reader that lags stops the tasks, and so the sockets.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, Final, Self

from slipstream.client.async_stream import AsyncStream
from slipstream.client.closing import AsyncClosing
from slipstream.client.merge_base import Merging, Slot, ended_before, taken, text_of
from slipstream.events import Event
from slipstream.flow.stage import TERMINAL

ROOM: Final = 4
"""Batches of one stream that may wait for the reader: enough that a short pause of its stops nobody, and at 128 KiB a
batch at most, few enough for a thousand streams."""


class AsyncSlot(Slot[AsyncStream]):
    """One open stream, and the task that reads it.

    Attributes:
        batches: how many wait for the reader.
        room: what the task waits for when there are too many, or None.
    """

    __slots__ = ("batches", "room")

    def __init__(self, index: int, stream: AsyncStream) -> None:
        super().__init__(index, stream)
        self.batches = 0
        self.room: asyncio.Future[None] | None = None


class AsyncMerged(Merging[AsyncStream], AsyncClosing):
    """Several streams read as one, by `async for index, event in merged`. Made by `merge()`.

    Attributes:
        errors: the exceptions of the streams that failed, by index.
    """

    def __init__(self, given: Any, bound: int, listed: list[AsyncStream] | None = None) -> None:
        super().__init__(given, bound, listed or ())
        self._open: dict[int, AsyncSlot] = {}
        self._ring: deque[AsyncSlot] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: asyncio.Task[None] | None = None
        self._refused: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- reading

    def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        self._begin()
        return self._read()

    async def _read(self) -> AsyncIterator[tuple[int, Event]]:
        ring = self._ring
        self._loop = asyncio.get_running_loop()
        try:
            self._fill()
            while await self._wait():
                slot = ring.popleft()
                event = slot.events.popleft()
                if not slot.stream._cancelled or type(event) in TERMINAL:  # after a cancel only the end is left
                    yield slot.index, event
                if slot.events:
                    ring.append(slot)
                else:
                    self._emptied(slot)
        finally:
            await self.close()

    @property
    def text_stream(self) -> AsyncIterator[tuple[int, str]]:
        """The text of each stream's first answer, piece by piece, with the stream's index."""
        return self._texts()

    async def _texts(self) -> AsyncIterator[tuple[int, str]]:
        async with aclosing(aiter(self)) as items:  # type: ignore[type-var]  # it is a generator
            async for item in items:
                found = text_of(item)
                if found is not None:
                    yield found

    async def until_done(self) -> Self:
        """Read all streams to their ends; return the merge. Failures are in `errors`, none is raised."""
        async for _ in self:
            pass
        return self

    async def _wait(self) -> bool:
        """Wait until a stream has events; False when there will be none."""
        while self._stopped is None:
            if self._ring:
                return True
            if self._refused is not None:
                raise self._refused
            if not self._open and self._asking is None:
                return False
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return False

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _emptied(self, slot: AsyncSlot) -> None:
        """All that had come of a stream has been read."""
        slot.queued = False
        slot.batches = 0
        if slot.over:
            del self._open[slot.index]
            self._fill()
        elif slot.room is not None:
            _make_room(slot)

    # ---- the streams

    def _fill(self) -> None:
        """Open as many streams as may be."""
        while not self._exhausted and len(self._open) < self._bound and self._stopped is None:
            if isinstance(self._given, AsyncIterable):
                self._ask()
                return
            self._take(next(self._given, None))

    def _take(self, stream: AsyncStream | None) -> None:
        if stream is None:
            self._exhausted = True
            return
        slot = AsyncSlot(self._admit(stream, AsyncStream), stream)
        self._open[slot.index] = slot
        self._spawn(self._pump(slot))

    def _ask(self) -> None:
        """Ask an async iterator for the next stream, beside the reading."""
        if self._asking is None:
            self._asking = self._spawn(self._asked())

    async def _asked(self) -> None:
        try:
            if not isinstance(self._given, AsyncIterator):
                self._given = aiter(self._given)
            self._take(await anext(self._given, None))
        except Exception as error:  # it is for the reader
            self._refused = error
            self._exhausted = True
        self._asking = None
        self._fill()
        self._wake()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _pump(self, slot: AsyncSlot) -> None:
        """Read one stream to its end."""
        last: list[Event] = []
        try:
            end = ended_before(slot.stream)
            last = [end] if end is not None else await self._read_stream(slot)
        except Exception as error:
            event = self._record(slot.index, error)
            slot.stream.message.fold(event)
            last = [event]
            await slot.stream.close()
        slot.over = True
        self._give(slot, last)

    async def _read_stream(self, slot: AsyncSlot) -> list[Event]:
        """Hand over batch after batch; return the last."""
        stream = slot.stream
        last: list[Event] = []
        aiter(stream)  # what a first read does
        source = stream._opened()
        while batch := await source.next_batch():
            events = taken(stream, batch)
            if type(batch[-1]) in TERMINAL:
                last = events
                break
            self._give(slot, events)
            if slot.batches >= ROOM:
                await self._room(slot)
        await self._conclude(slot)  # so that an error is known when its event is read
        return last

    async def _conclude(self, slot: AsyncSlot) -> None:
        """The last batch is in: let the stream end as it does for its own reader."""
        try:
            await slot.stream.until_done()
        except Exception as error:
            self._record(slot.index, error)

    def _give(self, slot: AsyncSlot, events: list[Event]) -> None:
        """Let a stream stand in line with what came."""
        slot.events.extend(events)
        slot.batches += 1
        if not slot.queued and slot.events:
            slot.queued = True
            self._ring.append(slot)
            self._wake()
        elif slot.over and not slot.queued:
            self._emptied(slot)
            self._wake()

    async def _room(self, slot: AsyncSlot) -> None:
        """Wait until the reader has taken a batch."""
        if self._stopped is None:
            slot.room = asyncio.get_running_loop().create_future()
            await slot.room

    # ---- stopping

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop all streams now, from any task or thread: the reader's loop ends, the messages keep what had arrived."""
        self._cancelled = True
        if self._loop is None or self._loop.is_closed():
            self._stopped = self._stopped or reason
        elif _is_running(self._loop):
            self._stop(reason)
        else:
            self._loop.call_soon_threadsafe(self._stop, reason)

    def _stop(self, reason: str) -> None:
        if self._stopped is None:
            self._stopped = reason
            for slot in self._open.values():
                slot.stream.cancel(reason)
                _make_room(slot)
            self._wake()

    async def close(self) -> None:
        """Close all streams and wait until their sockets are closed. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._open or self._waiting or self._asking:
            self._stop("closed")
        if self._asking is not None:
            self._asking.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for slot in self._open.values():
            await slot.stream.close()
        for stream in self._waiting:
            stream.cancel(self._stopped or "closed")
            await stream.close()
        self._open.clear()


def _make_room(slot: AsyncSlot) -> None:
    if slot.room is not None and not slot.room.done():
        slot.room.set_result(None)


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
