"""What the two doors of a merge share: who is read in turn, and what is kept of each stream.

Strategy: whatever has events waiting stands in a ring; a turn gives one event and goes to the end of the ring. So a
stream that is fast, or that sends a large batch, never holds up the others, and a quiet one costs nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

from slipstream.client.async_stream import AsyncStream
from slipstream.client.door import Door, pick_text
from slipstream.client.stream import Stream
from slipstream.errors import InvalidRequestError, SlipstreamError, StreamClosedError
from slipstream.events import Abort, Error, Event, Message
from slipstream.run import failures

S = TypeVar("S", bound=Door)

ACCEPTED: Final = (
    "a list of Stream or of AsyncStream, or an iterator that gives them; wrap() makes one of an SDK's stream"
)


def check(stream: Any, index: int, kind: type[Any]) -> None:
    """Refuse what cannot be merged, by name."""
    if not isinstance(stream, (Stream, AsyncStream)):
        raise InvalidRequestError(f"streams[{index}] is a {type(stream).__name__}; merge takes {ACCEPTED}")
    if isinstance(stream, Stream) and issubclass(kind, AsyncStream):
        raise InvalidRequestError(f"streams[{index}] is a Stream among AsyncStreams; merge takes one kind")
    if isinstance(stream, AsyncStream) and issubclass(kind, Stream):
        raise InvalidRequestError(f"streams[{index}] is an AsyncStream among Streams; merge takes one kind")
    if stream._started or stream._closed:
        state = "has started" if stream._started else "is closed"
        raise InvalidRequestError(f"streams[{index}] {state}; merge takes streams that nobody has read")


class Slot(Generic[S]):
    """One open stream.

    Attributes:
        index: its number, in the order the streams were given.
        events: what waits to be read.
        queued: True while it stands in the ring; it does while events wait.
        over: True once its last events are in.
    """

    __slots__ = ("events", "index", "over", "queued", "stream")

    def __init__(self, index: int, stream: S) -> None:
        self.index = index
        self.stream = stream
        self.events: deque[Event] = deque()
        self.queued = False
        self.over = False


class Merging(Generic[S]):
    """The state of a merge, sync or async.

    Args:
        given: gives the streams.
        bound: how many may be open at once.
        listed: all streams, if they are known; they are closed with the merge even if they never started.

    Attributes:
        errors: the exceptions of the streams that failed, by index.
    """

    def __init__(self, given: Any, bound: int, listed: Iterable[S] = ()) -> None:
        self._given = given
        self._bound = bound
        self._waiting: deque[S] = deque(listed)
        self._messages: list[Message] = [stream.message for stream in self._waiting]
        self._taken = 0
        self._exhausted = False
        self._stopped: str | None = None
        self._cancelled = False
        self._closed = False
        self._started = False
        self.errors: dict[int, Exception] = {}

    @property
    def messages(self) -> list[Message]:
        """The answers so far, by index: of all streams of a list, and of those that an iterator has given."""
        return list(self._messages)

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled

    def __repr__(self) -> str:
        state = "not started" if not self._started else "ended" if self._closed else "running"
        return f"<{type(self).__name__} {state}, {self._taken} streams taken, {len(self.errors)} failed>"

    def _begin(self) -> None:
        if self._closed and not self._started:
            raise StreamClosedError("the merge is closed")
        self._started = True

    def _admit(self, stream: Any, kind: type[Any]) -> int:
        """Take a stream in; return its index."""
        index = self._taken
        if self._waiting:
            self._waiting.popleft()
        else:
            check(stream, index, kind)
            self._messages.append(stream.message)
        self._taken += 1
        return index

    def _record(self, index: int, error: Exception) -> Error:
        """Keep an error; return its event."""
        self.errors[index] = error.with_traceback(None)  # which would keep the frames, and with them the streams
        if isinstance(error, SlipstreamError):
            return failures.event(error)
        return Error(f"the stream failed with a {type(error).__name__}", kind=type(error).__name__)


def taken(stream: Door, batch: list[Event]) -> list[Event]:
    """Fold a batch into the stream's message; return what is shown of it: the error too, as nothing is raised here."""
    shown = stream._receiver.take(batch)
    return [*shown, batch[-1]] if type(batch[-1]) is Error else shown


def ended_before(stream: Door) -> Abort | None:
    """The last event of a stream that was cancelled or closed before its turn came, or None."""
    if stream.finish_reason is None and not stream._closed:
        return None
    return Abort(stream.message.raw_finish_reason or "cancelled")


def text_of(item: tuple[int, Event]) -> tuple[int, str] | None:
    """The index and the text, if it is text of the first answer."""
    text = pick_text(item[1])
    return None if text is None else (item[0], text)
