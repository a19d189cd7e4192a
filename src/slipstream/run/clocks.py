"""The clocks of one stream, on one timer (WIRE section 0).

Strategy: a deadline only ever moves later while bytes flow, so the timer is left where it is and looks again when it
fires; a chunk costs two additions, not a timer. Time that the reader spends elsewhere does not count against the
provider: `idle` and `gap` stand still until the reader waits again. All times are the event loop's, monotonic, in
seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from slipstream.run.timeouts import Timeouts

_INFINITE = float("inf")
_PROVIDER_CLOCKS = ("connect", "headers", "first_output", "gap", "idle")


class Clocks:
    """Tells when a bound is passed.

    Args:
        timeouts: the bounds.
        expired: called once, with the clock's name and its bound, in the event loop.
        began: when the stream began, in monotonic seconds; None for now.
        renewed: True if `first_output` counts from now all the same.
    """

    __slots__ = (
        "_away", "_due", "_expired", "_gap", "_idle", "_left", "_loop", "_timeouts", "_timer", "_timer_at",
        "_total_only", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        timeouts: Timeouts,
        expired: Callable[[str, float], None],
        *,
        began: float | None = None,
        renewed: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._expired = expired
        self._idle, self._gap = timeouts.idle, timeouts.gap
        self._due: dict[str, float] = {}  # those of `idle` and `gap` as if the reader had never been away
        self._away = 0.0  # seconds the reader has been away so far
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = _INFINITE
        self._waiting = False
        self._total_only = False  # the timer came due while the reader was away, and stands for `total` alone
        self._left = time.monotonic()
        began = self._left if began is None else began
        self._set("total", began)
        self._set("first_output", self._left if renewed else began)

    def _set(self, clock: str, now: float) -> None:
        bound: float | None = getattr(self._timeouts, clock)
        if bound is not None:
            self._due[clock] = now + bound
            self._arm()

    def _due_at(self, clock: str) -> float:
        due = self._due.get(clock, _INFINITE)
        return due + self._away if clock in ("idle", "gap") else due

    def _arm(self) -> None:
        due = min(map(self._due_at, self._due), default=_INFINITE)
        if due < self._timer_at:
            self._wake_at(due)

    def _wake_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self._loop.call_later(max(0.0, due - time.monotonic()), self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_at = None, _INFINITE
        now = time.monotonic()
        clocks = ("total", *_PROVIDER_CLOCKS) if self._waiting else ("total",)
        for clock in clocks:
            if self._due_at(clock) <= now:
                self._expired(clock, getattr(self._timeouts, clock))
                return
        if self._waiting:
            self._arm()
        elif "total" in self._due:
            self._total_only = True
            self._wake_at(self._due["total"])

    def remaining(self) -> float:
        """Seconds until `total` or `first_output`, whichever is nearer: the budget of a retry."""
        now = time.monotonic()
        return min(self._due.get(clock, _INFINITE) for clock in ("total", "first_output")) - now

    def connecting(self) -> None:
        """An attempt begins."""
        self._due.pop("idle", None)
        self._set("connect", time.monotonic())

    def connected(self) -> None:
        """The connection stands; the headers are awaited."""
        self._due.pop("connect", None)
        self._set("headers", time.monotonic())

    def headers_received(self) -> None:
        """The response has begun."""
        self._due.pop("connect", None)
        self._due.pop("headers", None)
        self._set("idle", time.monotonic() - self._away)

    def attempt_failed(self) -> None:
        """The attempt is over; only `total` and `first_output` go on."""
        for clock in ("connect", "headers", "gap", "idle"):
            self._due.pop(clock, None)

    def enter(self, now: float) -> None:
        """The reader waits: the provider's clocks run. The time it was away is added to them."""
        if not self._waiting:
            self._waiting = True
            self._away += now - self._left
        if self._timer is None or self._total_only:
            self._total_only = False
            self._arm()

    def received(self, now: float) -> None:
        """Bytes are in: `idle` begins anew, and the reader goes to work."""
        self._left = now
        self._waiting = False
        if self._idle is not None:
            self._due["idle"] = now + self._idle - self._away

    def output(self, now: float) -> None:
        """Content has come: `first_output` is met, `gap` begins anew."""
        if "first_output" in self._due:
            del self._due["first_output"]
        if self._gap is not None:
            due = now + self._gap
            self._due["gap"] = due - self._away
            if due < self._timer_at:
                self._arm()

    def stop(self) -> None:
        """No clock runs any more."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_at = None, _INFINITE
