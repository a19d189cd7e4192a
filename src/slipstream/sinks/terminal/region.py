"""The rows at the bottom that still change, and what to write when they do.

Strategy: rows that are over are written once and belong to the terminal from then on, scrollback and all. Below them
stand the live rows. Between two frames the hidden cursor is parked in column 0 of the first live row, never below it:
what a resize does to the live rows, reflow them or not, happens behind the cursor, and one erasure from there to the
end of the screen is always right. A frame walks down from there, rewrites what differs, and goes back up, at most as
far as it has just gone down within one screen: no row is ever out of reach.

A frame may meet a screen that has just become smaller and has dropped rows below the cursor: tmux tells of a resize up
to a quarter of a second after it. A frame that changes live rows only must then scroll nothing: it walks by cursor
movements, which stop at the end of the screen, and goes back to where it was. A frame with rows that are over or new
must lose none of them: it walks by line feeds, which scroll at the end of the screen, so that going up by a number
leads back to the same row; and it writes what is over in full, though the same text should stand there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from slipstream.sinks.terminal.difference import ERASE_LINE, difference
from slipstream.sinks.terminal.layout.line import EMPTY, Line

# synchronized updates: a terminal that knows the mode shows a frame at once, any other ignores it
_BEGIN: Final = "\x1b[?2026h"
_END: Final = "\x1b[?2026l"
_HIDE: Final = "\x1b[?25l"
_SHOW: Final = "\x1b[?25h"
_RESET: Final = "\x1b[0m"
# From column 1, not 0: tmux takes an erasure from the very corner for `clear`, and keeps what it erases as scrollback.
_ERASE_BELOW: Final = "\x1b[K\x1b[2G\x1b[J\r"
_NEW: Final = "\r\n"
_SAVE: Final = "\x1b7"
_BACK: Final = "\x1b8"


class Region:
    """What stands on the screen from the parked cursor down.

    Attributes:
        begun: something was written, so that the cursor is hidden.
    """

    def __init__(self) -> None:
        self._rows: list[Line] = []
        self._unsure = True  # what stands below the cursor is not known
        self.begun = False

    def lost(self) -> None:
        """The rows may show something else by now: the next frame draws all of them anew."""
        self._unsure = True

    def draw(self, settled: Sequence[Line], live: Sequence[Line]) -> str:
        """The next frame.

        Args:
            settled: rows that are over, to be written above the live ones, once.
            live: all live rows; one fewer than the screen has at most.

        Returns:
            What to write; "" if the screen shows it already.
        """
        body = self._body(settled, live)
        if not body:
            return ""
        start = "" if self.begun else _HIDE
        self.begun = True
        return f"{_BEGIN}{start}\r{body}{_END}"

    def leave(self) -> str:
        """The cursor visible again, no colour left on; to be written behind the last frame."""
        was, self.begun = self.begun, False
        return f"{_RESET}{_SHOW}" if was else ""

    def _body(self, settled: Sequence[Line], live: Sequence[Line]) -> str:
        rows = [*settled, *live]
        if self._unsure and not rows and not self.begun:
            return ""  # nothing was ever shown
        if not self._unsure and not settled and rows == self._rows:
            return ""
        old = [] if self._unsure else self._rows
        out = [_ERASE_BELOW] if self._unsure else []
        target = len(settled)
        scrolls = bool(settled) or len(rows) > max(1, len(old))
        there = 1 if scrolls else max(1, len(old))
        at = _rewrite(old, rows, out, over=target, there=there)
        if at > target:
            if scrolls:
                out.append(f"\x1b[{at - target}A\r")
            else:
                out = [_SAVE, *out, _BACK, _walk(0, target, there)]
        else:
            out.append(_walk(at, target, there) or "\r")
        self._rows, self._unsure = list(live), False
        return "".join(out)


def _rewrite(old: list[Line], rows: list[Line], out: list[str], *, over: int, there: int) -> int:
    """Write every row that differs, from the parked cursor down; return the row on which the cursor ends.

    The first `over` rows are written in full; `there` is as for `_walk`.
    """
    at = 0
    for index, row in enumerate(rows):
        before = old[index] if index < len(old) else EMPTY
        if index >= over and index < len(old) and before == row:
            continue
        out.append(_walk(at, index, there))
        out.append(difference(before, row) if index >= over else _whole(before, row))
        at = index
    if len(rows) < len(old):
        out.append((_walk(at, len(rows), there) or "\r") + _ERASE_BELOW)
        at = len(rows)
    return at


def _whole(before: Line, row: Line) -> str:
    """All of a row that is over. What stands there is erased first only if it differs, as that could be seen."""
    return row.text if before == row or not before.width else f"{ERASE_LINE}{row.text}"


def _walk(at: int, to: int, there: int) -> str:
    """Down from one row to column 0 of another; `there` rows exist, those behind them are made."""
    down = max(0, min(to, there - 1) - at)
    return (f"\x1b[{down}B\r" if down else "") + _NEW * (to - at - down)
