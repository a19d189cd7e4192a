"""One answer for several readers: what `Stream.tee` gives.

Strategy: whoever has read everything there is reads on, and puts the batch into the lines of the others. So the answer
is read once, at the pace of the fastest, and nothing runs in the background. All of it happens on the engine's loop; in
the sync door each reader has a bridge of its own to it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from slipstream.client.foreign.sources import OffLoop, SyncForeign
from slipstream.errors import IllegalEventError, InvalidRequestError, SlipstreamError, StreamClosedError
from slipstream.events import Abort, Event
from slipstream.flow.stage import Stage
from slipstream.run.bridge import Bridge, OwnBridge
from slipstream.run.call import ResponseInfo
from slipstream.run.metrics import Metrics
from slipstream.run.source import AsyncSource
from slipstream.run.staged import Staged

if TYPE_CHECKING:
    from slipstream.client.async_stream import AsyncStream
    from slipstream.client.door import Door
    from slipstream.client.stream import Stream


class Trunk:
    """The source that is read, and all who read it.

    Args:
        source: of the stream that was given away.
        fold: keeps the message of that stream, which its telemetry may want.
    """

    def __init__(self, source: AsyncSource, fold: Callable[[list[Event]], object]) -> None:
        self.source = source
        self._fold = fold
        self.branches: list[Branch] = []
        self._pull: asyncio.Task[list[Event]] | None = None
        self._changed = asyncio.Event()

    @property
    def deserted(self) -> bool:
        """True once nobody reads any more."""
        return all(branch.stopped is not None or branch.over for branch in self.branches)

    async def read(self, branch: Branch) -> None:
        """Wait until there is something for this reader. The task that reads is nobody's: a reader may go."""
        if self._pull is None:
            self._pull = asyncio.ensure_future(self.source.next_batch())
            self._pull.add_done_callback(self._arrived)
        changed = self._changed
        if not branch.line and branch.stopped is None:
            await changed.wait()

    def _arrived(self, pull: asyncio.Task[list[Event]]) -> None:
        self._pull = None
        batch = [] if pull.cancelled() or pull.exception() is not None else pull.result()
        if batch:
            with contextlib.suppress(IllegalEventError):  # each reader finds out by itself
                self._fold(batch)
        for branch in self.branches:
            if branch.stopped is None:
                branch.line.append(batch)
        self.wake()

    def wake(self) -> None:
        """Let every reader look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def aclose(self) -> None:
        """Close the source, and end the read that is under way."""
        await self.source.aclose()
        if self._pull is not None:
            await asyncio.gather(self._pull, return_exceptions=True)


class Branch:
    """One reader of several; see `AsyncSource`."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self.line: deque[list[Event]] = deque()
        self.over = False
        self.stopped: str | None = None

    @property
    def response(self) -> ResponseInfo | None:
        """What is known of the HTTP response."""
        return self._trunk.source.response

    @property
    def failure(self) -> SlipstreamError | None:
        """The error that ended the answer; None for a reader that has stopped by itself."""
        return self._trunk.source.failure if self.stopped is None else None

    async def begin(self) -> bool:
        """See `AsyncSource.begin`."""
        return await self._trunk.source.begin()

    async def next_batch(self) -> list[Event]:
        """See `AsyncSource.next_batch`."""
        while not self.over and self.stopped is None and not self.line:
            await self._trunk.read(self)
        if self.over:
            return []
        if self.stopped is not None:
            self.over = True
            return [Abort(self.stopped)]
        batch = self.line.popleft()
        self.over = not batch
        return batch

    def cancel(self, reason: str) -> None:
        """Stop reading; the answer itself stops when nobody is left."""
        if self.stopped is None and not self.over:
            self.stopped = reason
            self.line.clear()
            self._trunk.wake()
        if self._trunk.deserted:
            self._trunk.source.cancel(reason)

    async def aclose(self) -> None:
        """Stop reading; the socket closes when nobody is left."""
        self.cancel("closed")
        if self._trunk.deserted:
            await self._trunk.aclose()


def tee(stream: Stream, n: int) -> tuple[Stream, ...]:
    """Several streams of one; see `Stream.tee`."""
    _check(n)
    bridge = bridge_of(stream)
    trunk = Trunk(bridge.source, stream._receiver.take)
    trunk.branches = [Branch(trunk) for _ in range(n)]

    def opener(branch: Branch) -> Callable[[Sequence[Stage], Metrics], Bridge]:
        return lambda stages, _: Bridge(bridge.loop, _through(branch, stages, threads=True))

    stream._events = stream._batches = _Taken()
    twins = tuple(type(stream)(opener(branch), stream._again, **_door(stream)) for branch in trunk.branches)
    last = _Countdown(n, stream.close)
    for twin in twins:
        twin._metrics = stream._metrics
        twin._at_end(last)
    return twins


def async_tee(stream: AsyncStream, n: int) -> tuple[AsyncStream, ...]:
    """Several streams of one; see `AsyncStream.tee`."""
    _check(n)
    trunk = Trunk(stream._opened(), stream._receiver.take)
    trunk.branches = [Branch(trunk) for _ in range(n)]

    def opener(branch: Branch) -> Callable[[Sequence[Stage], Metrics], AsyncSource]:
        return lambda stages, _: _through(branch, stages, threads=False)

    stream._events = stream._batches = _Taken()
    twins = tuple(type(stream)(opener(branch), stream._again, **_door(stream)) for branch in trunk.branches)
    last = _Countdown(n, stream._let_go)
    for twin in twins:
        twin._metrics = stream._metrics
        twin._at_end(last)
    return twins


def bridge_of(stream: Stream) -> Bridge:
    """The stream's source, opened, as a bridge.

    An SDK's sync stream can only be waited for in a thread; it gets one, and runs on the loop like any other.
    """
    source = stream._opened()
    if isinstance(source, SyncForeign):
        source = stream._source = OwnBridge(OffLoop(source))
    assert isinstance(source, Bridge)  # there is no third kind
    return source


def _through(branch: Branch, stages: Sequence[Stage], *, threads: bool) -> AsyncSource:
    return Staged(branch, stages, context={}, threads=threads) if stages else branch


def _door(stream: Door) -> dict[str, Any]:
    receiver = stream._receiver
    return {"prompt": receiver.prompt, "provider": receiver.message.provider, "picture": stream._picture,
            "max_tokens": stream._max_tokens}  # fmt: skip


class _Countdown:
    """Calls something at the last of so many times."""

    def __init__(self, left: int, call: Callable[[], object]) -> None:
        self._left = left
        self._call = call

    def __call__(self) -> None:
        """Count one."""
        self._left -= 1
        if self._left == 0:
            self._call()


class _Taken:
    """The events of a stream that was given away: there are none, and the first read says why."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        raise StreamClosedError("the stream was given to tee(); read what that gave")

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return next(self)


def _check(n: Any) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InvalidRequestError(f"tee(n): {n!r}; it takes a whole number from 1")
