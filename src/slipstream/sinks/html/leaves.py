"""The inline content of leaves: what of it is written again when it changes.

Strategy: a new revision shares its leading nodes with the one before, so only the nodes behind them are rendered. When
their HTML goes on with what stands there, the rest is appended. Else the leaf is replaced - a long one only in its
tail, which stands in a handle of its own (a span with a number) as long as the leaf is open. So no patch is much longer
than what may still change, and each character is sent a few times at most, however long the leaf.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from slipstream.sinks.html.element import HANDLE, Leaf, wrapped
from slipstream.sinks.html.inline import Inline
from slipstream.sinks.html.notes import Footnotes
from slipstream.sinks.html.output import Output
from slipstream.sinks.html.pen import find, growth
from slipstream.sinks.html.safety import escape
from slipstream.sinks.markdown.tree import Cell, Node, Text

LONG: Final = 400  # characters of HTML before the first change: from here on it is cheaper to send the tail alone


class Leaves:
    """Writes leaves."""

    def __init__(self, inline: Inline, notes: Footnotes, out: Output) -> None:
        self._inline, self._notes, self._out = inline, notes, out

    def revise(self, leaf: Leaf, nodes: tuple[Node, ...], same: int) -> None:
        """Take an open leaf's content anew; the first `same` nodes are those of before."""
        old = leaf.nodes
        if same + 1 == len(nodes) == len(old) and self._grow(leaf, old[same], nodes[same]):
            leaf.nodes = nodes
            return
        same = min(same, len(old), len(nodes))
        self._notes.forget(leaf, same)
        written, shown = self.render(leaf, nodes, same), leaf.inner[same:]
        gone = "".join(shown)
        leaf.nodes, leaf.pen = nodes, None
        leaf.inner[same:] = written
        if "".join(written).startswith(gone):
            self._go_on(leaf, same, len(gone))
            return
        if written:
            leaf.pen = find(nodes[-1], written[-1], self._notes.number())
        pairs = enumerate(zip(shown, written, strict=False))
        self._rewrite(leaf, same + next((at for at, (old, new) in pairs if old != new), min(len(shown), len(written))))

    def _grow(self, leaf: Leaf, old: Node, new: Node) -> bool:
        """Take a few characters more of the last text, by far the most common; False if that is not all."""
        if type(old) is type(new) is Text:
            if not new.text.startswith(old.text):
                return False
            more, pen = new.text[len(old.text) :], None
        elif (pen := leaf.pen) is None or (found := growth(old, new)) is None:
            return False
        else:
            more = found
        if html := escape(more):
            last = leaf.inner[-1]
            leaf.inner[-1] = pen.grown(last, html) if pen else last + html
            if leaf.live:
                self._out.append_to(pen.block if pen else leaf.handle or leaf.block, html)
        return True

    def _go_on(self, leaf: Leaf, start: int, size: int) -> None:
        """What is written from a node on goes on with what stands there, so many characters."""
        if len(leaf.inner) > start:
            pen = find(leaf.nodes[-1], leaf.inner[-1], self._notes.number())
            if pen and sum(map(len, leaf.inner[start:-1])) + pen.tag >= size:
                leaf.pen = pen
        if leaf.live and (rest := leaf.since(start)[size:]):
            self._out.append_to(leaf.handle or leaf.block, rest)

    def render(self, leaf: Leaf, nodes: tuple[Node, ...], start: int = 0) -> list[str]:
        """The HTML of each node from one on; the references in them are noted."""
        written = []
        seen = self._notes.seen
        for at, node in enumerate(nodes[start:], start):
            written.append(self._cell(leaf, at, node) if isinstance(node, Cell) else self._inline.html(node))
            if seen:
                leaf.refs += [(at, label) for label in seen]
                seen.clear()
                self._notes.leaves[leaf.block] = leaf
        return written

    def write(self, leaf: Leaf, nodes: tuple[Node, ...], before: str = "") -> None:
        """Write a leaf from its beginning, after its tags changed or a definition came late."""
        self._notes.forget(leaf, 0)
        leaf.nodes, leaf.handle, leaf.pen = nodes, 0, None
        leaf.inner = self.render(leaf, nodes)
        self._out.replace(leaf, before)

    def settle(self, leaf: Leaf) -> None:
        """A leaf closes: it needs no handle any more, and its strings become one."""
        if leaf.handle and leaf.live:
            self._out.replace_with(leaf.handle, "".join(leaf.inner[leaf.cut :]))
        leaf.handle, leaf.pen = 0, None
        if leaf.refs:
            self._notes.settle(leaf)
        leaf.inner, leaf.nodes = ["".join(leaf.inner)], leaf.nodes if leaf.refs else ()

    def _rewrite(self, leaf: Leaf, same: int) -> None:
        """What is behind the first nodes is another than before."""
        if leaf.handle and leaf.cut <= same:
            settled = "".join(leaf.inner[leaf.cut : same])
            leaf.cut = same
            if leaf.live:
                tail = wrapped(leaf.handle, HANDLE, leaf.since(same))
                self._out.replace_with(leaf.handle, settled + tail)
            return
        long = not leaf.cells and any(size > LONG for size in accumulate(map(len, leaf.inner[:same])))
        leaf.handle, leaf.cut = (self._notes.number(), same) if long else (0, 0)
        self._out.replace(leaf)

    def _cell(self, leaf: Leaf, at: int, cell: Cell) -> str:
        start = leaf.cells[at]
        return f"{start}>{self._inline.all(cell.children)}</{start[1:3]}>\n"
