"""A terminal to look at: what was written, as a person sees it."""

from __future__ import annotations

import pyte

_STRAY = ("\x1b_", "\x1bP", "\x1b^", "\x1bX")  # sequences that pyte does not know


class Emulator:
    """pyte with its scrollback.

    Args:
        width, height: in characters.
    """

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.HistoryScreen(width, height, history=100_000)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""

    def write(self, text: str) -> None:
        assert not any(sign in text for sign in _STRAY)
        self.raw += text
        self._stream.feed(text)

    def widen(self, width: int) -> None:
        """The width changes; pyte cuts what stands beyond it, and wraps nothing anew."""
        self.screen.resize(columns=width)

    @property
    def rows(self) -> list[str]:
        """All rows from the beginning of the scrollback, without blanks at their ends and empty rows at the end."""
        width = self.screen.columns
        top = ["".join(row[column].data for column in range(max(width, max(row, default=0) + 1))) for row in self._top]
        rows = [row.rstrip() for row in (*top, *self.screen.display)]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def _top(self) -> list[dict[int, pyte.screens.Char]]:
        return list(self.screen.history.top)

    @property
    def parked(self) -> str:
        """The row that the cursor stands on, which is in column 0."""
        assert self.screen.cursor.x == 0
        return self.screen.display[self.screen.cursor.y].rstrip()

    @property
    def is_clean(self) -> bool:
        """Cursor visible, in column 0 of an empty row, no colour left on."""
        cursor = self.screen.cursor
        return not cursor.hidden and not self.parked and cursor.attrs == self.screen.default_char
