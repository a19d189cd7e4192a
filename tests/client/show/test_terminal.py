"""A real terminal: a program of its own behind a pseudo-terminal, and tmux, which wraps anew when it is resized."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shell import PATIENCE, SOURCE, Shell
from tests.conftest import Require

PROGRAM = Path(__file__).with_name("program.py")
ROOT = Path(__file__).resolve().parents[3]
ENV = {"PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}", "LC_ALL": "C.UTF-8"}


def program(*arguments: object, columns: int = 60, rows: int = 16) -> Shell:
    command = (sys.executable, str(PROGRAM), *map(str, arguments))
    return Shell(command=command, env=ENV, columns=columns, rows=rows)


def words(rows: list[str]) -> list[int]:
    return [int(number) for number in re.findall(r"word(\d+)", " ".join(rows))]


def history(shell: Shell) -> list[str]:
    """All rows, those of the scrollback first."""
    screen = shell._screen
    top = ["".join(row[column].data for column in range(screen.columns)).rstrip() for row in screen.history.top]
    return [*top, *shell.lines]


def test_an_answer_is_shown_whole_and_the_terminal_left_clean() -> None:
    with program(60, 0.005, 12) as shell:
        assert shell.wait() == 0
        rows = history(shell)
        assert words(rows) == list(range(60))
        assert rows[-1] == "after: stop"
        assert "receiving" not in " ".join(rows)
        assert rows.count("before29") == 1
        assert "word5 你好吗 word6" in " ".join(rows)
        cursor = shell._screen.cursor
        assert not cursor.hidden
        assert cursor.attrs == shell._screen.default_char


def test_ctrl_c_leaves_what_has_come_and_a_clean_terminal() -> None:
    with program(400, 0.02, 30) as shell:
        shell.expect("word31")
        shell.interrupt()
        shell.expect("after: stopped")
        assert shell.wait() == 0
        rows = history(shell)
        shown = words(rows)
        assert shown == list(range(len(shown)))
        assert 32 <= len(shown) < 400
        assert "^C" not in " ".join(rows)
        assert rows[-1].startswith("after: stopped")
        assert not rows[-2].startswith("⠋")
        assert not shell._screen.cursor.hidden


def test_a_resize_is_seen() -> None:
    with program(80, 0.02, 25) as shell:
        shell.expect("word20")
        # pyte keeps the rows that were over as they are; only wider, so that it cuts none of them
        fcntl.ioctl(shell._master, termios.TIOCSWINSZ, struct.pack("HHHH", 16, 90, 0, 0))
        shell._screen.resize(columns=90)
        os.kill(shell._process.pid, signal.SIGWINCH)
        assert shell.wait() == 0
        rows = history(shell)
        assert words(rows) == list(range(80))
        assert max(len(row) for row in rows) > 60


@pytest.fixture
def tmux(require: Require) -> Iterator[Tmux]:
    require(shutil.which("tmux"), "tmux is not installed")
    with Tmux() as tmux:
        yield tmux


class Tmux:
    """A terminal of its own, that wraps its rows anew when its width changes."""

    def __init__(self) -> None:
        self._socket = f"slipstream-{uuid.uuid4().hex}"

    def __call__(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._socket, "-f", os.devnull, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout

    def start(self, *arguments: object) -> None:
        """Run the program on 80 by 24."""
        env = " ".join(f"{name}={value}" for name, value in ENV.items())
        self("new-session", "-d", "-x", "80", "-y", "24",
             f"exec env {env} {sys.executable} {PROGRAM} {' '.join(map(str, arguments))}")  # fmt: skip

    def rows(self) -> list[str]:
        """Scrollback and screen."""
        return self("capture-pane", "-p", "-S", "-").rstrip("\n").split("\n")

    def expect(self, text: str) -> list[str]:
        """Wait until this is to be seen."""
        deadline = time.monotonic() + PATIENCE
        rows: list[str] = []
        while not any(text in row for row in rows):
            assert time.monotonic() < deadline, rows
            time.sleep(0.02)
            rows = self.rows()
        return rows

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)


@pytest.mark.parametrize("sizes", [[(60, 24)], [(40, 24), (80, 24)], [(100, 30), (50, 20), (30, 24), (80, 12)]])
def test_tmux_wraps_anew_and_nothing_is_doubled_or_lost(tmux: Tmux, sizes: list[tuple[int, int]]) -> None:
    tmux.start(150, 0.012, 20, 30)
    for index, (width, height) in enumerate(sizes):
        tmux.expect(f"word{30 * (index + 1)} ")
        tmux("resize-window", "-x", str(width), "-y", str(height))
    rows = tmux.expect("after:")
    joined = "".join(row.ljust(1) for row in tmux("capture-pane", "-p", "-J", "-S", "-").split("\n"))
    assert words([joined]) == list(range(150))
    assert joined.count("你好吗") == 30
    assert rows.count("before29") == 1
    assert "receiving" not in joined
    assert tmux("display", "-p", "#{cursor_flag}").strip() == "1"
