"""Model text made harmless for a terminal.

Strategy: a terminal obeys control characters, and a model (or a web page it quotes) can write them: to move the cursor,
hide text, change the title, or fill the clipboard. No sequence is parsed, because every terminal knows others; instead
no control character passes at all, but for tab and line feed. The rest of a sequence is then only text.
"""

from __future__ import annotations

import re
from typing import Final

_KEPT: Final = "\t\n"
_C0: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in _KEPT}  # as its picture, U+2400..
_C1: Final = dict.fromkeys(range(0x80, 0xA0), 0xFFFD)  # among them CSI and OSC in one character
_OVERRIDES: Final = dict.fromkeys((0x202D, 0x202E), 0xFFFD)  # they show text in another order than it has
_PICTURES: Final = {**_C0, 0x7F: 0x2421, **_C1, **_OVERRIDES}
_HARMFUL: Final = re.compile("[" + re.escape("".join(map(chr, _PICTURES))) + "]")


def clean(text: str) -> str:
    """The text without control characters; each is shown by its picture, and CR LF becomes LF."""
    if not _HARMFUL.search(text):
        return text
    return text.replace("\r\n", "\n").translate(_PICTURES)


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
