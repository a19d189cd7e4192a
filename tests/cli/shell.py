"""Runs the real command line: with pipes, or on a pseudo-terminal with a screen.

Strategy: a Ctrl-C must come from the terminal itself, so the child needs the pseudo-terminal as its controlling one.
A small Python in between takes it, because forking this process, which has threads, is not safe.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMMAND = (sys.executable, "-m", "slipstream.cli")
TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for name in ("SIGINT", "SIGQUIT", "SIGHUP", "SIGTSTP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)  # the tests themselves may run under nohup, or with `&`
os.execv(sys.argv[1], sys.argv[1:])
"""
PATIENCE = 30.0
"""Seconds that any output may take: the machine may be busy."""

KEEP = ("PATH", "VIRTUAL_ENV", "SLIPSTREAM_LOCAL_MODEL", "TMPDIR", "SYSTEMROOT")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment without keys, proxies or settings of the person who runs the tests, and with an ASCII locale."""
    kept = {name: os.environ[name] for name in KEEP if name in os.environ}
    return {
        **kept, "PYTHONPATH": str(SOURCE), "LC_ALL": "POSIX", "TERM": "xterm-256color", "HOME": "/nonexistent",
        "PYTHONWARNINGS": "error::ResourceWarning", **(extra or {}),
    }  # fmt: skip


def run(
    *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with pipes, to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, env=environment(env), timeout=PATIENCE, cwd=cwd
    )


class Shell:
    """The command line on a pseudo-terminal.

    Args:
        arguments: the words after `slipstream`.
        env: added to the environment.
        columns, rows: the size of the terminal.

    Attributes:
        raw: everything that was written, control sequences included.
    """

    def __init__(
        self, *arguments: str, env: Mapping[str, str] | None = None, columns: int = 100, rows: int = 40,
        cwd: Path | None = None, command: Sequence[str] = COMMAND,
    ) -> None:  # fmt: skip
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *command, *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment(env), cwd=cwd,
        )  # fmt: skip
        os.close(slave)
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._seen = 0

    def send(self, text: str) -> None:
        """Type."""
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.send("\x03")

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal, as a person does who drags the window.

        What is shown is cut and not wrapped anew, and the line of the cursor stays, as in xterm; pyte's own resize
        would lose the lines at the top.
        """
        screen = self._screen
        for _ in range(screen.cursor.y - rows + 1):
            screen.history.top.append(screen.buffer[0])
            for y in range(screen.lines - 1):
                screen.buffer[y] = screen.buffer[y + 1]
            del screen.buffer[screen.lines - 1]
            screen.cursor.y -= 1
        for y in [y for y in screen.buffer if y >= rows]:
            del screen.buffer[y]
        for row in screen.buffer.values():
            for x in [x for x in row if x >= columns]:
                del row[x]
        screen.lines, screen.columns = rows, columns
        screen.cursor.x = min(screen.cursor.x, columns - 1)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text: str, patience: float = PATIENCE) -> str:
        """Wait until this is written; return what was written before it, since the last call."""
        wanted = text.encode()
        deadline = time.monotonic() + patience
        while (at := self.raw.find(wanted, self._seen)) < 0:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} was not written; there is {self.raw[self._seen :]!r}")
        before, self._seen = self.raw[self._seen : at], at + len(wanted)
        return before.decode()

    def see(self, text: str, patience: float = PATIENCE) -> list[str]:
        """Wait until a line of the screen holds this, or one that has scrolled out; return what can be seen."""
        deadline = time.monotonic() + patience
        while not any(text in line for line in self.all_lines):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} is not to be seen; there is {self.all_lines}")
        return self.lines

    def until(self, seen: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Read until this holds."""
        deadline = time.monotonic() + patience
        while not seen():
            assert self._read(deadline - time.monotonic()), self.all_lines

    def wait(self, patience: float = PATIENCE) -> int:
        """Read to the end; return the exit code."""
        deadline = time.monotonic() + patience
        while self._read(deadline - time.monotonic()):
            pass
        return self._process.wait(PATIENCE)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def all_lines(self) -> list[str]:
        """What a person sees who scrolls back."""
        above = ["".join(row[x].data for x in range(max(row, default=-1) + 1)) for row in self._screen.history.top]
        return [*(row.rstrip() for row in above), *self.lines]

    def cursor_hidden(self) -> bool:
        """The cursor cannot be seen."""
        return bool(self._screen.cursor.hidden)

    def echoes(self) -> bool:
        """The terminal writes what is typed."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def discards(self) -> bool:
        """Ctrl-C throws away what has been typed and not been read."""
        return not termios.tcgetattr(self._master)[3] & termios.NOFLSH

    @property
    def lines(self) -> list[str]:
        """What a person sees, without the empty lines at the end."""
        rows = [row.rstrip() for row in self._screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def _read(self, patience: float) -> bool:
        """Take what has been written; False at the end or when patience is."""
        if patience <= 0 or not select.select([self._master], [], [], patience)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._master)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE)
