"""The page as patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Unpack

from slipstream.sinks.html.element import (
    BARE,
    BLOCK,
    EMPTY,
    HANDLE,
    LINE,
    Element,
    Leaf,
    cell_tags,
    tags_of,
)
from slipstream.sinks.html.inline import Inline
from slipstream.sinks.html.leaves import Leaves
from slipstream.sinks.html.notes import Footnotes
from slipstream.sinks.html.options import LINK_SCHEMES, ImageRule, MarkdownOptions, rules
from slipstream.sinks.html.output import Output
from slipstream.sinks.html.patch import Patch
from slipstream.sinks.html.safety import escape
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

_ROWS: Final = ("<tbody", ">\n", "</tbody>")
_LEAVES: Final = frozenset(("paragraph", "heading"))
_BOX: Final = {
    True: '<input checked="" disabled="" type="checkbox"> ',
    False: '<input disabled="" type="checkbox"> ',
}


class HTML:
    """Markdown as patches for a page, safe by construction.

    No HTML of the text ever passes: a tag is shown as the text that it is. `apply` of all patches is what cmark-gfm
    writes for the whole text, but for that, and for the links and images that are not allowed.

    Args:
        images: whether images are loaded: False (a link to the picture, or its description, stands instead), True,
            the hosts that they may come from, or a function that gets the address and says True.
        links: the schemes of links; a link of any other is shown as its text. Relative links are always allowed.
        rel: the links' `rel`, such as `noopener noreferrer nofollow`; "" for none, as cmark writes them.
        prefix: what the footnotes' ids begin with, behind `fn-` and `fnref-`, so that several answers go on one page.
        options: those of `slipstream.sinks.markdown.Markdown`.

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
        self._markdown = Markdown(**options)
        self._out = Output()
        self._page = Element(0, "page", HANDLE, None)
        self._elements: dict[int, Element] = {0: self._page}
        allowed = rules(images, links, rel, prefix)
        self._notes = Footnotes(self._page, self._out, prefix)
        self._leaves = Leaves(Inline(allowed, self._notes), self._notes, self._out)

    def feed(self, text: str) -> list[Patch]:
        """Take text, cut anywhere; return how the page changes."""
        return self._take(self._markdown.feed(text))

    def end(self) -> list[Patch]:
        """The text is over: close what is open; return how the page changes."""
        self._tell(self._markdown.end())
        page = self._page
        if page.open:
            self._notes.finish(lambda leaf: self._leaves.render(leaf, leaf.nodes))
            self._shut(page)
        return self._out.take()

    @property
    def html(self) -> str:
        """The page so far: what `apply` makes of all patches."""
        return self._page.inside(False)

    def _take(self, events: list[BlockEvent]) -> list[Patch]:
        self._tell(events)
        return self._out.take()

    def _tell(self, events: list[BlockEvent]) -> None:
        for event in events:
            _TELLERS[type(event)](self, event)
        self._notes.show()

    # ---- blocks begin

    def _open(self, event: BlockOpen) -> None:
        parent, kind = self._elements[event.parent], event.kind
        if kind == "footnote":
            self._elements[event.id] = self._notes.define(event.id, event.attrs["label"], parent)
        elif kind == "table-row":
            self._add(self._row(event, parent))
        elif kind in _LEAVES:
            bare = kind == "paragraph" and _is_tight(parent)
            self._place(Leaf(event.id, kind, HANDLE if bare else tags_of(kind, event.attrs), parent))
        elif kind == "item":
            item = Element(event.id, kind, tags_of(kind, {}), parent, EMPTY)
            item.after = "\n"
            self._add(item)
            if "checked" in event.attrs:
                self._check(item, event.attrs["checked"])
        else:
            block = Element(event.id, kind, tags_of(kind, event.attrs), parent)
            block.tight, block.align = bool(event.attrs.get("tight")), event.attrs.get("align", [])
            self._place(block)

    def _place(self, block: Element) -> None:
        """A block begins in a container of blocks of any kind."""
        parent = block.parent or self._page
        block.was = parent.state
        block.before = _line_before(block)
        parent.state = BARE if block.bare else BLOCK
        self._add(block)

    def _add(self, block: Element) -> None:
        parent = block.parent or self._page
        self._elements[block.block] = block
        html = block.before + block.outer(True) + block.after if block.live else ""
        if parent is self._page and self._notes.gate:
            parent.inner.insert(-1, block)
            self._notes.insert(html)
            return
        parent.inner.append(block)
        self._out.append(parent, html)

    def _row(self, event: BlockOpen, table: Element) -> Leaf:
        header = bool(event.attrs["header"])
        parent = table if header else self._rows(table)
        row = Leaf(event.id, event.kind, tags_of(event.kind, {}), parent)
        row.cells = cell_tags(table.align, header)
        row.before, row.after = ("<thead>\n", "\n</thead>\n") if header else ("", "\n")
        return row

    def _rows(self, table: Element) -> Element:
        """What holds a table's rows but the first one."""
        if table.body is None:
            table.body = Element(self._notes.number(), "table-body", _ROWS, table)
            table.body.after = "\n"
            self._add(table.body)
        return table.body

    # ---- blocks change

    def _append(self, event: TextAppend) -> None:
        element, html = self._elements[event.id], escape(event.text)
        element.inner.append(html)
        if element.live:
            self._out.append_to(event.id, html)

    def _replace(self, event: BlockReplace) -> None:
        leaf = self._elements[event.id]
        assert isinstance(leaf, Leaf)  # blocks of other kinds are never replaced
        if event.kind == leaf.kind:
            self._leaves.revise(leaf, event.inline, event.same)
        elif event.kind == "table":
            self._become_table(leaf, event)
        else:
            self._change(leaf, event.kind, event.attrs)
            self._leaves.write(leaf, event.inline, self._widened(leaf))

    def _change(self, leaf: Leaf, kind: str, attrs: dict[str, Any]) -> None:
        bare = kind == "paragraph" and _is_tight(leaf.parent)
        leaf.kind, leaf.tags = kind, HANDLE if bare else tags_of(kind, attrs)

    def _widened(self, block: Element) -> str:
        """The line end that a block needs before it now and has not got yet."""
        more = _line_before(block) if not block.before else ""
        block.before += more
        if block.parent is not None and block.parent.state == BARE and not block.bare:
            block.parent.state = BLOCK
        return more

    def _become_table(self, leaf: Leaf, event: BlockReplace) -> None:
        parent = leaf.parent or self._page
        table = Element(leaf.block, "table", tags_of("table", {}), parent)
        table.was, table.before, table.align = leaf.was, leaf.before, event.attrs["align"]
        at = len(parent.inner) - 1
        while parent.inner[at] is not leaf:  # it is open: near the end
            at -= 1
        parent.inner[at] = self._elements[leaf.block] = table
        self._notes.forget(leaf, 0)
        if leaf.handle:
            leaf.handle = 0
        self._out.replace(table, self._widened(table))

    def _attr(self, event: Attr) -> None:
        element = self._elements[event.id]
        if event.attrs.get("tight") is False and element.tight:
            element.tight = False
            for item in element.children:
                self._loosen(item)
        if "checked" in event.attrs:
            self._check(element, event.attrs["checked"])

    def _loosen(self, item: Element) -> None:
        """A tight list's item gets paragraphs that are elements."""
        shown = [child for child in item.children if not (isinstance(child, Leaf) and child.gone)]
        for child in shown:
            if child.kind != "paragraph" or not child.bare:
                continue
            child.tags = tags_of("paragraph", {})
            before = self._widened(child)
            last = child is shown[-1] and not item.open
            child.after = "\n" if last else ""
            self._out.replace(child, before, child.after)

    def _check(self, item: Element, checked: bool) -> None:
        """An item is a task: its box stands before all else in it."""
        box = _BOX[checked]
        if not item.inner:
            item.inner.append(box)
            self._out.append(item, box)
            return
        item.inner[:1] = [box] if item.inner[0] in _BOX.values() else [box, item.inner[0]]
        self._out.replace(item)

    def _patch(self, event: InlinePatch) -> None:
        leaf = self._elements[event.id]
        assert isinstance(leaf, Leaf)  # only those have inline content
        self._leaves.write(leaf, event.inline)
        self._leaves.settle(leaf)

    # ---- blocks end

    def _close(self, event: BlockClose) -> None:
        element = self._elements[event.id]
        if not isinstance(element, Leaf):
            self._shut(element)
            return
        if element.kind == "definitions":
            self._remove(element)
        self._leaves.settle(element)
        element.open = False
        if not element.bare:  # the others close with their list, which may still turn loose
            self._out.close(element)

    def _shut(self, element: Element) -> None:
        """A block that is no leaf is over."""
        end = _ENDS.get(element.kind, "")
        if element.kind in _CONTAINERS and element.state == BLOCK:
            end, element.state = "\n", LINE
        if end:
            element.inner.append(end)
            self._out.append(element, end)
        elif element.kind == "item" and element.state == LINE and not any(c.outer(False) for c in element.children):
            element.inner = [part for part in element.inner if part in _BOX.values()]
            self._out.replace(element)  # without the line end that was for what has gone
        elif element.kind == "code":
            element.inner = ["".join(element.inner)]  # type: ignore[arg-type]  # text alone
        if element.body is not None:
            self._out.close(element.body)
        element.open = False
        if not (element.kind == "item" and element.parent is not None and element.parent.tight):
            self._out.close(element)

    def _remove(self, leaf: Leaf) -> None:
        """A paragraph of definitions leaves no trace but the line end before it."""
        parent = leaf.parent or self._page
        leaf.gone = True
        parent.state = LINE if leaf.before else leaf.was
        self._out.replace(leaf)
        if parent is self._page and self._notes.gate:
            self._notes.insert("")


_CONTAINERS: Final = frozenset(("page", "quote", "item", "footnote"))
_ENDS: Final = {"math": "\\]"}
_TELLERS: Final[dict[type[BlockEvent], Callable[[HTML, Any], None]]] = {
    BlockOpen: HTML._open,
    TextAppend: HTML._append,
    BlockReplace: HTML._replace,
    Attr: HTML._attr,
    BlockClose: HTML._close,
    InlinePatch: HTML._patch,
}


def _is_tight(parent: Element | None) -> bool:
    """Whether paragraphs in this block are no elements."""
    return parent is not None and parent.kind == "item" and parent.parent is not None and parent.parent.tight


def _line_before(block: Element) -> str:
    """The line end before a block, as what stands before it demands."""
    return "" if block.was == LINE or (block.bare and block.was == EMPTY) else "\n"
