"""Folding: what a reader takes a character for, whatever code point it was written with.

Strategy: each code point is folded alone, so `fold(a + b) == fold(a) + fold(b)`, and no cut of the text can change
the outcome. (NFC and `lower()` look at neighbours.) NFKD takes ligatures, full width, circled and mathematical letters
apart; marks, format characters and controls that are drawn as nothing go; letters that look Latin become Latin, each
in its own case (Greek Ν is N, ν is v); digits of every script become 0 to 9. What a code point folds to is computed
once and looked up from then on.

There are two foldings. Words use `Folder`, which also drops the case and turns every white space into a space.
Regular expressions use `plain`, which keeps the case and the kinds of white space.

Hangul syllables fold to their letters, as NFKD says, so a forbidden syllable is found at the start of a longer one too.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from slipstream.flow.guard.looks import LOOKS, RADICALS, UNSEEN

MARKUP: Final[frozenset[str]] = frozenset("*_~`\\|")
"""What Markdown may put inside a word without showing it: emphasis, strike-through, code, escapes, spoilers."""

_HIDDEN_CATEGORIES: Final = frozenset(("Mn", "Me", "Cf"))
_SHOWN_CONTROLS: Final = frozenset("\t\n\v\f\r\x85")
_BLANK: Final = "\u2800"  # a Braille cell without dots: looks like a space, is not one
# Each table holds a code point at most once; past this many it starts anew, so a text of all of Unicode costs 20 MB.
_MAX_CACHED: Final = 1 << 17


def _unseen(char: str) -> bool:
    """Whether a character that does not decompose is drawn as nothing, or onto the one before it."""
    category = unicodedata.category(char)
    if category == "Cc":
        return char not in _SHOWN_CONTROLS
    return category in _HIDDEN_CATEGORIES or char in UNSEEN


def _look(char: str) -> str:
    """What a character that does not decompose is taken for, in its own case."""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    small = char.casefold()
    look = LOOKS.get(char) or LOOKS.get(small)
    if look is None:
        return RADICALS.get(char, char)
    return look if small == char else look.upper()


def plain_char(char: str) -> str:
    """`plain` of one code point."""
    parts = char if char in LOOKS else unicodedata.normalize("NFKD", char)
    return "".join(_look(part) for part in parts if not _unseen(part))


def fold_char(char: str) -> str:
    """What words are compared by: one code point, folded."""
    return "".join(" " if part.isspace() or part == _BLANK else part for part in plain_char(char).casefold())


class _Plain(dict[str, str]):
    def __missing__(self, char: str) -> str:
        if len(self) >= _MAX_CACHED:
            self.clear()
        result = self[char] = plain_char(char)
        return result


_PLAIN: Final = _Plain()


def hidden(char: str) -> bool:
    """Whether a character is drawn as nothing, or onto the one before it: all of it folds away."""
    return not _PLAIN[char]


def plain(text: str) -> str:
    """The text as a reader takes it, with its case: what a check of a match is given."""
    return "".join(map(_PLAIN.__getitem__, text))


class Folder(dict[str, str]):
    """What each code point folds to, for words.

    Args:
        dropped: folded characters that are left out on top, such as the space.
    """

    def __init__(self, dropped: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._dropped = dropped

    def __missing__(self, char: str) -> str:
        if len(self) >= _MAX_CACHED:
            self.clear()
        result = self[char] = "".join(part for part in fold_char(char) if part not in self._dropped)
        return result

    def fold(self, text: str) -> str:
        """The whole text folded."""
        return "".join(map(self.__getitem__, text))


@lru_cache(maxsize=8)
def folder(ignore: frozenset[str] = frozenset()) -> Folder:
    """The folder for a choice of what to ignore: `spaces`, `markdown`."""
    spaces = frozenset(" ") if "spaces" in ignore else frozenset()
    return Folder(spaces | MARKUP if "markdown" in ignore else spaces)


_TWO_FACED: Final = frozenset(
    case for char in LOOKS for case in (char, char.swapcase()) if fold_char(char) != fold_char(char.swapcase())
)


def cases(text: str) -> list[str]:
    """A word in all the cases in which it folds differently: in Greek, capitals and small letters look like others."""
    if text.isascii() or _TWO_FACED.isdisjoint(unicodedata.normalize("NFKD", text)):
        return [text]
    return [text, text.lower(), text.upper(), text.title()]
