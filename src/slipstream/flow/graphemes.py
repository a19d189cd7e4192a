"""Where text may be cut so that no character a person sees is torn: grapheme clusters (Unicode UAX #29).

Strategy: nearly all text consists of characters that never join a neighbour (Latin without loose accents, CJK, single
emoji). Between two of those there is always a boundary, whatever stands before: one regular expression finds such a
pair at C speed, and only the few characters from there on go through wcwidth's exact rules. wcwidth takes 20-40 ms to
import, so it is imported when the first text needs it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_CLUSTER: Final = 64
"""Characters that `incomplete_tail` holds at most. Real clusters end at about 12 (a family emoji with skin tones); more
is a letter under a heap of marks, which could be made as long as one likes and would be held for ever."""

# Ranges of characters that break from each other on both sides. CR is missing (CR LF is one), as is every mark, joiner,
# jamo, regional indicator, skin tone and each script whose vowels are marks.
_SETTLED_RANGES: Final = (
    "\x00-\x0c\x0e-\xa8\xaa-\xad\xaf-\u02ff\u0370-\u0482\u048a-\u058f\u05d0-\u05ea\u0620-\u064a\u0671-\u06d3"
    "\u1e00-\u1fff\u2010-\u2027\u2030-\u203b\u203d-\u2048\u204a-\u205f\u2070-\u20cf\u2100-\u2121\u2123-\u2138"
    "\u213a-\u218f\u2200-\u22ff\u2460-\u24c1\u24c3-\u25a9\u2e00-\u3029\u3031-\u303c\u303e-\u3098\u309b-\u3296"
    "\u3298\u329a-\ua4cf\uac00-\ud7a3\uf900-\ufb06\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff9d\uffe0-\uffee"
    "\U00020000-\U0003ffff"
)
# Pictures: they break from those above and from each other, but often go on with a selector, a skin tone or a joiner.
_PICTURE_RANGES: Final = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u245f\u24c2\u25aa-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
_PLAIN: Final = f"[{_SETTLED_RANGES}{_PICTURE_RANGES}]"
_FLAG_LETTERS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))

_all_plain: Final = re.compile(f"{_PLAIN}*").fullmatch
_anchor: Final = re.compile(f"(?s:.*){_PLAIN}(?={_PLAIN})").match  # the last place between two plain characters
_pair: Final = re.compile(_PLAIN * 2).match
_settled: Final = re.compile(f"[{_SETTLED_RANGES}]").match


@cache
def _clusters() -> Callable[..., Iterator[str]]:
    """wcwidth's iterator over clusters, from a position."""
    from wcwidth import iter_graphemes

    return iter_graphemes


def _is_plain(text: str) -> bool:
    return (text.isascii() and "\r" not in text) or _all_plain(text) is not None


def split_graphemes(text: str) -> list[str]:
    """The characters that a person sees.

    Args:
        text: any text; lone surrogates stand for themselves.

    Returns:
        The grapheme clusters; joined they are the text.
    """
    return list(text) if _is_plain(text) else list(_clusters()(text))


def first_boundary(text: str, at: int) -> int:
    """The first boundary between clusters at or after a position.

    Args:
        text: any text.
        at: an index into it; less than 0 counts as 0, more than its length as its length.

    Returns:
        An index from `at` on. 0 and the length are boundaries.
    """
    if at <= 0 or at >= len(text):
        return min(max(at, 0), len(text))
    begin = _safe_start(text, at)
    if begin == at:
        return at
    for cluster in _clusters()(text, begin):
        if begin >= at:
            return begin
        begin += len(cluster)
    return begin


def is_boundary(text: str, at: int) -> bool:
    """Whether a position is a boundary between clusters: `first_boundary(text, at) == at`, at once for plain text."""
    return not 0 < at < len(text) or _pair(text, at - 1) is not None or first_boundary(text, at) == at


def safe_cut(text: str, n: int) -> int:
    """The last boundary between clusters at or before a position: how much of the text fits into `n` characters.

    Args:
        text: any text.
        n: characters that fit; less than 0 counts as 0.

    Returns:
        An index of at most `n`. 0 if the first cluster alone is longer.
    """
    if n <= 0 or n >= len(text):
        return min(max(n, 0), len(text))
    begin = _safe_start(text, n)
    if begin == n:
        return n
    for cluster in _clusters()(text, begin):
        if begin + len(cluster) > n:
            break
        begin += len(cluster)
    return begin


def _safe_start(text: str, at: int) -> int:
    """A boundary at or before `at`, found without the rules."""
    found = _anchor(text, 0, at + 1)
    return 0 if found is None else found.end()


def incomplete_tail(text: str, strict: bool = False) -> int:
    """How many characters at the end may still combine with what follows.

    Args:
        text: what has come so far.
        strict: by the letter of the rules any character may be followed by a combining accent, so that the last
            cluster is always counted (unless it is a control such as a line end). Otherwise only what in practice goes
            on: emoji, flags, joiners, CR, scripts whose vowels are marks; not Latin, CJK, Kana, Hangul, Cyrillic and
            Arabic letters, which come composed.

    Returns:
        The length of the last cluster if it may go on, else 0. At most `MAX_CLUSTER`; a longer cluster counts as ended.
    """
    if not text:
        return 0
    last = text[-1]
    if last < " " and last != "\r":
        return 0
    if not strict and _settled(last) is not None:
        return 0
    flags = len(text) - len(text.rstrip(_FLAG_LETTERS)) if last in _FLAG_LETTERS else 0
    if flags and (flags > MAX_CLUSTER or (flags % 2 == 0 and not strict)):
        return 1 if flags % 2 else 2 * strict  # two letters are a flag: which of a row pair off takes counting them
    near = text[-MAX_CLUSTER - 1 - flags :]  # a cluster that begins before this is too long anyway
    size = 0
    for cluster in _clusters()(near, _safe_start(near, len(near) - 1)):
        size = len(cluster)
    return size if size <= MAX_CLUSTER else 0
