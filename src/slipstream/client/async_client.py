"""The async client."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, Unpack

from slipstream.client.async_stream import AsyncStream
from slipstream.client.base import BaseClient
from slipstream.client.options import Ask
from slipstream.events import Message
from slipstream.run.call import Call


class AsyncClient(BaseClient):
    """The async door. One connection pool for each event loop. Use `async with`, or `await close()`."""

    def stream(self, prompt: str | None = None, **options: Unpack[Ask]) -> AsyncStream:
        """Ask, and read the answer as it arrives; see `Client.stream`."""
        return self._stream(self._call(prompt, options, streaming=True), options)

    async def complete(self, prompt: str | None = None, **options: Unpack[Ask]) -> Message:
        """Ask, and wait for the whole answer; see `Client.complete`."""
        async with self._stream(self._call(prompt, options, streaming=False), options) as stream:
            return await stream.get_final_message()

    async def close(self) -> None:
        """Close all connections. May be called twice."""
        if not self._closed:
            self._closed = True
            if self._transport is not None:
                await self._transport.close()

    def _stream(self, call: Call, options: Mapping[str, Any]) -> AsyncStream:
        return AsyncStream(
            lambda stages, metrics: self._driver(call, stages, metrics),
            lambda: self._stream(call, options),
            **self._door(call, options),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
