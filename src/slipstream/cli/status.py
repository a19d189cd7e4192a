"""The line that says what is being waited for, and is gone when the first text comes.

Strategy: a thread redraws it ten times a second, because the main thread sits in a blocking read. One lock orders the
two, and `stop` returns only when the line has been wiped, so that no redraw can fall into the answer.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from slipstream.cli.clean import one_line
from slipstream.cli.terminal import Channel
from slipstream.run.latch import Latch

_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_INTERVAL: Final = 0.1
_PATIENCE: Final = 5.0  # seconds for a terminal that takes nothing
_WIPE: Final = "\r\x1b[2K"
_MARGIN: Final = 4  # frame, blanks, and the last column, which some terminals wrap at


class Status:
    """A line on stderr; silent where stderr is no terminal.

    Args:
        channel: stderr.
        label: says what is going on; asked for at each redraw.
        wanted: False keeps it silent.
    """

    def __init__(self, channel: Channel, label: Callable[[], str], *, wanted: bool = True) -> None:
        self._channel = channel
        self._label = label
        self._wanted = wanted and channel.can_move
        self._began = time.monotonic()
        self._over, self._ended = Latch(), Latch()  # no Event and no join: Ctrl-C must not spoil them
        self._begun = False
        self._shown = False

    def start(self) -> None:
        """Show it from now on."""
        if self._wanted and not self._begun:
            self._begun = True
            threading.Thread(target=self._run, name="slipstream-status", daemon=True).start()

    def stop(self) -> None:
        """Wipe it, for good. May be called twice."""
        self._over.set()
        if not self._begun:
            return
        self._ended.wait(_PATIENCE)
        self._begun = False
        if self._shown:
            self._channel.write(_WIPE)
            self._channel.column_zero = True

    def _run(self) -> None:
        frame = 0
        try:
            while not self._over.wait(_INTERVAL):  # an answer that comes at once shows no line at all
                self._draw(_FRAMES[frame % len(_FRAMES)])
                frame += 1
        finally:
            self._ended.set()

    def _draw(self, frame: str) -> None:
        elapsed = time.monotonic() - self._began
        width = shutil.get_terminal_size().columns - _MARGIN
        text = one_line(f"{self._label()} {elapsed:.1f} s", max(width, 10))
        try:
            self._channel.write(f"{_WIPE}{self._channel.style(f'{frame} {text}', 'dim')}")
        except (OSError, ValueError):  # the terminal is gone; the answer's own writes will say so
            self._over.set()
        self._shown = True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
