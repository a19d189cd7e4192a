"""The async door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from slipstream import flow
from slipstream.client.closing import AsyncClosing
from slipstream.client.door import (
    Door,
    RawPicker,
    pick_box,
    pick_reasoning,
    pick_text,
    pick_tool_call,
)
from slipstream.client.typed_lens import TypedLens
from slipstream.events import Box, Event, Message, ToolCall
from slipstream.flow.stage import Stage
from slipstream.run.call import ResponseInfo
from slipstream.run.estimate import counter
from slipstream.run.metrics import Metrics
from slipstream.run.source import AsyncSource

if TYPE_CHECKING:
    from slipstream.client.show import Target, ThinkingMode

T = TypeVar("T")


class AsyncStream(Door, AsyncClosing):
    """One answer as it arrives. Iterate it for events, or one of its lenses for text; all of them share one position.

    Nothing is sent before the first read. Use `async with`, or `await close()`: leaving the block closes the socket.
    `await stream` reads to the end and gives the message.

    Attributes:
        message: the answer so far, even after an error or a cancel.
    """

    def __init__(
        self,
        open_source: Callable[[Sequence[Stage], Metrics], AsyncSource],
        again: Callable[[], AsyncStream] | None = None,
        **door: Any,
    ) -> None:
        super().__init__(**door)
        self._open_source = open_source
        self._again = again
        self._source: AsyncSource | None = None
        self._events: AsyncIterator[Event] | None = None
        self._batches: AsyncIterator[list[Event]] | None = None
        self._left: Iterator[Event] = iter(())  # of the batch that is being read event by event
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- reading

    def __aiter__(self) -> AsyncIterator[Event]:
        if self._events is None:
            self._events = self._read(self.batches)
        return self._events

    async def _read(self, batches: AsyncIterator[list[Event]]) -> AsyncIterator[Event]:
        async for batch in batches:
            self._left = iter(batch)
            for event in self._left:
                if self._cancelled:
                    break
                yield event
            del batch  # it would be kept while the next one is awaited

    @property
    def batches(self) -> AsyncIterator[list[Event]]:
        """Every event, in lists of those that came together, none of them empty.

        For who passes the events on, and would rather do so once for each arrival of bytes than once for each event.
        """
        if self._batches is None:
            self._begin()
            self._batches = self._read_batches()
        return self._batches if self._events is None else self._rest(self._batches)

    async def _rest(self, batches: AsyncIterator[list[Event]]) -> AsyncIterator[list[Event]]:
        left = list(self._left)
        if left and not self._cancelled:
            yield left
        async for batch in batches:
            yield batch

    async def _read_batches(self) -> AsyncIterator[list[Event]]:
        while events := await self._next_batch():
            yield events
            del events  # they would be kept while the next ones are awaited

    async def _next_batch(self) -> list[Event]:
        """The next events that the reader gets; [] when the stream is over."""
        if self._source is None and (self._closed or self._cancelled):
            self._closed = True  # stopped before the first read: nothing is sent
            self._ended()
            return []
        source = self._source or self._opened()
        try:
            while batch := await source.next_batch():
                if self._receiver.must_load(batch):
                    await self._load(batch)
                events = self._receiver.take(batch)
                if events and not self._cancelled:
                    return events
        except asyncio.CancelledError:  # of the reader's task; the source has closed itself
            self._aborted("cancelled")
            raise
        await self._over(source)
        return []

    async def _load(self, batch: list[Event]) -> None:
        """Have the tokenizer loaded beside the event loop."""
        try:
            await asyncio.to_thread(counter)
        except asyncio.CancelledError:
            self._receiver.message.fold_all(batch)  # what has come is kept, uncounted
            raise

    async def _over(self, source: AsyncSource) -> None:
        self._closed = True
        await source.aclose()
        self._aborted()  # nothing said how it ended: its client was closed meanwhile
        self._ended()
        self._raise(source.failure)

    def _opened(self) -> AsyncSource:
        if self._source is None:
            self._loop = asyncio.get_running_loop()
            self._source = self._open_source(self._stages, self._metrics)
            if self._cancelled:
                self._source.cancel("cancelled")
        return self._source

    async def open(self) -> Self:
        """Send the request now and wait for the response headers; else the first read does both.

        Returns:
            The stream; a refusal by the provider raises here instead of at the first read.
        """
        self._begin()
        return self if await self._opened().begin() else await self.until_done()

    async def _lens(self, pick: Callable[[Event], T | None]) -> AsyncIterator[T]:
        async for event in self:
            value = pick(event)
            if value is not None:
                yield value

    @property
    def events(self) -> AsyncIterator[Event]:
        """Every event."""
        return aiter(self)

    @property
    def text_stream(self) -> AsyncIterator[str]:
        """The text of the first answer, piece by piece."""
        return self._lens(pick_text)

    @property
    def reasoning_stream(self) -> AsyncIterator[str]:
        """The thinking of the first answer, piece by piece."""
        return self._lens(pick_reasoning)

    @property
    def tool_calls(self) -> AsyncIterator[ToolCall]:
        """The calls, each once it is complete."""
        return self._lens(pick_tool_call)

    @property
    def boxes(self) -> AsyncIterator[Box]:
        """The places in the picture that the answer names, each as its notation closes."""
        if not self._started:
            self._find_boxes()
        return self._lens(pick_box)

    def partial(self, kind: type[T], **options: Any) -> AsyncIterator[T]:
        """The structured answer as a typed object, as far as it has come; see `Stream.partial`."""
        self._check_unread()
        return self._typed(TypedLens(flow.partial(kind, **options)))

    def elements(self, kind: type[T], **options: Any) -> AsyncIterator[T]:
        """The items of a list in the answer, each once it is whole and validated; see `Stream.elements`."""
        self._check_unread()
        return self._typed(TypedLens(flow.elements(kind, **options)))

    async def get_final_object(self, kind: type[T], **options: Any) -> T:
        """Read to the end; return the structured answer as a validated object; see `Stream.get_final_object`."""
        self._check_unread()
        lens = TypedLens(flow.partial(kind, **options))
        async for _ in self._typed(lens):
            pass
        found: T = lens.whole(self.finish_reason)
        return found

    async def _typed(self, lens: TypedLens) -> AsyncIterator[Any]:
        async for event in self:
            values, wrong = lens.take(event)
            for value in values:
                yield value
            if wrong is not None:
                self.cancel("the answer is not of the type")
                await self.close()
                self._raise(wrong)

    @property
    def raw(self) -> AsyncIterator[Any]:
        """The provider's own objects, one for each frame; ask for them with `include_raw=True`."""
        return self._lens(RawPicker())

    # ---- the whole

    async def until_done(self) -> Self:
        """Read to the end; return the stream."""
        async for _ in self:
            pass
        return self

    async def get_final_message(self) -> Message:
        """Read to the end; return the message."""
        return (await self.until_done()).message

    async def get_final_text(self) -> str:
        """Read to the end; return the text."""
        return (await self.get_final_message()).text

    async def show(self, *, thinking: ThinkingMode = "fold", to: Target = None, picture: Any = None) -> Message:
        """Read to the end and show the answer as it arrives; return the message. See `Stream.show`."""
        from slipstream.client.show import show_async

        return await show_async(self, thinking=thinking, to=to, picture=picture)

    def __await__(self) -> Generator[Any, None, Message]:
        return self.get_final_message().__await__()

    def regenerate(self) -> AsyncStream:
        """A new stream that asks the same again.

        Raises:
            StreamClosedError: the stream was wrapped, so that the question is not known.
        """
        return self._ask_again(self._again)

    def tee(self, n: int = 2) -> tuple[AsyncStream, ...]:
        """As many independent streams of this one answer; see `Stream.tee`."""
        from slipstream.client.teeing import async_tee

        self._check_unread()
        self._begin()
        return async_tee(self, n)

    @property
    def response(self) -> ResponseInfo | None:
        """Status, headers and `request_id` of the HTTP response; None before it began."""
        return self._source.response if self._source is not None else None

    # ---- stopping

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop now, from any task or thread: the socket is closed, and a reader that waits is freed in milliseconds.

        The message keeps what had arrived, with the finish reason `cancelled`; the reader's loop simply ends.
        """
        self._cancelled = True
        if self._source is None or self._loop is None:
            self._aborted(reason)
            return
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._source.cancel(reason)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._source.cancel, reason)

    async def close(self) -> None:
        """Close the socket. What had arrived stays in `message`. May be called twice."""
        if self._closed:
            return
        self._closed = True
        source = self._source
        if source is not None:
            self._cancelled = True
            source.cancel("closed")
            await self._drain(source)
        self._aborted()
        self._ended()

    def _let_go(self) -> None:
        """The source has been closed by who took it over."""
        self._closed = True

    async def _drain(self, source: AsyncSource) -> None:
        while batch := await source.next_batch():
            self._receiver.take(batch)
        await source.aclose()

    def __del__(self) -> None:
        if self._warn_unclosed():
            self.cancel("collected")
