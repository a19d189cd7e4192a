"""Bounds on the wait, each on a clock of its own that names itself when it runs out.

Strategy: a bound only moves later while events flow, so the timer stays where it is and looks again when it fires: an
event costs two additions, whatever the number of clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import OUTPUT_TYPES, Error, Event, is_output
from slipstream.flow.arguments import positive
from slipstream.flow.callbacks import Callbacks, check_callback
from slipstream.flow.stage import TERMINAL, Job

WHAT: Final = {
    "total": "the stream was not over",
    "first_output": "no content",
    "gap": "no further content",
    "idle": "no events",
}
"""The clocks, the one that ends the stream for good first: if two run out at once, that one is named."""

_NEVER: Final = float("inf")


class Deadlines:
    """The stage behind `deadlines()`.

    Args:
        first_output: seconds from the start to the first output (`events.is_output`).
        gap: seconds between two pieces of output; it starts with the first.
        idle: seconds between two events of any kind, heartbeats too.
        total: seconds from the start to the end.
        on_expire: called with the clock's name and its bound in seconds; sync or async.

    Raises:
        InvalidRequestError: no bound at all, one that is no positive number, or a callback that cannot be called.
    """

    def __init__(
        self,
        first_output: float | None = None,
        gap: float | None = None,
        idle: float | None = None,
        total: float | None = None,
        on_expire: Callable[[str, float], Any] | None = None,
    ) -> None:
        given = {"total": total, "first_output": first_output, "gap": gap, "idle": idle}
        self._bounds = {name: positive(name, value, "seconds") for name, value in given.items() if value is not None}
        if not self._bounds:
            raise InvalidRequestError("deadlines: no bound; accepted: first_output=, gap=, idle=, total=, in seconds")
        if on_expire is not None:
            check_callback("on_expire", on_expire)
        self._on_expire = on_expire
        self._callbacks = Callbacks("deadlines(on_expire=)")
        self._gap = self._bounds.get("gap", _NEVER)
        self._idle = self._bounds.get("idle", _NEVER)
        self._due = dict.fromkeys(WHAT, _NEVER)
        self._timer = _NEVER
        self._over = False
        self._expired = False

    def on_start(self, now: float) -> None:
        """All clocks run but `gap`."""
        self._due = {name: now + self._bounds.get(name, _NEVER) for name in WHAT}
        self._due["gap"] = _NEVER
        self._timer = min(self._due.values())

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Pass the event on; the clocks that it keeps quiet begin anew."""
        if self._over:
            return () if self._expired else (event,)
        due = self._due
        due["idle"] = now + self._idle
        kind = type(event)
        if kind in OUTPUT_TYPES and is_output(event):
            due["first_output"] = _NEVER
            after = due["gap"] = now + self._gap
            if after < self._timer:
                self._timer = after
        elif kind in TERMINAL:
            self._stop(now)
        return (event,)

    def on_wake(self, now: float) -> Iterable[Event]:
        """End the stream if a clock has run out."""
        self._callbacks.give_up(now)
        if self._over:
            return ()
        for clock, due in self._due.items():
            if due <= now:
                return (self._expire(clock, now),)
        self._timer = min(self._due.values())
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        """Nothing is held; no clock runs any more."""
        self._stop(now)
        return ()

    def wake_at(self) -> float | None:
        """When the nearest clock may run out."""
        if self._over:
            return self._callbacks.wake_at()
        return self._timer if self._timer < _NEVER else None

    @property
    def busy(self) -> bool:
        """True while `on_expire` is awaited."""
        return self._callbacks.busy

    def jobs(self) -> list[Job]:
        """The call of `on_expire`, once."""
        return self._callbacks.jobs()

    def _stop(self, now: float) -> None:
        self._over = True
        self._callbacks.ending(now)

    def _expire(self, clock: str, now: float) -> Error:
        bound = self._bounds[clock]
        if self._on_expire is not None:
            self._callbacks.call(self._on_expire, clock, bound)
        self._expired = True
        self._stop(now)
        message = f"{WHAT[clock]} within {bound:g} s (the {clock} timeout)"
        return Error(message, kind="StreamTimeoutError", code=clock, seconds=bound)


def deadlines(
    first_output: float | None = None,
    gap: float | None = None,
    idle: float | None = None,
    total: float | None = None,
    on_expire: Callable[[str, float], Any] | None = None,
) -> Deadlines:
    """A stage that ends the stream with a `StreamTimeoutError` when a bound is passed; see `Deadlines`."""
    return Deadlines(first_output, gap, idle, total, on_expire)
