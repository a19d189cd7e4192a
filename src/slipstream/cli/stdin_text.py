"""What is piped in."""

from __future__ import annotations

import sys
import threading
from typing import Final

from slipstream.cli.terminal import Terminal
from slipstream.errors import InvalidRequestError

_PATIENCE: Final = 2.0
"""Seconds before we say what we wait for: a pipe that nobody closes looks like a program that hangs."""


def is_piped() -> bool:
    """True if standard input is a file or a pipe, or closed: no person types there."""
    return sys.stdin is None or not sys.stdin.isatty()


def read_piped(terminal: Terminal) -> str:
    """Everything on standard input, to its end; "" if there is none.

    Raises:
        InvalidRequestError: it is not UTF-8 text.
    """
    if sys.stdin is None:
        return ""
    words = "reading standard input to its end; </dev/null gives none"
    timer = threading.Timer(_PATIENCE, terminal.note, (words,))
    timer.daemon = True
    timer.start()
    try:
        data = sys.stdin.buffer.read()
    finally:
        timer.cancel()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequestError(
            f"standard input is not UTF-8 text (byte {error.start})",
            hint="pictures go by --image, other files by --file; text in another encoding through iconv",
        ) from None


def joined(prompt: str, piped: str) -> str:
    """The question: the prompt, then what was piped in."""
    return "\n\n".join(part for part in (prompt.strip("\n"), piped.strip("\n")) if part.strip())
