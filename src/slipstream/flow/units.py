"""What a text is paced by: characters, graphemes, words, CJK characters and words, lines.

A unit appears at once. The last one of a text may be unfinished, as what follows could belong to it: it is never cut
off here, so that it can wait for its rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from slipstream.flow.graphemes import first_boundary, incomplete_tail

Cut = Callable[[str, int, int], int]
"""`cut(text, start, least)`: from the boundary `start` on, the first end of a finished unit at `least` or behind it; if
there is none, the end of the last finished unit, or `start`."""

# A word goes with the white space behind it. CJK characters stand alone, with the punctuation behind them that may not
# begin a line; what is neither is words.
_CJK: Final = (
    "\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_CLOSING: Final = "、。〃〉》」』】〕〗〙〛！），．：；？］｝"
_OTHER: Final = rf"[^\s{_CJK}{_CLOSING}]"
_WORD: Final = re.compile(r"\S*+\s++")
_LINE: Final = re.compile(r"[^\n]*+\n")
_CJK_UNIT: Final = re.compile(
    rf"[{_CJK}][\ufe00-\ufe0f]?[{_CLOSING}”’…]*\s*|[{_CLOSING}]+\s*|{_OTHER}*+\s++|{_OTHER}++(?=[{_CJK}{_CLOSING}])"
)


def _characters(text: str, start: int, least: int) -> int:
    return min(max(start, least), len(text))


def _graphemes(text: str, start: int, least: int) -> int:
    if text.isascii() and "\r" not in text:
        return _characters(text, start, least)
    finished = len(text) - incomplete_tail(text)
    return max(start, finished if least >= finished else min(finished, first_boundary(text, least)))


def _by_pattern(pattern: re.Pattern[str]) -> Cut:
    def cut(text: str, start: int, least: int) -> int:
        while start < least:
            found = pattern.match(text, start)
            if found is None or found.end() == start:
                break
            start = found.end()
        return start

    return cut


CUTS: Final[dict[str, Cut]] = {
    "char": _characters,
    "grapheme": _graphemes,
    "word": _by_pattern(_WORD),
    "cjk": _by_pattern(_CJK_UNIT),
    "line": _by_pattern(_LINE),
}
