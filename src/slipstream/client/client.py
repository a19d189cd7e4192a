"""The sync client."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import weakref
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
from slipstream.run.transport import Transport

if TYPE_CHECKING:
    import asyncio

    from slipstream.run.bridge import Bridge


class Client(BaseClient, Closing):
    """The sync door. Safe to share between threads; one connection pool. Use `with`, or `close()`."""

    def _set_up(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._bridges: WeakSet[Bridge] = WeakSet()
        self._collected: weakref.finalize[..., Client] | None = None
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
        return self._ask(prompt, options, streaming=True)

    def complete(self, prompt: str | None = None, **options: Unpack[Ask]) -> Message:
        """Ask, and wait for the whole answer: the same message, in one piece.

        Args:
            prompt, options: as for `stream`.

        Raises:
            InvalidRequestError: the request is wrong; nothing was sent.
            SlipstreamError: whatever went wrong after that.
        """
        with self._ask(prompt, options, streaming=False) as stream:
            return stream.get_final_message()

    def close(self) -> None:
        """End all streams, and close all connections and the background thread if no other client uses it.

        May be called twice. Who reads a stream of this client meanwhile sees it end, with the reason `cancelled`.
        """
        with self._lock:
            self._closed = True
            loop, self._loop = self._loop, None
            bridges = list(self._bridges)
        if self._collected is not None:
            self._collected.detach()
        for bridge in bridges:
            bridge.close()
        if loop is not None:
            self._release(loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        from slipstream.run.loop import PATIENCE, shared, submit

        if self._transport is not None:
            with contextlib.suppress(TimeoutError):
                submit(loop, self._transport.close()).result(PATIENCE)
        shared.release()

    def _ask(self, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> Stream:
        options = {**self._defaults, **options}
        return self._stream(self._plan(prompt, options, streaming=streaming), options)

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
                # The registry of `finalize` holds the connections: were they garbage together with their client,
                # aiohttp would complain of its session before anybody could close it.
                self._collected = weakref.finalize(self, _retire, self._loop, self._transport)
                self._collected.atexit = False  # `_close_all` does it better
            bridge = Bridge(self._loop, source)
            self._bridges.add(bridge)
            return bridge

    def _forget(self) -> None:
        """In a forked child: the loop, its connections and the threads that held the lock are the parent's."""
        if self._collected is not None:
            self._collected.detach()
        self._loop = None
        self._lock = threading.Lock()
        self._bridges = WeakSet()


def _retire(loop: asyncio.AbstractEventLoop, transport: Transport | None) -> None:
    """Close the connections of a client that was dropped; a collector must not wait."""
    from slipstream.run.loop import retire, submit

    if not loop.is_closed():
        submit(loop, retire(transport))


_clients: WeakSet[Client] = WeakSet()


def _forget_all() -> None:
    for client in list(_clients):
        client._forget()


def _close_all() -> None:
    for client in list(_clients):
        client.close()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(_close_all)  # most programs never close their client
