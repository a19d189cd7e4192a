"""Any text, as if a model wrote it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Finish, Start, StepEnd, StepStart, TextDelta, TextEnd, TextStart, Usage
from slipstream.flow.tokens import tokens_of, weight_of
from slipstream.record.row import Row

_PIECE: Final = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]|\s{1,8}|[!-~]{1,6}|.", re.DOTALL
)
"""About a token: a wide character, some blanks, a piece of a word."""


class TextReader:
    """Any text, as if a model wrote it: a piece of about a token each.

    Its usage counts the tokens by length, as its pace does, so that the figures say the rate that was asked for.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._read = 0
        self._weight = 0
        self._opening: list[Event] = [Start(), StepStart(), TextStart()]

    def feed(self, data: bytes) -> Iterator[Row]:
        """The pieces of what has come.

        Raises:
            InvalidRequestError: it is no UTF-8 text.
        """
        return self._pieces(data, last=False)

    def end(self) -> Iterator[Row]:
        """The rest, and the end of the answer."""
        yield from self._pieces(b"", last=True)
        usage = Usage(output_tokens=tokens_of(self._weight), estimated=True)
        for event in (*self._opening, TextEnd(), usage, StepEnd(), Finish()):
            yield None, event

    def _pieces(self, data: bytes, *, last: bool) -> Iterator[Row]:
        if (nul := data.find(b"\0")) >= 0:
            raise InvalidRequestError(f"is binary (byte {self._read + nul})")
        try:
            text = self._decoder.decode(data, last)
        except UnicodeDecodeError as error:
            raise InvalidRequestError(f"is no UTF-8 text (near byte {self._read + error.start})") from None
        self._read += len(data)
        self._weight += weight_of(text)
        opening, self._opening = self._opening, []
        yield from ((None, event) for event in opening)
        yield from ((None, TextDelta(piece)) for piece in _PIECE.findall(text))
