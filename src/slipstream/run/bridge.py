"""From the engine's loop to a thread that reads: batches over a queue, with back-pressure.

Strategy: a `SimpleQueue` wakes the reader in 9 us and costs 0.4 us an event when both are busy. The engine stops
pulling when `HIGH` batches wait, so a reader that stops stops the socket, and goes on at `LOW`. Why nothing here waits
for an `Event` or a `Future` of another thread: see `loop`.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable

from slipstream.errors import SlipstreamError
from slipstream.events import Event
from slipstream.run.call import ResponseInfo
from slipstream.run.latch import Latch
from slipstream.run.loop import PATIENCE, Pending, shared, submit
from slipstream.run.source import AsyncSource

HIGH = 32
"""Batches that may wait. A batch is one read of the socket, 128 KiB as a rule: some 4 MiB of wire bytes."""
LOW = 8


class Bridge:
    """One source on the loop, one reader in a thread. Nothing happens before the first read.

    Args:
        loop: the engine's loop, running in another thread.
        source: what is read; from here on it belongs to that loop.

    Attributes:
        loop, source: these two.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, source: AsyncSource) -> None:
        self.loop = loop
        self.source = source
        self._batches: queue.SimpleQueue[list[Event] | BaseException] = queue.SimpleQueue()
        self._paused = False
        self._resume = asyncio.Event()
        self._over = False
        self._stopped = False
        self._started: Pending[None] | None = None
        self._pumping = False
        self._lock = threading.Lock()
        self._closed = Latch()
        self._announced: Callable[[], object] | None = None

    def announce(self, ready: Callable[[], object]) -> None:
        """Begin to read now, and call this, on the loop, for every batch that can be taken without waiting.

        For one reader of many bridges; call it instead of a first read.
        """
        self._announced = ready
        self._start()

    @property
    def ready(self) -> bool:
        """True if `next_batch` would return at once."""
        return self._over or not self._batches.empty()

    def _put(self, batch: list[Event] | BaseException) -> None:
        self._batches.put(batch)
        if self._announced is not None:
            self._announced()

    def _start(self) -> None:
        with self._lock:  # close() may run beside the first read
            if self._started is None:
                self._started = submit(self.loop, self._pump())

    async def _pump(self) -> None:
        if self._pumping:  # a signal came between the start and the note of it
            return
        self._pumping = True
        try:
            while batch := await self.source.next_batch():
                self._put(batch)
                if self._batches.qsize() >= HIGH and not self._stopped:
                    await self._wait_for_room()
            self._put([])
        except BaseException as error:  # whatever it is, the reader must hear of it
            self._put(error)
        finally:
            await self.source.aclose()
            self._closed.set()

    async def _wait_for_room(self) -> None:
        self._resume.clear()
        self._paused = True
        if self._batches.qsize() > LOW:  # the reader may have emptied it before it could see the flag
            await self._resume.wait()
        self._paused = False

    @property
    def response(self) -> ResponseInfo | None:
        """What is known of the HTTP response."""
        return self.source.response

    @property
    def failure(self) -> SlipstreamError | None:
        """The error that ended the stream, or None."""
        return self.source.failure

    def begin(self) -> bool:
        """Wait until an answer has begun (True), or none will (False): see `AsyncSource.begin`."""
        return submit(self.loop, self.source.begin()).result()

    def next_batch(self) -> list[Event]:
        """The next events; [] when the stream is over. Blocks the calling thread, and no other."""
        if self._over:
            return []
        if self._started is None:
            self._start()
        batch = self._batches.get()
        if self._paused and self._batches.qsize() <= LOW:
            self._paused = False
            self.loop.call_soon_threadsafe(self._resume.set)
        if isinstance(batch, BaseException):
            self._over = True
            raise batch
        if not batch:
            self._over = True
            self._batches.put([])  # for a second thread that waits here: close() may run beside the reader
        return batch

    def cancel(self, reason: str) -> None:
        """Stop the source; returns at once. From any thread."""
        if not self._closed.is_set and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._stop, reason)

    def _stop(self, reason: str) -> None:
        self._stopped = True
        self.source.cancel(reason)
        self._resume.set()

    def close(self) -> None:
        """Stop the source and wait until its socket is closed."""
        self.cancel("closed")
        if not self.loop.is_closed():
            self._start()  # it reads what is left, and closes
        self._closed.wait(PATIENCE)
        self._batches.put([])  # a signal may have taken away the end that a reader had just been given


class OwnBridge(Bridge):
    """A bridge that belongs to no client: it counts itself into the shared loop, and out when it is closed."""

    def __init__(self, source: AsyncSource) -> None:
        super().__init__(shared.acquire(), source)
        self._counted = True

    def close(self) -> None:
        """See `Bridge.close`."""
        super().close()
        with self._lock:
            counted, self._counted = self._counted, False
        if counted:
            shared.release()
