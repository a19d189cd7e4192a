"""The parts of an answer, one below the other; only the last one is open."""

from __future__ import annotations

from collections.abc import Iterable

from slipstream.sinks.terminal.layout.line import EMPTY, Line
from slipstream.sinks.terminal.surface import Part


class Transcript:
    """Rows that are over, and the part that still changes.

    Attributes:
        current: the open part, or None.
    """

    def __init__(self) -> None:
        self.current: Part | None = None
        self._ready: list[Line] = []
        self._last: Line | None = None  # the last row that is over
        self._gap = False  # an empty row is owed before the next one

    def begin(self, part: Part) -> None:
        """Another part begins; the one before it is over."""
        self.close()
        self.current = part

    def add(self, rows: Iterable[Line]) -> None:
        """Rows that never change, as a part of their own."""
        self.close()
        self._tell(list(rows))
        self._gap = True

    def close(self) -> None:
        """The open part is over."""
        if self.current is not None:
            self.current.end()
            self._tell(self.current.settled())
            self.current = None
            self._gap = True

    def void(self) -> None:
        """What is not on its way to the scrollback yet is dropped."""
        self.current = None
        self._ready.clear()
        self._gap = True

    def resize(self, width: int) -> None:
        """The width from now on."""
        if self.current is not None:
            self.current.resize(width)

    def over(self) -> list[Line]:
        """The rows that are over since the last call."""
        if self.current is not None:
            self._tell(self.current.settled())
        ready, self._ready = self._ready, []
        return ready

    def rows(self, room: int) -> tuple[list[Line], list[Line]]:
        """What to show.

        Args:
            room: how many rows may stay open, from 0.

        Returns:
            The rows that are over since the last call, and those that are open.
        """
        live: list[Line] = []
        if self.current is not None:
            self._tell(self.current.settled())
            live = self.current.open()
            if live:
                self._pay()
            live = self._within(self.current, live, room)
        ready, self._ready = self._ready, []
        return ready, live

    def _within(self, part: Part, live: list[Line], room: int) -> list[Line]:
        """The open rows that have room; those before them leave the screen for good.

        The last one still grows: where not even that has room, it is seen when another begins behind it.
        """
        over = len(live) - max(room, 1)
        if over > 0:
            if not part.passing:
                part.settle(over)
                self._tell(live[:over])
            live = live[over:]
        return live if room else []

    def _tell(self, rows: list[Line]) -> None:
        if rows:
            self._pay()
            self._ready += rows
            self._last = rows[-1]

    def _pay(self) -> None:
        if self._gap and self._last is not None and self._last.width:
            self._ready.append(EMPTY)
            self._last = EMPTY
        self._gap = False
