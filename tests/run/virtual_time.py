"""An event loop whose clock jumps: an hour of timeouts takes a millisecond, and every run is the same.

Strategy: when nothing is ready to run, time moves to the next timer at once. `time.monotonic` follows, because code may
ask either clock. Nothing here waits for a socket or a thread; what does belongs to tests/faults.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that starts at 1000 s and skips all waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0

    def time(self) -> float:
        """Seconds, moved on by `_run_once` only."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass within one callback, as a busy reader does."""
        self._now += seconds

    def _run_once(self) -> None:
        inner: Any = self
        if not inner._ready:
            due = [timer.when() for timer in inner._scheduled if not timer.cancelled()]
            if not due:
                raise AssertionError("everything waits, and nothing will ever wake it")
            self._now = max(self._now, min(due))
        super()._run_once()  # type: ignore[misc]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it to the end in virtual time; fail if it leaves a task behind."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, _clock_of(runner.get_loop()):
        return runner.run(_alone(work))


@contextmanager
def _clock_of(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    real = time.monotonic
    time.monotonic = loop.time
    try:
        yield
    finally:
        time.monotonic = real


async def _alone(work: Coroutine[Any, Any, T]) -> T:
    result = await work
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"
    return result


def now() -> float:
    """The virtual time."""
    return asyncio.get_running_loop().time()


def spend(seconds: float) -> None:
    """Let time pass without giving way to the loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.advance(seconds)
