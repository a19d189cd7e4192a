"""What the engines of the guard find, and the face they share."""

from __future__ import annotations

import math
from typing import Final, NamedTuple, Protocol

UNDECIDED: Final = -math.inf
"""The rank of a match that grew beyond the bound: its name stands, whatever else starts there."""


class Match(NamedTuple):
    """A span that must not be shown. Sorted, the first of a cluster names it: it starts first, or is the longest.

    Args:
        start: where it starts, in characters of the whole text.
        rank: minus its length, or `UNDECIDED`.
        order: which rule: the first given of two alike wins.
        end: where it ends.
    """

    start: int
    rank: float
    order: int
    end: int


def match(start: int, end: int, order: int) -> Match:
    """A match of the whole rule."""
    return Match(start, start - end, order, end)


class Run(Protocol):
    """One engine on its way through one text."""

    def feed(self, text: str, begin: int, found: list[Match]) -> int:
        """Take the next characters.

        Args:
            text: they.
            begin: how many came before.
            found: where to put the matches.

        Returns:
            The least start of what may still become a match within the bound; the text's end if nothing can.
        """
        ...

    def end(self, at: int, found: list[Match]) -> None:
        """The text ends here: put in what the end decides."""
        ...
