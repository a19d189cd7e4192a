"""From the tree of a regular expression to places and steps (Thompson, 1968)."""

from __future__ import annotations

from typing import Final

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.nfa import NFA
from slipstream.flow.guard.regex_tree import Alternatives, Assertion, CharSet, Node, Repeat, Sequence

MAX_PLACES: Final = 20_000
"""Places of one pattern: so many take 10 MB. Bounds such as `(a{1,99}){1,99}` multiply."""


class Builder:
    """Lays one pattern into an automaton.

    Args:
        nfa: the automaton.
        label: how a refusal names the pattern.
    """

    def __init__(self, nfa: NFA, label: str) -> None:
        self._nfa = nfa
        self._label = label
        self._limit = nfa.size + MAX_PLACES

    def add(self, tree: Node, order: int) -> None:
        """Put the tree in, as the rule of this order.

        Raises:
            InvalidRequestError: it needs more than `MAX_PLACES`.
        """
        nfa = self._nfa
        nfa.order = order
        begin, end = nfa.place(), nfa.place()
        nfa.free(0, begin)
        nfa.accepts[end] = order
        self._build(tree, begin, end)

    def _build(self, node: Node, begin: int, end: int) -> None:
        """Lay the node's steps from one place to another."""
        if self._nfa.size > self._limit:
            raise InvalidRequestError(
                f"{self._label} is too large; accepted: up to {MAX_PLACES} characters and repeats, written out"
            )
        match node:
            case CharSet(bit):
                place = self._nfa.place()
                self._nfa.free(begin, place)
                self._nfa.reads[place] = (bit, end)
            case Assertion():
                self._nfa.free(begin, end, node)
            case Alternatives(branches):
                for branch in branches:
                    self._build(branch, begin, end)
            case Sequence(items):
                self._nfa.free(self._chain(items, begin), end)
            case Repeat(item, low, high, _):
                self._repeat(item, low, high, begin, end)

    def _chain(self, items: tuple[Node, ...], begin: int) -> int:
        """Lay one after the other; return where they lead."""
        for item in items:
            after = self._nfa.place()
            self._build(item, begin, after)
            begin = after
        return begin

    def _repeat(self, item: Node, low: int, high: int | None, begin: int, end: int) -> None:
        for _ in range(low):
            begin = self._chain((item,), begin)
        if high is None:
            loop = self._nfa.place()  # of its own, so that nothing else leads into it
            self._nfa.free(begin, loop)
            self._build(item, loop, loop)
            begin = loop
        else:
            for _ in range(high - low):
                self._nfa.free(begin, end)
                begin = self._chain((item,), begin)
        self._nfa.free(begin, end)
