"""What a stage is: events in, events out, without a clock and without I/O (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from slipstream.events import Event


@runtime_checkable
class Stage(Protocol):
    """A step between the dialect and the reader.

    Times are monotonic seconds and always come from the caller. A failure is an `Error` event that ends the stream: a
    stage that raises loses the text which later stages still hold.
    """

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Take one event; return what goes on in its place."""
        ...

    def on_wake(self, now: float) -> Iterable[Event]:
        """The time that `wake_at` asked for has come; return what goes on."""
        ...

    def on_end(self, now: float) -> Iterable[Event]:
        """The stream is about to end well: return all that is held, because nothing is ever lost on a clean end."""
        ...

    def wake_at(self) -> float | None:
        """When to call `on_wake`, or None for never."""
        ...
