"""One awaiting point that a timer, or another thread by way of the loop, may end.

Strategy: like `asyncio.timeout`, the waiting task is cancelled and its `CancelledError` turned into ours, unless
somebody else cancelled the task too. So whatever is awaited - a connection, a read, the pause before a retry - stops
the same way, and its own clean-up runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from slipstream.errors import SlipstreamError

T = TypeVar("T")


class Interrupted(Exception):  # noqa: N818 - it is a signal, not an error
    """The wait was ended; `cause` is the error to report, or None after a cancel."""

    def __init__(self, cause: SlipstreamError | None) -> None:
        super().__init__()
        self.cause = cause


class Waiting:
    """Waits for one thing at a time, and can be interrupted once."""

    __slots__ = ("_cause", "_interrupted", "_task")

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._interrupted = False
        self._cause: SlipstreamError | None = None

    @property
    def interrupted(self) -> bool:
        """True once `interrupt` was called; every later wait ends at once."""
        return self._interrupted

    def interrupt(self, cause: SlipstreamError | None) -> None:
        """End the wait that is going on, and all to come. Only the first call counts.

        Args:
            cause: the error to report, or None for a cancel.
        """
        if not self._interrupted:
            self._interrupted, self._cause = True, cause
            if self._task is not None:
                self._task.cancel()

    def check(self) -> None:
        """Raise `Interrupted` if `interrupt` was called."""
        if self._interrupted:
            raise Interrupted(self._cause)

    async def wait(self, start: Callable[[], Awaitable[T]]) -> T:
        """Await what `start` makes.

        Raises:
            Interrupted: `interrupt` was called before it was done.
        """
        self.check()
        task = asyncio.current_task()
        assert task is not None  # a coroutine always runs in one
        before = task.cancelling()
        self._task = task
        try:
            result = await start()
        except (asyncio.CancelledError, Exception):
            if self._interrupted and task.uncancel() <= before:
                raise Interrupted(self._cause) from None
            raise
        finally:
            self._task = None
        if self._interrupted:  # what was awaited swallowed the cancellation
            task.uncancel()
            raise Interrupted(self._cause)
        return result
