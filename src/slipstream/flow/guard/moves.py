"""What one character does to one group of places: worked out once, whatever state the group is part of."""

from __future__ import annotations

from typing import Final, NamedTuple

from slipstream.flow.guard.nfa import NFA

_MAX_CACHED: Final = 1 << 16

Alive = frozenset[tuple[int, int]]
"""Places, each with what matters of the character before it."""
Reading = tuple[int, ...]
"""The signatures of the characters that a character is read as; several for a ligature, none if it is passed over."""
Ending = tuple[int, int]
"""A match: 0 if it ends before the character, 1 if with it; and its rule."""


class Move(NamedTuple):
    """A group after a character.

    Args:
        alive: what is left of it.
        endings: the matches that end.
    """

    alive: Alive
    endings: tuple[Ending, ...]


class Moves:
    """The moves of one automaton.

    Args:
        nfa: the automaton.
    """

    def __init__(self, nfa: NFA) -> None:
        self._nfa = nfa
        # A group is never empty and holds pairs, so it is never taken for the readings of a last character.
        self._known: dict[tuple[Alive | frozenset[int], tuple[Reading, ...]], Move] = {}

    def on(self, alive: Alive, readings: tuple[Reading, ...]) -> Move:
        """A group after a character with these readings."""
        known = self._known.get((alive, readings))
        if known is None:
            moves = [self._read(alive, reading) for reading in readings]
            known = self._keep((alive, readings), moves)
        return known

    def start(self, before: frozenset[int], readings: tuple[Reading, ...]) -> Move:
        """The group that starts with a character.

        Args:
            before: the readings of the character before, as far as they matter.
            readings: those of the character.
        """
        known = self._known.get((before, readings))
        if known is None:
            moves = [self._start(before, reading) for reading in readings]
            known = self._keep((before, readings), moves)
        return known

    def _keep(self, key: tuple[Alive | frozenset[int], tuple[Reading, ...]], moves: list[Move]) -> Move:
        """Remember the union of the readings."""
        if len(self._known) >= _MAX_CACHED:
            self._known.clear()
        alive = frozenset[tuple[int, int]]().union(*(move.alive for move in moves))
        endings = {ending for move in moves for ending in move.endings}
        result = self._known[key] = Move(alive, tuple(sorted(endings)))
        return result

    def _read(self, alive: Alive, reading: Reading) -> Move:
        endings: set[Ending] = set()
        for index, signature in enumerate(reading):
            alive = self._advance(alive, signature, min(index, 1), endings)
        return Move(alive, tuple(endings))

    def _start(self, before: frozenset[int], reading: Reading) -> Move:
        alive: Alive = frozenset()
        endings: set[Ending] = set()
        for index, signature in enumerate(reading):
            alive = self._advance(alive, signature, 1, endings)
            seen = before if index == 0 else {reading[index - 1]}
            new = {there for it in seen for there in self._nfa.reached(0, it, signature).places}
            alive |= self._enter(new, signature, endings)
        return Move(alive, tuple(endings))

    def _advance(self, alive: Alive, signature: int, length: int, endings: set[Ending]) -> Alive:
        """One reading's character later. What ends between two of them takes the whole character."""
        places: set[int] = set()
        for place, before in alive:
            reached = self._nfa.reached(place, before, signature)
            places.update(reached.places)
            endings.update((length, order) for order in reached.accepted)
        return self._enter(places, signature, endings)

    def _enter(self, places: set[int], signature: int, endings: set[Ending]) -> Alive:
        """The places just entered that something may still come of."""
        alive = []
        for place in places:
            before = signature & self._nfa.looks_behind(place)
            standing = self._nfa.standing(place, before)
            endings.update((1, order) for order in standing.accepted)
            if standing.live:
                alive.append((place, before))
        return frozenset(alive)
