"""Ctrl-C while an answer comes: it stops the answer, not the program.

Strategy: once events flow, the handler cancels the stream and raises nothing, so that no event is lost between the
engine and the screen and the reading loop simply ends. Before that there is nothing to lose, and the wait - for a local
model to load, for the first byte - is ended by the usual KeyboardInterrupt. A second Ctrl-C always raises.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

from slipstream.client import Stream


class Interrupts:
    """While entered, SIGINT stops this stream.

    Args:
        stream: what is read; None for a wait that only a KeyboardInterrupt can end.

    Attributes:
        flowing: set it when the first event has come.
        stopped: Ctrl-C was pressed.
    """

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream
        self._before: object = None
        self.flowing = False
        self.stopped = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        first, self.stopped = not self.stopped, True
        if first and self.flowing and self._stream is not None:
            self._stream.cancel()
        else:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if callable(self._before) or isinstance(self._before, int):
            signal.signal(signal.SIGINT, self._before)
