"""The page as one text that only grows: for a response that a browser shows as it comes, without any script.

What patches would change later is decided when it is written. A paragraph's text is written as far as nothing can
change it; the first paragraph of a list's item stands in it without `<p>`, be the list tight or loose; a definition
counts for what follows it; a footnote stands where it is defined, and `[^label]` refers to it from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Final, Unpack

from slipstream.sinks.html.element import HANDLE, Tags, cell_tags, tags_of
from slipstream.sinks.html.inline import Inline
from slipstream.sinks.html.labels import Labels
from slipstream.sinks.html.options import LINK_SCHEMES, ImageRule, MarkdownOptions, rules
from slipstream.sinks.html.safety import escape
from slipstream.sinks.html.settled import settled
from slipstream.sinks.markdown import (
    Attr,
    BlockClose,
    BlockEvent,
    BlockOpen,
    BlockReplace,
    Markdown,
    TextAppend,
)
from slipstream.sinks.markdown.tree import Cell, Node, Text

_LONG: Final = 2048  # characters: a longer leaf is looked at when it grew by a sixteenth: linear in all
_LEAVES: Final = ("paragraph", "heading")
_BOX: Final = '<input{} disabled="" type="checkbox"> '


class _Open:
    """An open block: what ends it, and how much of it is written."""

    __slots__ = (
        "align", "begun", "brackets", "cells", "end", "filled", "kind", "look", "nodes", "sent", "shown", "size",
        "tags", "told",
    )  # fmt: skip

    def __init__(self, kind: str, tags: Tags = HANDLE) -> None:
        self.kind, self.tags = kind, tags
        self.end = ""  # what ends it besides its end tag
        self.filled = False  # whether a block was written in it
        self.begun = False  # of a leaf: whether its start tag is written
        self.nodes: tuple[Node, ...] = ()
        self.told: tuple[Node, ...] = ()  # the nodes as they were told last
        self.brackets = self.shown = 0  # how many came, and how many of them are in these nodes
        self.sent = ""
        self.size = self.look = 0  # characters that came while it was open, and how many it takes to look again
        self.align: list[str] = []
        self.cells: list[str] = []


class HTMLStream:
    """Markdown as HTML that is only ever appended to.

        for text in stream.text_stream:
            response.write(page.feed(text))
        response.write(page.end())

    Args: those of `HTML`; `late_refs` has no meaning here.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(
        self,
        *,
        images: ImageRule = False,
        links: Iterable[str] = LINK_SCHEMES,
        rel: str = "",
        prefix: str = "",
        **options: Unpack[MarkdownOptions],
    ) -> None:
        allowed = rules(images, links, rel, prefix)
        options["late_refs"] = "off"
        self._markdown = Markdown(**options)
        self._labels = Labels(allowed.prefix, options.get("footnotes", True))
        self._inline = Inline(allowed, self._labels, self._labels.text)
        self._open = [_Open("page")]
        self._ids = {0: self._open[0]}
        self._out: list[str] = []
        self._brackets = 0  # that came, and stand in no leaf yet
        self._named: set[str] = set()  # footnotes whose id is taken

    def feed(self, text: str) -> str:
        """Take text, cut anywhere; return what comes to the end of the page."""
        for piece in _pieces(text):
            self._tell(self._markdown.feed(piece))
            leaf = self._open[-1]
            self._brackets += piece[0] == "["
            if leaf.kind in _LEAVES:
                leaf.brackets, self._brackets = leaf.brackets + self._brackets, 0
                leaf.size += len(piece)
                if leaf.nodes is not leaf.told:
                    leaf.told, leaf.shown = leaf.nodes, leaf.brackets
                    if leaf.size >= leaf.look:
                        self._write_settled(leaf)
            elif piece[-1] == "\n":
                self._brackets = 0
        return self._take()

    def end(self) -> str:
        """The text is over; return what closes the page."""
        self._tell(self._markdown.end())
        return self._take()

    def _take(self) -> str:
        html = "".join(self._out)
        self._out.clear()
        return html

    def _tell(self, events: list[BlockEvent]) -> None:
        for event in events:
            if teller := _TELLERS.get(type(event)):
                teller(self, event)

    # ---- blocks

    def _begin(self, event: BlockOpen) -> None:
        kind, parent = event.kind, self._open[-1]
        block = _Open(kind)
        self._open.append(block)
        self._ids[event.id] = block
        if kind in _LEAVES:
            block.tags = tags_of(kind, event.attrs)
            return  # written with its content: it may be nothing, or something else
        parent.filled = True
        if kind == "table-row":
            self._row(block, parent, bool(event.attrs["header"]))
            return
        block.align = event.attrs.get("align", [])
        block.tags = self._note(event.attrs["label"]) if kind == "footnote" else tags_of(kind, event.attrs)
        self._start(block)

    def _start(self, block: _Open) -> None:
        block.begun = True
        self._out.append(f"{block.tags[0]}{block.tags[1]}")

    def _row(self, row: _Open, table: _Open, header: bool) -> None:
        row.cells = cell_tags(table.align, header)
        row.tags = tags_of("table-row", {})
        if header:
            self._out.append("<thead>\n")
            row.tags = (*row.tags[:2], "</tr>\n</thead>")
        elif not table.end:
            self._out.append("<tbody>\n")
            table.end = "</tbody>\n"
        self._start(row)

    def _note(self, label: str) -> Tags:
        """A footnote where it stands, with its label before it."""
        name = self._labels.name(label)
        named = "" if name in self._named else f' id="fn-{name}"'
        self._named.add(name)
        return "<div", f' class="footnote"{named}><sup>{escape(label)}</sup>\n', "</div>"

    def _close(self, event: BlockClose) -> None:
        block = self._ids.pop(event.id)
        self._open.pop()
        if block.kind == "table-row":
            self._out += [f"{tag}>{self._cell(cell)}</{tag[1:3]}>\n" for tag, cell in _cells(block)]
        elif block.nodes or block.begun:
            self._write_rest(block)
        if block.begun:
            self._out.append(f"{_ENDS.get(block.kind, '')}{block.end}{block.tags[2]}\n")

    def _cell(self, cell: Cell) -> str:
        return self._inline.all(cell.children)

    # ---- content

    def _append(self, event: TextAppend) -> None:
        self._out.append(escape(event.text))

    def _replace(self, event: BlockReplace) -> None:
        block = self._ids[event.id]
        if event.kind == "table":
            if block.begun:
                self._out.append(f"{block.tags[2]}\n")
            block.kind, block.nodes, block.align = "table", (), event.attrs["align"]
            block.tags = tags_of("table", {})
            self._start(block)
            return
        if not block.begun and event.kind != block.kind:
            block.kind, block.tags = event.kind, tags_of(event.kind, event.attrs)
        block.nodes = event.inline

    def _attr(self, event: Attr) -> None:
        item = self._ids[event.id]
        if "checked" in event.attrs and not item.filled:
            self._brackets -= 1
            self._out.append(_BOX.format(' checked=""' if event.attrs["checked"] else ""))

    def _write_settled(self, leaf: _Open) -> None:
        if leaf.size > _LONG:
            leaf.look = leaf.size + leaf.size // 16
        whole, part = settled(leaf.nodes, leaf.shown)
        if not whole and not part:
            return
        html = self._inline.all(leaf.nodes[:whole])
        if part:
            text = leaf.nodes[whole]
            assert isinstance(text, Text)  # only of those a part is settled
            html += self._labels.text(text.text[:part])
        if len(html) > len(leaf.sent) and html.startswith(leaf.sent):
            self._write(leaf, html)

    def _write_rest(self, leaf: _Open) -> None:
        html = self._inline.all(leaf.nodes)
        if leaf.kind != "definitions" and not html.startswith(leaf.sent):
            html = f"{leaf.sent}<br />\n{html}"  # never seen; nothing is lost if it comes
        if leaf.kind != "definitions" and len(html) >= len(leaf.sent):
            self._write(leaf, html)

    def _write(self, leaf: _Open, html: str) -> None:
        if not leaf.begun:
            item = self._open[-1] if self._open[-1] is not leaf else self._open[-2]
            if item.kind == "item" and leaf.kind == "paragraph" and not item.filled:
                leaf.tags = HANDLE
            item.filled = True
            self._start(leaf)
        self._out.append(html[len(leaf.sent) :])
        leaf.sent = html


def _pieces(text: str) -> list[str]:
    """The text cut before each bracket and behind each line end."""
    if "[" not in text:
        return [text] if text else []
    ends = [0, *(at + (char == "\n") for at, char in enumerate(text) if char in "[\n"), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if end > start]


def _cells(row: _Open) -> Iterable[tuple[str, Cell]]:
    return ((tag, cell) for tag, cell in zip(row.cells, row.nodes, strict=False) if isinstance(cell, Cell))


_ENDS: Final = {"math": "\\]"}
_TELLERS: Final[dict[type[BlockEvent], Callable[[HTMLStream, Any], None]]] = {
    BlockOpen: HTMLStream._begin,
    TextAppend: HTMLStream._append,
    BlockReplace: HTMLStream._replace,
    Attr: HTMLStream._attr,
    BlockClose: HTMLStream._close,
}
