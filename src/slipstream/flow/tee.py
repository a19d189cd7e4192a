"""One stream for several readers: each branch keeps what its own has not read yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from slipstream.events import Event
from slipstream.flow.arguments import whole
from slipstream.flow.stage import TERMINAL, Untimed


class Branch:
    """What one reader has yet to read. Events are shared, not copied; memory is what the slowest reader is behind."""

    __slots__ = ("_closed", "_events")

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._closed = False

    def __len__(self) -> int:
        """How many events wait."""
        return len(self._events)

    def take(self) -> list[Event]:
        """All that has come since the last time."""
        events = list(self._events)
        self._events.clear()
        return events

    @property
    def done(self) -> bool:
        """True once the stream has ended and all of it was taken."""
        return self._closed and not self._events

    def add(self, event: Event) -> None:
        """The stream went on."""
        self._events.append(event)

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True


class Tee(Untimed):
    """The stage behind `tee()`. Everything passes, and goes to each branch as well.

    Args:
        n: how many branches.

    Attributes:
        branches: see `Branch`.

    Raises:
        InvalidRequestError: `n` is no whole number of 1 or more.
    """

    def __init__(self, n: int = 2) -> None:
        self.branches = [Branch() for _ in range(whole("tee(n)", n, "branches"))]

    def on_event(self, event: Event, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Pass the event on, and give it to each branch."""
        for branch in self.branches:
            branch.add(event)
        if type(event) in TERMINAL:
            self.close()
        return (event,)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Nothing is held from the stream itself."""
        return ()

    def close(self) -> None:
        """The stream ended without passing here, because a later stage or its reader ended it."""
        for branch in self.branches:
            branch.close()


def tee(n: int = 2) -> Tee:
    """A stage that keeps what passes for `n` more readers; see `Tee`."""
    return Tee(n)
