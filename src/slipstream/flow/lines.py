"""Text in whole lines."""

from __future__ import annotations

from slipstream.flow.arguments import positive
from slipstream.flow.buffer import HoldingCutter
from slipstream.flow.text_stage import TextStage


class LineCutter(HoldingCutter):
    r"""Pieces that end with `\n`; the `\r` of a `\r\n` is held with its line, so a cut between them does not matter."""

    __slots__ = ()

    def feed(self, text: str, now: float) -> list[str]:
        """Take text; return the lines that are whole."""
        if not text or "\n" in text:
            return super().feed(text, now)
        self._held.append(text)  # nearly every time: the line goes on
        self._size += len(text)
        if self._clock is not None:
            self._clock.came(len(text), self._size, now)
        return []

    def _cut(self, text: str) -> list[str]:
        end = text.find("\n")
        self._hold(text if end < 0 else text[: end + 1])
        if end < 0:
            return []
        pieces = [self._take()]
        *whole, rest = text[end + 1 :].split("\n")
        pieces += [line + "\n" for line in whole]
        self._hold(rest)
        return pieces


class Lines(TextStage):
    r"""The stage behind `lines()`: a delta for each line, its line end (`\n` or `\r\n`) included.

    Args:
        seconds: the longest that a character is held, from its arrival on; None holds a line until it ends.

    Raises:
        InvalidRequestError: `seconds` is no positive number.
    """

    def __init__(self, seconds: float | None = None) -> None:
        bound = None if seconds is None else positive("seconds", seconds, "seconds")
        super().__init__(lambda: LineCutter(bound))


def lines(seconds: float | None = None) -> Lines:
    """A stage that lets text go line by line; see `Lines`."""
    return Lines(seconds)
