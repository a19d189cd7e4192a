"""Writing to a terminal so that nothing is lost.

Strategy: the stream's own buffer cannot be trusted with frames. One that is not UTF-8 raises in the middle of a text,
and a terminal that another library made non-blocking takes half a frame and raises. So the bytes go to the descriptor
itself, as many as it takes, behind what the stream still held. A stream without a descriptor is written to as it is.
"""

from __future__ import annotations

import os
import select
from typing import Final, TextIO

_PATIENCE: Final = 1.0  # seconds between two looks at a terminal that takes nothing (Ctrl-S)


class Descriptor:
    """Where frames go.

    Args:
        stream: a text stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            self._number: int | None = stream.fileno()
        except (AttributeError, OSError, ValueError):
            self._number = None

    def write(self, text: str) -> None:
        """Write all of it now.

        Raises:
            OSError: the terminal is gone.
            ValueError: the stream is closed.
        """
        if self._number is None:
            self._stream.write(text)
            self._stream.flush()
            return
        self._stream.flush()
        rest = memoryview(text.encode(self._encoding, "replace"))
        while rest:
            try:
                rest = rest[os.write(self._number, rest) :]
            except BlockingIOError:
                select.select([], [self._number], [], _PATIENCE)
