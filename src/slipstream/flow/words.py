"""Text in whole words."""

from __future__ import annotations

import re
from typing import Final

from slipstream.flow.arguments import positive
from slipstream.flow.buffer import HoldingCutter
from slipstream.flow.text_stage import TextStage

# Scripts without spaces between words, and the punctuation of their width. Hangul has spaces.
_CJK: Final = "\u2e80-\u2fff\u3001-\u312f\u3190-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\U00020000-\U0003ffff"
# One character of these is a word; of others a word runs to the next white space, which it takes along.
_complete: Final = re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}]+(?:\s|(?=[{_CJK}])))").match
_may_end: Final = re.compile(rf"[\s{_CJK}]").search


class WordCutter(HoldingCutter):
    """Pieces that are words: `Hello `, `world,\\n`, and each CJK character alone.

    More white space than one begins the next piece: it could go on for ever.
    """

    __slots__ = ()

    def _cut(self, text: str) -> list[str]:
        blank = text.isspace() and bool(self._held) and self._held[-1].isspace()
        self._hold(text)
        if blank or _may_end(text) is None:
            return []  # most pieces, and a run of white space is not read again with each of its pieces
        held, pieces, at = self._take(), [], 0
        while found := _complete(held, at):
            pieces.append(found[0])
            at = found.end()
        self._hold(held[at:])
        return pieces


class Words(TextStage):
    """The stage behind `words()`: a delta for each word.

    Args:
        seconds: the longest that a character is held, from its arrival on; None holds a word until it ends.

    Raises:
        InvalidRequestError: `seconds` is no positive number.
    """

    def __init__(self, seconds: float | None = None) -> None:
        bound = None if seconds is None else positive("seconds", seconds, "seconds")
        super().__init__(lambda: WordCutter(bound))


def words(seconds: float | None = None) -> Words:
    """A stage that lets text go word by word, a CJK character being one; see `Words`."""
    return Words(seconds)
