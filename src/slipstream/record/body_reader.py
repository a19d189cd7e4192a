"""What a provider sent: the body of a stream, or of an HTTP error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from slipstream import dialects
from slipstream.events import Error, Event
from slipstream.record.lines import Lines
from slipstream.record.row import Row

_CREATED: Final = re.compile(rb'"created_at"\s*:\s*"([^"]{20,40})"')
_BROKEN: Final = frozenset(("MalformedChunkError", "EventTooLargeError"))


class BodyReader:
    """A provider's body. Ollama's lines say when they were made; others have no times.

    It is given to the decoder by the line, so that the line that breaks it is known.

    Args:
        dialect: its name.
        framed: the body as it came over the wire; False for the payloads of SSE frames, one a line.
    """

    def __init__(self, dialect: str, *, framed: bool) -> None:
        self._decoder = dialects.get(dialect).decoder()
        self._lines = Lines()
        self._framed = framed
        self._clock = _Clock() if dialect == "ollama" else None
        self._content = 0  # the number of the last line that is not blank: a frame is broken there

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows of the lines that are whole."""
        for line in self._lines.feed(data):
            yield from self._take(line)

    def end(self) -> Iterator[Row]:
        """The last rows."""
        for line in self._lines.end():
            yield from self._take(line)
        yield from self._rows(None if self._clock is None else self._clock.now, self._decoder.end())

    def _take(self, line: bytes) -> Iterator[Row]:
        if not line.isspace():
            self._content = self._lines.number
        elif not self._framed:
            return iter(())
        at = None if self._clock is None else self._clock.tick(line)
        frame = line if self._framed else b"data: %b\n\n" % line.rstrip()
        return self._rows(at, self._decoder.feed(frame))

    def _rows(self, at: float | None, events: list[Event]) -> Iterator[Row]:
        for event in events:
            if isinstance(event, Error) and event.kind in _BROKEN:
                event = replace(event, message=f"line {self._content}: {event.message}")
            yield at, event


class _Clock:
    """Seconds since the first line, by the time each line says it was made."""

    def __init__(self) -> None:
        self.now = 0.0
        self._first: datetime | None = None

    def tick(self, line: bytes) -> float:
        """The time of this line; that of the last one where it says none."""
        found = _CREATED.search(line)
        made = None if found is None else _moment(found.group(1).decode("ascii", "replace"))
        if made is not None:
            self._first = self._first or made
            self.now = max(self.now, (made - self._first).total_seconds())
        return self.now


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


class Refusal:
    """The body of an HTTP error: one event, the error."""

    def __init__(self, error: Error) -> None:
        self._error = error

    def feed(self, data: bytes) -> Iterator[Row]:  # noqa: ARG002
        """Nothing: the body has been read."""
        return iter(())

    def end(self) -> Iterator[Row]:
        """The error."""
        yield None, replace(self._error, message=f"an HTTP error, no stream: {self._error.message}")
