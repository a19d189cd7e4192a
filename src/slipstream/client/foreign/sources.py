"""The two sources of wrapped streams, sync and async.

Strategy: the sync source reads the SDK's iterator in the reader's own thread, which costs nothing. To free a reader who
waits in the SDK, the socket is shut down under it: closing the SDK's stream from another thread does not. A stream with
stages has timers that must fire while the SDK waits for the network: `OffLoop` reads it in a thread of its own, and the
engine's loop serves the stages, as for every other stream.
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Final, TypeVar

from slipstream.client.foreign.failures import headers_of
from slipstream.client.foreign.reading import Reading
from slipstream.errors import SlipstreamError
from slipstream.events import Event
from slipstream.run.call import ResponseInfo
from slipstream.run.failures import request_id
from slipstream.run.metrics import Metrics
from slipstream.run.waiting import Interrupted, Waiting
from slipstream.run.worker import Worker

T = TypeVar("T")

END: Final = object()
"""The SDK's iterator is at its end."""


class Foreign:
    """What both sources share.

    Args:
        stream: the SDK's stream.
        metrics: takes the figures.
        include_raw: give every event its wire object.
    """

    def __init__(self, stream: Any, metrics: Metrics, *, include_raw: bool = False) -> None:
        self._stream = stream
        self._metrics = metrics
        headers = partial(headers_of, _response(stream))
        self._reading = Reading(stream, metrics, headers=headers, include_raw=include_raw)
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

    def __init__(self, stream: Any, metrics: Metrics, *, include_raw: bool = False) -> None:
        super().__init__(stream, metrics, include_raw=include_raw)
        self._items: Iterator[Any] = iter(stream)
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
        broken: Exception | None = None
        try:
            item = END if self._is_stopping() else next(self._items, END)
        except Exception as error:  # whatever an SDK raises becomes ours
            broken = error
        now = time.monotonic()
        if self._is_stopping():
            return reading.stopped(self._reason or "", now)
        if broken is not None:
            return reading.broke(broken, now)
        return reading.ended(now) if item is END else reading.take(item, now)

    def _is_stopping(self) -> bool:
        return self._reason is not None

    def cancel(self, reason: str) -> None:
        """Stop now; a reader who waits is freed. From any thread."""
        if self._reading.done or self._reason is not None:
            return
        began = time.monotonic()
        self._reason = reason
        shut_down(self._stream)
        self._metrics.time_to_cancel = time.monotonic() - began

    def close(self) -> None:
        """Stop, and close the SDK's stream."""
        self.cancel("closed")
        self._release()

    def _release(self) -> None:
        with contextlib.suppress(Exception):  # what cannot be closed was closed by somebody else
            _closer(self._stream, ("close",))()


class AsyncForeign(Foreign):
    """Reads an async stream, in one event loop."""

    def __init__(self, stream: Any, metrics: Metrics, *, include_raw: bool = False) -> None:
        super().__init__(stream, metrics, include_raw=include_raw)
        self._items: AsyncIterator[Any] = aiter(stream)
        self._waiting = Waiting()
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
            item = await self._waiting.wait(lambda: anext(self._items, END))
        except Interrupted:
            return reading.stopped(self._reason, time.monotonic())
        except Exception as error:  # whatever an SDK raises becomes ours
            return reading.broke(error, time.monotonic())
        now = time.monotonic()
        return reading.ended(now) if item is END else reading.take(item, now)

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
        with contextlib.suppress(Exception):  # what cannot be closed was closed by somebody else
            closing = _closer(self._stream, ("aclose", "close"))()
            if hasattr(closing, "__await__"):
                await closing


class OffLoop:
    """An async source over a sync one, which is read in a thread of its own."""

    def __init__(self, source: SyncForeign) -> None:
        self._source = source
        self._worker = Worker("slipstream-wrap", contextvars.copy_context())  # what traces the caller traces the SDK

    @property
    def response(self) -> ResponseInfo | None:
        """Status and headers of the SDK's HTTP response, if it shows one."""
        return self._source.response

    @property
    def failure(self) -> SlipstreamError | None:
        """The error that ended the stream, or None."""
        return self._source.failure

    async def begin(self) -> bool:
        """True: the SDK has sent the request already."""
        return True

    async def next_batch(self) -> list[Event]:
        """The next events; [] when the stream is over."""
        return await self._worker.run(self._source.next_batch)

    def cancel(self, reason: str) -> None:
        """Stop now; the thread that reads is freed."""
        self._source.cancel(reason)

    async def aclose(self) -> None:
        """Stop, and close the SDK's stream."""
        self._source.cancel("closed")
        self._source.close()
        self._worker.close()


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
