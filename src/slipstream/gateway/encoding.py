"""`encode`: a stream as the bytes of a response body, for frameworks that take an iterator.

Strategy: a framework calls the sync iterator from its own thread, and cannot be told of a client that has gone before
it writes. So the answer is read in a thread beside, and whenever nothing comes for a while the framework gets a sign of
life to write: when that fails, it closes the iterator, which cancels the stream.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, overload

from slipstream.client.async_stream import AsyncStream
from slipstream.client.stream import Stream
from slipstream.dialects.common.face import Dialect, Encoder
from slipstream.dialects.common.reply import Reply
from slipstream.errors import InvalidRequestError
from slipstream.events import Event
from slipstream.gateway.carrier import UNASKED, check_reply, spoken_by
from slipstream.gateway.failures import event_of
from slipstream.gateway.feeds import AsyncStreamFeed
from slipstream.gateway.head import stream_headers
from slipstream.gateway.seconds import seconds

LEFT = "the reader has gone"


class _Body:
    """What both iterators share.

    Attributes:
        headers: for the response; without `connection`, which belongs to the server.
        content_type: the one among them that frameworks ask for by name.
    """

    def __init__(self, encoder: Encoder, heartbeat: float | None) -> None:
        self._encoder = encoder
        self._heartbeat = heartbeat
        headers = stream_headers(encoder)
        self.headers = {name: value for name, value in headers.items() if name != "connection"}
        self.content_type = encoder.content_type


class EncodedStream(_Body):
    """The body bytes of a `Stream`: an iterator of pieces, none of them empty. `close()` cancels the stream.

    Args:
        stream: what is read; it belongs to this one from here on.
        encoder: in which form.
        heartbeat: seconds of silence after which a sign of life is given, or None.
    """

    def __init__(self, stream: Stream, encoder: Encoder, heartbeat: float | None) -> None:
        super().__init__(encoder, heartbeat)
        self._stream = stream
        self._pulls = _Pulls(stream)
        self._pieces = _pieces(encoder, self._pulls, heartbeat)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Cancel the stream and close its socket. May be called twice, and from any thread."""
        self._stream.cancel(LEFT)
        self._pulls.close()

    def __del__(self) -> None:
        if hasattr(self, "_pulls"):
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


SILENCE: list[Event] = [Event()]
"""Stands for a wait in which nothing came."""


def _pieces(encoder: Encoder, pulls: _Pulls, heartbeat: float | None) -> Iterator[bytes]:
    """The body. No method of its iterator, so that one that is forgotten is collected, and closed, at once."""
    if first := encoder.heartbeat():
        yield first  # the headers leave before the first token
    error = None
    try:
        while events := pulls.next(heartbeat):
            if data := _encoded(encoder, events):
                yield data
    except Exception as failure:
        error = failure
    if last := _end(encoder, error):
        yield last


def _encoded(encoder: Encoder, events: Sequence[Event]) -> bytes:
    return encoder.heartbeat() if events is SILENCE else b"".join(map(encoder.feed, events))


def _end(encoder: Encoder, error: Exception | None) -> bytes:
    told = b"" if error is None else encoder.feed(event_of(error))
    return told + encoder.end()


