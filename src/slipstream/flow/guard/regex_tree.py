"""What a regular expression is made of, once parsed, and what its characters are."""

from __future__ import annotations

import math
import re
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

EDGE: Final = 1
"""The bit of "no character": before the first and after the last."""


class CharSets:
    """Sets of characters, one bit each; a character's signature has the bits of the sets it is in."""

    def __init__(self) -> None:
        self._tests: dict[tuple[str, int], tuple[int, re.Pattern[str]]] = {}

    def bit(self, source: str, flags: int) -> int:
        """The bit of the set that a piece of source matches under these flags."""
        known = self._tests.get((source, flags))
        if known is None:
            known = self._tests[source, flags] = (EDGE << (len(self._tests) + 1), re.compile(source, flags))
        return known[0]

    def signature(self, char: str) -> int:
        """The sets that a character is in."""
        return sum(bit for bit, test in self._tests.values() if test.match(char))


class CharSet(NamedTuple):
    """One character of a set."""

    bit: int


class Assertion(NamedTuple):
    """Takes no character; looks at the ones beside it.

    Args:
        side: `ahead`, `behind`, or `border`: one of the two is in the set, not both.
        mask: the sets it looks for; the neighbour is in one of them.
        wanted: whether that must be so, or must not.
    """

    side: str
    mask: int
    wanted: bool


class Sequence(NamedTuple):
    """One after the other."""

    items: tuple[Node, ...]


class Alternatives(NamedTuple):
    """One of these."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """The same again; `high` is None without a bound. `source` is what was written."""

    item: Node
    low: int
    high: int | None
    source: str


Node = CharSet | Assertion | Sequence | Alternatives | Repeat


def longest(node: Node) -> float:
    """How many characters it matches at most; infinity without a bound."""
    match node:
        case CharSet():
            return 1
        case Assertion():
            return 0
        case Sequence(items):
            return sum(map(longest, items))
        case Alternatives(branches):
            return max(map(longest, branches))
        case Repeat(item, _, high, _):
            inner = longest(item)
            return inner and inner * (math.inf if high is None else high)


def endless(node: Node) -> str | None:
    """The first part that matches without a bound, as written."""
    match node:
        case Sequence(parts) | Alternatives(parts):
            return next((found for part in parts if (found := endless(part))), None)
        case Repeat(item, _, high, source):
            return endless(item) or (source if high is None and longest(item) else None)
    return None


def one_of_mask(node: Node, side: str) -> int | None:
    """The sets of a look-around's inside, if it is one character of some sets, or an edge; else None."""
    match node:
        case CharSet(bit):
            return bit
        case Assertion(of_side, mask, True):
            return mask if of_side == side else None
        case Alternatives(branches):
            masks = [one_of_mask(branch, side) for branch in branches]
            return None if None in masks else reduce(or_, (mask or 0 for mask in masks))
        case Repeat(item, 1, 1, _):
            return one_of_mask(item, side)
    return None
