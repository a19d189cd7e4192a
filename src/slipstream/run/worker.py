"""A thread for one call of a sync function.

Strategy: not the loop's own pool. A function that hangs cannot be stopped, only abandoned; in the pool it would hold
one of a few places, which name look-ups need too, and keep the process from ending. This thread is a daemon, and nobody
waits for it. All steps of a generator run in the one thread, because what it holds (a database cursor) may not change
threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Outcome = tuple[Any, BaseException | None]
Step = tuple[Callable[[], Any], "asyncio.Future[Outcome] | None"]


class Worker:
    """Runs functions one after another, in one thread and one context; the thread starts with the first.

    Args:
        name: the thread's name.
        context: the context variables that it sees; None copies those of who first runs something.
    """

    def __init__(self, name: str, context: contextvars.Context | None = None) -> None:
        self._name = name
        self._context = context
        self._steps: queue.SimpleQueue[Step | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. Cancelled, it stops waiting; the thread goes on to the end of the step.

        Raises:
            BaseException: whatever `work` raised.
        """
        loop = asyncio.get_running_loop()
        if self._thread is None:
            serve = (self._context or contextvars.copy_context(), loop)
            self._thread = threading.Thread(target=self._serve, args=serve, name=self._name, daemon=True)
            self._thread.start()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._steps.put((work, future))
        value, error = await future
        if error is None:
            result: T = value
            return result
        raise error

    def close(self, last: Callable[[], Any] | None = None) -> None:
        """Let the thread end when its step is done; nobody waits for it.

        Args:
            last: a function to be run before, in the thread.
        """
        if self._thread is not None:
            if last is not None:
                self._steps.put((last, None))
            self._steps.put(None)

    def _serve(self, context: contextvars.Context, loop: asyncio.AbstractEventLoop) -> None:
        while (step := self._steps.get()) is not None:
            work, future = step
            outcome = context.run(_attempt, work)
            if future is not None:
                with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody asks any more
                    loop.call_soon_threadsafe(_settle, future, outcome)
            del step, work, future, outcome  # a thread that waits must not keep the result alive


def _attempt(work: Callable[[], Any]) -> Outcome:
    try:
        return work(), None
    except BaseException as error:
        return None, error


def _settle(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
