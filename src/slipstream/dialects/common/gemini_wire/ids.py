"""The ids of blocks, calls and sources: unique within an answer, the same however its stream was cut."""

from __future__ import annotations

from collections import Counter


class Ids:
    """Gives out ids; one for all candidates of an answer.

    Attributes:
        calls: how many calls have begun.
    """

    __slots__ = ("_counts", "_used", "calls")

    def __init__(self) -> None:
        self.calls = 0
        self._counts: Counter[str] = Counter()
        self._used: set[str] = set()

    def block(self, kind: str) -> tuple[str, int]:
        """The id of the next block of this kind, and its number."""
        number = self._counts[kind]
        self._counts[kind] += 1
        return f"{kind}-{number}", number

    def call(self, wire_id: str) -> tuple[str, int]:
        """The id of a call that begins now, and its number; an id that is given twice gets a number behind it."""
        wanted = wire_id or f"call_{self.calls}"
        id, count = wanted, 1
        while id in self._used:
            count += 1
            id = f"{wanted}-{count}"
        self._used.add(id)
        self.calls += 1
        return id, self.calls - 1
