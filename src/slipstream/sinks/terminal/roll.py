"""Rows for a pager, a log or a file: each is written once, when it is over, and nothing moves the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from slipstream.sinks.terminal.layout.line import Line


class Roll:
    """What a `Region` is to a screen, without one."""

    def lost(self) -> None:
        """Nothing that was written can be drawn anew."""

    def draw(self, settled: Sequence[Line], live: Sequence[Line]) -> str:
        """What to write: the rows that are over, and what is open at the end of all."""
        return "".join(f"{row.text}\n" for row in (*settled, *live))

    def leave(self) -> str:
        """Each row ends its own colours."""
        return ""
