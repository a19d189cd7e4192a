"""Reads a JSON text that comes in pieces, and tells what stands in its strings from what holds them together.

Strategy: the arguments of a call are JSON, so a forbidden word may stand there in escapes (`\\u0062ad`), and what is
put in its place must leave the JSON as valid as it was. The reader gives tokens whose `raw` joined is the text as it
came; strings come decoded beside it, character by character where they are escaped, so that any part of one can be
written back as it stood or replaced. Only an escape or a number that the end of a piece has cut is held, both bounded.

What is no JSON is not taken apart: from the first place that cannot be JSON, all the rest is one string that never
closes (`LOOSE`), so that no bracket or quote can part a word from its second half.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from slipstream.codec.limits import MAX_JSON_NUMBER

MAX_BARE: Final = MAX_JSON_NUMBER
"""The longest number, in characters: a longer one is no JSON for the rest of the library either."""


class Kind(Enum):
    """What a token is."""

    MARK = "brackets, commas, colons and space"
    OPEN = "the quote that opens a string"
    TEXT = "a part of a string"
    CLOSE = "the quote that closes it"
    BARE = "a whole number or literal"
    LOOSE = "nothing: what follows is no JSON, and is given as TEXT to the end"


class Token(NamedTuple):
    """A part of the text.

    Args:
        kind: what it is.
        raw: as it came.
        text: what it says. A TEXT has one character, or is its own `raw`.
    """

    kind: Kind
    raw: str
    text: str = ""


_MARKS: Final = re.compile(r"[ \t\n\r{}\[\]:,]+")
_BRACKETS: Final = re.compile(r"[{}\[\]:,]")
_BARE: Final = re.compile(r'[^ \t\n\r"{}\[\]:,]+')
_VALID_BARE: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_RUN: Final = re.compile(r'[^"\\]+')
_LOOSE_RUN: Final = re.compile(r"[^\\]+")
_UNICODE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_HIGH: Final = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})")
_LOW: Final = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
# What the end of a piece may have cut: an escape, or the second half of a surrogate pair.
_CUT_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_CUT_LOW: Final = re.compile(r"(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?\Z")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JSONText:
    """The reader of one JSON text."""

    __slots__ = ("_after", "_held", "_in_string", "_loose")

    def __init__(self) -> None:
        self._held = ""
        self._in_string = False
        self._loose = False
        self._after = False  # a value has just ended: no other may follow without a comma, a colon or a bracket

    def feed(self, raw: str) -> list[Token]:
        """Take the next piece.

        Args:
            raw: JSON text, cut anywhere.

        Returns:
            The tokens that are whole.
        """
        text, self._held = self._held + raw, ""
        out: list[Token] = []
        at, end = 0, len(text)
        while at < end:
            at = self._step_in(text, at, out) if self._in_string else self._step_out(text, at, out)
        return out

    def end(self) -> list[Token]:
        """No more will come: return what was held."""
        held, self._held = self._held, ""
        if not held:
            return []
        if self._in_string:
            return [Token(Kind.TEXT, held, held)]
        if _VALID_BARE.fullmatch(held):
            return [Token(Kind.BARE, held, held)]
        return [Token(Kind.LOOSE, ""), Token(Kind.TEXT, held, held)]

    # ---- outside of strings: (text, position, tokens so far) -> the position to go on from

    def _step_out(self, text: str, at: int, out: list[Token]) -> int:
        marks = _MARKS.match(text, at)
        if marks is not None:
            return self._marks(text, marks, out)
        if self._after:
            return self._give_up(at, out)
        if text[at] == '"':
            self._in_string = True
            out.append(Token(Kind.OPEN, '"'))
            return at + 1
        return self._bare(text, at, out)

    def _marks(self, text: str, marks: re.Match[str], out: list[Token]) -> int:
        end = marks.end()
        for bracket in _BRACKETS.finditer(text, marks.start(), end):
            opens = bracket[0] in "{["
            if opens and self._after:
                end = bracket.start()
                break
            self._after = bracket[0] in "}]"
        if end > marks.start():
            out.append(Token(Kind.MARK, text[marks.start() : end]))
        return end if end == marks.end() else self._give_up(end, out)

    def _bare(self, text: str, at: int, out: list[Token]) -> int:
        found = _BARE.match(text, at)
        end = found.end() if found else at + 1
        if end == len(text) and end - at <= MAX_BARE:
            self._held = text[at:]
            return end
        if not _VALID_BARE.fullmatch(text, at, end):
            return self._give_up(at, out)
        out.append(Token(Kind.BARE, text[at:end], text[at:end]))
        self._after = True
        return end

    def _give_up(self, at: int, out: list[Token]) -> int:
        self._in_string = self._loose = True
        out.append(Token(Kind.LOOSE, ""))
        return at

    # ---- inside

    def _step_in(self, text: str, at: int, out: list[Token]) -> int:
        run = (_LOOSE_RUN if self._loose else _RUN).match(text, at)
        if run is not None:
            out.append(Token(Kind.TEXT, run[0], run[0]))
            return run.end()
        if text[at] == "\\":
            return self._escape(text, at, out)
        out.append(Token(Kind.CLOSE, '"'))
        self._in_string, self._after = False, True
        return at + 1

    def _escape(self, text: str, at: int, out: list[Token]) -> int:
        if _CUT_ESCAPE.match(text, at):
            return self._hold(text, at)
        code = _UNICODE.match(text, at)
        if code is None:
            letter = text[at + 1]
            out.append(Token(Kind.TEXT, text[at : at + 2], _SHORT.get(letter, letter)))
            return at + 2
        if not _HIGH.match(text, at):
            out.append(Token(Kind.TEXT, code[0], chr(int(code[1], 16))))
            return code.end()
        return self._pair(text, code, out)

    def _pair(self, text: str, high: re.Match[str], out: list[Token]) -> int:
        """Two escapes that are one character; a half without the other stays what it is."""
        at, end = high.span()
        if _CUT_LOW.match(text, end):
            return self._hold(text, at)
        low = _LOW.match(text, end)
        if low is None:
            out.append(Token(Kind.TEXT, high[0], chr(int(high[1], 16))))
            return end
        point = 0x10000 + ((int(high[1], 16) - 0xD800) << 10) + (int(low[1], 16) - 0xDC00)
        out.append(Token(Kind.TEXT, text[at : low.end()], chr(point)))
        return low.end()

    def _hold(self, text: str, at: int) -> int:
        self._held = text[at:]
        return len(text)
