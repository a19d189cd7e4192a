"""Regular expressions over a text that comes in pieces.

What is a match: a span `[i, j)` of the text such that the expression matches exactly that span, with the rest of the
text around it (for `\\b`, `^`, look-arounds). All such spans are masked, so greedy, lazy and possessive make no
difference, and every span that `re.finditer` finds is among them. Empty spans are none.

Each character may be read as itself or as what it looks like (`fold.plain`: full width, digits of other scripts,
homoglyphs; the case is kept); one that is drawn as nothing may also be passed over; any mix of readings counts.

`$` without the flag `M` matches before every line feed, not only before one that ends the text: a stream does not say
which one that is.

What is held: from the earliest start that may still become a match. A match that may grow longer than the bound is
masked from its start on for as long as it may still become one, and so is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.machine import Found, Machine
from slipstream.flow.guard.matches import UNDECIDED, Match, match
from slipstream.flow.guard.nfa import NFA
from slipstream.flow.guard.regex_parse import Parser
from slipstream.flow.guard.regex_tree import CharSets, endless, longest
from slipstream.flow.guard.thompson import Builder

MAX_CHECKED: Final = 256
"""The longest match, in characters, of a pattern with `valid`: each of its starts is followed by itself."""


class Pattern(NamedTuple):
    """A forbidden pattern.

    Args:
        regex: the regular expression, in the syntax of `re`, or a compiled one. Not accepted, as no bounded part of the
            text decides them: back references, conditionals, look-arounds of more than one character.
        name: the rule that a match is reported under.
        valid: a function that says of a match, as read by `fold.plain`, whether it is one; for check digits. It is
            asked about every span that matches. An exception of it goes through to the caller.
        flags: flags of `re`, if the expression is not compiled.
        tail: how many characters at the end of a match are only looked at, and not masked: a look-ahead of more than
            one. Only with `valid`, which is asked about all of it.
    """

    regex: str | re.Pattern[str]
    name: str
    valid: Callable[[str], bool] | None = None
    flags: int = 0
    tail: int = 0


def machine_of(patterns: Iterable[tuple[int, Pattern]], bound: int, *, explicit: bool, every: bool) -> Machine:
    """The machine of some patterns.

    Args:
        patterns: them, each with its order among all rules.
        bound: how many characters may be held.
        explicit: whether the caller gave that bound; if so, a longer match is accepted, and masked when it passes it.
        every: whether each start is followed by itself.

    Raises:
        InvalidRequestError: a pattern cannot be guarded; the message names it and what is accepted.
    """
    nfa, sets = NFA(), CharSets()
    for order, pattern in patterns:
        regex = _compiled(pattern)
        label = f"pattern {pattern.name!r}"
        tree = Parser(regex.pattern, regex.flags, sets, label).parse()
        length = longest(tree)
        if not length:
            raise InvalidRequestError(f"{label} matches no character; accepted: a pattern with a text to mask")
        if length > bound and not explicit:
            raise _too_long(label, length, bound, endless(tree))
        if every and length > MAX_CHECKED:
            raise InvalidRequestError(f"{label} has valid=; accepted: matches of at most {MAX_CHECKED} characters")
        Builder(nfa, label).add(tree, order)
    return Machine(nfa, sets, every=every)


def _compiled(pattern: Pattern) -> re.Pattern[str]:
    try:
        regex = re.compile(pattern.regex, pattern.flags)
    except (re.error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidRequestError(f"pattern {pattern.name!r} is no regular expression: {error}") from error
    if not isinstance(regex.pattern, str):
        raise InvalidRequestError(f"pattern {pattern.name!r} is of bytes; accepted: str")
    return regex


def _too_long(label: str, length: float, bound: int, part: str | None) -> InvalidRequestError:
    """The refusal of a pattern that could hold more than was agreed to."""
    if part is None:
        return InvalidRequestError(
            f"{label} matches up to {length:.0f} characters, and holds as many; "
            f"accepted: up to {bound}, or a bound of your own by max_hold="
        )
    return InvalidRequestError(
        f"{label} cannot be guarded without unbounded hold: {part!r} has no upper bound; accepted: a bound such as "
        "{1,64}, or max_hold=<characters>, past which what may still match is masked as if it did"
    )


class PatternRun:
    """Patterns on their way through one text.

    Args:
        machine: the machine of the patterns.
        max_hold: characters after which what may still become a match counts as one.
    """

    __slots__ = ("_machine", "_max_hold", "_starts", "_state")

    def __init__(self, machine: Machine, max_hold: int) -> None:
        self._machine = machine
        self._max_hold = max_hold
        self._state = machine.start
        self._starts: list[int] = []  # where the groups of the state start

    def feed(self, text: str, begin: int, found: list[Match]) -> int:
        """See `Run`."""
        end = begin + len(text)
        machine = self._machine
        if not self._starts and machine.idle.issuperset(text):
            self._state = machine.rests[text[-1]]
            return end
        self._steps(text, begin, found)
        for start in self._starts:
            if end - start <= self._max_hold:
                return start
        return end

    def _steps(self, text: str, begin: int, found: list[Match]) -> None:
        machine, state, starts, at, bound = self._machine, self._state, self._starts, begin, self._max_hold
        # No start is before the first, so only a text that reaches past the bound from there needs watching.
        watch = begin + len(text) - (starts[0] if starts else begin) > bound
        for kind in map(machine.kinds.__getitem__, text):
            step = state.get(kind)
            if step is None:
                step = machine.step(state, kind)
            state, kept, fresh, hits = step
            if hits:
                _report(hits, starts, at, found)
            if kept is not None:
                starts = starts[kept:] if type(kept) is int else [starts[index] for index in kept]  # type: ignore[union-attr]
            if fresh:
                starts.append(at)
            at += 1
            if watch and starts and at - starts[0] > bound:
                found.append(Match(starts[0], UNDECIDED, machine.order_of(state.groups[0]), at))
        self._state = state
        self._starts = starts

    def end(self, at: int, found: list[Match]) -> None:
        """See `Run`."""
        _report(self._machine.at_end(self._state), self._starts, at, found)


def _report(hits: Iterable[Found], starts: list[int], at: int, found: list[Match]) -> None:
    """Put in what a step found."""
    for group, length, order in hits:
        start = starts[group] if group < len(starts) else at
        found.append(match(start, at + length, order))
