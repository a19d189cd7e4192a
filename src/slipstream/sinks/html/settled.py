"""How much of an open leaf no later text can change.

Strategy: the nodes themselves tell. What the parser shows of an open leaf is what the text means so far; a mark that
may still begin something stands in it as text. So the leaf is settled up to the first such mark, and never in its last
word, whatever nodes that is made of. A bracket is the one mark that may not be seen - of a half-open link only the text
is shown - so the brackets that came are counted, and must all be found again: as text, or as a link. Where that is in
doubt, the rest waits for the leaf's end.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.markdown import tree
from slipstream.sinks.markdown.tree import Node

SHORT: Final = 80  # characters: up to here a line may still turn out to be a heading or a table's first row

_may_begin: Final = re.compile(
    r"\[(?!\^[^\[\]]*\]\[\^)(?![^\[\]]*\][^(\[:])"  # a link; a pair before something else is none, nor are two notes
    r"|\*(?!\s)|(?<![^\W_])_(?!\s)|~(?!\s)|\$(?!\s)|`|\\(?=[(\[]|$)|<(?=[A-Za-z/!?]|$)|&(?=[#A-Za-z0-9]*$)"
).search
_BREAKS: Final = (tree.SoftBreak, tree.HardBreak)


def settled(nodes: tuple[Node, ...], brackets: int) -> tuple[int, int]:
    """Up to where content is settled: how many whole nodes, and how many characters of the text behind them.

    Args:
        nodes: an open leaf's content.
        brackets: how many `[` came in it.
    """
    if brackets > sum(map(_brackets, nodes)):
        return 0, 0
    end, part = _words(nodes[: _lines(nodes)])
    for at, node in enumerate(nodes[:end]):
        if isinstance(node, tree.Text) and (found := _may_begin(node.text)):
            return at, max(0, _last_blank(node.text[: found.start()]))
    if part and (found := _may_begin(text := nodes[end].text)):  # type: ignore[attr-defined]
        part = min(part, max(0, _last_blank(text[: found.start()])))
    return end, part


def _words(nodes: tuple[Node, ...]) -> tuple[int, int]:
    """Where the last word, and the white space before it, begins: after how many nodes, and characters of a text."""
    for at in range(len(nodes) - 1, -1, -1):
        node = nodes[at]
        if isinstance(node, _BREAKS):
            return at, 0
        if isinstance(node, tree.Text) and (found := _last_blank(node.text)) >= 0:
            return at, found
    return 0, 0


def _last_blank(text: str) -> int:
    """Where the last white space begins; -1 if there is none."""
    if text[-1:].isspace():
        return len(text.rstrip())
    head = text.rsplit(None, 1)
    return len(head[0]) if len(head) == 2 else 0 if text[:1].isspace() else -1


def _lines(nodes: tuple[Node, ...]) -> int:
    """How many nodes stand in lines that are nothing but text for sure."""
    start = next((at for at in range(len(nodes) - 1, -1, -1) if isinstance(nodes[at], _BREAKS)), -1)
    line = tree.plain(nodes[start + 1 :])
    return len(nodes) if len(line) >= SHORT and "|" not in line else max(start, 0)


def _brackets(node: Node) -> int:
    """The brackets that a node shows, or was made of."""
    if isinstance(node, tree.Parent):
        own = isinstance(node, tree.Image) or (isinstance(node, tree.Link) and not _bare(node))
        return own + sum(map(_brackets, node.children))
    if isinstance(node, tree.FootnoteRef):
        return 1
    return node.text.count("[") if isinstance(node, (tree.Text, tree.Code, tree.Math, tree.RawHTML)) else 0


def _bare(node: tree.Link) -> bool:
    """Whether a link is an address in the text, without brackets."""
    return node.url.removeprefix("mailto:").removeprefix("http://") == tree.plain(node.children).removeprefix("http://")
