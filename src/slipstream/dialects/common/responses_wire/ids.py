"""The ids of blocks and calls: unique within a response, the same however its stream was cut."""

from __future__ import annotations

from collections import Counter


class Ids:
    """Gives out ids.

    Attributes:
        calls: how many calls have begun.
        waiting: those that are complete and that the caller must run.
        names: the id that a call goes by on the wire -> the id we gave it, and its tool's name.
    """

    __slots__ = ("_counts", "_used", "calls", "names", "waiting")

    def __init__(self) -> None:
        self.calls = 0
        self.waiting: set[str] = set()
        self.names: dict[str, tuple[str, str]] = {}
        self._counts: Counter[str] = Counter()
        self._used: set[str] = set()

    def block(self, kind: str) -> tuple[str, int]:
        """The id of the next block of this kind, and its number."""
        number = self._counts[kind]
        self._counts[kind] += 1
        return f"{kind}-{number}", number

    def call(self, wire_id: str, name: str, *aliases: str) -> tuple[str, int]:
        """The id of a call that begins now, and its number; ids that a server gives twice get a number behind them."""
        wanted = wire_id or f"call_{self.calls}"
        id, count = wanted, 1
        while id in self._used:
            count += 1
            id = f"{wanted}-{count}"
        self._used.add(id)
        for alias in (wire_id, *aliases):
            self.names[alias] = (id, name)
        self.calls += 1
        return id, self.calls - 1

    def answered(self, id: str) -> None:
        """Somebody has run this call: the caller need not."""
        self.waiting.discard(id)

    def source(self) -> str:
        """The id of the next source."""
        return self.block("source")[0]
