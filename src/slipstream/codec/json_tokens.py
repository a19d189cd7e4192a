"""The smallest parts of JSON (RFC 8259) when it comes in pieces: numbers, literals and escapes, whole or cut.

Each function answers for a text that may go on: what it is worth so far, or that it can never become valid.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.codec.limits import MAX_JSON_NUMBER
from slipstream.codec.text import REPLACEMENT

SPACE = re.compile(r"[ \t\n\r]+")
NUMBER_CHARS = re.compile(r"[-+.eE0-9]+")

# The rest of a string as far as it needs no second look, and its closing quote if that follows (then `lastindex` is 2).
# RFC 8259 section 7 forbids bare control characters; models forget that, so the second form lets them through.
REST = re.compile(r'([^"\\\x00-\x1f]*)(")?')
REST_OR_CONTROL = re.compile(r'([^"\\]*)(")?')

# A string or a key from its opening quote on: one match in place of several steps where it stands whole.
STRING = re.compile('"' + REST.pattern)
KEY = re.compile(r'"([^"\\\x00-\x1f]*)(": ?)?')
NEXT_KEY = re.compile(", ?" + KEY.pattern)
# A number that stands whole, in its common form. 18 digits are always within every limit.
WHOLE_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]{0,17}))(\.[0-9]{1,18})?(?=[],} \t\n\r])")

_INTEGER = r"-?(?:0|[1-9][0-9]*)"
_NUMBER = re.compile(_INTEGER + r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# What may still become a number; with an order of the alternatives that makes `match` take as much as it can.
NUMBER_START = re.compile(_INTEGER + r"(?:(?:\.[0-9]+)?[eE][+-]?[0-9]*|\.[0-9]*)?|-")

ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CHARACTERS = re.compile(r"(?:\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})+")  # no surrogate among them
_SURROGATES = re.compile(r"u([dD][89a-fA-F][0-9a-fA-F]{2})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?")
# An escape that the end of a piece has cut: also a high surrogate whose low half may follow.
_CUT = re.compile(
    r"(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?))?"
)

LITERALS: Final = {"true": True, "false": False, "null": None}
LITERAL_BY_LETTER: Final = {word[0]: word for word in LITERALS}


class NotJSON(ValueError):  # noqa: N818  internal: JSONStream turns it into an error of the public tree
    """What was read can never become JSON: why, and at which character of the text that was read."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def number(text: str, start: int, end: int) -> int | float:
    """The value of a number that has come whole.

    An integer stays exact, however long. A float beyond the range of a double is `inf`, as in `json.loads`.

    Raises:
        NotJSON: it is no number of JSON, or is too long.
    """
    if end - start > MAX_JSON_NUMBER:
        raise NotJSON(f"a number of more than {MAX_JSON_NUMBER} characters", start)
    digits = text[start:end]
    if _NUMBER.fullmatch(digits) is None:
        raise NotJSON("no valid number", start)
    try:
        return _value(digits)
    except ValueError:
        raise NotJSON("a number with more digits than Python is set to take", start) from None


def number_so_far(text: str) -> int | float | None:
    """The longest start of the text that is a number (`12.` is 12, `2.5e-` is 2.5), or None if there is none (`-`)."""
    found = _NUMBER.match(text)
    try:
        return _value(found[0]) if found else None
    except ValueError:
        return None


def _value(digits: str) -> int | float:
    # int() refuses beyond a limit that the user may have set lower than ours (sys.set_int_max_str_digits).
    return float(digits) if any(mark in digits for mark in ".eE") else int(digits)


def unicode_escape(text: str, at: int) -> tuple[str, int] | None:
    """Read the escapes `\\uXXXX` from the one whose backslash stands at `at`.

    A surrogate pair becomes its character, a lone surrogate U+FFFD: half a pair could not be encoded again.

    Returns:
        What they stand for and the position after them, or None if the end of the text has cut the first.

    Raises:
        NotJSON: it is no escape of JSON.
    """
    found = _CHARACTERS.match(text, at)
    if found is not None:
        return found[0].encode().decode("unicode_escape"), found.end()
    # 11 characters hold the longest escape after its backslash, `uD83D\\uDE00`; what is cut has fewer.
    rest = text[at + 1 : at + 12]
    if _CUT.fullmatch(rest):
        return None
    found = _SURROGATES.match(rest)
    if found is None:
        raise NotJSON("no valid escape", at)
    high, low = int(found[1], 16), found[2]
    if high >= 0xDC00 or low is None:
        return REPLACEMENT, at + 6
    return chr(0x10000 + ((high - 0xD800) << 10) + (int(low, 16) - 0xDC00)), at + 12
