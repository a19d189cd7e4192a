"""The async client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack
from weakref import WeakKeyDictionary

from slipstream.client.async_stream import AsyncStream
from slipstream.client.base import BaseClient
from slipstream.client.closing import AsyncClosing
from slipstream.client.options import Ask
from slipstream.client.plan import Plan
from slipstream.events import Message
from slipstream.flow.stage import Stage
from slipstream.run.metrics import Metrics

if TYPE_CHECKING:
    from slipstream.run.source import AsyncSource


class AsyncClient(BaseClient, AsyncClosing):
    """The async door. One connection pool for each event loop. Use `async with`, or `await close()`."""

    def stream(self, prompt: str | None = None, **options: Unpack[Ask]) -> AsyncStream:
        """Ask, and read the answer as it arrives; see `Client.stream`."""
        return self._ask(prompt, options, streaming=True)

    async def complete(self, prompt: str | None = None, **options: Unpack[Ask]) -> Message:
        """Ask, and wait for the whole answer; see `Client.complete`."""
        async with self._ask(prompt, options, streaming=False) as stream:
            return await stream.get_final_message()

    def _set_up(self) -> None:
        self._sources: WeakKeyDictionary[AsyncSource, asyncio.AbstractEventLoop] = WeakKeyDictionary()

    async def close(self) -> None:
        """End all streams and close all connections. May be called twice.

        Who reads a stream of this client meanwhile sees it end, with the reason `cancelled`.
        """
        self._closed = True
        here = asyncio.get_running_loop()
        for source, loop in list(self._sources.items()):
            if loop is here:
                await source.aclose()
            elif loop.is_running():
                loop.call_soon_threadsafe(source.cancel, "closed")
        if self._transport is not None:
            await self._transport.close()

    def _ask(self, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> AsyncStream:
        options = {**self._defaults, **options}
        return self._stream(self._plan(prompt, options, streaming=streaming), options)

    def _stream(self, plan: Plan, options: Mapping[str, Any]) -> AsyncStream:
        stream = AsyncStream(
            lambda stages, metrics: self._opened(plan, stages, metrics),
            lambda: self._stream(plan, options),
            **self._door(plan, options),
        )
        return self._watched(stream, plan, options)

    def _opened(self, plan: Plan, stages: Sequence[Stage], metrics: Metrics) -> AsyncSource:
        source = self._source(plan, stages, metrics, threads=False)
        self._sources[source] = asyncio.get_running_loop()
        return source
