"""The event loop of the sync door: one background thread for the whole process.

Strategy: sync code gets the async engine by running it on a loop of its own, which works where a loop already runs
(Jupyter) and keeps timeouts, cancel and retry in one place. The thread starts with the first stream, is shared by all
clients, stops when the last of them is closed, and is forgotten in a forked child, where it does not exist.

A signal handler may raise in the thread that waits: Ctrl-C, or an end by SIGTERM. So it waits by queues alone. `Event`
and `Future` take their locks in Python code, where the exception can come between the lock and the `with`: the lock
would stay taken, and the loop would wait for it for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, Generic, TypeVar

from slipstream.run import forked
from slipstream.run.transport import Transport

T = TypeVar("T")
_Outcome = tuple[T, None] | tuple[None, BaseException]

PATIENCE: Final = 5.0
"""Seconds that who closes waits for the loop. It is ours and never blocks so long; a bound all the same."""


class LoopThread:
    """A shared event loop in a thread; users count themselves in and out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def acquire(self) -> asyncio.AbstractEventLoop:
        """Count one user in; return the running loop."""
        with self._lock:
            if self._loop is None:
                loop = _new_loop()
                thread = threading.Thread(target=_serve, args=(loop,), name="slipstream", daemon=True)
                try:
                    thread.start()
                except BaseException:  # a signal: the next user must not get a loop that nobody runs
                    loop.call_soon_threadsafe(loop.stop)
                    raise
                self._loop, self._thread = loop, thread
            self._users += 1
            return self._loop

    def release(self) -> None:
        """Count one user out; the last one stops the thread, and waits for its end, up to `PATIENCE` seconds."""
        with self._lock:
            self._users -= 1
            if self._users > 0 or self._loop is None:
                return
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)

    def forget(self) -> None:
        """In a forked child: the thread is not there, and its loop is the parent's."""
        forked.drop((), (self._loop, self._thread))
        self.__init__()  # type: ignore[misc]


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """The thread: run until stopped, then end what is left, here, as the caller's thread may run a loop of its own.

    The executor is not waited for: a name look-up in it may hang for half a minute.
    """
    loop.run_forever()
    _end_tasks(loop)
    loop.run_until_complete(loop.shutdown_asyncgens())
    _end_tasks(loop)  # what was asked for while it stopped
    loop.close()


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks))


class Pending(Generic[T]):
    """Work on the loop of another thread; one may wait for what becomes of it. Made by `submit`."""

    def __init__(self) -> None:
        self._outcome: queue.SimpleQueue[_Outcome[T]] = queue.SimpleQueue()
        self._task: asyncio.Task[_Outcome[T]] | None = None  # the loop itself keeps none

    def result(self, patience: float | None = None) -> T:
        """Wait; return what the work returned. Ask once.

        Args:
            patience: seconds; None waits without end.

        Raises:
            TimeoutError: it was not done in time; it goes on.
            BaseException: whatever the work raised.
        """
        try:
            value, error = self._outcome.get(timeout=patience)
        except queue.Empty:
            raise TimeoutError("the work on the event loop took too long") from None
        if error is None:
            return value  # type: ignore[return-value]  # a tuple's parts are not narrowed together
        try:
            raise error
        finally:
            del error  # whose traceback holds this frame

    def _begin(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = asyncio.get_running_loop().create_task(_outcome_of(work))
        self._task.add_done_callback(partial(self._done, work))

    def _done(self, work: Coroutine[Any, Any, T], task: asyncio.Task[_Outcome[T]]) -> None:
        # A task runs Python code when it is collected. What a handler raises in there is lost, so not in another thread
        self._task = None
        if task.cancelled():  # by a loop that stopped before the first step
            work.close()
            self._outcome.put((None, asyncio.CancelledError()))
        else:
            self._outcome.put(task.result())


async def _outcome_of(work: Coroutine[Any, Any, T]) -> _Outcome[T]:
    try:
        return await work, None
    except BaseException as error:  # whatever it is, who waits must hear of it
        return None, error


def submit(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> Pending[T]:
    """Run a coroutine on the loop of another thread."""
    pending: Pending[T] = Pending()
    loop.call_soon_threadsafe(pending._begin, work)
    return pending


async def retire(transport: Transport | None) -> None:
    """Count out a user that was collected, and close its connections; on the shared loop."""
    try:
        if transport is not None:
            await transport.close()
    finally:
        shared.release()


def _new_loop() -> asyncio.AbstractEventLoop:
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


shared = LoopThread()
os.register_at_fork(after_in_child=shared.forget)
