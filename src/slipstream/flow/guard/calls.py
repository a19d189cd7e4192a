"""The arguments of a call on their way through the guard: read as JSON, guarded as text, written back as JSON."""

from __future__ import annotations

import json
from collections import deque
from typing import Final

from slipstream.flow.guard.json_text import JSONText, Kind, Token
from slipstream.flow.guard.reaction import Part, Reaction, Writer
from slipstream.flow.guard.screen import Rules

CHANNEL: Final = "tool_input"
_FRACTION: Final = frozenset(".eE")


class Arguments:
    """The state of one call's arguments.

    Each string of them is a text of its own, keys too; a number or a literal is one as well, and becomes a string if
    something in it matched: the digits of a telephone number are the same with quotes and without. Valid JSON stays
    valid. What is no JSON is one text from the place on where it stopped being any.

    Args:
        rules: what is looked for.
        reaction: what is done about it.
        choice: the answer that calls.

    Attributes:
        given: what came, in pieces.
        shown: what went on of it.
    """

    __slots__ = ("_choice", "_inside", "_reaction", "_reader", "_scanner", "_units", "_writer", "given", "shown")

    def __init__(self, rules: Rules, reaction: Reaction, choice: int) -> None:
        self._reaction = reaction
        self._choice = choice
        self._reader = JSONText()
        self._scanner = rules.scanner()
        self._inside = False  # a string is open
        self._writer = Writer(reaction, CHANNEL, choice)
        self._units: deque[Token] = deque()  # what its scanner holds, as it came
        self.given: list[str] = []
        self.shown: list[str] = []

    def feed(self, text: str) -> str:
        """Take a piece of JSON text; return what goes on, up to a match that ends the stream."""
        self.given.append(text)
        return self._show(self._read(self._reader.feed(text)))

    def end(self) -> str:
        """The arguments end: all that is held."""
        return self._show(self._read(self._reader.end()) + self._close())

    def _show(self, text: str) -> str:
        self.shown.append(text)
        return text

    def _read(self, tokens: list[Token]) -> str:
        out: list[str] = []
        for token in tokens:
            if token.kind is Kind.TEXT:
                out.append(self._text(token))
            elif token.kind is Kind.BARE:
                out.append(self._bare(token))
            elif token.kind is Kind.MARK:
                out.append(token.raw)
            elif token.kind is Kind.CLOSE:
                out.append(self._close())
                out.append(self._unless_stopped(token.raw))
            else:
                out.append(token.raw)
                self._inside = True
            if self._reaction.stopped is not None:
                break
        return "".join(out)

    def _text(self, token: Token) -> str:
        self._units.append(token)
        return self._written(self._writer.write(self._scanner.feed(token.text)))

    def _close(self) -> str:
        """The string ends, and with it the text; the scanner is as new then."""
        if not self._inside:
            return ""
        self._inside = False
        parts = self._writer.write(self._scanner.end())
        return self._written([*parts, *self._writer.end()])

    def _bare(self, token: Token) -> str:
        """A number: as it came, or as a string of what is left of it. `1.3800138e10` also reads `13800138000.0`."""
        for text in (token.text, _read_out(token.text)):
            parts = self._writer.write([*self._scanner.feed(text), *self._scanner.end()])
            parts += self._writer.end()
            if self._reaction.stopped is not None:
                return ""
            if any(part.masked for part in parts):
                return json.dumps("".join(part.text for part in parts), ensure_ascii=False)
        return token.raw

    def _unless_stopped(self, raw: str) -> str:
        return "" if self._reaction.stopped is not None else raw

    def _written(self, parts: list[Part]) -> str:
        """The parts as the inside of a JSON string."""
        out: list[str] = []
        for size, text, masked in parts:
            raw = self._taken(size)
            out.append(json.dumps(text, ensure_ascii=False)[1:-1] if masked else raw)
        return "".join(out)

    def _taken(self, size: int) -> str:
        """The next characters of the string, as they came."""
        out: list[str] = []
        units = self._units
        while size > 0:
            token = units.popleft()
            length = len(token.text)
            if length > size:  # more than one character, so it is its own raw
                units.appendleft(Token(Kind.TEXT, token.raw[size:], token.text[size:]))
                token = Token(Kind.TEXT, token.raw[:size], "")
            out.append(token.raw)
            size -= length
        return "".join(out)


def _read_out(number: str) -> str:
    """A number as the decoded input says it; "" if that is how it is written, or no number."""
    if number[0] not in "-0123456789" or _FRACTION.isdisjoint(number):
        return ""
    value = repr(float(number))
    return "" if value == number else value
