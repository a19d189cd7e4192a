"""What a recording is read as: rows of a time and an event.

A reader has `feed(data)` and `end()`, which give rows. What it raises stands after the rows it has given, so that
nothing before a broken line is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from slipstream.events import Event

Row = tuple[float | None, Event]
"""Seconds since the start of the stream, or None where the recording has no times; and the event."""


class Reader(Protocol):
    """Bytes in, rows out."""

    def feed(self, data: bytes) -> Iterator[Row]:
        """Take bytes, cut anywhere."""
        ...

    def end(self) -> Iterator[Row]:
        """There are no more."""
        ...
