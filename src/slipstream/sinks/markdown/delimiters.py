"""Emphasis: the delimiter stack (CommonMark, "An algorithm for parsing nested emphasis and links").

Strategy: the text becomes a flat list of tokens; a run of delimiters is one token that notes what it closes and opens.
Pairs are found on the stack alone; the tree is built once, at the end, in one pass. `bottoms` keeps, for each sort of
closer, where looking for an opener was in vain, so that the whole is linear.
"""

from __future__ import annotations

import unicodedata
from typing import Final

WRAPS: Final = {("*", 1): "emphasis", ("*", 2): "strong", ("_", 1): "emphasis", ("_", 2): "strong"}


class Run:
    """A run of one delimiter character."""

    __slots__ = ("before_word", "can_close", "can_open", "char", "closes", "left", "opens", "size")

    def __init__(self, char: str, size: int, before: str, after: str) -> None:
        self.char, self.size, self.left = char, size, size
        self.closes: list[str] = []  # in the order of closing
        self.opens: list[str] = []  # the last one is the outermost
        self.before_word = before.isalnum()
        self.can_open, self.can_close = _flanking(char, before, after)


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _flanking(char: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether a run may open and may close (CommonMark 6.2)."""
    white_before, white_after = before.isspace(), after.isspace()
    mark_before = not white_before and _is_punctuation(before)
    mark_after = not white_after and _is_punctuation(after)
    left = not white_after and (not mark_after or white_before or mark_before)
    right = not white_before and (not mark_before or white_after or mark_after)
    if char == "_":
        return left and (not right or mark_before), right and (not left or mark_after)
    return left, right


def pair(stack: list[Run], bottom: int) -> None:
    """Find the pairs above a place of the stack, then cut the stack there.

    The stack holds runs that may open or close, in the order of the text.
    """
    open_runs: list[Run] = []
    bottoms: dict[tuple[str, bool, int], int] = {}
    for run in stack[bottom:]:
        if run.can_close:
            _close(run, open_runs, bottoms)
        if run.can_open and run.left:
            open_runs.append(run)
    del stack[bottom:]
    stack.extend(open_runs)


def _close(closer: Run, open_runs: list[Run], bottoms: dict[tuple[str, bool, int], int]) -> None:
    """Pair a closer with as many openers as it has delimiters for."""
    key = (closer.char, closer.can_open, closer.size % 3)
    while closer.left:
        floor = bottoms.get(key, 0)
        at = len(open_runs) - 1
        while at >= floor and not _fits(open_runs[at], closer):
            at -= 1
        if at < floor:
            bottoms[key] = len(open_runs)
            return
        used = _use(open_runs[at], closer)
        if not used:
            return
        del open_runs[at + 1 :]  # what stands between is text
        if not open_runs[at].left:
            del open_runs[at]
        _lower(bottoms, len(open_runs))


def _lower(bottoms: dict[tuple[str, bool, int], int], top: int) -> None:
    for key, place in bottoms.items():
        if place > top:
            bottoms[key] = top


def _fits(opener: Run, closer: Run) -> bool:
    """Whether a run opens what another closes; the rule of three (CommonMark 6.2, rules 9 and 10)."""
    if opener.char != closer.char:
        return False
    if opener.char == "~":
        return opener.size == closer.size
    if not (closer.can_open or opener.can_close):
        return True
    return closer.size % 3 == 0 or (opener.size + closer.size) % 3 != 0


def _use(opener: Run, closer: Run) -> int:
    """Take delimiters of both for one pair; how many."""
    used = opener.left if opener.char == "~" else 2 if min(opener.left, closer.left) >= 2 else 1
    kind = "strike" if opener.char == "~" else WRAPS[opener.char, used]
    opener.left -= used
    closer.left -= used
    opener.opens.append(kind)
    closer.closes.append(kind)
    return used
