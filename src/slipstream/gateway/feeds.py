"""What an answer is read from on its way to a client: a stream of either door, or any iterable of events.

Strategy: one small face over all of them, batch by batch, with a `cancel` that frees who waits for the next batch. What
is sync is read in a thread of its own, so that a reader that blocks holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from slipstream.client.async_stream import AsyncStream
from slipstream.client.stream import Stream
from slipstream.errors import InvalidRequestError
from slipstream.events import Event
from slipstream.run.waiting import Interrupted, Waiting
from slipstream.run.worker import Worker

T = TypeVar("T")

BREATH = 32
"""Events of an async iterable after which others get a turn: one that never waits would hold up the loop."""

ACCEPTED = "it takes a Stream, an AsyncStream, or an iterable or async iterable of events"


class Feed(Protocol):
    """Events, batch by batch. All calls come from one event loop."""

    async def open(self) -> None:
        """Wait until the provider has said that it will answer.

        Raises:
            SlipstreamError: it will not.
        """
        ...

    def next(self) -> Awaitable[Sequence[Event] | None]:
        """The next events; None, or none, when the answer is over, or was cancelled.

        Raises:
            SlipstreamError: the answer failed.
        """
        ...

    def cancel(self, reason: str, /) -> None:
        """Stop the source now, and free who waits in `open` or `next`. May be called twice."""
        ...

    async def aclose(self) -> None:
        """Release what is held."""
        ...


def feed_of(source: Any) -> Feed:
    """What reads this source.

    Raises:
        InvalidRequestError: it is nothing that gives events.
    """
    if isinstance(source, AsyncStream):
        return AsyncStreamFeed(source)
    if isinstance(source, Stream):
        return StreamFeed(source)
    if isinstance(source, (str, bytes, dict)):
        raise InvalidRequestError(f"the stream is a {type(source).__name__}; {ACCEPTED}", argument="stream")
    if isinstance(source, AsyncIterable):
        return AsyncEventsFeed(source)
    if isinstance(source, (list, tuple)):
        return ListFeed(source)
    if isinstance(source, Iterable):
        return EventsFeed(source)
    raise InvalidRequestError(f"the stream is a {type(source).__name__}; {ACCEPTED}", argument="stream")


class AsyncStreamFeed:
    """Reads an `AsyncStream`, in the reader's own task.

    A stream that nobody has read is read below its lens `batches`: a generator less for every arrival.
    """

    def __init__(self, stream: AsyncStream) -> None:
        self._stream = stream
        self._pull: Callable[[], Awaitable[Sequence[Event] | None]] | None = None

    async def open(self) -> None:
        """See `Feed.open`."""
        await self._stream.open()

    def next(self) -> Awaitable[Sequence[Event] | None]:
        """See `Feed.next`. No coroutine of its own, for the same reason."""
        return self._pull() if self._pull is not None else self._start()

    def _start(self) -> Awaitable[Sequence[Event] | None]:
        stream = self._stream
        batches = stream.batches  # which refuses a stream that is closed
        self._pull = stream._next_batch if stream._events is None else lambda: anext(batches, None)
        return self._pull()

    def cancel(self, reason: str) -> None:
        """See `Feed.cancel`."""
        self._stream.cancel(reason)

    async def aclose(self) -> None:
        """See `Feed.aclose`."""
        await self._stream.close()


class StreamFeed:
    """Reads a `Stream`, in a thread."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._worker = Worker("slipstream-respond")
        self._batches: Iterator[list[Event]] | None = None

    async def open(self) -> None:
        """See `Feed.open`."""
        await self._worker.run(self._stream.open)

    async def next(self) -> Sequence[Event]:
        """See `Feed.next`."""
        return await self._worker.run(self._pull)

    def _pull(self) -> Sequence[Event]:
        if self._batches is None:
            self._batches = self._stream.batches
        return next(self._batches, [])

    def cancel(self, reason: str) -> None:
        """See `Feed.cancel`."""
        self._stream.cancel(reason)

    async def aclose(self) -> None:
        """See `Feed.aclose`."""
        self._worker.close(self._stream.close)


class AsyncEventsFeed:
    """Reads an async iterable of events."""

    def __init__(self, events: AsyncIterable[Event]) -> None:
        self._events = aiter(events)
        self._waiting = Waiting()
        self._given = 0

    async def open(self) -> None:
        """There is no verdict to wait for."""

    async def next(self) -> Sequence[Event]:
        """See `Feed.next`."""
        self._given += 1
        if self._given % BREATH == 0:
            await asyncio.sleep(0)
        try:
            return (checked(await self._waiting.wait(lambda: anext(self._events))),)
        except (StopAsyncIteration, Interrupted):
            return ()

    def cancel(self, _reason: str) -> None:
        """See `Feed.cancel`."""
        self._waiting.interrupt(None)

    async def aclose(self) -> None:
        """See `Feed.aclose`."""
        close = getattr(self._events, "aclose", None)
        if close is not None:
            await close()


class EventsFeed:
    """Reads an iterable of events, in a thread: its next one may be long in coming."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = iter(events)
        self._worker = Worker("slipstream-respond")
        self._waiting = Waiting()

    async def open(self) -> None:
        """There is no verdict to wait for."""

    async def next(self) -> Sequence[Event]:
        """See `Feed.next`."""
        try:
            found = await self._waiting.wait(lambda: self._worker.run(lambda: list(_one(self._events))))
        except Interrupted:
            return ()
        return [checked(event) for event in found]

    def cancel(self, _reason: str) -> None:
        """See `Feed.cancel`."""
        self._waiting.interrupt(None)

    async def aclose(self) -> None:
        """See `Feed.aclose`; a generator is closed in its thread, once its step is done."""
        self._worker.close(getattr(self._events, "close", None))


class ListFeed:
    """Reads events that are all there."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = [checked(event) for event in events]

    async def open(self) -> None:
        """There is no verdict to wait for."""

    async def next(self) -> Sequence[Event]:
        """See `Feed.next`."""
        events, self._events = self._events, []
        return events

    def cancel(self, _reason: str) -> None:
        """See `Feed.cancel`."""
        self._events = []

    async def aclose(self) -> None:
        """Nothing is held."""


def _one(events: Iterator[T]) -> Iterator[T]:
    """The next of them, or none."""
    for event in events:
        yield event
        return


def checked(event: Any) -> Event:
    """The event.

    Raises:
        InvalidRequestError: it is none.
    """
    if isinstance(event, Event):
        return event
    raise InvalidRequestError(f"the stream gives a {type(event).__name__}; {ACCEPTED}", argument="stream")
