"""The streams of the SDK shapes: one object for each frame of the wire, in order.

Strategy: a stream of ours runs underneath, with its clocks, retries and cancel; this shell hands out the wire objects
its events carry. It is an iterator and no generator: a generator that refers to its stream is a cycle, and the socket
of a stream that is dropped after `break` would stay open until the collector runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from slipstream.client.async_stream import AsyncStream
from slipstream.client.closing import AsyncClosing, Closing
from slipstream.client.door import RawPicker
from slipstream.client.sdk.errors import with_sdk_names
from slipstream.client.sdk.keeping import tells_failure
from slipstream.client.stream import Stream
from slipstream.errors import SlipstreamError
from slipstream.events import Event
from slipstream.run.call import ResponseInfo

T = TypeVar("T")
Make = Callable[[Any], T | None]
"""Makes the object of a frame, or None for a frame that the SDK keeps to itself."""


class Response:
    """What programs read of the HTTP response: `stream.response`.

    Attributes:
        status_code: the HTTP status.
        headers: names in lower case.
        request_id: the provider's id of the request, or None.
    """

    def __init__(self, info: ResponseInfo) -> None:
        self.status_code = info.status
        self.headers: Mapping[str, str] = info.headers
        self.request_id = info.request_id

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


class SyncResponse(Response):
    """The response of a sync stream."""

    def __init__(self, info: ResponseInfo, close: Callable[[], None]) -> None:
        super().__init__(info)
        self.close = close


class AsyncResponse(Response):
    """The response of an async stream."""

    def __init__(self, info: ResponseInfo, close: Callable[[], Any]) -> None:
        super().__init__(info)
        self.aclose = close


class Frames(Generic[T]):
    """What both shells share.

    Attributes:
        native: the stream underneath: `metrics`, `message`, `usage`, `cancel(...)`. Do not iterate both.
        failure: why the stream ended before its answer was whole, once it has; None if it was, or is going on.
    """

    native: Stream | AsyncStream

    def __init__(self, make: Make[T], owner: object) -> None:
        # A client that is dropped closes its connections, but not before its streams are. It hangs on this shell and on
        # nothing that the engine holds, for the engine is held until the owner is gone.
        self._owner = owner
        self._lets_go = True
        self._make = make
        self._pick = RawPicker()
        self._last: Any = None
        self.failure: SlipstreamError | None = None

    def _drop(self) -> None:
        """Nobody holds this stream any more: let go of its socket, and do not wait."""
        if getattr(self, "_lets_go", False) and not self.native._closed:
            self.native.cancel("collected")
            self.native._closed = True  # programs for the SDKs drop streams; that is no reason to warn of

    def _hand_over(self) -> None:
        self._lets_go = False
        vars(self.native)["owner"] = self._owner  # no field of its own: it only has to hold it

    def _object(self, event: Event) -> T | None:
        wire = self._pick(event)
        if wire is None:
            return None
        self._last = wire
        return self._make(wire)

    def _must_raise(self, error: SlipstreamError) -> bool:
        """False for a failure that the last object told of, as in the official SDK; `failure` keeps it."""
        with_sdk_names(error)
        self.failure = error
        return not (isinstance(self._last, dict) and tells_failure(self._last))


class ChunkStream(Frames[T], Closing):
    """A sync stream of wire objects. Use `with`, or `close()`; what is dropped is closed too."""

    native: Stream

    def __init__(self, native: Stream, make: Make[T], owner: object = None) -> None:
        self.native = native
        super().__init__(make, owner)
        self._events = iter(native)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            for event in self._events:
                found = self._object(event)
                if found is not None:
                    return found
        except SlipstreamError as error:
            if self._must_raise(error):
                raise
        raise StopIteration

    def detach(self) -> Stream:
        """The stream underneath, for one who goes on with that alone: dropping this one no longer ends it."""
        self._hand_over()
        return self.native

    @property
    def response(self) -> SyncResponse:
        """Status and headers of the HTTP response."""
        info = self.native.response
        assert info is not None  # `create` waits for it
        return SyncResponse(info, self.close)

    def close(self) -> None:
        """Close the socket. May be called twice."""
        self.native.close()

    def __del__(self) -> None:
        self._drop()


class AsyncChunkStream(Frames[T], AsyncClosing):
    """An async stream of wire objects. Use `async with`, or `await close()`; what is dropped is closed too."""

    native: AsyncStream

    def __init__(self, native: AsyncStream, make: Make[T], owner: object = None) -> None:
        self.native = native
        super().__init__(make, owner)
        self._events = aiter(native)

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        try:
            async for event in self._events:
                found = self._object(event)
                if found is not None:
                    return found
        except SlipstreamError as error:
            if self._must_raise(error):
                raise
        raise StopAsyncIteration

    def detach(self) -> AsyncStream:
        """The stream underneath, for one who goes on with that alone: dropping this one no longer ends it."""
        self._hand_over()
        return self.native

    @property
    def response(self) -> AsyncResponse:
        """Status and headers of the HTTP response."""
        info = self.native.response
        assert info is not None  # `create` waits for it
        return AsyncResponse(info, self.close)

    async def close(self) -> None:
        """Close the socket. May be called twice."""
        await self.native.close()

    def __del__(self) -> None:
        self._drop()
