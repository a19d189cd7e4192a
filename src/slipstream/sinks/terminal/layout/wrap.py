"""Where lines end.

Strategy: one regular expression cuts text into units that stay together: a word with its punctuation, or one Chinese or
Japanese character with the marks that may not begin or end a line (kinsoku shori, JIS X 4051). Lines are filled with
units greedily, so that a line never changes once the unit behind it is known not to fit; a unit wider than the screen
is cut between its characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.measure import columns, graphemes
from slipstream.sinks.terminal.layout.spans import Flat, Span, flatten, render

# Scripts without spaces, whose characters are units; Hangul is written in words.
_HAN: Final = (
    "\u2e80-\u2fff\u3003-\u3007\u3012\u3013\u3020-\u3029\u3031-\u303c\u3041-\u3096\u309d-\u312f\u3190-\u4dbf"
    "\u4e00-\ua4cf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9d\U00020000-\U0003ffff"
)
_MARKS: Final = "\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SHUT: Final = (
    "\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b\u301e\u301f\u30fb\u30fc"
    "\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\uff60\uff61\uff63\uff64\uff5e"
)
_OPEN: Final = "\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u301d\uff04\uff08\uff3b\uff5b\uff5f\uff62\uffe5"
_ANY_SHUT: Final = _SHUT + "\u2019\u201d\u2026\u2014\xb7!),.:;?\\]}%"  # those of Latin text too, behind a Han character
_ANY_OPEN: Final = _OPEN + "\u2018\u201c(\\[{"
_WORD: Final = f"[^ \n{_HAN}{_SHUT}{_OPEN}]"

units: Final = re.compile(
    f"\n| +|[{_ANY_OPEN}]*(?:[{_HAN}][{_MARKS}]*[{_ANY_SHUT}]*|{_WORD}+[{_SHUT}]*)|[{_SHUT}{_OPEN}]+"
).finditer
_is_han: Final = re.compile(f"[{_HAN}{_SHUT}{_OPEN}]").match


class Piece(NamedTuple):
    """A piece of a text that makes a line: from `start` up to `end`, so many columns wide."""

    start: int
    end: int
    width: int


def chop(text: str, start: int, end: int, width: int) -> Iterator[Piece]:
    """Pieces of a text as wide as they may be, cut between any two characters; none for no text."""
    if text.isascii():
        for at in range(start, end, width):
            yield Piece(at, min(at + width, end), min(width, end - at))
        return
    used, at = 0, start
    for cluster in graphemes(text[start:end]):
        size = columns(cluster)
        if used + size > width and at > start:
            yield Piece(start, at, used)
            used, start = 0, at
        used += size
        at += len(cluster)
    if at > start:
        yield Piece(start, at, used)


def breaks(text: str, width: int, start: int = 0) -> Iterator[Piece]:
    """The lines of a text, from a position on.

    Args:
        text: clean text; a line feed ends a line.
        width: columns, at least 1.
        start: where to begin.

    Yields:
        Lines, without the blanks at their ends. A character of two columns stays whole on a screen of one.
    """
    begin = stop = start
    used = gap = 0  # columns of the line, and of the blanks behind it
    for found in units(text, start):
        unit = found[0]
        if unit[0] == " ":
            if stop > begin:
                gap += len(unit)
            continue
        if unit == "\n":
            yield Piece(begin, stop, used)
            begin = stop = found.end()
            used = gap = 0
            continue
        size = columns(unit)
        if used and used + gap + size > width:
            yield Piece(begin, stop, used)
            begin, used = stop, 0
        if stop == begin:
            begin, gap = found.start(), 0
        stop = found.end()
        used += gap + size
        gap = 0
        if used > width:
            *full, (begin, stop, used) = chop(text, begin, stop, width)
            yield from full
    if stop > begin:
        yield Piece(begin, stop, used)


def lay(flat: Flat, pieces: Iterable[Piece], width: int, look: Look) -> list[Line]:
    """Pieces as lines. What is too wide for the screen even alone is shown as `?`."""
    return [render(flat, *piece, look) if piece.width <= width else Line("?", 1) for piece in pieces]


def wrap(spans: Iterable[Span] | str, width: int, look: Look | None = None) -> list[Line]:
    """Styled text as lines.

    Args:
        spans: clean text, plain or in styles; a line feed ends a line.
        width: columns, at least 1.
        look: how it may look.

    Returns:
        The lines; none for no text.
    """
    flat = flatten([Span(spans)] if isinstance(spans, str) else spans)
    return lay(flat, breaks(flat.text, width), width, look or Look())


def unspaced(left: str, right: str) -> bool:
    """Whether no blank stands between two characters where a line of the source ends: both are Chinese or Japanese."""
    return _is_han(left) is not None and _is_han(right) is not None
