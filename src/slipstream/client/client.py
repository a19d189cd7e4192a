"""The sync client."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack
from weakref import WeakSet

from slipstream.client.base import BaseClient
from slipstream.client.closing import Closing
from slipstream.client.options import Ask
from slipstream.client.plan import Plan
from slipstream.client.stream import Stream
from slipstream.events import Message
from slipstream.flow.stage import Stage
from slipstream.run.metrics import Metrics

if TYPE_CHECKING:
    import asyncio

    from slipstream.run.bridge import Bridge


class Client(BaseClient, Closing):
    """The sync door. Safe to share between threads; one connection pool. Use `with`, or `close()`."""

    def _set_up(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._bridges: WeakSet[Bridge] = WeakSet()
        _clients.add(self)

    def stream(self, prompt: str | None = None, **options: Unpack[Ask]) -> Stream:
        """Ask, and read the answer as it arrives.

        Args:
            prompt: the user's message; or give `messages=`.
            options: see `Ask`.

        Returns:
            The stream. Nothing is sent before it is read.

        Raises:
            InvalidRequestError: the request is wrong; nothing was sent.
        """
        return self._stream(self._plan(prompt, options, streaming=True), options)

    def complete(self, prompt: str | None = None, **options: Unpack[Ask]) -> Message:
        """Ask, and wait for the whole answer: the same message, in one piece.

        Args:
            prompt, options: as for `stream`.

        Raises:
            InvalidRequestError: the request is wrong; nothing was sent.
            SlipstreamError: whatever went wrong after that.
        """
        with self._stream(self._plan(prompt, options, streaming=False), options) as stream:
            return stream.get_final_message()

    def close(self) -> None:
        """End all streams, and close all connections and the background thread if no other client uses it.

        May be called twice. Who reads a stream of this client meanwhile sees it end, with the reason `cancelled`.
        """
        with self._lock:
            self._closed = True
            loop, self._loop = self._loop, None
            bridges = list(self._bridges)
        for bridge in bridges:
            bridge.close()
        if loop is not None:
            self._release(loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        from slipstream.run.loop import shared, submit

        if self._transport is not None:
            submit(loop, self._transport.close()).result()
        shared.release()

    def __del__(self) -> None:
        loop = getattr(self, "_loop", None)
        if loop is not None and not loop.is_closed():
            from slipstream.run.loop import retire, submit

            submit(loop, retire(self._transport))  # a collector must not wait

    def _stream(self, plan: Plan, options: Mapping[str, Any]) -> Stream:
        stream = Stream(
            lambda stages, metrics: self._bridge(plan, stages, metrics),
            lambda: self._stream(plan, options),
            **self._door(plan, options),
        )
        return self._watched(stream, plan, options)

    def _bridge(self, plan: Plan, stages: Sequence[Stage], metrics: Metrics) -> Bridge:
        from slipstream.run.bridge import Bridge
        from slipstream.run.loop import shared

        with self._lock:  # several threads may open the first streams at once
            source = self._source(plan, stages, metrics, threads=True)
            if self._loop is None:
                self._loop = shared.acquire()
            bridge = Bridge(self._loop, source)
            self._bridges.add(bridge)
            return bridge

    def _forget(self) -> None:
        """In a forked child: the loop, its connections and the threads that held the lock are the parent's."""
        self._loop = None
        self._lock = threading.Lock()
        self._bridges = WeakSet()


_clients: WeakSet[Client] = WeakSet()


def _forget_all() -> None:
    for client in list(_clients):
        client._forget()


def _close_all() -> None:
    for client in list(_clients):
        client.close()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(_close_all)  # most programs never close their client
