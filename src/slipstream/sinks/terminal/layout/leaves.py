"""Leaves as lines: paragraphs, headings, rules, and text that is shown as it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from slipstream.sinks.markdown.tree import Cell, Node, Text
from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.inline import Content, flat
from slipstream.sinks.terminal.layout.line import EMPTY, Line, Look
from slipstream.sinks.terminal.layout.measure import columns
from slipstream.sinks.terminal.layout.spans import NOTHING, PLAIN, Flat, Span, Style, flatten, paint, rule, unchanged
from slipstream.sinks.terminal.layout.spine import Margin
from slipstream.sinks.terminal.layout.tex import readable
from slipstream.sinks.terminal.layout.wrap import Piece, breaks, chop, lay


class Leaf(Protocol):
    """An open leaf. `room` is its width in columns, without the margins."""

    margin: Margin | None

    def put(self, inline: tuple[Node, ...]) -> None:
        """Its content anew."""

    def append(self, text: str) -> None:
        """More characters."""

    def take(self, room: int) -> list[Line]:
        """The lines that can no longer change, each once."""

    def open(self, room: int) -> list[Line]:
        """The lines behind them."""

    def drop(self, room: int, count: int) -> None:
        """The first `count` of the open lines are settled as they are."""

    def close(self, room: int) -> list[Line]:
        """It is over: the lines that are left."""


class Silent:
    """A leaf that shows nothing: definitions. And the habits that leaves share."""

    margin: Margin | None = None

    def put(self, inline: tuple[Node, ...]) -> None:
        """See `Leaf`."""

    def append(self, text: str) -> None:
        """See `Leaf`."""

    def take(self, room: int) -> list[Line]:  # noqa: ARG002
        """See `Leaf`."""
        return []

    def open(self, room: int) -> list[Line]:  # noqa: ARG002
        """See `Leaf`."""
        return []

    def drop(self, room: int, count: int) -> None:
        """See `Leaf`."""

    def close(self, room: int) -> list[Line]:
        """See `Leaf`."""
        return self.open(room)


class Rule(Silent):
    """A thematic break."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def open(self, room: int) -> list[Line]:
        """See `Leaf`."""
        return [rule(room, self._look)]


class Words(Silent):
    """A paragraph or a heading.

    Strategy: an open paragraph is laid out again when it is asked for after it grew, but only from the lines on that
    the new text may change. Of what the screen has let go of (`drop`), the end is remembered as a place in the text.
    The text before it may still change - a star that opened no emphasis appears - so the place is found again by the
    words before it.
    """

    def __init__(self, look: Look, level: int = 0) -> None:
        self._look = look
        self._content = Content(look, Style(theme.HEADINGS[level - 1]) if level else PLAIN)
        self._inline: tuple[Node, ...] | None = None  # as long as it was not read
        self._flat = NOTHING
        self._gone = ""  # the text that was let go of
        self._start = 0
        self._room = 0
        self._pieces: list[Piece] = []
        self._lines: list[Line] = []
        if level:
            mark = "#" * level + " "
            shown = paint(mark, Style(theme.DIM), look)
            self.margin = Margin(Line(shown, level + 1), Line(" " * (level + 1), level + 1), mark)

    def put(self, inline: tuple[Node, ...]) -> None:
        """See `Leaf`. Most of what is told of an open paragraph nobody asks for: it is read later."""
        self._inline = inline

    def open(self, room: int) -> list[Line]:
        """See `Leaf`."""
        kept = len(self._pieces)
        if self._inline is not None:
            before = self._flat
            self._flat, spans = self._content.read(self._inline)
            self._inline = None
            kept = self._kept(before, spans)
            if self._gone:
                self._start = resume(self._gone, self._flat.text)
        elif room == self._room:
            return self._lines
        self._lay(room, kept if room == self._room else 0)
        return self._lines

    def _kept(self, before: Flat, spans: int) -> int:
        """How many lines the new text cannot change: all before the one that stands before its first change."""
        if self._gone and not self._flat.text.startswith(self._gone):
            return 0
        same = unchanged(before, self._flat, spans)
        return max(0, bisect_right(self._pieces, same, key=lambda piece: piece.start) - 2)

    def _lay(self, room: int, kept: int) -> None:
        start = self._pieces[kept].start if kept else self._start
        pieces = list(breaks(self._flat.text, room, start))
        self._pieces = self._pieces[:kept] + pieces
        self._lines = self._lines[:kept] + lay(self._flat, pieces, room, self._look)
        self._room = room

    @property
    def gone(self) -> str:
        """The text that was let go of."""
        return self._gone

    @property
    def over(self) -> str:
        """What a text that was let go of has lost since: its last line is a table's header now."""
        text = self._flat.text
        return self._gone[len(text) :] if self._gone.startswith(text) else ""

    def follow(self, gone: str) -> None:
        """Go on behind a text that was let go of while it belonged to another leaf: no margin begins there."""
        if gone:
            self._gone, self.margin = gone, None

    def drop(self, room: int, count: int) -> None:
        """See `Leaf`."""
        self.open(room)
        text, pieces = self._flat.text, self._pieces
        self._start = pieces[count].start if count < len(pieces) else len(text)
        self._gone = text[: self._start]
        del self._pieces[:count]
        self._lines = self._lines[count:]

    def close(self, room: int) -> list[Line]:
        """See `Leaf`. Laid out as a whole: so it looks the same, whichever way it came."""
        self.open(room)
        self._lay(room, 0)
        return self._lines


