"""Our own events, one a line as JSON, with times or without."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from slipstream.errors import InvalidRequestError
from slipstream.events import AnyEvent, Event
from slipstream.flow.record import recorded
from slipstream.flow.record_faults import fault
from slipstream.flow.stage import TERMINAL
from slipstream.record.lines import Lines
from slipstream.record.row import Row


class _Timed(msgspec.Struct):
    at: float
    event: AnyEvent


_timed: Final = msgspec.json.Decoder(_Timed)
_plain: Final = msgspec.json.Decoder(AnyEvent)
_RESTORED: Final = re.compile(rb'\{"\$(?:float|int|bytes|dict)"')  # what `flow.record` writes for what JSON lacks


class EventReader:
    """Events as JSON, one a line.

    Args:
        timed: a line is `{"at": seconds, "event": {...}}`, as `flow.record` writes it; else it is the event.
    """

    def __init__(self, *, timed: bool) -> None:
        self._lines = Lines()
        self._parse: Callable[[bytes], Row] = _timed_row if timed else _plain_row
        self._last: Row | None = None  # the end of the answer is held until it is sure that nothing follows
        self._ended_at = 0
        self._at = 0.0

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows of the lines that are whole.

        Raises:
            InvalidRequestError: a line is no event, its time lies before that of the line above it, or it stands behind
                the end of the answer; the message gives its number.
        """
        for line in self._lines.feed(data):
            yield from self._take(line)

    def end(self) -> Iterator[Row]:
        """The last rows.

        Raises:
            InvalidRequestError: the answer has no end.
        """
        for line in self._lines.end():
            yield from self._take(line)
        if self._last is None:
            raise InvalidRequestError(f"ends on line {self._lines.number}, before the answer does")
        yield self._last

    def _take(self, line: bytes) -> Iterator[Row]:
        if line.isspace():
            return
        number = self._lines.number
        if self._last is not None:
            raise InvalidRequestError(f"line {number}: the answer has ended on line {self._ended_at}")
        try:
            row = self._parse(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"line {number} is no event: {error.message}") from None
        self._check_time(row[0], number)
        if type(row[1]) in TERMINAL:
            self._last, self._ended_at = row, number
        else:
            yield row

    def _check_time(self, at: float | None, number: int) -> None:
        if at is not None:
            if at < self._at:
                raise InvalidRequestError(f"line {number}: `at` runs backwards, from {self._at:.6g} to {at:.6g}")
            self._at = at


def _timed_row(line: bytes) -> Row:
    at, event = _timed_pair(line)
    if not 0 <= at < math.inf:
        raise InvalidRequestError(fault(line, timed=True))
    return at, event


def _timed_pair(line: bytes) -> tuple[float, Event]:
    if not _RESTORED.search(line):
        try:
            row = _timed.decode(line)
        except (ValueError, RecursionError):
            pass  # the slow way takes half a surrogate pair too, or says what is wrong
        else:
            return row.at, row.event
    return _slow(line, line, timed=True)


def _plain_row(line: bytes) -> Row:
    try:
        return None, _plain.decode(line)
    except (ValueError, RecursionError):
        return None, _slow(b'{"at":0,"event":%b}' % line, line, timed=False)[1]


def _slow(row: bytes, line: bytes, *, timed: bool) -> tuple[float, Event]:
    """A row with its time; `line` is what stands in the file."""
    try:
        events, times = recorded([row])
    except InvalidRequestError:
        raise InvalidRequestError(fault(line, timed=timed)) from None
    return times[0], events[0]
