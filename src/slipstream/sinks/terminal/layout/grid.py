"""Tables drawn: how wide the columns are, and rows as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.line import EMPTY, Line, Look
from slipstream.sinks.terminal.layout.measure import columns
from slipstream.sinks.terminal.layout.spans import Flat, Span, Style, flatten, paint, rule
from slipstream.sinks.terminal.layout.wrap import Piece, breaks, lay, units

_WORD: Final = 12
"""Columns: a column is not made narrower than its longest word, up to this ..."""

_NARROW: Final = 8
"""... nor, where its cells must be wrapped, than this: the words to come may be longer. If the columns have no room for
that much, the table is shown as records: cells of a few letters a line cannot be read."""

_INDENT: Final = 2  # of a record's further lines, columns ...
_INDENTED: Final = 20  # ... on a screen of so many at least

_BORDER: Final = 3  # columns that a cell takes beside its text, of which the table's last border is one more


class Size(NamedTuple):
    """What a cell or a column wants: the columns of its longest line, and the fewest that it can be read in."""

    whole: int = 1
    word: int = 1


def size_of(cell: Flat) -> Size:
    """What a cell wants."""
    if not cell.text:
        return Size()
    whole = max(map(columns, cell.text.split("\n")))
    if whole <= _NARROW:
        return Size(max(1, whole), max(1, whole))
    longest = max(columns(unit[0]) for unit in units(cell.text))
    return Size(whole, max(_NARROW, min(longest, _WORD)))


def widest(left: list[Size], right: list[Size]) -> list[Size]:
    """What columns want that hold both."""
    return [Size(max(a.whole, b.whole), max(a.word, b.word)) for a, b in zip(left, right, strict=True)]


def fit(sizes: list[Size], room: int) -> tuple[int, ...]:
    """Widths of columns for a table as wide as the room at most; none if they would be too narrow to be read."""
    inner = room - _BORDER * len(sizes) - 1
    if sum(size.whole for size in sizes) <= inner:
        return tuple(size.whole for size in sizes)
    if sum(size.word for size in sizes) > inner:
        return ()
    widths = [0] * len(sizes)
    left = list(range(len(sizes)))
    while left:  # what needs no more than its share gets what it needs
        share = inner // len(left)
        small = [at for at in left if sizes[at].whole <= share]
        rest = inner - sum(sizes[at].whole for at in small)
        if not small or rest < sum(sizes[at].word for at in left if sizes[at].whole > share):
            break
        for at in small:
            widths[at] = sizes[at].whole
        left, inner = [at for at in left if not widths[at]], rest
    _divide(sizes, left, inner, widths)
    return tuple(widths)


def _divide(sizes: list[Size], left: list[int], inner: int, widths: list[int]) -> None:
    """Give each column its longest word and, of what is left, a part after its wants."""
    spare = inner - sum(sizes[at].word for at in left)
    wants = sum(sizes[at].whole - sizes[at].word for at in left)
    for at in left:
        want = sizes[at].whole - sizes[at].word
        extra = spare * want // wants if want else 0
        widths[at] = sizes[at].word + extra
        spare, wants = spare - extra, wants - want


class Row:
    """A row.

    Attributes:
        cells: their content.
        come: how many of them have come.
        parted: whether the line above it was settled.
        starts: for each cell where what is not yet settled begins; none if nothing is.
    """

    __slots__ = ("cells", "come", "parted", "starts")

    def __init__(self, cells: list[Flat]) -> None:
        self.cells, self.come = cells, len(cells)
        self.parted = False
        self.starts: list[int] = []


class Grid:
    """A table with borders.

    Args:
        widths: of the columns.
        align: `left`, `right`, `center` or nothing, for each.
        look: what the terminal can do.

    Attributes:
        parted: lines part the rows from each other: one of them has more than one line of text.
    """

    def __init__(self, widths: tuple[int, ...], align: list[str], look: Look) -> None:
        self.widths = widths
        self.parted = False
        self._align, self._look = align, look
        self._bar = paint("│" if look.unicode else "|", Style(theme.DIM), look)
        self.width = sum(widths) + _BORDER * len(widths) + 1

    def header(self, cells: list[Flat]) -> list[Line]:
        """What stands above the rows."""
        row = self.row(Row(cells), first=True)
        self.parted = False  # which a tall header does not ask for
        return [self._border("┌┬┐"), *row, self._border("├┼┤")]

    def bottom(self) -> list[Line]:
        """What stands below them."""
        return [self._border("└┴┘")]

    def row(self, row: Row, *, first: bool) -> list[Line]:
        """A row's lines.

        Args:
            row: the row.
            first: whether none was drawn before it.
        """
        pieces = self._pieces(row)
        height = max(0 if row.starts else 1, *map(len, pieces))
        self.parted = self.parted or height > 1 or bool(row.starts)
        lines = [self._border("├┼┤")] if self._parts(row, first=first) else []
        return lines + [self._line(row, pieces, at) for at in range(height)]

    def drop(self, row: Row, count: int, *, first: bool) -> None:
        """The first lines of an open row, as `row` gave them, are settled: what comes more goes below them."""
        if self._parts(row, first=first):
            row.parted = True
            count -= 1
        if count > 0:
            row.starts = [
                found[count].start if count < len(found) else len(cell.text)
                for cell, found in zip(row.cells, self._pieces(row), strict=True)
            ]

    def _parts(self, row: Row, *, first: bool) -> bool:
        return self.parted and not first and not row.parted and not row.starts

    def _pieces(self, row: Row) -> list[list[Piece]]:
        starts = row.starts or [0] * len(row.cells)
        return [
            list(breaks(cell.text, width, max(0, start)))
            for cell, width, start in zip(row.cells, self.widths, starts, strict=True)
        ]

    def _line(self, row: Row, pieces: list[list[Piece]], at: int) -> Line:
        parts = [self._bar]
        for cell, width, align, found in zip(row.cells, self.widths, self._align, pieces, strict=True):
            text, used = lay(cell, found[at : at + 1], width, self._look)[0] if at < len(found) else EMPTY
            before = {"right": width - used, "center": (width - used) // 2}.get(align, 0)
            parts.append(f" {' ' * before}{text}{' ' * (width - used - before)} {self._bar}")
        return Line("".join(parts), self.width)

    def _border(self, signs: str) -> Line:
        left, between, right = tuple(signs if self._look.unicode else "+++")
        bar = "─" if self._look.unicode else "-"
        text = left + between.join(bar * (width + 2) for width in self.widths) + right
        return Line(paint(text, Style(theme.DIM), self._look), self.width)


class Records:
    """A table that is too wide for the screen: each row as lines of `header: cell`.

    Args:
        header: the header's cells.
        room: columns.
        look: what the terminal can do.
    """

    widths: tuple[int, ...] = ()
    parted = True

    def __init__(self, header: list[Flat], room: int, look: Look) -> None:
        self._header, self.width, self._look = header, room, look
        self._indent = room >= _INDENTED  # whether further lines of a cell are indented
        self._room = room - _INDENT if self._indent else room

    def header(self, cells: list[Flat]) -> list[Line]:
        """See `Grid`."""
        bar = Span(" │ " if self._look.unicode else " | ", Style(theme.DIM))
        spans = [span for cell in cells for span in (*cell.spans(), bar)]
        return self._lay(spans[:-1]) + self.bottom()

    def bottom(self) -> list[Line]:
        """See `Grid`."""
        return [rule(self.width, self._look)]

    def row(self, row: Row, *, first: bool) -> list[Line]:
        """See `Grid`. A rule parts records."""
        return (self.bottom() if not first and not row.parted else []) + list(self._draw(row))

    def drop(self, row: Row, count: int, *, first: bool) -> None:
        """See `Grid`."""
        if not first and not row.parted:
            count -= 1
        row.parted = True
        starts = []
        for entry, name, cell in zip(self._entries(row), self._header, row.cells, strict=False):
            gone = min(count, len(entry))
            count -= gone
            stop = entry[gone].start - len(_titled(name)) if gone < len(entry) else len(cell.text)
            starts.append(stop or -1)  # -1: the title is gone, nothing of the cell
        row.starts = starts + [0] * (len(row.cells) - len(starts))

    def _entries(self, row: Row) -> list[list[Piece]]:
        """Each header and its cell, as what is left of both."""
        starts = row.starts or [0] * len(row.cells)
        return [
            list(breaks(title + cell.text, self._room, max(0, len(title) + start) if start else 0))
            for title, cell, start in zip(map(_titled, self._header), row.cells[: row.come], starts, strict=False)
        ]

    def _draw(self, row: Row) -> Iterator[Line]:
        for pieces, name, cell in zip(self._entries(row), self._header, row.cells, strict=False):
            entry = flatten([*name.spans(), Span(_titled(name)[len(name.text) :]), *cell.spans()])
            for line, piece in zip(lay(entry, pieces, self._room, self._look), pieces, strict=True):
                yield line if piece.start == 0 or not self._indent else Line(f"  {line.text}", line.width + _INDENT)

    def _lay(self, spans: list[Span]) -> list[Line]:
        line = flatten(spans)
        return lay(line, breaks(line.text, self.width), self.width, self._look)


def _titled(name: Flat) -> str:
    """What stands before a cell in a record."""
    return f"{name.text}: " if name.text else ""
