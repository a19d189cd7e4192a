"""What is open at the end of the text so far: what a renderer asks at any moment."""

from __future__ import annotations

import msgspec

from slipstream.sinks.markdown.containers import CODE, DOCUMENT, HEADING, LIST, MATH, QUOTE, ROW, TABLE, Block
from slipstream.sinks.markdown.tree import Node, Parent, plain

Row = tuple[str, ...]


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
        rows: its rows so far, each a tuple of its cells as plain text; the last one may still grow.
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
    rows: tuple[Row, ...] = ()
    list_depth: int = 0
    quote_depth: int = 0
    heading_level: int = 0


def state_of(stack: list[Block]) -> State:
    """The state, from the open blocks, the document first."""
    kinds = tuple(block.kind for block in stack if block.kind != DOCUMENT)
    leaf = stack[-1]
    table = next((block for block in stack[-2:] if block.kind == TABLE), None)
    header, *rows = _rows(table, leaf) if table else ((),)
    return State(
        blocks=kinds,
        in_code=leaf.kind == CODE,
        language=leaf.attrs["language"] if leaf.kind == CODE else "",
        in_math=leaf.kind == MATH,
        in_table=table is not None,
        align=tuple(table.attrs["align"]) if table else (),
        header=header,
        rows=tuple(rows),
        list_depth=kinds.count(LIST),
        quote_depth=kinds.count(QUOTE),
        heading_level=leaf.attrs["level"] if leaf.kind == HEADING else 0,
    )


def _rows(table: Block, leaf: Block) -> list[Row]:
    """A table's rows as text; those that are closed are kept as such."""
    for inline in table.rows[len(table.texts) :]:
        table.texts.append(_cells(inline))
    return [*table.texts, _cells(leaf.reading.inline)] if leaf.kind == ROW else table.texts


def _cells(inline: tuple[Node, ...]) -> Row:
    return tuple(plain(cell.children) if isinstance(cell, Parent) else "" for cell in inline)
