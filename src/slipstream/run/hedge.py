"""A second request when the first output is late: whichever has output first is read on, the other is closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from slipstream.errors import SlipstreamError
from slipstream.events import Error, Event, Retry
from slipstream.run.call import ResponseInfo, Target
from slipstream.run.driver import Driver
from slipstream.run.metrics import Metrics

T = TypeVar("T")

LATE = "hedge"


class Hedged:
    """Reads one request, or two until one of them has output.

    Args:
        open: makes the engine of a request.
        targets: who is asked first, and who second.
        after: seconds to wait for the first output of the first.
        metrics: takes the figures of the one that wins; the attempts of both.
    """

    def __init__(
        self, open: Callable[[Target, Metrics], Driver], targets: tuple[Target, Target], after: float, metrics: Metrics
    ) -> None:
        self._open = open
        self._targets = targets
        self._after = after
        self._metrics = metrics
        self._racers: list[tuple[Driver, Target]] = [(open(targets[0], Metrics()), targets[0])]
        self._racers[0][0].metrics.started(time.monotonic())
        self._pulls: dict[asyncio.Task[list[Event]], Driver] = {}
        self._due: float | None = None
        self._early: list[Event] = []
        self._winner: Driver | None = None
        self.target = targets[0]
        self.lost: Target | None = None  # whose request was sent in vain

    @property
    def driver(self) -> Driver:
        """The one that is read, or the first while both run."""
        return self._winner if self._winner is not None else self._racers[0][0]

    @property
    def response(self) -> ResponseInfo | None:
        """See `AsyncSource`."""
        return self.driver.response

    @property
    def failure(self) -> SlipstreamError | None:
        """See `AsyncSource`."""
        return self.driver.failure

    async def begin(self) -> bool:
        """See `AsyncSource.begin`; which of them answers shows with the first output, not with the headers."""
        while self._winner is None:
            self._early += await self._step()
        return self._winner.output_seen or self._winner.failure is None

    async def next_batch(self) -> list[Event]:
        """See `AsyncSource.next_batch`."""
        if self._early:
            early, self._early = self._early, []
            return early
        while self._winner is None:
            if events := await self._step():
                return events
        return await self._winner.next_batch()

    async def _step(self) -> list[Event]:
        try:
            return await self._race()
        except asyncio.CancelledError:
            for pull in self._pulls:
                pull.cancel()
            raise

    async def _race(self) -> list[Event]:
        """One step while nobody has output: what may be shown of it."""
        if self._due is None:
            self._due = time.monotonic() + self._after
        busy = self._pulls.values()
        for driver, _ in self._racers:
            if driver not in busy and not driver.done:
                self._pulls[asyncio.ensure_future(driver.next_batch())] = driver
        left = max(0.0, self._due - time.monotonic()) if len(self._racers) == 1 else None
        done, _ = await asyncio.wait(self._pulls, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return [self._second()]
        return [event for pull in done for event in self._take(self._pulls.pop(pull), pull.result())]

    def _second(self) -> Retry:
        target = self._targets[1]
        self._racers.append((self._open(target, Metrics()), target))
        model = target.call.model if target is not self._targets[0] else ""
        return Retry(self._metrics.attempts + 2, 0.0, LATE, model)

    def _take(self, driver: Driver, batch: list[Event]) -> list[Event]:
        """What one of them gave. A failure counts only once nobody is left who may still answer."""
        if self._winner is not None:
            return []
        failed = bool(batch) and type(batch[-1]) is Error and not driver.output_seen
        if failed and any(other is not driver and not other.done for other, _ in self._racers):
            return []
        if driver.done or driver.output_seen:
            self._won(self._racers[0][0] if failed else driver)
        return batch

    def _won(self, driver: Driver) -> None:
        self._winner = driver
        self.target = next(target for racer, target in self._racers if racer is driver)
        for loser, target in self._racers:
            if loser is not driver:
                self.lost = target if loser.metrics.attempts else None
                self._metrics.attempts += loser.metrics.attempts
                loser.cancel("hedged")
        self._metrics.adopt(driver.metrics)
        driver.metrics = self._metrics

    def cancel(self, reason: str) -> None:
        """See `AsyncSource.cancel`."""
        for driver, _ in self._racers:
            driver.cancel(reason)

    async def aclose(self) -> None:
        """See `AsyncSource.aclose`."""
        for driver, _ in self._racers:
            await driver.aclose()
        await asyncio.gather(*self._pulls, return_exceptions=True)
