"""The event loop of the sync door: one background thread for the whole process.

Strategy: sync code gets the async engine by running it on a loop of its own, which works where a loop already runs
(Jupyter) and keeps timeouts, cancel and retry in one place. The thread starts with the first stream, is shared by all
clients, stops when the last of them is closed, and is forgotten in a forked child, where it does not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from slipstream.run import forked
from slipstream.run.transport import Transport

T = TypeVar("T")


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
            self._users += 1
            if self._loop is None:
                self._loop = _new_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name="slipstream", daemon=True)
                self._thread.start()
            return self._loop

    def release(self) -> None:
        """Count one user out; the last one stops the thread, and waits for its end."""
        with self._lock:
            self._users -= 1
            if self._users > 0 or self._loop is None:
                return
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def forget(self) -> None:
        """In a forked child: the thread is not there, and its loop is the parent's."""
        forked.drop((), (self._loop, self._thread))
        self.__init__()  # type: ignore[misc]


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """The thread: run until stopped, then end what is left, here, as the caller's thread may run a loop of its own.

    The executor is not waited for: a name look-up in it may hang for half a minute.
    """
    loop.run_forever()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def submit(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the loop of another thread."""
    return asyncio.run_coroutine_threadsafe(work, loop)


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
