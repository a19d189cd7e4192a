"""Tool calls and what they return, as rows.

Strategy: calls that run side by side are one part, and each call's result goes below its own row as long as that row
can still be reached; after that it says whose it is. The arguments are read as they come, and of a value only as many
characters are written as the row has room for: a call that writes a long file costs no more than its row.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.codec.json_stream import JSONStream
from slipstream.errors import MalformedChunkError
from slipstream.sinks.brief import arguments, brief
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.layout.measure import columns
from slipstream.sinks.terminal.surface import Surface

RESULT_LINES: Final = 5
"""Lines of a result that are shown: results are for the model; a person wants to see that they are sound."""

_KEPT: Final = 2000
"""Characters that are kept of anything that is cut to a row: more than any terminal is wide."""


class Call:
    """One call: its row, and the rows of its result below it.

    Attributes:
        told: how many of its rows are over.
        done: its result has come.
    """

    def __init__(self, surface: Surface, name: str, *, told: int = 0) -> None:
        self._surface = surface
        self.name = name
        self.told = told
        self.done = False
        self._json: JSONStream | None = JSONStream(strict=False)
        self._raw = ""
        self._value: Any = None
        self._lines: list[str] = []
        self._more = 0
        self._style = "dim"

    def grow(self, text: str) -> None:
        """More of the arguments."""
        if len(self._raw) < _KEPT:
            self._raw += text
        if self._json is None:
            return
        try:
            self._json.feed(text)
            self._value = self._json.value
        except MalformedChunkError:  # shown as they are
            self._json = self._value = None

    def complete(self, value: Any, text: str) -> None:
        """The arguments are whole."""
        self._json, self._value, self._raw = None, value, text[:_KEPT]

    def answer(self, output: Any, *, failed: bool = False, final: bool = True) -> None:
        """What it returned; takes the place of an earlier answer that was not final."""
        text = output if isinstance(output, str) else brief(output, _KEPT)
        lines = clean(text).strip("\n").split("\n")
        if self.told:
            lines[0] = f"{self.name}: {lines[0]}"
        self._lines = [line[:_KEPT] for line in lines[:RESULT_LINES]] if text.strip() else ["(nothing)"]
        self._more = max(0, len(lines) - RESULT_LINES)
        self._style = "red" if failed else "dim"
        self.done = final

    def rows(self) -> list[Line]:
        """Its rows that are not over."""
        surface = self._surface
        rows = [self._head()]
        before = f"  {surface.sign('⎿', '|')} "
        for line in self._lines:
            rows.append(surface.row(line, self._style, before))
            before = "    "
        if self._more:
            rows.append(surface.row(f"{surface.sign('…', '...')} {self._more} more lines", "dim", before))
        return rows[self.told :]

    def _head(self) -> Line:
        surface = self._surface
        room = surface.width - 2
        inside = self._raw if self._value is None else arguments(self._value, room)
        text = clean(f"{self.name[:_KEPT] or 'tool'}({inside}").replace("\n", " ")
        shown = surface.shorten(text, max(1, room - 1)) + ")"
        return Line(f"{surface.styled(surface.sign('●', '*'), 'cyan')} {shown}", 2 + columns(shown))


class Calls:
    """Calls that run side by side; a part of the screen."""

    passing = False

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._calls: list[Call] = []
        self._rows: list[Line] = []

    def add(self, name: str, *, known: bool = False) -> Call:
        """Another call.

        Args:
            name: the tool's.
            known: its row stands further up already.
        """
        call = Call(self._surface, name, told=1 if known else 0)
        self._calls.append(call)
        return call

    def settled(self) -> list[Line]:
        """See `Part`."""
        while self._calls and self._calls[0].done:
            self._rows += self._calls.pop(0).rows()
        rows, self._rows = self._rows, []
        return rows

    def open(self) -> list[Line]:
        """See `Part`."""
        return [row for call in self._calls for row in call.rows()]

    def settle(self, count: int) -> None:
        """See `Part`."""
        for call in self._calls:
            over = min(count, len(call.rows()))
            call.told += over
            count -= over

    def resize(self, width: int) -> None:
        """See `Part`."""

    def end(self) -> None:
        """See `Part`."""
        for call in self._calls:
            rows = call.rows()
            self._rows += rows
            call.told += len(rows)
        self._calls.clear()
