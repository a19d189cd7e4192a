"""The automaton of a word list (Aho and Corasick, 1975): after each symbol, the longest suffix that starts a word.

It is built once and never changes, so any number of texts may use it at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Optional

BORDER: Final = "\0"
"""A symbol that takes no room in the text: the border of a word that must stand alone. No folded text has it."""


class Node:
    """A prefix of a word.

    Attributes:
        next: the prefixes that are one symbol longer.
        width: how many characters it takes, borders apart.
        order: the first rule with a word that starts like this.
        fail: the longest proper suffix that is a prefix too; the root is its own.
        live: the longest suffix, this one included, that a word goes on from.
        hit: the longest suffix that is a word, as (width, order), or None.
    """

    __slots__ = ("fail", "hit", "live", "next", "order", "width")

    def __init__(self, width: int, order: int) -> None:
        self.next: dict[str, Node] = _NONE
        self.width = width
        self.order = order
        self.fail: Node = self
        self.live: Node = self
        self.hit: Optional[tuple[int, int]] = None  # noqa: UP045


_NONE: Final[dict[str, Node]] = {}  # shared by all leaves: most nodes are leaves


def build(words: Iterable[tuple[str, int]]) -> Node:
    """The root of the automaton.

    Args:
        words: each word as folded symbols, not empty, with the order of its rule.
    """
    root = Node(0, 0)
    for word, order in words:
        _insert(root, word, order)
    _link(root)
    return root


def _insert(root: Node, word: str, order: int) -> None:
    node = root
    for symbol in word:
        child = node.next.get(symbol)
        if child is None:
            if node.next is _NONE:
                node.next = {}
            child = node.next[symbol] = Node(node.width + (symbol != BORDER), order)
        node = child
    if node.hit is None:
        node.hit = (node.width, order)


def _link(root: Node) -> None:
    """Give each node its suffixes, the short ones first."""
    level = list(root.next.values())
    for node in level:
        node.fail = root
        node.live = node if node.next else root
    while level:
        below: list[Node] = []
        for parent in level:
            for symbol, node in parent.next.items():
                fail = step(parent.fail, symbol, root)
                node.fail = fail
                node.live = node if node.next else fail.live
                if node.hit is None:
                    node.hit = fail.hit
                below.append(node)
        level = below


def step(node: Node, symbol: str, root: Node) -> Node:
    """The longest suffix that starts a word, one symbol later."""
    while (found := node.next.get(symbol)) is None and node is not root:
        node = node.fail
    return root if found is None else found
