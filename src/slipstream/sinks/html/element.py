"""The page as a tree: one element a block, from which every patch and the whole page are written.

Strategy: cmark's HTML has no space to spare for handles, so three tricks keep the page exact. A block that has no
element in it - a paragraph of a tight list - stands in a `<span data-block>` without any other attribute: a handle,
which `apply` leaves out. A line end belongs to the block behind it (`before`), and a container's last one is appended
when it closes, so that a block can be taken away without a trace. What stands around an element only grows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.sinks.html.pen import Pen
from slipstream.sinks.html.safety import escape
from slipstream.sinks.markdown.tree import Node

# How the inside of a container ends so far.
EMPTY: Final = "empty"
LINE: Final = "line"  # at the beginning of a line
BARE: Final = "bare"  # with text that stands in no element
BLOCK: Final = "block"  # with an end tag

Tags = tuple[str, str, str]

HANDLE: Final[Tags] = ("", "", "")


class Element:
    """A block on the page.

    Attributes:
        block: its number.
        kind: as in `BlockOpen`, or a name of our own.
        tags: the start tag up to its name, the rest of it, the end tag; see `HANDLE`.
        parent: the element that it stands in.
        inner: what it holds.
        before, after: text around it that came with it.
        state: how its inside ends.
        was: how the parent's inside ended before it.
        live: whether it is on the page: a footnote without a reference is not.
        open: whether the parser may still change it.
        tight: of a list.
        align: of a table, one for each column.
        body: of a table, the element of its rows.
    """

    __slots__ = (
        "after", "align", "before", "block", "body", "inner", "kind", "live", "open", "parent", "state", "tags",
        "tight", "was",
    )  # fmt: skip

    def __init__(self, block: int, kind: str, tags: Tags, parent: Element | None, state: str = LINE) -> None:
        self.block, self.kind, self.tags, self.parent, self.state = block, kind, tags, parent, state
        self.inner: list[str | Element] = []
        self.before = self.after = ""
        self.was = EMPTY
        self.live: bool = parent is None or parent.live
        self.open = True
        self.tight = False
        self.align: list[str] = []
        self.body: Element | None = None

    @property
    def bare(self) -> bool:
        """Whether it stands in a handle."""
        return not self.tags[0]

    @property
    def children(self) -> list[Element]:
        """The blocks in it."""
        return [part for part in self.inner if isinstance(part, Element)]

    def inside(self, marked: bool) -> str:
        """What it holds as HTML, with the numbers of blocks or without."""
        return "".join([p if isinstance(p, str) else f"{p.before}{p.outer(marked)}{p.after}" for p in self.inner])

    def outer(self, marked: bool) -> str:
        """The element as HTML."""
        return wrapped(self.block, self.tags, self.inside(marked), marked)

    def attach(self) -> None:
        """It comes onto the page, with all that is in it."""
        self.live = True
        for child in self.children:
            child.attach()


class Leaf(Element):
    """A block of inline content.

    Attributes:
        nodes: the content; `inner` holds one string for each.
        refs: the references to footnotes in it: which node, which label.
        handle: the number of the span around its tail, 0 if there is none.
        cut: the node that the tail begins with.
        cells: of a table's row: the start tag of each column's cells, without its `>`.
        gone: whether it turned out to be nothing that shows.
        pen: where its next characters go, if that is in its last node.
    """

    __slots__ = ("cells", "cut", "gone", "handle", "nodes", "pen", "refs")

    def __init__(self, block: int, kind: str, tags: Tags, parent: Element) -> None:
        super().__init__(block, kind, tags, parent)
        self.inner: list[str]  # type: ignore[assignment]  # no block stands in a leaf
        self.nodes: tuple[Node, ...] = ()
        self.refs: list[tuple[int, str]] = []
        self.handle = self.cut = 0
        self.cells: list[str] = []
        self.gone = False
        self.pen: Pen | None = None

    def inside(self, marked: bool) -> str:
        """See `Element.inside`."""
        if not marked:
            return "".join(self.inner)
        if not self.handle:
            return self.since(0)
        return "".join(self.inner[: self.cut]) + wrapped(self.handle, HANDLE, self.since(self.cut))

    def since(self, start: int) -> str:
        """The HTML of its nodes from one on, with the pen's number."""
        if self.pen is None:
            return "".join(self.inner[start:])
        return "".join(self.inner[start:-1]) + self.pen.marked(self.inner[-1])

    def outer(self, marked: bool) -> str:
        """See `Element.outer`."""
        return "" if self.gone else super().outer(marked)


def wrapped(block: int, tags: Tags, inside: str, marked: bool = True) -> str:
    """HTML in the tags of a block."""
    start, rest, end = tags
    if not start:
        return f'<span data-block="{block}">{inside}</span>' if marked else inside
    return f'{start} data-block="{block}"{rest}{inside}{end}' if marked else f"{start}{rest}{inside}{end}"


# ---- the tags of each kind


def _code(attrs: dict[str, Any]) -> Tags:
    language = attrs.get("language")
    named = f' class="language-{escape(language)}"' if language else ""
    return "<pre><code", f"{named}>", "</code></pre>"


def _list(attrs: dict[str, Any]) -> Tags:
    if not attrs["ordered"]:
        return "<ul", ">\n", "</ul>"
    return "<ol", ">\n" if attrs["start"] == 1 else f' start="{int(attrs["start"])}">\n', "</ol>"


def _heading(attrs: dict[str, Any]) -> Tags:
    return f"<h{int(attrs['level'])}", ">", f"</h{int(attrs['level'])}>"


_TAGS: Final[dict[str, Tags | Callable[[dict[str, Any]], Tags]]] = {
    "paragraph": ("<p", ">", "</p>"),
    "definitions": HANDLE,
    "heading": _heading,
    "thematic-break": ("<hr", " />", ""),
    "code": _code,
    "html": ("<div", ' class="html">', "</div>"),
    "math": ("<div", ' class="math display">\\[', "</div>"),
    "quote": ("<blockquote", ">\n", "</blockquote>"),
    "list": _list,
    "item": ("<li", ">", "</li>"),
    "table": ("<table", ">\n", "</table>"),
    "table-row": ("<tr", ">\n", "</tr>"),
}


def tags_of(kind: str, attrs: dict[str, Any]) -> Tags:
    """The tags of a block."""
    found = _TAGS[kind]
    return found(attrs) if callable(found) else found


def cell_tags(align: list[str], header: bool) -> list[str]:
    """The start tags of a row's cells, without their `>`."""
    name = "<th" if header else "<td"
    return [f'{name} align="{side}"' if side in ("left", "right", "center") else name for side in align]
