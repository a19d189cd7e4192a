"""The sync client."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from slipstream.client.base import BaseClient
from slipstream.client.options import Ask
from slipstream.client.stream import Stream
from slipstream.events import Message
from slipstream.flow.stage import Stage
from slipstream.run.call import Call
from slipstream.run.metrics import Metrics

if TYPE_CHECKING:
    import asyncio

    from slipstream.run.bridge import Bridge


class Client(BaseClient):
    """The sync door. Safe to share between threads; one connection pool. Use `with`, or `close()`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()

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
        return self._stream(self._call(prompt, options, streaming=True), options)

    def complete(self, prompt: str | None = None, **options: Unpack[Ask]) -> Message:
        """Ask, and wait for the whole answer: the same message, in one piece.

        Args:
            prompt, options: as for `stream`.

        Raises:
            InvalidRequestError: the request is wrong; nothing was sent.
            SlipstreamError: whatever went wrong after that.
        """
        with self._stream(self._call(prompt, options, streaming=False), options) as stream:
            return stream.get_final_message()

    def close(self) -> None:
        """Close all connections, and the background thread if no other client uses it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._loop is not None and self._pid == os.getpid():
            from slipstream.run import loop

            if self._transport is not None:
                loop.submit(self._loop, self._transport.close()).result()
            loop.shared.release()
            self._loop = None

    def _stream(self, call: Call, options: Mapping[str, Any]) -> Stream:
        return Stream(
            lambda stages, metrics: self._bridge(call, stages, metrics),
            lambda: self._stream(call, options),
            **self._door(call, options),
        )

    def _bridge(self, call: Call, stages: Sequence[Stage], metrics: Metrics) -> Bridge:
        from slipstream.run.bridge import Bridge

        return Bridge(self._running_loop(), self._driver(call, stages, metrics))

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        from slipstream.run import loop

        if self._loop is None or self._pid != os.getpid():  # after a fork, the parent's loop is not ours
            self._loop, self._pid = loop.shared.acquire(), os.getpid()
        return self._loop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
