"""The sync door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from slipstream import flow
from slipstream.client.closing import Closing
from slipstream.client.door import (
    Door,
    RawPicker,
    Source,
    pick_box,
    pick_reasoning,
    pick_text,
    pick_tool_call,
)
from slipstream.client.typed_lens import TypedLens
from slipstream.events import Box, Event, Message, ToolCall
from slipstream.flow.stage import Stage
from slipstream.run.call import ResponseInfo
from slipstream.run.metrics import Metrics

if TYPE_CHECKING:
    from slipstream.client.show import Target, ThinkingMode

T = TypeVar("T")


class SyncSource(Source, Protocol):
    """Batches, by blocking calls."""

    def begin(self) -> bool: ...

    def next_batch(self) -> list[Event]: ...

    def cancel(self, reason: str) -> None: ...

    def close(self) -> None: ...


class Stream(Door, Closing):
    """One answer as it arrives. Iterate it for events, or one of its lenses for text; all of them share one position.

    Nothing is sent before the first read. Use `with`, or `close()`: leaving the block closes the socket.

    Attributes:
        message: the answer so far, even after an error or a cancel.
    """

    def __init__(
        self,
        open_source: Callable[[Sequence[Stage], Metrics], SyncSource],
        again: Callable[[], Stream] | None = None,
        **door: Any,
    ) -> None:
        super().__init__(**door)
        self._open_source = open_source
        self._again = again
        self._source: SyncSource | None = None
        self._events: Iterator[Event] | None = None
        self._batches: Iterator[list[Event]] | None = None
        self._left: Iterator[Event] = iter(())  # of the batch that is being read event by event

    # ---- reading

    def __iter__(self) -> Iterator[Event]:
        if self._events is None:
            self._events = self._read(self.batches)
        return self._events

    def _read(self, batches: Iterator[list[Event]]) -> Iterator[Event]:
        for batch in batches:
            self._left = iter(batch)
            for event in self._left:
                if self._cancelled:
                    break
                yield event
            del batch  # it would be kept while the next one is awaited

    @property
    def batches(self) -> Iterator[list[Event]]:
        """Every event, in lists of those that came together, none of them empty.

        For who passes the events on, and would rather do so once for each arrival of bytes than once for each event.
        """
        if self._batches is None:
            self._begin()
            self._batches = self._read_batches()
        return self._batches if self._events is None else self._rest(self._batches)

    def _rest(self, batches: Iterator[list[Event]]) -> Iterator[list[Event]]:
        left = list(self._left)
        if left and not self._cancelled:
            yield left
        yield from batches

    def _read_batches(self) -> Iterator[list[Event]]:
        if self._source is None and (self._closed or self._cancelled):
            self._closed = True  # stopped before the first read: nothing is sent
            self._ended()
            return
        source = self._opened()
        while batch := source.next_batch():
            events = self._receiver.take(batch)
            if events and not self._cancelled:
                yield events
            del batch, events  # they would be kept while the next ones are awaited
        self._closed = True
        source.close()
        self._aborted()  # nothing said how it ended: its client was closed meanwhile
        self._ended()
        self._raise(source.failure)

    def _opened(self) -> SyncSource:
        if self._source is None:
            self._source = self._open_source(self._stages, self._metrics)
            if self._cancelled:  # by another thread, which could not see the source yet
                self._source.cancel("cancelled")
        return self._source

    def open(self) -> Self:
        """Send the request now and wait for the response headers; else the first read does both.

        Returns:
            The stream; a refusal by the provider raises here instead of at the first read.
        """
        self._begin()
        return self if self._opened().begin() else self.until_done()

    def _lens(self, pick: Callable[[Event], T | None]) -> Iterator[T]:
        for event in self:
            value = pick(event)
            if value is not None:
                yield value

    @property
    def events(self) -> Iterator[Event]:
        """Every event."""
        return iter(self)

    @property
    def text_stream(self) -> Iterator[str]:
        """The text of the first answer, piece by piece."""
        return self._lens(pick_text)

    @property
    def reasoning_stream(self) -> Iterator[str]:
        """The thinking of the first answer, piece by piece."""
        return self._lens(pick_reasoning)

    @property
    def tool_calls(self) -> Iterator[ToolCall]:
        """The calls, each once it is complete."""
        return self._lens(pick_tool_call)

    @property
    def boxes(self) -> Iterator[Box]:
        """The places in the picture that the answer names, each as its notation closes."""
        if not self._started:
            self._find_boxes()
        return self._lens(pick_box)

    def partial(self, kind: type[T], **options: Any) -> Iterator[T]:
        """The structured answer as a typed object, as far as it has come; the last one is whole and validated.

        The object is the same one every time and grows between two reads; copy it to keep it as it is.

        Args:
            kind: a msgspec Struct, dataclass, TypedDict or pydantic model, or any type made of them.
            options: see `flow.partial`.

        Raises:
            StreamClosedError: the stream has started.
            InvalidRequestError: the type cannot be used.
            InvalidOutputError: at the read that shows that the answer is not of this type; it stops the stream.
        """
        self._check_unread()
        return self._typed(TypedLens(flow.partial(kind, **options)))

    def elements(self, kind: type[T], **options: Any) -> Iterator[T]:
        """The items of a list in the answer, each once it is whole and validated; see `partial` and `flow.elements`."""
        self._check_unread()
        return self._typed(TypedLens(flow.elements(kind, **options)))

    def get_final_object(self, kind: type[T], **options: Any) -> T:
        """Read to the end; return the structured answer as a validated object.

        Args:
            kind, options: as for `partial`.

        Raises:
            InvalidOutputError: the answer is not of this type, or ended before it was whole.
        """
        self._check_unread()
        lens = TypedLens(flow.partial(kind, **options))
        for _ in self._typed(lens):
            pass
        found: T = lens.whole(self.finish_reason)
        return found

    def _typed(self, lens: TypedLens) -> Iterator[Any]:
        for event in self:
            values, wrong = lens.take(event)
            yield from values
            if wrong is not None:
                self.cancel("the answer is not of the type")
                self.close()
                self._raise(wrong)

    @property
    def raw(self) -> Iterator[Any]:
        """The provider's own objects, one for each frame; ask for them with `include_raw=True`."""
        return self._lens(RawPicker())

    # ---- the whole

    def until_done(self) -> Self:
        """Read to the end; return the stream."""
        for _ in self:
            pass
        return self

    def get_final_message(self) -> Message:
        """Read to the end; return the message."""
        return self.until_done().message

    def get_final_text(self) -> str:
        """Read to the end; return the text."""
        return self.get_final_message().text

    def show(self, *, thinking: ThinkingMode = "fold", to: Target = None, picture: Any = None) -> Message:
        """Read to the end and show the answer as it arrives; return the message.

        In a notebook it renders in place, on a terminal as Markdown, anywhere else it is plain text. If it fails or is
        stopped, what has come stays shown, and the error is raised.

        Args:
            thinking: `fold` shows the last lines while the model thinks and one line when it is done, `show` keeps all
                of it, `hide` shows none.
            to: `terminal`, `notebook` or `plain`, or a text file, which gets plain text unless it is a terminal; None
                finds out.
            picture: the picture that was asked about, by path, as bytes or as a Pillow image: a notebook draws the
                answer's boxes on it.

        Raises:
            InvalidRequestError: an argument is wrong; nothing was read.
        """
        from slipstream.client.show import show

        return show(self, thinking=thinking, to=to, picture=picture)

    def regenerate(self) -> Stream:
        """A new stream that asks the same again.

        Raises:
            StreamClosedError: the stream was wrapped, so that the question is not known.
        """
        return self._ask_again(self._again)

    def tee(self, n: int = 2) -> tuple[Stream, ...]:
        """As many independent streams of this one answer; this one cannot be read any more.

        Each has its own place, stages and message. What the slowest has not read yet is kept for it. Cancelling one
        leaves the others; the answer itself stops when all are stopped.

        Args:
            n: how many, from 1.

        Raises:
            StreamClosedError: the stream has started.
            InvalidRequestError: `n` is no whole number from 1.
        """
        from slipstream.client.teeing import tee

        self._check_unread()
        self._begin()
        return tee(self, n)

    @property
    def response(self) -> ResponseInfo | None:
        """Status, headers and `request_id` of the HTTP response; None before it began."""
        return self._source.response if self._source is not None else None

    # ---- stopping

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop now, from any thread: the socket is closed, and a reader that waits is freed within milliseconds.

        The message keeps what had arrived, with the finish reason `cancelled`; the reader's loop simply ends.
        """
        self._cancelled = True
        if self._source is not None:
            self._source.cancel(reason)
        else:
            self._aborted(reason)

    def close(self) -> None:
        """Close the socket and wait until it is closed. What had arrived stays in `message`. May be called twice."""
        if self._closed:
            return
        self._closed = True
        source = self._source
        if source is not None:
            self._cancelled = True
            source.close()
            while batch := source.next_batch():
                self._receiver.take(batch)
        self._aborted()
        self._ended()

    def __del__(self) -> None:
        if self._warn_unclosed() and self._source is not None:
            self._source.cancel("collected")
