"""When to paint.

Strategy: a delta is painted at once as long as that is cheap. Painting takes at most a fifth of the time; and where
deltas come faster than an eye or a network would want to follow, they are painted thirty times a second together. The
cost is what the painting computed and how long the terminal took to take it, not the time that passed: a painting that
had to wait for the processor would else make the next ones wait too.
"""

from __future__ import annotations

from typing import Final

FRAMES: Final = 30
"""Frames a second under load."""

LOAD: Final = 250
"""Deltas a second from which they are painted together. Models write 20 to 200, and a frame for each is cheap."""

_SHARE: Final = 5  # painting takes one part in so many
_WINDOW: Final = 0.1  # seconds over which deltas are counted
_ODD: Final = 0.001  # seconds of a single painting that are always believed


class Pace:
    """Counts deltas and the cost of frames."""

    def __init__(self) -> None:
        self._due = 0.0
        self._cost = 0.0
        self._last = 0.0
        self._since = 0.0
        self._count = 0
        self.loaded = False

    def arrived(self, now: float) -> None:
        """A delta has come."""
        if now - self._last >= _WINDOW:  # a burst before a pause says nothing about what comes after it
            self._since, self._count, self.loaded = now, 0, False
        self._last = now
        self._count += 1
        elapsed = now - self._since
        if elapsed >= _WINDOW:
            self.loaded = self._count > LOAD * elapsed
            self._since, self._count = now, 0

    def painted(self, began: float, ended: float, cost: float) -> None:
        """A frame was painted, at some cost in seconds.

        One dear painting among cheap ones (the first code block compiles a lexer) must not be seen as a stall: it
        counts as little more than twice the one before it.
        """
        self._cost = min(cost, 2 * self._cost + _ODD)
        self._due = max(ended + (_SHARE - 1) * self._cost, began + 1 / FRAMES if self.loaded else 0.0)

    @property
    def due(self) -> float:
        """When the next frame may be painted, in seconds of the same clock."""
        return self._due
