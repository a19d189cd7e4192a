"""Ctrl-C at the prompt, heard also when it comes in the wrong microsecond.

Strategy: `input()` looks for signals only when one interrupts its wait for a key. A SIGINT that arrives just before
that wait begins is noted by Python and then forgotten until the next key: on a busy machine, Ctrl-C does nothing. So a
thread hears of each SIGINT (by the wake-up descriptor, which the C handler writes to) and interrupts the wait with
SIGUSR2, whose handler does nothing, until the handler of the SIGINT has run.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Final, Self

_NUDGE_SECONDS: Final = 0.03


class PromptSignals:
    """While entered, in the main thread, no Ctrl-C goes unheard; it raises KeyboardInterrupt as ever."""

    def __init__(self) -> None:
        self._active = threading.current_thread() is threading.main_thread()
        self._handled = threading.Event()
        self._before: list[tuple[signal.Signals, Any]] = []
        self._read = self._write = self._wakeup_before = -1
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._active:
            self._read, self._write = os.pipe()
            os.set_blocking(self._write, False)
            handlers = ((signal.SIGINT, self._on_interrupt), (signal.SIGUSR2, _do_nothing))
            self._before = [(number, signal.signal(number, handler)) for number, handler in handlers]
            self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._listen, name="slipstream-prompt", daemon=True)
            self._thread.start()
        return self

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._handled.set()
        raise KeyboardInterrupt

    def _listen(self) -> None:
        while heard := os.read(self._read, 64):
            if signal.SIGINT not in heard:
                continue
            while not self._handled.wait(_NUDGE_SECONDS):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._active:
            return
        signal.set_wakeup_fd(self._wakeup_before)
        self._handled.set()  # no more nudges
        os.close(self._write)  # the listener reads the end
        if self._thread is not None:
            self._thread.join()
        os.close(self._read)
        for number, handler in self._before:
            signal.signal(number, handler)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """It is enough that the wait was interrupted."""
