"""A stream that stands for a terminal, and tells when it is written to."""

from __future__ import annotations

import io
import threading

from tests.cli.shell import PATIENCE


class Slow(io.StringIO):
    """Counts what is written to it, and tells when something is."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()
        self.frames = 0

    def write(self, text: str) -> int:
        self.frames += 1
        result = super().write(text)
        self.written.set()
        return result


def until(out: Slow, text: str) -> None:
    """Wait until this is written."""
    while text not in out.getvalue():
        out.written.clear()
        assert text in out.getvalue() or out.written.wait(PATIENCE)
