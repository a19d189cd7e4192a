"""The two sources of wrapped streams, sync and async.

Strategy: the sync source reads the SDK's iterator in the reader's own thread, which costs nothing; only a stream with
stages is read in a thread of its own, because a stage's timer must fire while the SDK waits for the network. To free a
reader who waits in the SDK, the socket is shut down under it: closing the SDK's stream from another thread does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

from slipstream.client.foreign.failures import headers_of
from slipstream.client.foreign.puller import END, WOKEN, Inline, Puller, Raised, Threaded
from slipstream.client.foreign.reading import Reading
from slipstream.errors import SlipstreamError
from slipstream.events import Event
from slipstream.flow.stage import Stage
from slipstream.run.call import ResponseInfo
from slipstream.run.failures import request_id
from slipstream.run.metrics import Metrics
from slipstream.run.waiting import Interrupted, Waiting


class Foreign:
    """What both sources share.

    Args:
        stream: the SDK's stream.
        stages, metrics: as the door has them.
        include_raw: give every event its wire object.
    """

    def __init__(self, stream: Any, stages: Sequence[Stage], metrics: Metrics, *, include_raw: bool = False) -> None:
        self._stream = stream
        self._metrics = metrics
        headers = partial(headers_of, _response(stream))
        self._reading = Reading(stream, stages, metrics, headers=headers, include_raw=include_raw)
        metrics.started(time.monotonic())

    @property
    def response(self) -> ResponseInfo | None:
        """Status and headers of the SDK's HTTP response, if it shows one."""
        response = _response(self._stream)
        status = getattr(response, "status_code", None)
        if not isinstance(status, int):
            return None
        headers = headers_of(response)
        return ResponseInfo(status, headers, request_id(headers))

    @property
    def failure(self) -> SlipstreamError | None:
        """The error that ended the stream, or None."""
        return self._reading.failure


class SyncForeign(Foreign):
    """Reads a sync stream."""

    def __init__(self, stream: Any, stages: Sequence[Stage], metrics: Metrics, *, include_raw: bool = False) -> None:
        super().__init__(stream, stages, metrics, include_raw=include_raw)
        items: Iterator[Any] = iter(stream)
        self._puller: Puller = Threaded(items) if stages else Inline(items)
        self._lock = threading.Lock()
        self._reason: str | None = None

    def begin(self) -> bool:
        """True: the SDK has sent the request already."""
        return True

    def next_batch(self) -> list[Event]:
        """The next events; [] when the stream is over, or another thread reads what is left of a cancelled one."""
        if not self._lock.acquire(blocking=self._reason is None):
            return []
        try:
            while not self._reading.done:
                if events := self._step():
                    return events
            return []
        finally:
            if self._reading.done:
                self._release()
            self._lock.release()

    def _step(self) -> list[Event]:
        reading = self._reading
        try:
            item = END if self._is_stopping() else self._puller.get(reading.wake_at())
        except Exception as error:  # whatever an SDK raises becomes ours
            item = Raised(error)
        now = time.monotonic()
        if self._is_stopping():
            return reading.stopped(self._reason or "", now)
        if isinstance(item, Raised):
            return reading.broke(item.error, now)
        if item is WOKEN:
            return reading.woken(now)
        return reading.ended(now) if item is END else reading.take(item, now)

    def _is_stopping(self) -> bool:
        return self._reason is not None

    def cancel(self, reason: str) -> None:
        """Stop now; a reader who waits is freed. From any thread."""
        if self._reading.done or self._reason is not None:
            return
        began = time.monotonic()
        self._reason = reason
        self._puller.stop()
        shut_down(self._stream)
        self._metrics.time_to_cancel = time.monotonic() - began

    def close(self) -> None:
        """Stop, and close the SDK's stream."""
        self.cancel("closed")
        self._release()

    def _release(self) -> None:
        self._puller.stop()
        with contextlib.suppress(Exception):  # what cannot be closed was closed by somebody else
            _closer(self._stream, ("close",))()


class AsyncForeign(Foreign):
    """Reads an async stream, in one event loop."""

    def __init__(self, stream: Any, stages: Sequence[Stage], metrics: Metrics, *, include_raw: bool = False) -> None:
        super().__init__(stream, stages, metrics, include_raw=include_raw)
        self._items: AsyncIterator[Any] = aiter(stream)
        self._waiting = Waiting()
        self._pending: asyncio.Task[Any] | None = None
        self._reason = "cancelled"
        self._closed = False

    async def begin(self) -> bool:
        """True: the SDK has sent the request already."""
        return True

    async def next_batch(self) -> list[Event]:
        """The next events; [] when the stream is over."""
        while not self._reading.done:
            if events := await self._step():
                return events
        await self._release()
        return []

    async def _step(self) -> list[Event]:
        reading = self._reading
        try:
            item = await self._waiting.wait(self._pull)
        except Interrupted:
            return reading.stopped(self._reason, time.monotonic())
        except Exception as error:  # whatever an SDK raises becomes ours
            return reading.broke(error, time.monotonic())
        now = time.monotonic()
        if item is WOKEN:
            return reading.woken(now)
        return reading.ended(now) if item is END else reading.take(item, now)

    async def _pull(self) -> Any:
        """The next item, `END`, or `WOKEN` when a stage's timer is due first."""
        wake_at = self._reading.wake_at()
        if wake_at is None and self._pending is None:
            return await anext(self._items, END)
        if self._pending is None:
            self._pending = asyncio.ensure_future(_next(self._items))
        left = None if wake_at is None else max(0.0, wake_at - time.monotonic())
        done, _ = await asyncio.wait((self._pending,), timeout=left)
        if not done:
            return WOKEN
        task, self._pending = self._pending, None
        return task.result()

    def cancel(self, reason: str) -> None:
        """Stop now; a reader who waits is freed. Call it in the event loop."""
        if not self._reading.done and not self._waiting.interrupted:
            began = time.monotonic()
            self._reason = reason
            self._waiting.interrupt(None)
            self._metrics.time_to_cancel = time.monotonic() - began

    async def aclose(self) -> None:
        """Stop, and close the SDK's stream."""
        self.cancel("closed")
        await self._release()

    async def _release(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        with contextlib.suppress(Exception):  # what cannot be closed was closed by somebody else
            closing = _closer(self._stream, ("aclose", "close"))()
            if hasattr(closing, "__await__"):
                await closing


async def _next(items: AsyncIterator[Any]) -> Any:
    return await anext(items, END)


def _response(stream: Any) -> Any:
    """The HTTP response behind an SDK's stream; openai's helper has it under another name."""
    found = getattr(stream, "response", None)
    return found if found is not None else getattr(stream, "_response", None)


def _closer(stream: Any, names: tuple[str, ...]) -> Any:
    """What closes a stream: its own method, or that of its response (zai's stream has none)."""
    for owner in (stream, _response(stream)):
        for name in names:
            method = getattr(owner, name, None)
            if callable(method):
                return method
    return lambda: None


def shut_down(stream: Any) -> None:
    """Shut down the socket under an SDK's stream, so that whoever reads from it is freed.

    The way to it is a documented extension of httpx, which all the SDKs use: `response.extensions["network_stream"]`.
    """
    with contextlib.suppress(Exception):  # there is no socket, or it is closed: nobody waits in it then
        network = _response(stream).extensions["network_stream"]
        # Not the method of a TLS socket, which would take its TLS state away from under the reader.
        socket.socket.shutdown(network.get_extra_info("socket"), socket.SHUT_RDWR)
