"""A stage out of a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from slipstream.errors import InvalidRequestError
from slipstream.events import Event
from slipstream.flow.event_types import EventType, event_types
from slipstream.flow.stage import Stage, Untimed

Result = Event | Iterable[Event] | None
Function = Callable[[Any], Result]

_ACCEPTED = "an event, several, or None to drop it"


class Transform(Untimed):
    """The stage behind `transform()`.

    Args:
        function: takes an event; returns the event that goes on in its place, several, or None to drop it. Not async.
            If it raises, the stream ends with a `StageError`.
        types: which events it is given, by class or by tag; the others pass. None gives it all.

    Raises:
        InvalidRequestError: it is no function, is async, or is a stage; or there is no such event.
    """

    def __init__(self, function: Function, types: EventType | Iterable[EventType] | None = None) -> None:
        _check(function)
        self._function = function
        self._types = None if types is None else event_types("transform(types=)", types)

    def on_event(self, event: Event, now: float) -> Iterable[Event]:  # noqa: ARG002
        """What the function makes of it."""
        if self._types is not None and type(event) not in self._types:
            return (event,)
        result: Any = self._function(event)
        if isinstance(result, Event):
            return (result,)
        return () if result is None else _several(result)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Nothing is held."""
        return ()


def _several(result: Any) -> list[Event]:
    if inspect.iscoroutine(result):
        result.close()
    if isinstance(result, str) or not isinstance(result, Iterable):
        raise InvalidRequestError(f"transform: the function returned a {type(result).__name__}; accepted: {_ACCEPTED}")
    events = list(result)
    for event in events:
        if not isinstance(event, Event):
            raise InvalidRequestError(
                f"transform: the function returned a {type(event).__name__} among others; accepted: {_ACCEPTED}"
            )
    return events


def _check(function: Any) -> None:
    if isinstance(function, Stage) or hasattr(function, "on_event"):
        raise InvalidRequestError("transform: this is a stage, not a function; accepted: through(stage) takes it")
    if not callable(function):
        raise InvalidRequestError(f"transform: a {type(function).__name__} is no function; accepted: a function")
    for called in (function, getattr(function, "__call__", None)):  # noqa: B004 - an object whose call is async
        if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
            raise InvalidRequestError("transform: the function is async; accepted: a plain one, as a stage cannot wait")


def transform(function: Function, types: EventType | Iterable[EventType] | None = None) -> Transform:
    """A stage that passes each event through a function; see `Transform`."""
    return Transform(function, types)
