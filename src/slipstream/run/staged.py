"""A source whose events pass through stages: their timers and their jobs are served here.

Strategy: with no timer set and no job at work, which is nearly always, a batch costs one pass through the pipeline and
nothing else: the source is awaited in the reader's own task. Only when something else may come first, the source is
awaited in a task beside it, which goes on until it has its batch.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from slipstream.errors import SlipstreamError
from slipstream.events import Abort, Error, Event
from slipstream.flow.callbacks import PATIENCE
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Job, Stage
from slipstream.run import failures
from slipstream.run.call import ResponseInfo
from slipstream.run.source import AsyncSource
from slipstream.run.worker import Worker

ENDED_BY_STAGE: Final = "ended by a stage"

GRACE: Final = 0.05
"""Seconds that a timer may be late before it is taken that the reader was away, and that the source then gets first."""

_abandoned: Final[set[asyncio.Task[Any]]] = set()
"""Jobs that ignore their cancellation; kept until they end, because the event loop keeps no task alive."""

HASTE: Final = 0.05
"""Seconds that a cancel waits for callbacks; who stops a stream is promised 0.1."""


class Staged:
    """Passes the events of a source through stages.

    Args:
        source: what is read; it belongs to this one from here on.
        stages: in the order that events meet them.
        context: provider and model, for the errors that stages make.
        threads: True where a callback must not run on the loop: in the sync door the loop serves every stream of the
            process, and a callback of the reader's may block.
    """

    def __init__(
        self, source: AsyncSource, stages: Sequence[Stage], *, context: Mapping[str, Any], threads: bool = False
    ) -> None:
        self._source = source
        self._pipeline = Pipeline(stages)
        self._context = context
        self._threads = threads
        self._pull: asyncio.Task[list[Event]] | None = None
        self._working: dict[asyncio.Task[Any], tuple[int, Job]] = {}
        self._early: list[Event] = []
        self._poke: asyncio.Future[None] | None = None  # wakes who waits for anything
        self._started = False
        self._cancelled = False
        self._abort: str | None = None  # the reason of a cancel that came after the source's own end
        self.failure: SlipstreamError | None = None
        self.done = False

    @property
    def response(self) -> ResponseInfo | None:
        """What is known of the HTTP response."""
        return self._source.response

    # ---- the reader's side

    async def begin(self) -> bool:
        """See `AsyncSource.begin`; timers of stages run meanwhile."""
        self._start()
        opening = asyncio.ensure_future(self._source.begin())
        try:
            while not opening.done() and not self.done:
                await self._wait(opening)
                self._early += self._serve()
        finally:
            if not opening.done():
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
        return not self.done and opening.result()

    async def next_batch(self) -> list[Event]:
        """See `AsyncSource.next_batch`."""
        self._start()
        if self._early:
            early, self._early = self._early, []
            return early
        while not self.done:
            if events := await self._step():
                return events
        return []

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._pipeline.start(time.monotonic())

    def cancel(self, reason: str) -> None:
        """See `AsyncSource.cancel`."""
        self._cancelled = self._cancelled or not self.done
        self._source.cancel(reason)
        if self._pipeline.waiting and self._abort is None:
            self._abort = reason
            if self._poke is not None and not self._poke.done():
                self._poke.set_result(None)

    async def aclose(self) -> None:
        """See `AsyncSource.aclose`."""
        self.cancel("closed")
        await self._source.aclose()
        if lasting := [task for task, (_, job) in self._working.items() if job.lasting]:
            await asyncio.wait(lasting, timeout=self._patience())
        if rest := [task for task in (self._pull, *self._working) if task is not None and not task.done()]:
            for task in rest:
                task.cancel()
            await asyncio.wait(rest, timeout=HASTE)
        for task in [task for task in rest if not task.done()]:
            _abandoned.add(task)
            task.add_done_callback(_forget)

    def _patience(self) -> float:
        """Seconds that the last callbacks get: none after a clean end, which has waited for them already."""
        if self._cancelled:
            return HASTE
        return PATIENCE if self.failure is not None else 0.0

    # ---- one step

    async def _step(self) -> list[Event]:
        try:
            if self._pull is None and not self._working and self._pipeline.wake_at() is None:
                return self._feed(await self._source.next_batch())
            return await self._advance()
        except asyncio.CancelledError:
            self._drop_jobs()
            if self._pull is not None:
                self._pull.cancel()
            raise

    async def _advance(self) -> list[Event]:
        """Wait for the source, a job, or a timer, whichever is first."""
        fresh = self._pull is None and not self._pipeline.waiting
        if fresh:
            self._pull = asyncio.ensure_future(self._source.next_batch())
        await self._wait(self._pull, fresh=fresh)
        events: list[Event] = []
        if self._pull is not None and self._pull.done():  # before the timers: what has come in time is not late
            task, self._pull = self._pull, None
            events += self._feed(task.result())
        return events if self.done else events + self._serve()

    async def _wait(self, task: asyncio.Task[Any] | None, *, fresh: bool = False) -> None:
        due = self._pipeline.wake_at()
        left = None if due is None else due - time.monotonic()
        if fresh and left is not None and left < -GRACE:
            left = GRACE  # the reader was away, and what came meanwhile has not been looked at
        self._poke = asyncio.get_running_loop().create_future()
        waited = {self._poke, *self._working} if task is None else {self._poke, task, *self._working}
        await asyncio.wait(waited, timeout=None if left is None else max(0.0, left), return_when="FIRST_COMPLETED")

    def _serve(self) -> list[Event]:
        """What the timers and the jobs give that are due."""
        events: list[Event] = []
        due = self._pipeline.wake_at()
        now = time.monotonic()
        if self._abort is not None:
            return self._passed(self._pipeline.abort(Abort(self._abort), now))
        if due is not None and due <= now:
            events += self._passed(self._pipeline.wake(now))
        for task in [task for task in self._working if task.done()]:
            index, job = self._working.pop(task)
            events += self._passed(self._pipeline.settle(index, _outcome(task, job), now))
        return events

    def _feed(self, batch: list[Event]) -> list[Event]:
        if not batch:
            self._finish()
            return []
        return self._passed(self._pipeline.feed(batch, time.monotonic()))

    def _passed(self, events: list[Event]) -> list[Event]:
        """Look at what came out: begin the jobs that it made, and end if it is the end."""
        while not self._pipeline.ended and (jobs := self._pipeline.jobs()):
            for index, job in jobs:
                events += self._begin(index, job)
        if self._pipeline.ended:
            for index, job in self._pipeline.jobs():
                self._begin(index, job)  # the last callbacks
            if events and type(events[-1]) is Error:
                self.failure = self._failure(events[-1])
            self._finish()
        return events

    def _finish(self) -> None:
        self.done = True
        self._source.cancel(ENDED_BY_STAGE)  # does nothing if it has ended by itself
        self._drop_jobs()

    def _failure(self, event: Error) -> SlipstreamError:
        """The source's own failure if this is its event, else the exception of a stage's."""
        own = self._source.failure
        if own is not None and event.kind == type(own).__name__ and event.message == own.message:
            return own
        made = failures.exception(event, {}, **self._context)
        made.__cause__ = self._pipeline.exception
        return made

    # ---- jobs

    def _begin(self, index: int, job: Job) -> list[Event]:
        """Do a job: at once if it does not wait, else in a task."""
        if self._threads or job.blocking:
            self._working[asyncio.ensure_future(_in_thread(job.call))] = (index, job)
            return []
        now = time.monotonic()
        try:
            result = job.call()
        except Exception as error:
            return self._pipeline.settle(index, functools.partial(job.failed, error), now)
        if inspect.isawaitable(result):
            self._working[asyncio.ensure_future(result)] = (index, job)
            return []
        return self._pipeline.settle(index, functools.partial(job.done, result), now)

    def _drop_jobs(self) -> None:
        for task, (_, job) in self._working.items():
            if not job.lasting:
                task.cancel()


async def _in_thread(call: Callable[[], Any]) -> Any:
    """What `call` comes to; in a thread of its own, as one that hangs must not take a place that others need."""
    worker = Worker("slipstream-job")
    try:
        result = await worker.run(call)
    finally:
        worker.close()
    return await result if inspect.isawaitable(result) else result


def _forget(task: asyncio.Task[Any]) -> None:
    """A job that has been given up has ended: its outcome is nobody's concern."""
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()


def _outcome(task: asyncio.Task[Any], job: Job) -> Callable[[float], Iterable[Event]]:
    if task.cancelled():
        return functools.partial(job.failed, TimeoutError("the job was stopped"))
    error = task.exception()
    if error is not None:
        return functools.partial(job.failed, error if isinstance(error, Exception) else RuntimeError("the job died"))
    return functools.partial(job.done, task.result())
