"""What a stage is: events in, events out, without a clock and without I/O (DESIGN section 3).

The life of a stage, as the pipeline drives it:

    [on_start]  on_event*  ...  on_end  on_event(Finish)          a clean end
    [on_start]  on_event*  ...  on_event(Error|Abort)  on_end     any other end

So what is held is never lost by default, whatever the end. A stage that must not show it then, as a guard, forgets it
when the `Error` or the `Abort` comes. A stage ends the stream by returning a terminal event; the pipeline lets later
stages flush, and cuts what comes after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, runtime_checkable

from msgspec import Struct

from slipstream.events import Abort, Error, Event, Finish

TERMINAL: Final = frozenset((Finish, Error, Abort))
"""The events that end a stream."""


@runtime_checkable
class Stage(Protocol):
    """A step between the dialect and the reader.

    Times are monotonic seconds and always come from the caller. A failure is an `Error` event that ends the stream; an
    exception becomes one (`StageError`).

    A stage may have `on_start(now)` as well, called once before anything arrives: for clocks that run from the start.
    """

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Take one event; return what goes on in its place."""
        ...

    def on_wake(self, now: float) -> Iterable[Event]:
        """The time that `wake_at` asked for has come; return what goes on."""
        ...

    def on_end(self, now: float) -> Iterable[Event]:
        """The stream is about to end: return all that is held, because nothing is ever lost on a clean end."""
        ...

    def wake_at(self) -> float | None:
        """When to call `on_wake`, or None for never."""
        ...


class Untimed:
    """What a stage without timers inherits; the pipeline never asks it for the time."""

    __slots__ = ()

    def on_wake(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Never called."""
        return ()

    def wake_at(self) -> float | None:
        """Never."""
        return None


class Job(Struct, frozen=True, eq=False):
    """Work of a stage that takes time: whoever drives the pipeline does it, and brings the outcome back.

    Args:
        call: does the work. What it returns may be awaitable, and is awaited.
        done: takes the result and the time; returns what goes on.
        failed: takes the exception and the time; returns what goes on.
        blocking: True if `call` may block for long: it is run in a thread of its own then.
        lasting: True if it is wanted although the stream has ended, as a callback is; else it is stopped then.
    """

    call: Callable[[], Any]
    done: Callable[[Any, float], Iterable[Event]]
    failed: Callable[[Exception, float], Iterable[Event]]
    blocking: bool = False
    lasting: bool = False


@runtime_checkable
class WorkingStage(Stage, Protocol):
    """A stage that has jobs done. Bounds on their time are its own, by `wake_at`: a late outcome it just ignores."""

    @property
    def busy(self) -> bool:
        """True while a job's outcome is awaited; the end of the stream waits until it is False."""
        ...

    def jobs(self) -> list[Job]:
        """The jobs that were not given yet."""
        ...
