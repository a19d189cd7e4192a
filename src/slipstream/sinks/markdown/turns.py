"""Who awaits the async callbacks: one at a time, and the others wait for their turn.

Strategy: nothing here knows an event loop. While a callback is awaited, what it hands to the loop passes through
`Turns.drive`; whoever comes meanwhile asks that - in asyncio a future - for its loop, and for a future of its own to
wait on. So nobody polls, and who is cancelled while waiting stops nobody else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextvars import ContextVar
from types import coroutine
from typing import Any, Final

# The calls that the present code runs in: a callback may feed another parser, whose callback feeds the first one.
_inside: Final[ContextVar[tuple[object, ...]]] = ContextVar("slipstream_markdown_calls", default=())


async def _await(awaitable: Awaitable[Any]) -> None:
    await awaitable


class Turns:
    """The turns of those who await one parser's callbacks.

    Attributes:
        current: of the call that is awaited now, a mark of its own; None between calls.
    """

    __slots__ = ("_blocked", "_waiting", "current")

    def __init__(self) -> None:
        self.current: object = None
        self._blocked: Any = None  # what the awaited callback handed to the event loop
        self._waiting: deque[tuple[int, Any]] = deque()  # how many calls each one waits for, and its future

    @property
    def inside(self) -> bool:
        """Whether the caller is the callback that is awaited now, or something that it started."""
        return self.current in _inside.get()

    @coroutine
    def drive(self, awaitable: Awaitable[Any]) -> Generator[Any, Any, None]:
        """Await a callback, as `await` does, and note what it waits for."""
        self.current = object()
        around = _inside.get()
        _inside.set((*around, self.current))
        inner = _await(awaitable)
        step: Callable[[Any], Any] = inner.send
        value: Any = None
        try:
            while True:
                self._blocked = step(value)
                try:
                    step, value = inner.send, (yield self._blocked)
                except BaseException as error:  # it is the callback that is cancelled, or closed
                    step, value = inner.throw, error
        except StopIteration:
            return
        finally:
            _inside.set(around)
            self.current = self._blocked = None

    @coroutine
    def wait(self, calls: int) -> Generator[Any, Any, None]:
        """Wait until so many calls are made, or nobody makes them any more."""
        loop = getattr(self._blocked, "get_loop", None)
        if loop is None:  # the callback gave way for one turn of the loop, as `asyncio.sleep(0)` does
            yield
            return
        future = loop().create_future()
        self._waiting.append((calls, future))
        yield from future.__await__()

    def made(self, calls: int) -> None:
        """Wake those who waited for so many calls."""
        while self._waiting and self._waiting[0][0] <= calls:
            self._wake()

    def leave(self) -> None:
        """Wake everybody: who made the calls makes no more."""
        while self._waiting:
            self._wake()

    def _wake(self) -> None:
        _, future = self._waiting.popleft()
        if not future.done():
            future.set_result(None)
