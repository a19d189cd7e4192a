"""Emphasis: the delimiter stack (CommonMark, "An algorithm for parsing nested emphasis and links").

Strategy: the text becomes a flat list of tokens; a run of delimiters is one token that notes what it closes and opens.
Pairs are found on the stack alone; the tree is built once, at the end, in one pass. A run is looked at once, in the
order of the text, and `bottoms` keeps, for each sort of closer, where looking for an opener was in vain: the whole is
linear.
"""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.flanking import flanks

WRAPS: Final = {("*", 1): "emphasis", ("*", 2): "strong", ("_", 1): "emphasis", ("_", 2): "strong"}
Bottoms = dict[tuple[str, bool, int], int]


class Run:
    """A run of one delimiter character."""

    __slots__ = ("before_word", "can_close", "can_open", "char", "closes", "left", "opens", "size")

    def __init__(self, char: str, size: int, before: str, after: str, cjk: bool) -> None:
        self.char, self.size, self.left = char, size, size
        self.closes: list[str] = []  # in the order of closing
        self.opens: list[str] = []  # the last one is the outermost
        self.before_word = before[-1:].isalnum()
        self.can_open, self.can_close = flanks(char, before, after, cjk)


class Runs:
    """The runs of a text that may open or close, in its order.

    Attributes:
        waiting: those that were not looked at yet, since a bracket before them may still become a link.
        open: those that were, and may still open something.
    """

    __slots__ = ("_bottoms", "open", "waiting")

    def __init__(self) -> None:
        self.waiting: list[Run] = []
        self.open: list[Run] = []
        self._bottoms: Bottoms = {}

    def pair(self) -> None:
        """Find the pairs of all that wait."""
        if self.waiting:
            _pair(self.waiting, self.open, self._bottoms)
            self.waiting.clear()

    def pair_from(self, place: int) -> None:
        """Find the pairs among those that wait from a place on, a link's content, and forget them."""
        if len(self.waiting) > place:
            _pair(self.waiting[place:], [], {})
            del self.waiting[place:]


def _pair(runs: list[Run], open_runs: list[Run], bottoms: Bottoms) -> None:
    for run in runs:
        if run.can_close:
            _close(run, open_runs, bottoms)
        if run.can_open and run.left:
            open_runs.append(run)


def _close(closer: Run, open_runs: list[Run], bottoms: Bottoms) -> None:
    """Pair a closer with as many openers as it has delimiters for."""
    key = (closer.char, closer.can_open, closer.size % 3)
    while closer.left:
        floor = bottoms.get(key, 0)
        at = len(open_runs) - 1
        while at >= floor and (open_runs[at].char != closer.char or not _fits(open_runs[at], closer)):
            at -= 1
        if at < floor:
            bottoms[key] = len(open_runs)
            return
        if closer.char == "~" and open_runs[at].size != closer.size:
            del open_runs[at:]  # one tilde and two: neither they nor what stands between them pair (as in cmark-gfm)
            closer.can_open = False
            _lower(bottoms, len(open_runs))
            return
        _use(open_runs[at], closer)
        del open_runs[at + 1 :]  # what stands between is text
        if not open_runs[at].left:
            del open_runs[at]
        _lower(bottoms, len(open_runs))


def _lower(bottoms: Bottoms, top: int) -> None:
    for key, place in bottoms.items():
        if place > top:
            bottoms[key] = top


def _fits(opener: Run, closer: Run) -> bool:
    """Whether a run opens what another of its sort closes; the rule of three (CommonMark 6.2, rules 9 and 10)."""
    if not (closer.can_open or opener.can_close):
        return True
    return closer.size % 3 == 0 or (opener.size + closer.size) % 3 != 0


def _use(opener: Run, closer: Run) -> None:
    """Take delimiters of both for one pair."""
    used = opener.left if opener.char == "~" else 2 if min(opener.left, closer.left) >= 2 else 1
    kind = "strike" if opener.char == "~" else WRAPS[opener.char, used]
    opener.left -= used
    closer.left -= used
    opener.opens.append(kind)
    closer.closes.append(kind)
