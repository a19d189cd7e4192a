"""The automaton of regular expressions: its places, and what can be reached from each.

A place is entered by reading a character. From there steps that read nothing lead on, some of them only if the
characters beside them allow it. What is reachable is asked for again and again, so it is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from slipstream.flow.guard.regex_tree import Assertion

_MAX_CACHED: Final = 100_000


class Reached(NamedTuple):
    """What is reachable from a place, once the next character is known.

    Args:
        places: those entered by reading it.
        accepted: the rules that match up to here, and could not know before.
    """

    places: tuple[int, ...]
    accepted: tuple[int, ...]


class Standing(NamedTuple):
    """What is known at a place while the next character is not.

    Args:
        accepted: the rules that match up to here, whatever follows.
        live: whether something may match from here on.
    """

    accepted: tuple[int, ...]
    live: bool


class NFA:
    """Places and steps; place 0 is the start of all patterns.

    Attributes:
        reads: for each place the set of the character it reads and where that leads, or None.
        accepts: the places where a pattern is matched, with its rule.
        orders: for each place the rule it belongs to.
        order: the rule that new places belong to.
    """

    def __init__(self) -> None:
        self._steps: list[list[tuple[int, Assertion | None]]] = [[]]  # those that read nothing
        self.reads: list[tuple[int, int] | None] = [None]
        self.accepts: dict[int, int] = {}
        self.orders: list[int] = [0]
        self.order = 0
        self._reached: dict[tuple[int, int, int], Reached] = {}
        self._standing: dict[tuple[int, int], Standing] = {}
        self._looks: dict[int, int] = {}

    @property
    def size(self) -> int:
        """How many places there are."""
        return len(self.reads)

    def place(self) -> int:
        """A new place."""
        self._steps.append([])
        self.reads.append(None)
        self.orders.append(self.order)
        return len(self.reads) - 1

    def free(self, begin: int, end: int, condition: Assertion | None = None) -> None:
        """A step that reads nothing."""
        self._steps[begin].append((end, condition))

    def reached(self, place: int, before: int, after: int) -> Reached:
        """What is reachable between two characters, given by their signatures."""
        key = (place, before, after)
        known = self._reached.get(key)
        if known is None:
            if len(self._reached) >= _MAX_CACHED:
                self._reached.clear()
            known = self._reached[key] = self._reach(place, before, after)
        return known

    def _reach(self, place: int, before: int, after: int) -> Reached:
        through = self._all(place, lambda condition: _allows(condition, before, after))
        reads = (self.reads[there] for there in through)
        accepted = {self.accepts[there] for there in through if there in self.accepts}
        return Reached(
            tuple(sorted({read[1] for read in reads if read is not None and read[0] & after})),
            tuple(sorted(accepted.difference(self.standing(place, before).accepted))),
        )

    def standing(self, place: int, before: int) -> Standing:
        """What is known after the character with this signature."""
        key = (place, before)
        known = self._standing.get(key)
        if known is None:
            if len(self._standing) >= _MAX_CACHED:
                self._standing.clear()
            known = self._standing[key] = self._stand(place, before)
        return known

    def _stand(self, place: int, before: int) -> Standing:
        sure = self._all(place, lambda condition: condition.side == "behind" and _allows(condition, before, 0))
        maybe = self._all(place, lambda condition: condition.side != "behind" or _allows(condition, before, 0))
        accepted = {self.accepts[there] for there in sure if there in self.accepts}
        live = any(self.reads[there] is not None or (there in self.accepts and there not in sure) for there in maybe)
        return Standing(tuple(sorted(accepted)), live)

    def looks_behind(self, place: int) -> int:
        """The sets that matter of the character before a place."""
        known = self._looks.get(place)
        if known is None:
            known = 0
            for there in self._all(place, lambda _: True):
                for _, condition in self._steps[there]:
                    if condition is not None and condition.side != "ahead":
                        known |= condition.mask
            self._looks[place] = known
        return known

    def starts(self) -> int:
        """The sets of all characters that some pattern can start with."""
        sets = 0
        for there in self._all(0, lambda _: True):
            read = self.reads[there]
            sets |= read[0] if read is not None else 0
        return sets

    def _all(self, place: int, allowed: Callable[[Assertion], bool]) -> set[int]:
        """The places that steps without reading lead to, this one included."""
        seen, todo = {place}, [place]
        while todo:
            for there, condition in self._steps[todo.pop()]:
                if there not in seen and (condition is None or allowed(condition)):
                    seen.add(there)
                    todo.append(there)
        return seen


def _allows(condition: Assertion, before: int, after: int) -> bool:
    """Whether an assertion holds between two characters."""
    mask = condition.mask
    if condition.side == "border":
        holds = bool(before & mask) != bool(after & mask)
    else:
        holds = bool((before if condition.side == "behind" else after) & mask)
    return holds == condition.wanted
