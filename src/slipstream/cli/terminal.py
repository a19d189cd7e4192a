"""Where output goes: the answer to stdout, everything else to stderr; colour and control only where a terminal is."""

from __future__ import annotations

import io
import os
import stat
import sys
from typing import Final, TextIO

from slipstream.cli.clean import clean

_STYLES: Final = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def use_utf8() -> None:
    """Read and write UTF-8 whatever the locale says; what cannot be said in it becomes a question mark."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


class Channel:
    """One output stream.

    Args:
        stream: where to write; None (a closed descriptor) writes nowhere.

    Attributes:
        is_terminal: a person looks at it.
        is_pipe: another program reads it, and may write it to a terminal (`| tee`).
        can_move: it obeys cursor control (TERM is not `dumb`).
        has_colour: it may be coloured; NO_COLOR (no-color.org) switches that off.
        column_zero: the last character written ended a line.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_terminal = stream is not None and stream.isatty()
        self.is_pipe = _is_pipe(stream)
        self.can_move = self.is_terminal and os.environ.get("TERM", "") != "dumb"
        self.has_colour = self.can_move and not os.environ.get("NO_COLOR")
        self.column_zero = True

    def write(self, text: str) -> None:
        """Write and flush, so that text is seen as it arrives.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if self._stream is None or not text:
            return
        self._stream.write(text)
        self._stream.flush()
        self.column_zero = text.endswith("\n")

    def style(self, text: str, name: str) -> str:
        """The text in a style (`dim`, `bold`, a colour) where that can be seen."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.has_colour and text else text

    def end_line(self) -> None:
        """Begin a new line unless one has just begun."""
        if not self.column_zero:
            self.write("\n")

    @property
    def file(self) -> TextIO:
        """The stream itself, for libraries that write."""
        return self._stream if self._stream is not None else io.StringIO()

    @property
    def descriptor(self) -> int:
        """The stream's file descriptor; -1 if it has none."""
        try:
            return -1 if self._stream is None else self._stream.fileno()
        except (OSError, ValueError):
            return -1


def _is_pipe(stream: TextIO | None) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode if stream is not None else 0
    except (OSError, ValueError):  # no descriptor
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class Terminal:
    """Both channels."""

    def __init__(self) -> None:
        use_utf8()
        self.out = Channel(sys.stdout)
        self.err = Channel(sys.stderr)

    def note(self, text: str, style: str = "dim") -> None:
        """A line for the person, on stderr. It is made harmless, as it may quote a provider or a model."""
        if self.out.is_terminal:
            self.out.end_line()
        self.err.end_line()
        self.err.write(self.err.style(clean(text), style) + "\n")
