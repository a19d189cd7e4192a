"""The deterministic machine of the patterns, built as texts need it.

Strategy: a state is what a text has alive: groups of places, one group for each start that is still of interest, the
earliest first. Where the groups start is not part of the state but a list beside it, so the same few states serve every
text; a step says which of the starts go on and whether a new one begins. Steps are worked out once for each state
and kind of character. A kind is all the ways a character can be read: as itself and as what it looks like, each as the
sets it is in. A character that is drawn as nothing may also not be read at all.

Of two groups at the same place the earlier hides the later, as their future is the same and its span is larger. Not so
where a match is checked by a function: there each start counts, and the machine keeps them all (`every`).

States and steps may be added by several threads: each entry is a value that any of them would have put in.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final, NamedTuple, TypeVar

from slipstream.flow.guard.fold import plain_char
from slipstream.flow.guard.moves import Alive, Move, Moves, Reading
from slipstream.flow.guard.nfa import NFA
from slipstream.flow.guard.regex_tree import EDGE, CharSets

MAX_STATES: Final = 4096
"""States kept; then all are forgotten and built again as needed. A state takes about 1 KB with its
steps, and 8 bytes for each start that is alive in it."""
_MAX_CHARS: Final = 1 << 16

T = TypeVar("T")


class Found(NamedTuple):
    """A match that a step finds.

    Args:
        group: the index of its start in the list of starts; one past the end is the character itself.
        length: 1 if it ends with the character, 0 if before it.
        order: its rule.
    """

    group: int
    length: int
    order: int


class Step(NamedTuple):
    """What a kind of character does in a state.

    Args:
        state: the state after it.
        kept: which of the starts go on: None for all, a number for all but so many at the front, else a list.
        fresh: whether this character is a new start.
        found: the matches.
    """

    state: State
    kept: tuple[int, ...] | int | None
    fresh: bool
    found: tuple[Found, ...]


class State(dict[int, Step]):
    """What is alive, and the steps from here that are worked out.

    Attributes:
        groups: the places of each start, the earliest first.
        before: the readings of the last character, as far as it matters to a new start.
    """

    __slots__ = ("before", "groups")

    def __init__(self, groups: tuple[Alive, ...], before: frozenset[int]) -> None:
        super().__init__()
        self.groups = groups
        self.before = before


class Remembered(dict[str, T]):
    """What a function says of each character, with a bound."""

    def __init__(self, function: Callable[[str], T]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, char: str) -> T:
        if len(self) >= _MAX_CHARS:
            self.clear()
        result = self[char] = self._function(char)
        return result


class Machine:
    """The states of a list of patterns.

    Args:
        nfa: the automaton of the patterns.
        sets: its sets of characters.
        every: True keeps each start of a match apart.

    Attributes:
        kinds: the kind of each character.
        rests: the state after idle characters, by the last of them.
        idle: characters seen that start nothing: where nothing is alive they change nothing.
    """

    def __init__(self, nfa: NFA, sets: CharSets, *, every: bool) -> None:
        self._nfa = nfa
        self._sets = sets
        self._every = every
        self._starts = nfa.starts()
        self._looks = nfa.looks_behind(0)
        self._states: dict[tuple[tuple[Alive, ...], frozenset[int]], State] = {}
        self._numbers = count()
        self._kind_of: dict[tuple[Reading, ...], int] = {}
        self._moves = Moves(nfa)
        self._readings: dict[int, tuple[Reading, ...]] = {}
        self.kinds = Remembered(self.kind)
        self.rests = Remembered(self.rest)
        self.idle: set[str] = set()
        self.start = State((), frozenset((EDGE & self._looks,)))

    def kind(self, char: str) -> int:
        """Work out the kind of a character."""
        readings = {tuple(map(self._sets.signature, text)) for text in (char, plain_char(char))}
        key = tuple(sorted(readings))
        if len(key) == 1 and not key[0][0] & self._starts:
            if len(self.idle) >= _MAX_CHARS:
                self.idle = set()
            self.idle.add(char)
        kind = self._kind_of.setdefault(key, next(self._numbers))
        self._readings[kind] = key
        return kind

    def rest(self, char: str) -> State:
        """Work out the state after idle characters, of which this was the last."""
        kind = self.kinds[char]
        return (self.start.get(kind) or self.step(self.start, kind)).state

    def order_of(self, alive: Alive) -> int:
        """The first of the rules that are alive in a group."""
        return min(self._nfa.orders[place] for place, _ in alive)

    def at_end(self, state: State) -> list[Found]:
        """What matches if the text ends here."""
        return sorted(
            Found(group, 0, order)
            for group, alive in enumerate(state.groups)
            for place, before in alive
            for order in self._nfa.reached(place, before, EDGE).accepted
        )

    def step(self, state: State, kind: int) -> Step:
        """Work out what a kind of character does in a state."""
        readings = self._readings[kind]
        moves = [self._moves.on(alive, readings) for alive in state.groups]
        moves.append(self._moves.start(state.before, readings))
        before = {reading[-1] & self._looks for reading in readings if reading}
        if () in readings:
            before |= state.before
        result = state[kind] = self._settle(moves, frozenset(before))
        return result

    def _settle(self, moves: list[Move], before: frozenset[int]) -> Step:
        """Drop the groups that are dead or hidden, and look the state up."""
        groups: list[Alive] = []
        kept: list[int] = []
        seen: set[tuple[int, int]] = set()
        for index, (alive, _) in enumerate(moves):
            if not self._every:
                alive = alive if seen.isdisjoint(alive) else alive - seen
                seen |= alive
            if alive:
                groups.append(alive)
                kept.append(index)
        last = len(moves) - 1
        fresh = kept[-1:] == [last]
        stay = _shortly(kept[:-1] if fresh else kept, last)
        return Step(self._state(tuple(groups), before), stay, fresh, self._told(moves))

    def _told(self, moves: list[Move]) -> tuple[Found, ...]:
        """The matches. Of those with one end the first start is enough: the others lie within, and name nothing."""
        found = [Found(group, *ending) for group, (_, endings) in enumerate(moves) for ending in endings]
        if not self._every:
            found = list({it.length: it for it in reversed(found)}.values())
        return tuple(found)

    def _state(self, groups: tuple[Alive, ...], before: frozenset[int]) -> State:
        if len(self._states) >= MAX_STATES:
            self._states = {}  # texts on their way keep the ones they have
        return self._states.setdefault((groups, before), State(groups, before))


def _shortly(stay: list[int], count: int) -> tuple[int, ...] | int | None:
    """Which of so many starts go on, in the form that costs least to follow."""
    if len(stay) == count:
        return None
    dropped = count - len(stay)
    return dropped if stay == list(range(dropped, count)) else tuple(stay)
