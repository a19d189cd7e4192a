"""Callbacks for events, beside the stream: they see it, and can neither change it nor break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slipstream.events import Event
from slipstream.flow.callbacks import Callbacks, check_callback
from slipstream.flow.event_types import EventType, event_types
from slipstream.flow.stage import TERMINAL, Job


class On:
    """The stage behind `on()`. Everything passes; one call ends before the next begins.

    Args:
        event_type: which events, by class or by tag; one or several.
        callback: called with the event; sync or async. If it raises, that is logged and the stream goes on.

    Raises:
        InvalidRequestError: there is no such event, or the callback cannot be called.
    """

    def __init__(self, event_type: EventType | Iterable[EventType], callback: Callable[[Any], Any]) -> None:
        self._kinds = event_types("on(event_type)", event_type)
        check_callback("on(callback)", callback)
        self._callback = callback
        names = sorted(kind.__name__ for kind in self._kinds)
        self._callbacks = Callbacks(f"on({names[0] if len(names) == 1 else f'{len(names)} events'})")

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Pass the event on, and have the callback called if it is one of those."""
        kind = type(event)
        if kind in self._kinds:
            self._callbacks.call(self._callback, event)
        if kind in TERMINAL:
            self._callbacks.ending(now)
        return (event,)

    def on_wake(self, now: float) -> Iterable[Event]:
        """Give up on callbacks that hold the end of the stream."""
        self._callbacks.give_up(now)
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        """Nothing is held; from here on the callbacks have little time left."""
        self._callbacks.ending(now)
        return ()

    def wake_at(self) -> float | None:
        """When patience with the callbacks ends."""
        return self._callbacks.wake_at()

    @property
    def busy(self) -> bool:
        """True while a call is awaited."""
        return self._callbacks.busy

    def jobs(self) -> list[Job]:
        """The calls to make."""
        return self._callbacks.jobs()


def on(event_type: EventType | Iterable[EventType], callback: Callable[[Any], Any]) -> On:
    """A stage that calls a function for each event of these types; see `On`."""
    return On(event_type, callback)
