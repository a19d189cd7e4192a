"""The `sequence_number`s of a stream: what is missing, what came before (RELIABILITY C1 rows 6 and 7).

Strategy: OpenAI numbers its events from 0 without a gap. Of those that speak its API some give no numbers (llama.cpp),
some always the same one, some a wrong one now and then (LiteLLM has sent `1` on every finished item). So a number that
comes again is a repetition only if the same kind of event had it; if another had, this server does not number, and from
then on nothing is checked. The kinds are kept as runs, because a stream is mostly one kind.

OpenAI's `keepalive` has a number, and no paper says whether the next event gets the same one: both are taken.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

NEW: Final = 0
REPEATED: Final = 1
GAP: Final = 2


class Numbers:
    """The numbers so far.

    Attributes:
        next: the number that must come next; None before the first.
        off: True once the numbers have turned out not to count the events.
        repeated: how many events were repetitions.
    """

    __slots__ = ("_beyond", "_kinds", "_starts", "next", "off", "repeated")

    def __init__(self) -> None:
        self.next: int | None = None
        self._beyond: int | None = None  # may come next as well: the number behind the keepalives
        self.repeated = 0
        self.off = False
        self._starts: list[int] = []
        self._kinds: list[str] = []

    @property
    def last(self) -> int | None:
        """The last number; None where there are none, or none that could be trusted."""
        return None if self.off or self.next is None else self.next - 1

    def take(self, number: int | None, kind: str) -> int:
        """Take the number of an event of this kind: NEW, REPEATED, or GAP, after which nothing has changed."""
        if number is None or self.off:
            return NEW
        if self.next is None or number == self.next or number == self._beyond:
            self.accept(number, kind)
            return NEW
        if number > self.next:
            return GAP
        if self._kind_of(number) == kind:
            self.repeated += 1
            return REPEATED
        self.off = True
        return NEW

    def skip(self, number: int | None) -> None:
        """Take the number of an event that may or may not count."""
        if number is not None and number in (self.next, self._beyond):
            self._beyond = number + 1

    def accept(self, number: int, kind: str) -> None:
        """Take this number as the last one, whatever it is."""
        self.next = number + 1
        self._beyond = None
        if not self._kinds or self._kinds[-1] != kind:
            self._starts.append(number)
            self._kinds.append(kind)

    def _kind_of(self, number: int) -> str | None:
        place = bisect_right(self._starts, number)
        return self._kinds[place - 1] if place else None
