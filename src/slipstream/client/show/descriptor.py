"""Writing to a terminal so that nothing is lost.

Strategy: the stream's own buffer cannot be trusted with frames. One that is not UTF-8 raises in the middle of a text,
and a terminal that another library made non-blocking takes half a frame and raises. So the bytes go to the descriptor
itself, as many as it takes, behind what the stream still held. That is done only if the descriptor is the very terminal
that the stream writes to: the stdout of a notebook names the descriptor of its kernel, which nobody looks at. Any other
stream is written to as it is.
"""

from __future__ import annotations

import os
import select
from typing import Final, TextIO

from slipstream.client.show.abilities import is_terminal

_PATIENCE: Final = 1.0  # seconds between two looks at a terminal that takes nothing (Ctrl-S)


class Descriptor:
    """Where frames go.

    Args:
        stream: a text stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._number = _terminal_of(stream)

    def write(self, text: str) -> None:
        """Write all of it now.

        Raises:
            OSError: the terminal is gone.
            ValueError: the stream is closed.
        """
        if self._number is None:
            self._stream.write(text.encode(self._encoding, "replace").decode(self._encoding))
            self._stream.flush()
            return
        self._stream.flush()
        rest = memoryview(text.encode(self._encoding, "replace"))
        while rest:
            try:
                rest = rest[os.write(self._number, rest) :]
            except BlockingIOError:
                select.select([], [self._number], [], _PATIENCE)


def _terminal_of(stream: TextIO) -> int | None:
    """The descriptor of the terminal behind a stream, or None."""
    try:
        number = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return number if is_terminal(stream) and os.isatty(number) else None
