"""The shells of the helpers: a stream of wire objects and a state that makes events of them, sync and async."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, Self, TypeVar

from slipstream.client.async_stream import AsyncStream
from slipstream.client.closing import AsyncClosing, Closing
from slipstream.client.sdk.base import missing
from slipstream.client.sdk.streams import AsyncChunkStream, AsyncResponse, ChunkStream, SyncResponse
from slipstream.client.stream import Stream

E = TypeVar("E")


class State(Protocol[E]):
    """What puts an answer together."""

    def take(self, chunk: Any) -> list[E]: ...


class HelperStream(Closing, Generic[E]):
    """A sync stream of helper events. Leaving the `with` block closes the socket."""

    def __init__(self, frames: ChunkStream[Any], state: State[E]) -> None:
        self._frames = frames
        self._take = state.take
        self._pending: deque[E] = deque()

    def __iter__(self) -> Iterator[E]:
        return self

    def __next__(self) -> E:
        while not self._pending:
            self._pending.extend(self._take(next(self._frames)))
        return self._pending.popleft()

    def until_done(self) -> Self:
        """Read to the end; return the stream."""
        for _ in self:
            pass
        return self

    @property
    def response(self) -> SyncResponse:
        """Status and headers of the HTTP response."""
        return self._frames.response

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request."""
        return self._frames.response.request_id

    @property
    def native(self) -> Stream:
        """The stream underneath: `metrics`, `message`, `cancel(...)`. Do not iterate both."""
        return self._frames.native

    def detach(self) -> Stream:
        """The stream underneath, for one who goes on with that alone: dropping this one no longer ends it."""
        return self._frames.detach()

    def close(self) -> None:
        """Close the socket. May be called twice."""
        self._frames.close()


class AsyncHelperStream(AsyncClosing, Generic[E]):
    """An async stream of helper events. Leaving the `async with` block closes the socket."""

    def __init__(self, frames: AsyncChunkStream[Any], state: State[E]) -> None:
        self._frames = frames
        self._take = state.take
        self._pending: deque[E] = deque()

    def __aiter__(self) -> AsyncIterator[E]:
        return self

    async def __anext__(self) -> E:
        while not self._pending:
            self._pending.extend(self._take(await anext(self._frames)))
        return self._pending.popleft()

    async def until_done(self) -> Self:
        """Read to the end; return the stream."""
        async for _ in self:
            pass
        return self

    @property
    def response(self) -> AsyncResponse:
        """Status and headers of the HTTP response."""
        return self._frames.response

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request."""
        return self._frames.response.request_id

    @property
    def native(self) -> AsyncStream:
        """The stream underneath: `metrics`, `message`, `cancel(...)`. Do not iterate both."""
        return self._frames.native

    def detach(self) -> AsyncStream:
        """The stream underneath, for one who goes on with that alone: dropping this one no longer ends it."""
        return self._frames.detach()

    async def close(self) -> None:
        """Close the socket. May be called twice."""
        await self._frames.close()


H = TypeVar("H", bound=HelperStream[Any])
A = TypeVar("A", bound=AsyncHelperStream[Any])


class Manager(Generic[H]):
    """What a sync `.stream(...)` returns: the request is sent on entering the `with` block."""

    def __init__(self, enter: Callable[[], H]) -> None:
        self._enter = enter
        self._stream: H | None = None

    def __enter__(self) -> H:
        self._stream = self._enter()
        return self._stream

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, "here `with ... as stream:`, and the stream has it")


class AsyncManager(Generic[A]):
    """What an async `.stream(...)` returns: the request is sent on entering the `async with` block."""

    def __init__(self, enter: Callable[[], Awaitable[A]]) -> None:
        self._enter = enter
        self._stream: A | None = None

    async def __aenter__(self) -> A:
        self._stream = await self._enter()
        return self._stream

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            await self._stream.close()

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, "here `async with ... as stream:`, and the stream has it")
