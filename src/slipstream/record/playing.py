"""A recording as the source of a stream: its rows, each when it is due.

Strategy: the file is read in a thread of its own, because a pipe may block and the loop serves every stream of the
process: a piece at a time, the next one when all rows of the last have been given. Rows that are due together are one
batch.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from slipstream.errors import InvalidRequestError, SlipstreamError
from slipstream.events import Abort, Error, Event, is_output
from slipstream.flow.stage import TERMINAL
from slipstream.record.opening import Recording
from slipstream.record.pace import Pace
from slipstream.record.row import Row
from slipstream.run import failures
from slipstream.run.call import ResponseInfo
from slipstream.run.metrics import Metrics
from slipstream.run.waiting import Interrupted, Waiting
from slipstream.run.worker import Worker

_TOGETHER: Final = 0.001  # seconds: no timer is more exact


class Playing:
    """Plays a recording; see `run.source.AsyncSource`.

    Args:
        recording: what is played.
        pace: when.
        metrics: takes the figures.
    """

    response: ResponseInfo | None = None

    def __init__(self, recording: Recording, pace: Pace, metrics: Metrics) -> None:
        self._batches: Iterator[list[Row]] = recording.batches()
        self._pace = pace
        self._metrics = metrics
        self._rows: deque[tuple[float, Event]] = deque()
        self._worker = Worker("slipstream-replay")
        self._waiting = Waiting()
        self._reason = "cancelled"
        self._began = math.nan
        self._done = False
        self.failure: SlipstreamError | None = None

    async def begin(self) -> bool:
        """True: a recording has begun."""
        return True

    async def next_batch(self) -> list[Event]:
        """The next events, once they are due; [] when the stream is over."""
        if self._done:
            return []
        if math.isnan(self._began):
            self._began = time.monotonic()
            self._metrics.started(self._began)
        try:
            return self._given(await self._waiting.wait(self._due))
        except Interrupted:
            return self._given([Abort(self._reason)])
        except InvalidRequestError as error:
            self.failure = error
            return self._given([failures.event(error)])

    async def _due(self) -> list[Event]:
        """The rows that are due, once the first of them is."""
        if not self._rows:
            batch = await self._worker.run(lambda: next(self._batches, []))
            self._rows.extend((self._pace.due(row), row[1]) for row in batch)
        if not self._rows:
            raise InvalidRequestError("the recording ends before the answer does")
        wait = self._rows[0][0] - self._now()
        if wait > 0:
            await asyncio.sleep(wait)
        limit = self._now() + _TOGETHER
        events = [self._rows.popleft()[1]]
        while self._rows and self._rows[0][0] <= limit:
            events.append(self._rows.popleft()[1])
        return events

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _given(self, events: list[Event]) -> list[Event]:
        last = events[-1]
        now = time.monotonic()
        if any(map(is_output, events)):
            self._metrics.output(now, events)
        if type(last) in TERMINAL:
            self._done = True
            self._metrics.ended(now)
            if isinstance(last, Error) and self.failure is None:
                self.failure = failures.exception(last, {})
        return events

    def cancel(self, reason: str) -> None:
        """Stop now; a reader who waits is freed. Call it in the event loop."""
        if not self._done and not self._waiting.interrupted:
            began = time.monotonic()
            self._reason = reason
            self._waiting.interrupt(None)
            self._metrics.time_to_cancel = time.monotonic() - began

    async def aclose(self) -> None:
        """Stop, and close the file."""
        self.cancel("closed")
        self._worker.close(getattr(self._batches, "close", None))
