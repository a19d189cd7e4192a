"""Tables, row by row.

Strategy: all lines of an open table may change, since a wide cell widens its column. So closed rows are drawn once and
drawn again only when the widths change: at any cell that does not fit as long as the rows are few, later only when they
have grown by a quarter, so that all drawings together cost no more than a few of the whole table; in between, a cell
that is too wide is wrapped. When the table is over its widths are fitted exactly. But when some of it has left the
screen before (`drop`), the widths stay as they are from then on, and rows are settled as they end.
"""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.tree import Cell, Node
from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.grid import Grid, Records, Row, Size, fit, size_of, widest
from slipstream.sinks.terminal.layout.inline import flat
from slipstream.sinks.terminal.layout.leaves import Silent
from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.spans import NOTHING, PLAIN, Style

_FEW: Final = 64  # rows that are drawn again whenever a cell asks for it
_STEP: Final = 4  # columns by which an open table grows at least, since each step draws it anew


class Table(Silent):
    """A table.

    Args:
        look: what the terminal can do.
        align: `left`, `right`, `center` or nothing, for each column.
    """

    def __init__(self, look: Look, align: list[str]) -> None:
        self._look, self._align = look, align
        self._header = [NOTHING] * len(align)
        self._sizes = [Size()] * len(align)  # of the header and the closed rows
        self._rows: list[Row] = []  # closed
        self._open: Row | None = None
        self._inline: tuple[Node, ...] = ()  # of the open row
        self._heads = False  # whether the open row is the header
        self._drawing: Grid | Records | None = None
        self._room = 0
        self._drawn: list[Line] = []  # the header and the closed rows ...
        self._count = 0  # ... up to so many
        self._redrawn = 0  # how many there were when the widths changed last
        self._fitted = 0  # ... when they were last looked at
        self._first = True  # no row was drawn yet
        self._fixed = False
        self._ready: list[Line] = []

    # ---- rows

    def begin_row(self, header: bool) -> None:
        """A row begins."""
        self._open, self._heads, self._inline = Row([]), header, ()

    def put(self, inline: tuple[Node, ...]) -> None:
        """The open row's cells anew."""
        self._inline = inline

    def end_row(self, room: int) -> None:
        """The open row is over."""
        row, self._open = self._open_row(), None
        self._sizes = widest(self._sizes, [size_of(cell) for cell in row.cells])
        if self._heads:
            self._header = row.cells
        elif self._fixed:
            self._ready += self._prepare(room, self._sizes).row(row, first=self._first)
            self._first = False
        else:
            self._rows.append(row)

    def _open_row(self) -> Row:
        assert self._open is not None
        style = Style(theme.BOLD) if self._heads else PLAIN
        cells = [flat(cell.children, self._look, style) for cell in self._inline if isinstance(cell, Cell)]
        self._open.come = len(cells)
        self._open.cells = cells + [NOTHING] * (len(self._align) - len(cells))
        return self._open

    # ---- drawing

    def _draw(self, widths: tuple[int, ...], room: int) -> None:
        """Draw with other widths from now on."""
        self._drawing = Grid(widths, self._align, self._look) if widths else Records(self._header, room, self._look)
        self._room, self._redrawn, self._fitted = room, len(self._rows), len(self._rows)
        self._drawn, self._count = [], 0
        if not self._fixed:
            self._drawn, self._first = self._drawing.header(self._header), True

    def _stepped(self, sizes: list[Size], room: int) -> tuple[int, ...]:
        """Widths for a table that still grows."""
        wide = [Size(-(-size.whole // _STEP) * _STEP, size.word) for size in sizes]
        widths = fit(wide, room)
        return widths if widths == tuple(size.whole for size in wide) else fit(sizes, room)

    def _catch_up(self) -> Grid | Records:
        """Draw the closed rows that were not drawn yet."""
        drawing = self._drawing
        assert drawing is not None
        parted = drawing.parted
        self._draw_rows(drawing)
        if drawing.parted is not parted:
            self._part(drawing)
        return drawing

    def _draw_rows(self, drawing: Grid | Records) -> None:
        for row in self._rows[self._count :]:
            self._drawn += drawing.row(row, first=self._first)
            self._first = False
        self._count = len(self._rows)

    def _part(self, drawing: Grid | Records) -> None:
        """The first row of more than one line has come: lines part all rows from now on, and those before it."""
        if self._fixed:
            return
        self._drawn, self._first, self._count = drawing.header(self._header), True, 0
        drawing.parted = True
        self._draw_rows(drawing)

    def _prepare(self, room: int, sizes: list[Size]) -> Grid | Records:
        """See that closed rows are drawn, in widths that suit them."""
        if self._drawing is None or (room != self._room and not (self._fixed and self._drawing.width <= room)):
            self._draw(self._stepped(sizes, room), room)
        elif not self._fixed and self._asks(sizes, self._drawing):
            self._fitted = len(self._rows)
            widths = self._stepped(sizes, room)
            if widths != self._drawing.widths:
                self._draw(widths, room)
        return self._catch_up()

    def _asks(self, sizes: list[Size], drawing: Grid | Records) -> bool:
        """Whether other widths are called for. A table over the whole screen has others only for a new closed row."""
        count = len(self._rows)
        if count > _FEW and count < self._redrawn + self._redrawn // 4:
            return False
        if all(width >= size.whole for width, size in zip(drawing.widths, sizes, strict=False)):
            return not drawing.widths and count > self._fitted
        return drawing.width + _STEP <= self._room or count > self._fitted

    # ---- as a leaf

    def take(self, room: int) -> list[Line]:  # noqa: ARG002
        """See `Leaf`."""
        ready, self._ready = self._ready, []
        return ready

    def open(self, room: int) -> list[Line]:
        """See `Leaf`."""
        sizes = self._sizes
        row = None
        if self._open is not None and not self._heads:
            row = self._open_row()
            sizes = widest(sizes, [size_of(cell) for cell in row.cells])
        drawing = self._prepare(room, sizes)
        if row is None:
            return self._drawn
        parted = drawing.parted
        lines = drawing.row(row, first=self._first)
        if drawing.parted is not parted:
            self._part(drawing)
            lines = drawing.row(row, first=self._first)
        return self._drawn + lines

    def drop(self, room: int, count: int) -> None:
        """See `Leaf`."""
        self.open(room)
        self._fixed = True
        self._ready += self._drawn[count:]
        if count > len(self._drawn) and self._open is not None and self._drawing is not None:
            self._drawing.drop(self._open, count - len(self._drawn), first=self._first)
        self._drawn, self._rows, self._count = [], [], 0

    def close(self, room: int) -> list[Line]:
        """See `Leaf`."""
        if self._fixed:
            return self._prepare(room, self._sizes).bottom()
        widths = fit(self._sizes, room)
        if self._drawing is None or self._room != room or widths != self._drawing.widths:
            self._draw(widths, room)
        bottom = self._catch_up().bottom()
        return self._drawn + bottom
