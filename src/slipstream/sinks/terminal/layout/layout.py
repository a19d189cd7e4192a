"""Markdown as lines of a terminal.

Strategy: only one leaf is open at any time, and the containers around it. Whatever is closed is laid out once and
settled; what is open is laid out when it is asked for, and not again as long as nothing came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.sinks.markdown import (
    Attr,
    BlockClose,
    BlockEvent,
    BlockOpen,
    BlockReplace,
    InlinePatch,
    Markdown,
    TextAppend,
)
from slipstream.sinks.markdown.tree import Link, Node, Text
from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.code import Code
from slipstream.sinks.terminal.layout.inline import flat
from slipstream.sinks.terminal.layout.late import LateLinks
from slipstream.sinks.terminal.layout.leaves import Formula, Leaf, Rule, Silent, Verbatim, Words, header_rest
from slipstream.sinks.terminal.layout.lexing import lexer_for
from slipstream.sinks.terminal.layout.line import EMPTY, Line, Look
from slipstream.sinks.terminal.layout.measure import columns
from slipstream.sinks.terminal.layout.spans import Style
from slipstream.sinks.terminal.layout.spine import Frame, Spine, stripped
from slipstream.sinks.terminal.layout.table import Table

_CONTAINERS: Final = frozenset(("quote", "list", "item", "footnote"))

_LEAVES: Final[dict[str, Callable[[Look, dict[str, Any]], Leaf]]] = {
    "paragraph": lambda look, attrs: Words(look),  # noqa: ARG005
    "heading": lambda look, attrs: Words(look, attrs["level"]),
    "thematic-break": lambda look, attrs: Rule(look),  # noqa: ARG005
    "code": lambda look, attrs: Code(look, attrs["language"]),
    "html": lambda look, attrs: Verbatim(look, Style(theme.DIM)),  # noqa: ARG005
    "math": lambda look, attrs: Formula(look),  # noqa: ARG005
    "table": lambda look, attrs: Table(look, attrs["align"]),
    "definitions": lambda look, attrs: Silent(),  # noqa: ARG005
}


class Layout:
    """Lays Markdown out while it arrives.

    Lines are settled when nothing that comes can change them: with the end of a paragraph, a list item, a table, with
    the line end of code. A list that turns loose parts only the items that follow; a link whose definition comes after
    its paragraph stays as it was written, and where it leads is told at the end. Footnotes stand where they are
    defined.

    Args:
        width: of the screen, columns, at least 1.
        look: what the terminal can do and the person wants.
        options: of `slipstream.sinks.markdown.Markdown`.

    Raises:
        InvalidRequestError: the width is no whole number of at least 1.
    """

    passing = False  # its open rows stay when they leave the screen

    def __init__(self, width: int, look: Look | None = None, **options: Any) -> None:
        self._width = _checked(width)
        self._look = look or Look()
        self._markdown = Markdown(**options)
        self._spine = Spine(self._look)
        self._leaf: Leaf | None = None
        self._leaf_id, self._leaf_kind = 0, ""
        self._parted = True  # whether a blank line may stand before what is open
        self._begun = False  # whether a line of the open leaf is settled
        self._head_gone = 0  # of the lines before its first one, how many are
        self._gone = ""  # text that left the screen as another leaf than the one it belongs to now
        self._inline: tuple[Node, ...] = ()  # what was told last of a leaf
        self._late = LateLinks()
        self._settled: list[Line] = []
        self._shown: list[Line] | None = None  # the open lines, as long as nothing changes

    def feed(self, text: str) -> None:
        """Take text, cut anywhere."""
        self._apply(self._markdown.feed(text))

    def end(self) -> None:
        """The text is over: all lines are settled."""
        self._apply(self._markdown.end())
        self._tell_late_links()

    def resize(self, width: int) -> None:
        """The screen has another width from now on; settled lines stay as they are.

        Raises:
            InvalidRequestError: the width is no whole number of at least 1.
        """
        width = _checked(width)
        self._take()
        self._width = width
        self._shown = None

    def settled(self) -> list[Line]:
        """The lines that can no longer change, since the last call: each is told once, in order."""
        self._take()
        settled, self._settled = self._settled, []
        return settled

    def open(self) -> list[Line]:
        """The lines behind the settled ones, as they look now. The list is kept: do not change it."""
        if self._shown is None:
            self._take()
            self._shown = self._framed(self._body())
        return self._shown

    def settle(self, count: int) -> None:
        """The first open lines have left the screen.

        They are settled as they are, and told by nobody again; the columns of a table keep their widths from then on.

        Args:
            count: how many; more than there are counts as all.
        """
        lines = self.open()
        count = min(count, len(lines))
        if count <= 0:
            return
        head = len(self._head(self._frame()))
        if count > head:
            if self._leaf is not None:
                self._leaf.drop(self._room(self._frame()), count - head)
            self._begin()
        else:
            self._head_gone += count
        self._shown = None
        self._take()

    # ---- what changes

    def _apply(self, events: list[BlockEvent]) -> None:
        for event in events:
            _TAKE[type(event)](self, event)
            self._shown = None

    def _open_block(self, event: BlockOpen) -> None:
        if event.kind == "table-row":
            assert isinstance(self._leaf, Table)
            self._leaf.begin_row(event.attrs["header"])
            return
        if event.kind != "table":
            self._gone = ""
        self._parted, self._begun, self._head_gone = True, False, 0
        if event.kind in _CONTAINERS:
            self._spine.push(event.id, event.kind, event.attrs)
        else:
            self._leaf_id = event.id
            self._make_leaf(event.kind, event.attrs)

    def _make_leaf(self, kind: str, attrs: dict[str, Any]) -> None:
        self._leaf, self._leaf_kind = _LEAVES[kind](self._look, attrs), kind

    def _append(self, event: TextAppend) -> None:
        assert self._leaf is not None
        self._leaf.append(event.text)

    def _replace(self, event: BlockReplace) -> None:
        assert self._leaf is not None
        if event.id == self._leaf_id and event.kind != self._leaf_kind:
            self._turn(event)
        self._leaf.put(event.inline)
        self._inline = event.inline

    def _turn(self, event: BlockReplace) -> None:
        """A paragraph turns out to be something else. What of it left the screen was shown, and is not shown again."""
        hidden = self._leaf_kind == "definitions"
        if isinstance(self._leaf, Words):
            self._gone = self._leaf.gone
        self._make_leaf(event.kind, event.attrs)
        if isinstance(self._leaf, Words) and not (hidden and self._is_other(event.inline)):
            self._leaf.follow(self._gone)

    def _is_other(self, inline: tuple[Node, ...]) -> bool:
        """Whether the text behind a definition is not the one that left the screen before it was known for one."""
        return not flat(inline, self._look).text.startswith(self._gone)

    def _change(self, event: Attr) -> None:
        self._spine.change(event.id, event.attrs)

    def _close(self, event: BlockClose) -> None:
        if self._leaf is not None:
            self._close_leaf(event.id)
        else:
            if self._spine.waits:
                self._settle([EMPTY])
            self._spine.pop()

    def _close_leaf(self, id: int) -> None:
        assert self._leaf is not None
        room = self._room(self._frame())
        inline, self._inline = self._inline, ()
        if inline:
            self._late.closed(id, inline)
        if id != self._leaf_id:
            assert isinstance(self._leaf, Table)
            self._leaf.end_row(room)
            if self._gone:
                self._go_on_behind_header(self._leaf, inline)
            return
        self._settle(self._leaf.take(room) + self._leaf.close(room))
        self._gone = self._leaf.over if isinstance(self._leaf, Words) else ""
        self._leaf = None

    def _go_on_behind_header(self, table: Table, cells: tuple[Node, ...]) -> None:
        """Of a header that began to leave the screen as words the rest follows as words, and then the rows."""
        gone, self._gone = self._gone, ""
        room = self._room(self._frame())
        words = header_rest(gone, cells, self._look, sure=self._begun)
        if words is not None:
            self._begun = True  # no gap: they go on
            self._settle(words.close(room))
            table.drop(room, len(table.open(room)) - 1)  # all but the line above the rows

    def _patch(self, event: InlinePatch) -> None:
        """A closed leaf is settled: nothing can change it. Where its links lead is told at the end."""
        self._late.patched(event.id, event.inline)

    def _tell_late_links(self) -> None:
        for at, (text, url) in enumerate(self._late.take()):
            self._parted, self._begun, self._head_gone = not at, False, 0
            leaf = Words(self._look)
            leaf.put((Text(f"{text}: "), Link((Text(url),), url)))
            self._settle(leaf.close(self._width))

    # ---- lines

    def _frame(self) -> Frame:
        return self._spine.frame(self._width, self._leaf.margin if self._leaf else None)

    def _room(self, frame: Frame) -> int:
        return self._width - frame.rest.width

    def _take(self) -> None:
        if self._leaf is not None:
            self._settle(self._leaf.take(self._room(self._frame())))

    def _body(self) -> list[Line]:
        if self._leaf is not None:
            return self._leaf.open(self._room(self._frame()))
        return [EMPTY] if self._spine.waits else []

    def _head(self, frame: Frame) -> list[Line]:
        """What stands before the first line."""
        if self._begun:
            return []
        gap = self._spine.gap(self._width) if self._parted else None
        return [*([] if gap is None else [gap]), *frame.head][self._head_gone :]

    def _framed(self, body: list[Line]) -> list[Line]:
        if not body:
            return []
        frame = self._frame()
        head = self._head(frame)
        if not frame.rest.width:
            return head + body
        first = frame.rest if self._begun else frame.first
        return [*head, _beside(first, body[0]), *(_beside(frame.rest, line) for line in body[1:])]

    def _settle(self, body: list[Line]) -> None:
        if body:
            self._settled += self._framed(body)
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        self._spine.begin()


def prepare(look: Look | None = None) -> None:
    """Import what the first text beyond ASCII and the first code block need: some 80 ms, best spent before."""
    columns("中")
    if look is None or (look.highlight and look.colour):
        lexer_for("python")


def _beside(margin: Line, line: Line) -> Line:
    if not line.width:
        return stripped(margin)
    return Line(margin.text + line.text, margin.width + line.width)


def _checked(width: int) -> int:
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        shown = width if isinstance(width, (bool, int, float)) else f"a {type(width).__name__}"
        raise InvalidRequestError(f"width: {shown}; accepted: columns, a whole number of 1 or more")
    return width


_TAKE: Final[dict[type[BlockEvent], Any]] = {
    BlockOpen: Layout._open_block,
    TextAppend: Layout._append,
    BlockReplace: Layout._replace,
    Attr: Layout._change,
    BlockClose: Layout._close,
    InlinePatch: Layout._patch,
}
