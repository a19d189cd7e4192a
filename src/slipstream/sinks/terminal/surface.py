"""What every part of the screen must know, and the plain rows that they are made of."""

from __future__ import annotations

from typing import Final, Protocol

from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.measure import columns, cut
from slipstream.sinks.terminal.layout.wrap import breaks, wrap

SGR: Final = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_LINK_END: Final = "\x1b]8;;\x1b\\"
_SAFE_URL: Final = frozenset("!#$&'()*+,-./:;=?@_~%[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Surface:
    """The terminal as it is now; one object, shared by the parts.

    Attributes:
        width, height: its size in characters.
        look: what it can do.
        now: the time in seconds, as of the last event or frame.
    """

    def __init__(self, width: int, height: int, look: Look) -> None:
        self.width = width
        self.height = height
        self.look = look
        self.now = 0.0

    def sign(self, sign: str, plain: str) -> str:
        """The sign, or what stands for it where there is only ASCII."""
        return sign if self.look.unicode else plain

    def styled(self, text: str, style: str) -> str:
        """Clean text in a style of `SGR`."""
        return f"\x1b[{SGR[style]}m{text}\x1b[0m" if style and text and self.look.colour else text

    def row(self, text: str, style: str = "", before: str = "") -> Line:
        """One row of any text: made harmless, its line ends blanks, cut to the width.

        Args:
            text: what it says.
            style: a name of `SGR`, or "".
            before: clean text in front of it, not styled.
        """
        room = max(0, self.width - columns(before))
        shown = self.shorten(" ".join(clean(text).split("\n")), room)
        return Line(before + self.styled(shown, style), columns(before) + columns(shown))

    def rows(self, text: str, style: str = "", indent: int = 0) -> list[Line]:
        """Any text wrapped into rows: made harmless, styled, behind so many blanks."""
        room = max(1, self.width - indent)
        before = " " * min(indent, self.width - 1)
        return [
            Line(before + self.styled(row.text, style), len(before) + row.width)
            for row in wrap(clean(text), room, self.look)
        ]

    def shorten(self, text: str, room: int) -> str:
        """Clean text, cut with a sign that it goes on."""
        if columns(text) <= room:
            return text
        sign = self.sign("…", "...")
        return cut(text, room - len(sign)) + sign if room > len(sign) else cut(text, room)

    def link(self, text: str, url: str) -> str:
        """Clean text as a link, where there are links and the URL is one of the web."""
        if not self.look.links or not url.startswith(("http://", "https://")):
            return text
        return f"\x1b]8;;{quoted(url)}\x1b\\{text}{_LINK_END}"


class Part(Protocol):
    """A stretch of the screen: an answer's text, its thinking, its tool calls. The same face as `Layout` has.

    Attributes:
        passing: its open rows are gone when it ends, so those without room are left out, not kept for good.
    """

    passing: bool

    def settled(self) -> list[Line]:
        """The rows that can no longer change, since the last call."""
        ...

    def open(self) -> list[Line]:
        """The rows behind them, as they look now."""
        ...

    def settle(self, count: int) -> None:
        """So many of the open rows have left the screen."""
        ...

    def resize(self, width: int) -> None:
        """The width from now on."""
        ...

    def end(self) -> None:
        """Nothing more comes: all rows are settled."""
        ...


def wrapped_at(line: str, width: int) -> list[str]:
    """A clean line in rows of at most so many columns; the last one keeps the blanks behind it, as more may follow."""
    pieces = list(breaks(line, width))
    return [*(line[piece.start : piece.end] for piece in pieces[:-1]), line[pieces[-1].start :]] if pieces else [line]


def quoted(url: str) -> str:
    """The URL with everything percent-encoded that a terminal might take for the end of the sequence."""
    return "".join(char if char in _SAFE_URL else _percent(char) for char in url)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))


def seconds(value: float) -> str:
    """A time for people: `12 s`, `2 min 5 s`."""
    whole = int(max(0.0, value))
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