_ANCHOR: Final = 24  # characters: long enough to stand once in a paragraph, short enough to have stayed as they were
_TAIL: Final = 4  # characters at the end that may have gone since: marks that closed what is open


def resume(gone: str, text: str) -> int:
    """Where a text goes on behind what was shown of it, although some of that may read otherwise now."""
    if text.startswith(gone):
        return len(gone)
    for end in range(len(gone), max(0, len(gone) - _TAIL - 1), -1):
        anchor = gone[max(0, end - _ANCHOR) : end]
        found = text.rfind(anchor, 0, len(gone) + _ANCHOR)
        if found >= 0:
            return found + len(anchor)
    return min(len(gone), len(text))


_BARS: Final = "| \n"


def header_rest(gone: str, cells: Sequence[Node], look: Look, *, sure: bool) -> Words | None:
    """What is left of a table's header that began to leave the screen as words: words as well.

    Args:
        gone: the text that left the screen.
        cells: of the header.
        look: what the terminal can do.
        sure: whether that text began with the header; otherwise that is found out.

    Returns:
        The words, none of them if all are gone; None if nothing is.
    """
    parts = [child for cell in cells if isinstance(cell, Cell) for child in (Text(" | "), *cell.children)]
    inline = (*parts, Text(" |"))
    begun = _begun_header(gone, flat(inline, look).text, sure)
    if not begun:
        return None
    words = Words(look)
    words.follow(begun)
    words.put(inline)
    return words


def _begun_header(gone: str, header: str, sure: bool) -> str:
    """The beginning of a header that was shown. Bars and blanks do not count: they may be written in many ways."""
    places = [at for at, char in enumerate(header) if char not in _BARS]
    letters = "".join(header[at] for at in places)
    left = "".join(char for char in gone if char not in _BARS)
    if not left or not (sure or letters.startswith(left)):
        return ""
    count = resume(left, letters)
    return header[: places[count]] if count < len(places) else header


class Verbatim(Silent):
    """Text whose lines are those of the source: raw HTML, math. A line is settled when it ends."""

    def __init__(self, look: Look, style: Style = PLAIN) -> None:
        self._look, self._style = look, style
        self._ended: list[str] = []  # lines not yet taken
        self._parts: list[str] = []  # of the current line
        self._begun = False  # whether the screen let go of the beginning of the first line ...
        self._column = 0  # ... and the columns of that: tab stops stay where they are

    def append(self, text: str) -> None:
        """See `Leaf`."""
        if "\n" not in text:
            self._parts.append(text)
            return
        first, *lines = text.split("\n")
        self._ended += ["".join([*self._parts, first]), *lines[:-1]]
        self._parts = [lines[-1]]

    def spans(self, text: str, ended: bool) -> list[Span]:  # noqa: ARG002
        """A line in its styles; `ended` or still growing."""
        return [Span(text, self._style)]

    def pieces(self, text: str, room: int, begun: bool) -> Iterator[Piece]:  # noqa: ARG002
        """Where a line is cut; `begun` if its beginning is no longer there."""
        return chop(text, 0, len(text), room) if columns(text) <= room else breaks(text, room)

    def lay(self, line: Flat, room: int, begun: bool) -> list[Line]:
        """A line of the source as lines of the screen."""
        return lay(line, self.pieces(line.text, room, begun), room, self._look)

    def take(self, room: int) -> list[Line]:
        """See `Leaf`."""
        if not self._ended:
            return []
        out: list[Line] = []
        for text in self._ended:
            line = flatten(self.spans(clean(text, self._column), True))
            out += self.lay(line, room, self._begun) or ([] if self._begun else [EMPTY])
            self._begun, self._column = False, 0
        self._ended = []
        return out

    def _part(self) -> str:
        text = "".join(self._parts)
        self._parts = [text]
        return clean(text, self._column)

    def open(self, room: int) -> list[Line]:
        """See `Leaf`."""
        return self.lay(flatten(self.spans(self._part(), False)), room, self._begun)

    def drop(self, room: int, count: int) -> None:
        """See `Leaf`."""
        line = flatten(self.spans(self._part(), False))
        pieces = list(self.pieces(line.text, room, self._begun))
        stop = pieces[count].start if count < len(pieces) else len(line.text)
        self._column += columns(line.text[:stop])
        self._parts = [line.text[stop:]]
        self._begun = True

    def close(self, room: int) -> list[Line]:
        """See `Leaf`."""
        if any(self._parts):
            self.append("\n")
        return self.take(room)


class Formula(Verbatim):
    """Math of its own lines."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, Style(theme.MATH))
        self.margin = Margin(Line("  ", 2), Line("  ", 2))

    def spans(self, text: str, ended: bool) -> list[Span]:
        """See `Verbatim`."""
        return super().spans(readable(text) if self._look.unicode else text, ended)
