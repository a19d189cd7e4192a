"""Callbacks of the reader's, called in order as jobs: sync or async, and a failing one kills nothing."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import Event
from slipstream.flow.reporting import report
from slipstream.flow.stage import Job

PATIENCE: Final = 5.0
"""Seconds that the end of a stream waits for a callback: long for a callback, short for a person."""

_log: Final = logging.getLogger("slipstream")


class Callbacks:
    """The calls of one stage, each after the one before it has ended.

    Args:
        name: what the callback is called in messages, such as `on(TextDelta)`.
    """

    __slots__ = ("_failures", "_name", "_now", "_queue", "_running", "_since")

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._running = False
        self._failures = 0
        self._since: float | None = None  # when the end of the stream began to wait
        self._now = 0.0

    def call(self, callback: Callable[..., Any], *arguments: Any) -> None:
        """Call it soon."""
        self._queue.append((callback, arguments))

    @property
    def busy(self) -> bool:
        """True while a call is awaited."""
        return self._running or bool(self._queue)

    def ending(self, now: float) -> None:
        """The stream is about to end: from here on patience is bounded."""
        if self.busy and self._since is None:
            self._since = now

    def wake_at(self) -> float | None:
        """When patience ends."""
        return self._since + PATIENCE if self._since is not None and self.busy else None

    def give_up(self, now: float) -> None:
        """Forget the calls that are not done if patience has ended."""
        due = self.wake_at()
        if due is not None and now >= due:
            self._queue.clear()
            self._running = False
            _log.error("%s: a callback did not return within %g s of the end", self._name, PATIENCE)

    def jobs(self) -> list[Job]:
        """The calls to make now, as one job."""
        if self._running or not self._queue:
            return []
        batch, self._queue = self._queue, []
        self._running = True
        return [Job(lambda: self._run(batch), self._done, self._failed, lasting=True)]

    def _run(self, batch: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> Any:
        """Call them in order; from the first that gives an awaitable on, the rest is awaited too."""
        for at, (callback, arguments) in enumerate(batch):
            result = self._guarded(callback, arguments)
            if inspect.isawaitable(result):
                return self._await(result, batch[at + 1 :])
        return None

    async def _await(self, first: Any, rest: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> None:
        await self._settled(first)
        for callback, arguments in rest:
            result = self._guarded(callback, arguments)
            if inspect.isawaitable(result):
                await self._settled(result)

    async def _settled(self, awaitable: Any) -> None:
        try:
            await awaitable
        except Exception as error:
            self._report(error)

    def _guarded(self, callback: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            return callback(*arguments)
        except Exception as error:
            self._report(error)
            return None

    def _report(self, error: Exception) -> None:
        self._failures += 1
        report(f"{self._name}: a callback failed; the stream does not depend on it", error, count=self._failures)

    def _done(self, result: Any, now: float) -> Iterable[Event]:  # noqa: ARG002
        self._running = False
        return ()

    def _failed(self, error: Exception, now: float) -> Iterable[Event]:  # noqa: ARG002 - the runner's own, not theirs
        self._running = False
        _log.error("%s: its callbacks could not be called (%s)", self._name, type(error).__name__)
        return ()


def check_callback(name: str, callback: Any) -> None:
    """Refuse what cannot be called, by name.

    Raises:
        InvalidRequestError: it is not callable.
    """
    if not callable(callback):
        raise InvalidRequestError(f"{name} is a {type(callback).__name__}; it takes a function, sync or async")
