"""The parser of regular expressions: Python's syntax, as a tree for the guard's automaton.

Strategy: `re` itself compiles the expression first, so what comes here is right. Only the structure is parsed here.
What one character matches stays a piece of source that `re` is asked about, so classes, escapes, flags and the case of
every script mean exactly what they mean to `re`. The standard library's own parser is private and is not used.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.regex_tree import (
    EDGE,
    Alternatives,
    Assertion,
    CharSet,
    CharSets,
    Node,
    Repeat,
    Sequence,
    one_of_mask,
)

_COUNT: Final = re.compile(r"\{(?!\})([0-9]*)(,?)([0-9]*)\}")
_SET: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.S)
_ESCAPE: Final = re.compile(r"\\(?:x..|u.{4}|U.{8}|N\{[^}]*\}|0[0-7]{0,2}|[1-3][0-7]{2}|.)", re.S)
_FLAGS: Final = re.compile(r"\(\?([aiLmsux]*)(?:-([imsx]+))?([:)])")
_NAMED: Final = re.compile(r"\(\?P<\w+>")
_FLAG_OF: Final = {"a": re.A, "i": re.I, "m": re.M, "s": re.S, "u": re.U, "x": re.X}
# What decides which characters a piece of source matches.
_OF_CHARS: Final = re.A | re.I | re.S
_LOOKS: Final = {"(?=": ("ahead", True), "(?!": ("ahead", False), "(?<=": ("behind", True), "(?<!": ("behind", False)}


class Parser:
    """One expression.

    Args:
        source: the expression; `re` has accepted it.
        flags: the flags that `re` compiled it with.
        sets: the sets of characters of the automaton it will be part of.
        label: how a refusal names the pattern.
    """

    def __init__(self, source: str, flags: int, sets: CharSets, label: str) -> None:
        self._source = source
        self._flags = flags
        self._sets = sets
        self._label = label
        self._at = 0

    def parse(self) -> Node:
        """The tree.

        Raises:
            InvalidRequestError: the expression has a part that cannot be guarded; the message names it.
        """
        return self._alternatives()

    def _refuse(self, what: str) -> NoReturn:
        raise InvalidRequestError(f"{self._label} has {what}, which cannot be guarded in a stream")

    def _alternatives(self) -> Node:
        branches = [self._sequence()]
        while self._source.startswith("|", self._at):
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def _sequence(self) -> Node:
        items: list[Node] = []
        starts: list[int] = []
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            begin = self._at
            if self._skipped():
                continue
            bounds = self._bounds()
            if bounds is None:
                items.append(self._atom())
                starts.append(begin)
            else:
                items[-1] = Repeat(items[-1], *bounds, self._source[starts[-1] : self._at])
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _skipped(self) -> bool:
        """Pass over a comment, over white space of a verbose expression, over flags for the whole of it."""
        source, at = self._source, self._at
        if source.startswith("(?#", at):
            self._at = source.index(")", at) + 1
        elif self._flags & re.X and source[at].isspace():
            self._at += 1
        elif self._flags & re.X and source[at] == "#":
            line_end = source.find("\n", at)
            self._at = len(source) if line_end < 0 else line_end + 1
        elif (found := _FLAGS.match(source, at)) and found[3] == ")":
            self._at = found.end()
        else:
            return False
        return True

    def _bounds(self) -> tuple[int, int | None] | None:
        """The bounds of a quantifier standing here, or None if there is none."""
        bounds = self._written_bounds()
        # Lazy and possessive ones match no other spans than plain ones, or fewer.
        if bounds is not None and self._at < len(self._source) and self._source[self._at] in "?+":
            self._at += 1
        return bounds

    def _written_bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        bounds = simple.get(self._source[self._at])
        if bounds is not None:
            self._at += 1
            return bounds
        found = _COUNT.match(self._source, self._at)
        if not found or not (found[1] or found[2]):
            return None
        self._at = found.end()
        low = int(found[1] or 0)
        if not found[2]:
            return low, low
        return low, int(found[3]) if found[3] else None

    def _atom(self) -> Node:
        char = self._source[self._at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._take(_SET)
        if char == "\\":
            return self._escape()
        self._at += 1
        if char == "^":
            return self._line_start() if self._flags & re.M else Assertion("behind", EDGE, True)
        if char == "$":
            return Assertion("ahead", EDGE | self._bit(r"\n"), True)
        return self._set("." if char == "." else re.escape(char))

    def _line_start(self) -> Node:
        return Assertion("behind", EDGE | self._bit(r"\n"), True)

    def _take(self, shape: re.Pattern[str]) -> Node:
        """A piece of source that matches one character."""
        found = shape.match(self._source, self._at)
        assert found, "re accepted the expression"
        self._at = found.end()
        return self._set(found[0])

    def _set(self, source: str) -> Node:
        return CharSet(self._bit(source))

    def _bit(self, source: str) -> int:
        return self._sets.bit(source, self._flags & _OF_CHARS)

    def _escape(self) -> Node:
        kind = self._source[self._at + 1]
        if kind in "AZzbB":
            self._at += 2
            return self._anchor(kind)
        if kind in "123456789" and not re.match(r"[1-3][0-7]{2}", self._source[self._at + 1 :]):
            self._refuse("a back reference")
        return self._take(_ESCAPE)

    def _anchor(self, kind: str) -> Node:
        if kind in "bB":
            return Assertion("border", self._bit(r"\w"), kind == "b")
        return Assertion("behind" if kind == "A" else "ahead", EDGE, True)

    def _group(self) -> Node:
        source, at = self._source, self._at
        for opening, (side, wanted) in _LOOKS.items():
            if source.startswith(opening, at):
                return self._look(opening, side, wanted)
        if source.startswith(("(?P=", "(?("), at):
            self._refuse("a back reference" if source[at + 2] == "P" else "a conditional")
        if found := _FLAGS.match(source, at):
            return self._scoped(found)
        named = _NAMED.match(source, at)
        # An atomic group matches no other spans than a plain one, or fewer.
        return self._inside(named[0] if named else "(?>" if source.startswith("(?>", at) else "(")

    def _scoped(self, found: re.Match[str]) -> Node:
        """A group with flags of its own."""
        outer = self._flags
        for letter in found[1]:
            if letter in "au":  # one takes the place of the other
                self._flags &= ~(re.A | re.U)
            self._flags |= _FLAG_OF[letter]
        for letter in found[2] or "":
            self._flags &= ~_FLAG_OF[letter]
        node = self._inside(found[0])
        self._flags = outer
        return node

    def _inside(self, opening: str) -> Node:
        self._at += len(opening)
        node = self._alternatives()
        self._at += 1  # the closing bracket
        return node

    def _look(self, opening: str, side: str, wanted: bool) -> Node:
        begin = self._at
        mask = one_of_mask(self._inside(opening), side)
        if mask is None:
            self._refuse(f"a look-around of more than one character, {self._source[begin : self._at]!r}")
        return Assertion(side, mask, wanted)
