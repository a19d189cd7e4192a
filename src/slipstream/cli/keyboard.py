"""The terminal while an answer is painted: keys are not echoed into it and not lost, and it is left as it was.

Strategy: only the echo of the terminal is switched off; lines are still gathered by it, so that Ctrl-C works and what
was typed ahead is read by the next prompt. Nothing discards input: no change of ours does (TCSADRAIN, not TCSAFLUSH),
and not the terminal, which would throw away what it holds on Ctrl-C and Ctrl-Z (NOFLSH). A signal that would end the
program at once becomes `SystemExit`, so that everything around the answer is unwound. One that would stop it (Ctrl-Z)
first gives the shell a terminal that it can use.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, ModuleType, TracebackType
from typing import Any, Final, NoReturn, Self

termios: ModuleType | None
try:
    import termios
except ImportError:  # no terminals of this kind
    termios = None

_LOCAL: Final = 3  # the place of the local modes in what tcgetattr gives
_ENDS: Final = ("SIGTERM", "SIGHUP")
_STOP: Final = "SIGTSTP"
_LEAVE: Final = b"\r\x1b[J\x1b[0m\x1b[?25h"
"""The cursor is parked on the first row that may change: it and what is below is wiped, and drawn again later."""
_RETURN: Final = b"\x1b[?25l"


class QuietKeyboard:
    """While entered, the terminal echoes no keys and loses none.

    It is as before afterwards, whatever ends the program but SIGKILL.

    Args:
        descriptor: of the terminal.
        redraw: called when the program goes on after a stop.
    """

    def __init__(self, descriptor: int, redraw: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._redraw = redraw
        self._before: list[Any] | None = None
        self._handlers: list[tuple[int, Any]] = []

    def __enter__(self) -> Self:
        if _in_foreground(self._descriptor):
            self._hear()
            self._quiet()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        handlers, self._handlers = self._handlers, []
        for number, handler in handlers:
            signal.signal(number, handler)

    # ---- the terminal's settings

    def _quiet(self) -> None:
        if termios is None:
            return
        with contextlib.suppress(termios.error, OSError):  # the terminal has gone
            self._before = termios.tcgetattr(self._descriptor)
            quiet = [*self._before]
            quiet[_LOCAL] = quiet[_LOCAL] & ~(termios.ECHO | termios.ECHONL) | termios.NOFLSH
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, quiet)

    def _restore(self) -> None:
        before, self._before = self._before, None
        if before is not None and termios is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    # ---- signals

    def _hear(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for name in (*_ENDS, _STOP):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                self._handlers.append((number, signal.signal(number, self._stop if name == _STOP else _end)))

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: stop as if nobody had heard it, and go on from there."""
        was_quiet = self._before is not None
        self._write(_LEAVE)
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # it returns when the shell says `fg`
        signal.signal(number, self._stop)
        if was_quiet and _in_foreground(self._descriptor):
            self._quiet()
        self._write(_RETURN)
        self._redraw()

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, data)


def _in_foreground(descriptor: int) -> bool:
    """False in the background, where a change of the terminal's settings would stop the program (SIGTTOU)."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except (OSError, AttributeError):  # the terminal has gone; a system without groups
        return False


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