class _Pulls:
    """The batches of a stream, one pull at a time, in a thread of its own."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._given: queue.SimpleQueue[list[Event] | Exception] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waiting = False  # a pull has been asked for, and its batch has not come

    def next(self, patience: float | None) -> list[Event]:
        """The next batch; `SILENCE` if none came within so many seconds; [] at the end."""
        if not self._waiting:
            self._waiting = True
            self._start()
            self._wanted.put(True)
        try:
            batch = self._given.get(timeout=patience)
        except queue.Empty:
            return SILENCE
        self._waiting = False
        if isinstance(batch, Exception):
            raise batch
        return batch

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="slipstream-encode", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        try:
            batches = self._stream.batches
            while self._wanted.get():
                batch = next(batches, [])
                self._given.put(batch)
                if not batch:
                    break
                del batch  # it would be kept until the next one is wanted
        except Exception as error:
            self._given.put(error)
        finally:
            self._stream.close()

    def close(self) -> None:
        """Let the thread end; the stream is closed there, or here if there is none."""
        self._wanted.put(False)
        if self._thread is None:
            self._stream.close()


class AsyncEncodedStream(_Body):
    """The body bytes of an `AsyncStream`: an async iterator of pieces, none of them empty. Closing cancels the stream.

    Args:
        stream: what is read; it belongs to this one from here on.
        encoder: in which form.
        heartbeat: seconds of silence after which a sign of life is given, or None.
    """

    def __init__(self, stream: AsyncStream, encoder: Encoder, heartbeat: float | None) -> None:
        super().__init__(encoder, heartbeat)
        self._stream = stream
        self._feed = AsyncStreamFeed(stream)
        self._pull: asyncio.Future[Sequence[Event] | None] | None = None
        self._pieces = self._read()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return await anext(self._pieces)

    async def _read(self) -> AsyncIterator[bytes]:
        if first := self._encoder.heartbeat():
            yield first  # the headers leave before the first token
        error = None
        try:
            while events := await self._next():
                if data := _encoded(self._encoder, events):
                    yield data
        except Exception as failure:
            error = failure
        if last := _end(self._encoder, error):
            yield last

    async def _next(self) -> Sequence[Event] | None:
        if self._pull is None:
            self._pull = asyncio.ensure_future(self._feed.next())
        try:
            await asyncio.wait((self._pull,), timeout=self._heartbeat)
        except asyncio.CancelledError:  # of who reads us: the request is over
            await self.aclose()
            raise
        if not self._pull.done():
            return SILENCE
        pull, self._pull = self._pull, None
        return pull.result()

    def close(self) -> None:
        """Cancel the stream; returns at once. May be called twice, and from any thread."""
        self._stream.cancel(LEFT)
        if self._loop is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self.aclose(), self._loop)

    async def aclose(self) -> None:
        """Cancel the stream, and wait until its socket is closed. May be called twice."""
        self._stream.cancel(LEFT)
        if self._pull is not None:
            await asyncio.wait((self._pull,))
        await self._feed.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@overload
def encode(
    stream: Stream, dialect: str | Dialect = ..., *, reply: Reply | None = ..., heartbeat: float | None = ...
) -> EncodedStream: ...
@overload
def encode(
    stream: AsyncStream, dialect: str | Dialect = ..., *, reply: Reply | None = ..., heartbeat: float | None = ...
) -> AsyncEncodedStream: ...
def encode(
    stream: Any, dialect: str | Dialect = "openai", *, reply: Reply | None = None, heartbeat: float | None = 15.0
) -> EncodedStream | AsyncEncodedStream:
    """The body of a response that tells this stream, for frameworks that take an iterator of bytes.

    Args:
        stream: a `Stream`, which makes an iterator, or an `AsyncStream`, which makes an async one.
        dialect, reply, heartbeat: as for `respond`.

    Returns:
        The iterator, with the `headers` that belong to the response. Closing it cancels the stream: frameworks do so
        when the client has gone, which they see when they write.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
        UnknownModelError: no such dialect.
    """
    spoken = spoken_by(dialect)
    check_reply(reply)
    reply = reply or UNASKED.get(spoken.name)
    beat = None if heartbeat is None else seconds("heartbeat", heartbeat, above=0.0)
    if isinstance(stream, AsyncStream):
        return AsyncEncodedStream(stream, spoken.encoder(reply), beat)
    if isinstance(stream, Stream):
        return EncodedStream(stream, spoken.encoder(reply), beat)
    raise InvalidRequestError(
        f"the stream is a {type(stream).__name__}; it takes a Stream or an AsyncStream", argument="stream"
    )
