"""Model text made harmless for a terminal.

Strategy: one table says for every screen of ours which characters no terminal gets; see `sinks.signs`.
"""

from __future__ import annotations

from slipstream.sinks.signs import harmless


def clean(text: str) -> str:
    """The text without control characters and what turns its direction; each control is shown by its picture."""
    return harmless(text)


def one_line(text: str, limit: int = 500) -> str:
    """The text on one line, without control characters and not longer than `limit` characters."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


class Cleaner:
    """`clean` for text that comes in pieces: a CR at the end of one may belong to the LF of the next."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Take a piece; return what can be shown."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean(text[:-1] if self._held else text)

    def end(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return clean(held)
