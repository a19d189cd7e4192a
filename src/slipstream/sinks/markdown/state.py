"""What is open at the end of the text so far: what a renderer asks at any moment.

Strategy: a table's closed rows only ever become more, so that every state looks at the same list of them, each only as
far as it was long then: neither making a state nor comparing it with the one before copies or walks the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import msgspec

from slipstream.sinks.markdown.containers import CODE, DOCUMENT, HEADING, LIST, MATH, QUOTE, ROW, TABLE, Block
from slipstream.sinks.markdown.tree import Node, Parent, plain

Row = tuple[str, ...]


class Rows(Sequence[Row]):
    """A table's rows at one moment; equal to any sequence of the same rows.

    Args:
        closed: the rows that are over, the header's first; more may come.
        last: the row that still grows, if there is one.
    """

    __slots__ = ("_closed", "_count", "_last")

    def __init__(self, closed: list[Row], last: Row | None = None) -> None:
        self._closed, self._last = closed, last
        self._count = len(closed) - 1  # those that are this view's

    def __len__(self) -> int:
        return self._count + (self._last is not None)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(at, slice):
            return tuple(self[place] for place in range(*at.indices(len(self))))
        place = range(len(self))[at]
        return self._last if self._last is not None and place == self._count else self._closed[place + 1]

    def __iter__(self) -> Iterator[Row]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Rows, tuple, list)):
            return NotImplemented
        if len(self) != len(other):
            return False
        if isinstance(other, Rows) and other._closed is self._closed:
            return not self or self[-1] == other[-1]  # those before them are the very same
        return all(mine == its for mine, its in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class State(msgspec.Struct, frozen=True, gc=False):
    """What the text so far is in the middle of. A line that cannot be judged yet changes nothing.

    Args:
        blocks: the kinds of the open blocks, the outermost first; see `BlockOpen`.
        in_code: whether code is open, fenced or indented.
        language: of the open code, as its fence names it, else "".
        in_math: whether a math block is open.
        in_table: whether a table is open.
        align: of its columns: `left`, `right`, `center` or "".
        header: the cells of its header, as plain text.
        rows: its rows so far, each a tuple of its cells as plain text; the last one may still grow. They do not
            change any more: the next state has others.
        list_depth: how many lists are open, one in the other.
        quote_depth: how many quotes are.
        heading_level: of the open heading, 0 outside of one.
    """

    blocks: tuple[str, ...] = ()
    in_code: bool = False
    language: str = ""
    in_math: bool = False
    in_table: bool = False
    align: tuple[str, ...] = ()
    header: Row = ()
    rows: Sequence[Row] = ()
    list_depth: int = 0
    quote_depth: int = 0
    heading_level: int = 0


def state_of(stack: list[Block]) -> State:
    """The state, from the open blocks, the document first."""
    kinds = tuple(block.kind for block in stack if block.kind != DOCUMENT)
    leaf = stack[-1]
    table = next((block for block in stack[-2:] if block.kind == TABLE), None)
    header, rows = _rows(table, leaf) if table else ((), ())
    return State(
        blocks=kinds,
        in_code=leaf.kind == CODE,
        language=leaf.attrs["language"] if leaf.kind == CODE else "",
        in_math=leaf.kind == MATH,
        in_table=table is not None,
        align=tuple(table.attrs["align"]) if table else (),
        header=header,
        rows=rows,
        list_depth=kinds.count(LIST),
        quote_depth=kinds.count(QUOTE),
        heading_level=leaf.attrs["level"] if leaf.kind == HEADING else 0,
    )


def _rows(table: Block, leaf: Block) -> tuple[Row, Sequence[Row]]:
    """A table's header and its rows as text; those that are closed are kept as such."""
    for inline in table.rows[len(table.texts) :]:
        table.texts.append(_cells(inline))
    last = _cells(leaf.reading.inline) if leaf.kind == ROW else None
    if not table.texts:  # the header is the row that grows
        return last or (), ()
    return table.texts[0], Rows(table.texts, last)


def _cells(inline: tuple[Node, ...]) -> Row:
    return tuple(plain(cell.children) if isinstance(cell, Parent) else "" for cell in inline)
