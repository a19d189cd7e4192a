"""Whether a run of delimiters may open and may close (CommonMark 6.2), with the CJK amendment.

CommonMark takes punctuation for the end of a word, so that `**注意：**请` stays unbold: no blank follows the mark
behind the full-width colon. The published amendment (tats-u/markdown-cjk-friendly, specification.md) counts a Chinese,
Japanese or Korean neighbour like a blank there; for other scripts it changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# East Asian width W, F or H and no emoji by default, or Hangul (Unicode 16); unassigned ones between are taken in.
_CJK: Final = (
    "\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c"
    "\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffee\U00016fe0-\U0001b2fb\U0001d300-\U0001d376"
    "\U0001f200\U0001f202-\U0001f219\U0001f21b-\U0001f22e\U0001f230\U0001f231\U0001f237\U0001f23b-\U0001f248"
    "\U0001f260-\U0001f265\U00020000-\U0003fffd"
)
_is_cjk: Final = re.compile(f"[{_CJK}]").match
_is_cjk_before: Final = re.compile(f"[{_CJK}\U000e0100-\U000e01ef]").match  # an ideograph's variation selector too
_FULL_WIDTH: Final = frozenset(
    {"\u2018\ufe01", "\u2019\ufe01", "\u201c\ufe01", "\u201d\ufe01"}
)  # quotes asked for as CJK

Flanks = tuple[bool, bool]


@lru_cache(maxsize=4096)
def flanks(char: str, before: str, after: str, cjk: bool) -> Flanks:
    """Whether a run may open and may close.

    Args:
        char: the delimiter.
        before: up to two characters before the run (a variation selector counts with what it varies).
        after: the character behind it; at the text's ends a line end.
        cjk: whether the amendment holds.
    """
    sequence, before = before, before[-1:]
    white_before, white_after = _is_white(before), _is_white(after)
    cjk_before = cjk_after = False
    if cjk:
        if "\ufe00" <= before <= "\ufe0e":
            before = sequence[:-1] or before
        cjk_before = sequence in _FULL_WIDTH or _is_cjk_before(before) is not None
        cjk_after = _is_cjk(after) is not None
    any_before = not white_before and _is_punctuation(before)
    any_after = not white_after and _is_punctuation(after)
    mark_before, mark_after = any_before and not cjk_before, any_after and not cjk_after
    left = not white_after and (not mark_after or white_before or mark_before or cjk_before)
    right = not white_before and (not mark_before or white_after or mark_after or cjk_after)
    if char == "_":
        return left and (not right or any_before), right and (not left or any_after)
    return left, right


def _is_white(char: str) -> bool:
    """Whether it is Unicode white space as CommonMark 2.1 defines it."""
    return char in "\t\n\f\r" or unicodedata.category(char) == "Zs"


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
