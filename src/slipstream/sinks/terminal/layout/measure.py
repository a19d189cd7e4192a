"""How many columns a terminal gives to text, and where text may be cut.

Strategy: ASCII is its length. Other text is measured by wcwidth, character by character as a person sees them; text of
letters that never join a neighbour (nearly all Chinese, for one) at once. wcwidth takes 20-40 ms to import, so it is
imported when the first text beyond ASCII needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Final

MAX_CLUSTER: Final = 64
"""Characters that are measured as one at most. Real clusters end at about 12 (a family emoji with skin tones); without
a limit a chain of joiners would be one character of two columns, however long."""

LETTERS: Final = (
    "\0-\u02ff\u0370-\u0482\u048a-\u058f\u05d0-\u05ea\u0620-\u064a\u2010-\u2027\u2030-\u205f\u2070-\u20cf\u2100-\u2fff"
    "\u3001-\u3029\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff9d\uffe0-\uffee\U00020000-\U0003ffff"
)
"""Ranges of characters with columns of their own, whatever stands beside them; no joiners, marks, flags and jamo."""

_only_letters: Final = re.compile(f"[{LETTERS}]*").fullmatch


@cache
def _wcswidth() -> Callable[[str], int]:
    from wcwidth import wcswidth

    return wcswidth


@cache
def _clusters() -> Callable[[str], Iterator[str]]:
    from wcwidth import iter_graphemes

    return iter_graphemes


def graphemes(text: str) -> Iterator[str]:
    """The characters that a person sees, none longer than `MAX_CLUSTER`; joined they are the text."""
    if text.isascii():
        yield from text
        return
    for cluster in _clusters()(text):
        if len(cluster) <= MAX_CLUSTER:
            yield cluster
        else:
            yield from (cluster[at : at + MAX_CLUSTER] for at in range(0, len(cluster), MAX_CLUSTER))


def columns(text: str) -> int:
    """The columns that clean text takes on a terminal."""
    return len(text) if text.isascii() else _columns(text) if len(text) <= MAX_CLUSTER else _measure(text)


def _measure(text: str) -> int:
    if _only_letters(text):
        width = _wcswidth()(text)
        if width >= 0:
            return width
    return sum(max(0, _wcswidth()(cluster)) for cluster in graphemes(text))


_columns: Final = lru_cache(maxsize=8192)(_measure)  # the Chinese that people write has some 3,000 characters


def cut(text: str, width: int) -> str:
    """The beginning of clean text that fits into so many columns; no character is torn."""
    if text.isascii():
        return text[: max(0, width)]
    if len(text) * 2 <= width:
        return text
    used = end = 0
    for cluster in graphemes(text):
        used += columns(cluster)
        if used > width:
            break
        end += len(cluster)
    return text[:end]
