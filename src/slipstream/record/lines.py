"""Bytes to lines with their numbers, so that a broken one can be named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.errors import InvalidRequestError

MAX_LINE_BYTES: Final = 2 * MAX_EVENT_BYTES
"""The longest line. The longest event is half of it; as JSON its text may take twice the room (`\\u00e9`)."""


class Lines:
    """Splits at LF; each line comes with its end. A last line without one comes at `end`.

    Attributes:
        number: of the line that was given last, from 1.
    """

    def __init__(self) -> None:
        self.number = 0
        self._parts: list[bytes] = []  # of the line that has no end yet; joined once, so that a long one is no square
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, cut anywhere; give the lines that they end.

        Raises:
            InvalidRequestError: a line is longer than `MAX_LINE_BYTES`.
        """
        *whole, rest = data.split(b"\n")
        for line in whole:
            yield self._take(line + b"\n")
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
            self._check()

    def end(self) -> Iterator[bytes]:
        """The last line, if it lacks its end."""
        if self._parts:
            yield self._take(b"")

    def _take(self, last: bytes) -> bytes:
        line = b"".join((*self._parts, last)) if self._parts else last
        self._size = len(line)
        self._check()
        self._parts, self._size = [], 0
        self.number += 1
        return line

    def _check(self) -> None:
        if self._size > MAX_LINE_BYTES:
            raise InvalidRequestError(f"line {self.number + 1} is longer than {MAX_LINE_BYTES >> 20} MiB")
