"""The open blocks, and what each asks of a line to go on (CommonMark, "Phase 1: block structure")."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from slipstream.sinks.markdown.reading import Reading
from slipstream.sinks.markdown.tree import Node

_white: Final = re.compile(r"[ \t]*").match

PARAGRAPH, HEADING, BREAK, CODE, HTML, MATH = "paragraph", "heading", "thematic-break", "code", "html", "math"
QUOTE, LIST, ITEM, TABLE, ROW, NOTE = "quote", "list", "item", "table", "table-row", "footnote"
DOCUMENT: Final = "document"
CONTAINERS: Final = frozenset({DOCUMENT, QUOTE, LIST, ITEM, NOTE, TABLE})
VERBATIM: Final = frozenset({CODE, HTML, MATH})
INLINE: Final = frozenset({PARAGRAPH, HEADING, ROW})

UNDECIDED: Final = "undecided"  # the line's next characters decide


class Block:
    """An open block."""

    __slots__ = (
        "attrs", "blank", "child_blank", "end", "fence", "filled", "held", "id", "indent", "key", "kind", "line",
        "parts", "reading", "rev", "rows", "shown", "texts", "told", "tried",
    )  # fmt: skip
    reading: Reading  # of a leaf with inline content

    def __init__(self, kind: str, **attrs: Any) -> None:
        self.kind = kind
        self.attrs: dict[str, Any] = attrs
        self.id = 0
        self.shown = False  # whether its opening was told
        self.told = ""  # as which kind
        self.rev = 0
        self.rows: list[tuple[Node, ...]] = []  # of a table: the content of its closed rows, the header's first
        self.texts: list[tuple[str, ...]] = []  # those of them that were asked for, as text
        self.parts: list[str] = []  # of a verbatim block's line
        self.line = ""  # what is held back of it
        self.held = ""  # blank lines of indented code, not known yet to be inside
        self.indent = 0  # columns of an item's content, of a fence
        self.fence = ""  # the marks that opened the code
        self.key = ""  # what tells one list from another: the bullet, or the mark behind the number
        self.end = ""  # the pattern that ends an HTML block, the marks that end math
        self.filled = False  # whether it has a child
        self.blank = False  # whether its last line is blank
        self.tried = False  # of a paragraph: whether a delimiter row did not fit it
        self.child_blank = False  # whether its last child ends with a blank line

    @property
    def text(self) -> str:
        """The leaf's text so far."""
        return self.reading.text if self.kind in INLINE else "".join(self.parts)

    @property
    def ends_blank(self) -> bool:
        """Whether it ends with a blank line, itself or in its last child (that is what makes a list loose)."""
        return self.blank or (self.kind in (LIST, ITEM) and self.child_blank)


class Cursor:
    """A place in a line that knows its column: a tab may be taken in part.

    `find` looks where the white space ends: `next` is that place, `indent` the columns to it.
    """

    __slots__ = ("_pending", "column", "indent", "line", "next", "pos")

    def __init__(self, line: str) -> None:
        self.line, self.pos, self.column = line, 0, 0
        self._pending = 0  # columns left of a tab that was taken in part
        self.next, self.indent = 0, 0
        self.find()

    def find(self) -> None:
        """Look for the end of the white space here."""
        found = _white(self.line, self.pos)
        self.next = found.end() if found else self.pos
        white = self.line[self.pos : self.next]
        if "\t" not in white:
            self.indent = self._pending + len(white)
            return
        column = self.column + self._pending
        for char in white:
            column += 4 - column % 4 if char == "\t" else 1
        self.indent = column - self.column

    @property
    def blank(self) -> bool:
        """Whether nothing but white space is left."""
        return self.next >= len(self.line)

    @property
    def char(self) -> str:
        """The first character that is no white space."""
        return self.line[self.next : self.next + 1]

    @property
    def words(self) -> str:
        """What is left from there on."""
        return self.line[self.next :]

    @property
    def rest(self) -> str:
        """What is left, white space too; what is left of a tab is spaces."""
        return " " * self._pending + self.line[self.pos :]

    def take_white(self) -> None:
        """Go to the first character that is no white space."""
        self.column += self.indent
        self.pos, self._pending, self.indent = self.next, 0, 0

    def take(self, columns: int) -> None:
        """Go on by so many columns, within white space and single-width marks."""
        while columns > 0 and (self._pending or self.pos < len(self.line)):
            if self._pending:
                step = min(columns, self._pending)
                self._pending -= step
            elif self.line[self.pos] == "\t":
                step, self._pending = 0, 4 - self.column % 4
                self.pos += 1
            else:
                step = 1
                self.pos += 1
            self.column += step
            columns -= step
        self.find()

    def take_one_blank(self) -> None:
        """Take one column of white space, if there is some."""
        if self.indent:
            self.take(1)


# ---- whether a block goes on in a line; the cursor moves behind what belongs to the block


def _quote(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    if cursor.indent > 3 or cursor.char != ">":
        return False
    take_quote(cursor)
    return True


def take_quote(cursor: Cursor) -> None:
    """Take a quote's mark and the blank behind it."""
    cursor.take_white()
    cursor.take(1)
    cursor.take_one_blank()


def _item(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    if cursor.indent >= block.indent:
        cursor.take(block.indent)
        return True
    if not cursor.blank or not block.filled:
        return False
    cursor.take_white()
    return True


def _note(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    """Four columns, or an empty line - one of blanks alone does not do, in cmark-gfm and so here."""
    if cursor.indent >= 4:
        cursor.take(4)
        return True
    return not cursor.line


def _always(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    return True


def _never(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    return False


def _unless_blank(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    return not cursor.blank


def _code(block: Block, cursor: Cursor, complete: bool) -> bool | str:
    if not block.fence:
        if cursor.indent >= 4:
            cursor.take(4)
        elif cursor.blank:
            cursor.take_white()
        else:
            return False
        return True
    if cursor.indent < 4 and cursor.char == block.fence[0]:
        words = cursor.words.rstrip(" \t")
        if words.strip(block.fence[0]) == "":
            if not complete:
                return UNDECIDED
            if len(words) >= len(block.fence):
                return "closed"
    cursor.take(min(block.indent, cursor.indent))
    return True


def _html(block: Block, cursor: Cursor, complete: bool) -> bool | str:  # noqa: ARG001
    return bool(block.end) or not cursor.blank


GOES_ON: Final[dict[str, Callable[[Block, Cursor, bool], bool | str]]] = {
    QUOTE: _quote,
    LIST: _always,
    ITEM: _item,
    NOTE: _note,
    PARAGRAPH: _unless_blank,
    TABLE: _unless_blank,
    CODE: _code,
    HTML: _html,
    MATH: _always,
    HEADING: _never,
    BREAK: _never,
    ROW: _never,
}
