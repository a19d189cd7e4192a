"""The last row while an answer comes: what is going on, for how long, how fast."""

from __future__ import annotations

from typing import Final

from slipstream.events import Retry
from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.surface import Surface, seconds

TICK: Final = 0.1
"""Seconds between two positions of the sign that turns."""

_TURNS: Final = ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\")
_NARROW: Final = 0.25  # tokens a character: four of English or of code make one, three of Chinese make two
_WIDE: Final = 0.67
_FAIR: Final = 1.0  # seconds after which a rate says something


class Progress:
    """What the last row says.

    Attributes:
        state: what is going on.
    """

    def __init__(self) -> None:
        self.state = "connecting"
        self._began: float | None = None
        self._first: float | None = None
        self._tokens = 0.0
        self._retry: tuple[Retry, float] | None = None

    def begin(self, now: float) -> None:
        """The clock starts, once."""
        if self._began is None:
            self._began = now

    def output(self, text: str, now: float) -> None:
        """A piece of output has come."""
        if self._first is None:
            self._first = now
        self._retry = None
        wide = 0 if text.isascii() else sum(char > "\u2e7f" for char in text)
        self._tokens += _WIDE * wide + _NARROW * (len(text) - wide)

    def retry(self, event: Retry, now: float) -> None:
        """Another request follows."""
        self._retry = event, now + event.delay

    def row(self, surface: Surface) -> Line:
        """The row as it is now."""
        now = surface.now
        age = now - (now if self._began is None else self._began)
        turns = surface.sign(*_TURNS)
        words = [f"{turns[int(age / TICK) % len(turns)]} {self._doing(now)}", seconds(age), self._rate(now)]
        return surface.row(surface.sign(" · ", " - ").join(filter(None, words)), "dim")

    def _doing(self, now: float) -> str:
        if self._retry is not None:
            event, due = self._retry
            if due > now:
                return f"retrying in {due - now:.0f} s ({event.reason})"
        return self.state

    def _rate(self, now: float) -> str:
        if self._first is None or now - self._first < _FAIR or self._tokens < 1:
            return ""
        return f"{self._tokens / (now - self._first):.0f} tokens/s"
