"""JSON objects out of a byte stream in which they stand one after the other: the array form of the API's streams, and
errors that come as bare JSON between the frames of an event stream.

Strategy: Google ends an object at the end of a line; that is a guess, and whoever decodes the object knows whether it
is right, as no part of an object is one itself. Else an object that came whole is found by one regular expression. One
that is cut, or nested deeper than the expression, is read byte for byte once: regular expressions run over strings and
plain runs, Python sees the brackets. The quantifiers are possessive, so what is cut cannot make them try again.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.errors import EventTooLargeError, MalformedChunkError

_ATOM: Final = rb'[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+"'


def _nested(levels: int) -> bytes:
    inner = b"" if levels == 1 else b"|" + _nested(levels - 1)
    return rb"[{\[](?:%b%b)*+[}\]]" % (_ATOM, inner)


# Chunks nest six levels deep; arguments of calls come on top of that.
_OBJECT: Final = re.compile(_nested(12), re.DOTALL)
_RUN: Final = re.compile(rb"(?:%b)*+" % _ATOM, re.DOTALL)
_STRING_REST: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_BETWEEN: Final = re.compile(rb"[\s,\[\]]*+")
_OPENING: Final = (0x7B, 0x5B)
_QUOTE: Final = 0x22
_BRACE: Final = 0x7B


class Elements:
    """Bytes in, whole JSON objects out. Commas, brackets and white space may stand between them.

    Args:
        max_bytes: the longest object, in bytes.

    Attributes:
        guessed: True if the end of the last object was guessed: if it is no JSON, `retract` it.
    """

    __slots__ = ("_at", "_buffer", "_depth", "_in_string", "_limit", "guessed")

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._buffer = bytearray()
        self._at = 0  # how far the buffer has been read
        self._depth = 0
        self._in_string = False
        self._limit = max_bytes
        self.guessed = False

    @property
    def pending(self) -> bool:
        """True in the middle of an object."""
        return self._depth > 0

    def push(self, data: bytes) -> None:
        """Take the next bytes."""
        self._buffer += data

    def drain(self) -> bytes:
        """Give back what has come behind the last object."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def retract(self, element: bytes) -> None:
        """Take an object back whose end was a wrong guess; its end is looked for byte by byte now."""
        self._buffer[:0] = element
        self._depth, self._at, self.guessed = 1, 1, False

    def skip(self) -> bool:
        """Go to the next opening brace, past what is no object; False if none has come."""
        at = self._buffer.find(b"{")
        del self._buffer[: at if at >= 0 else len(self._buffer)]
        return at >= 0

    def next(self) -> bytes | None:
        """The next object that is whole, or None.

        Raises:
            EventTooLargeError: an object is longer than the limit.
            MalformedChunkError: something else than an object stands where one belongs.
        """
        if not self._depth and not self._open():
            return None  # nothing has come
        if not self._depth or self._close():
            element = bytes(self._buffer[: self._at])
            del self._buffer[: self._at]
            self._at = 0
            return element
        if len(self._buffer) > self._limit:
            raise EventTooLargeError(f"an element of the stream is longer than {self._limit} bytes")
        return None

    def _open(self) -> bool:
        """Skip what stands between two objects; True at the opening brace of one."""
        buffer = self._buffer
        gap = _BETWEEN.match(buffer)
        del buffer[: gap.end() if gap else 0]
        if not buffer:
            return False
        if buffer[0] != _BRACE:
            raise MalformedChunkError("something else than an object stands in the stream's array")
        end = self._guess()
        self.guessed = end > 0
        if not end and (whole := _OBJECT.match(buffer)):
            end = whole.end()
        self._depth, self._at = (0, end) if end else (1, 1)
        return True

    def _guess(self) -> int:
        """Where the object ends, if it is written as Google writes it: the comma behind it begins a line. 0 if not."""
        end = self._buffer.find(b"}\n,") + 1
        return end or (len(self._buffer) - 1 if self._buffer.endswith(b"}\n") else 0)

    def _close(self) -> bool:
        """Read on; True when the object has closed."""
        buffer, at = self._buffer, self._at
        while at < len(buffer):
            found = (_STRING_REST if self._in_string else _RUN).match(buffer, at)
            at = found.end() if found else at
            if at >= len(buffer) or (self._in_string and buffer[at] != _QUOTE):
                break  # a cut string, which may end in half an escape
            byte = buffer[at]
            at += 1
            if byte == _QUOTE:
                self._in_string = not self._in_string
            else:
                self._depth += 1 if byte in _OPENING else -1
                if not self._depth:
                    break
        self._at = at
        return not self._depth
