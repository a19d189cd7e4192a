"""The sync merge.

Strategy: all streams run on the engine's loop, as they always do; each puts its slot into one queue when it has a
batch. The reader waits at that queue and nowhere else, so that a merge of a thousand streams takes no thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Generator, Iterator
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from slipstream.client.closing import Closing
from slipstream.client.merge_base import Merging, Slot, ended_before, taken, text_of
from slipstream.client.stream import Stream
from slipstream.client.teeing import bridge_of
from slipstream.events import Event
from slipstream.flow.stage import TERMINAL
from slipstream.run.bridge import Bridge


class Merged(Merging[Stream], Closing):
    """Several streams read as one, by `for index, event in merged`. Made by `merge()`.

    Attributes:
        errors: the exceptions of the streams that failed, by index.
    """

    def __init__(self, given: Any, bound: int, listed: list[Stream] | None = None) -> None:
        super().__init__(given, bound, listed or ())
        self._open: dict[int, Slot[Stream]] = {}
        self._ring: deque[Slot[Stream]] = deque()
        self._ready: SimpleQueue[Slot[Stream] | None] = SimpleQueue()

    # ---- reading

    def __iter__(self) -> Iterator[tuple[int, Event]]:
        self._begin()
        return self._read()

    def _read(self) -> Iterator[tuple[int, Event]]:
        ring = self._ring
        try:
            self._fill()
            while self._wait():
                for _ in range(len(ring)):
                    slot = ring.popleft()
                    event = slot.events.popleft()
                    if not slot.stream._cancelled or type(event) in TERMINAL:  # after a cancel only the end is left
                        yield slot.index, event
                    if self._stopped is not None:
                        return
                    if slot.events or self._load(slot):
                        ring.append(slot)
        finally:
            self.close()

    @property
    def text_stream(self) -> Iterator[tuple[int, str]]:
        """The text of each stream's first answer, piece by piece, with the stream's index."""
        return (found for item in self if (found := text_of(item)) is not None)

    def until_done(self) -> Self:
        """Read all streams to their ends; return the merge. Failures are in `errors`, none is raised."""
        for _ in self:
            pass
        return self

    def _wait(self) -> bool:
        """Wait until a stream has events; False when there will be none."""
        while self._stopped is None and (self._open or self._ring):
            if self._ring and self._ready.empty():
                return True
            self._note(self._ready.get())
        return False

    def _note(self, slot: Slot[Stream] | None) -> None:
        """Let a stream stand in line if it has events, once."""
        if slot is not None and not slot.queued and (slot.events or self._load(slot)):
            slot.queued = True
            self._ring.append(slot)

    # ---- the streams

    def _fill(self) -> None:
        """Open as many streams as may be."""
        while not self._exhausted and len(self._open) < self._bound and self._stopped is None:
            stream = next(self._given, None)
            if stream is None:
                self._exhausted = True
                return
            slot = Slot(self._admit(stream, Stream), stream)
            self._open[slot.index] = slot
            self._start(slot)

    def _start(self, slot: Slot[Stream]) -> None:
        end = ended_before(slot.stream)
        if end is not None:
            self._last(slot, end)
            return
        try:
            iter(slot.stream)  # what a first read does
            bridge_of(slot.stream).announce(partial(self._ready.put, slot))
        except Exception as error:
            self._broke(slot, error)

    def _load(self, slot: Slot[Stream]) -> bool:
        """Take a stream's next batch, if it has one; True if there are events."""
        source = slot.stream._source
        while not slot.events and not slot.over and isinstance(source, Bridge) and source.ready:
            try:
                batch = source.next_batch()
                if batch:
                    slot.events.extend(taken(slot.stream, batch))
                if not batch or type(batch[-1]) in TERMINAL:
                    self._conclude(slot)
            except Exception as error:
                self._broke(slot, error)
        slot.queued = bool(slot.events)
        if slot.over and not slot.events and self._open.pop(slot.index, None) is not None:
            self._fill()
        return slot.queued

    def _conclude(self, slot: Slot[Stream]) -> None:
        """The last batch is in: let the stream end as it does for its own reader."""
        slot.over = True
        try:
            slot.stream.until_done()
        except Exception as error:
            self._record(slot.index, error)

    def _broke(self, slot: Slot[Stream], error: Exception) -> None:
        """The stream failed in another way than by an `Error` of its own."""
        event = self._record(slot.index, error)
        slot.stream.message.fold(event)
        slot.stream.close()
        self._last(slot, event)

    def _last(self, slot: Slot[Stream], event: Event) -> None:
        slot.over = True
        slot.events.append(event)
        self._ready.put(slot)

    # ---- stopping

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop all streams now, from any thread; the reader's loop ends. Their messages keep what had arrived."""
        self._cancelled = True
        self._stop(reason)

    def _stop(self, reason: str) -> None:
        if self._stopped is None:
            self._stopped = reason
            for slot in list(self._open.values()):
                slot.stream.cancel(reason)
            self._ready.put(None)

    def close(self) -> None:
        """Close all streams and wait until their sockets are closed. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._open or self._waiting:
            self._stop("closed")  # all at once; closing waits for each
        for slot in list(self._open.values()):
            slot.stream.close()
        for stream in self._waiting:
            stream.cancel(self._stopped or "closed")
            stream.close()
        self._open.clear()


class EmptyMerged(Merged):
    """A merge of no streams. It may be read either way, as nobody can tell which was meant."""

    def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        return _nothing()

    @property
    def text_stream(self) -> Any:
        """Nothing, either way."""
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> Any:
        """Nothing is open."""
        super().close()
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        """For `await merged.close()` and `await merged.until_done()`."""
        yield from ()
        return self


async def _nothing() -> AsyncIterator[tuple[int, Event]]:
    none: tuple[tuple[int, Event], ...] = ()
    for item in none:
        yield item
