"""A real terminal: a program of its own behind a pseudo-terminal, and tmux, which wraps anew when it is resized."""

from __future__ import annotations

import fcntl
import io
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shell import PATIENCE, SOURCE, Shell
from tests.conftest import Require

from slipstream.client.show.terminal import TerminalScreen
from slipstream.errors import InvalidRequestError
from slipstream.events import Message, ReasoningDelta, Start, TextDelta
from slipstream.sinks.terminal import Look

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


# ---- the painter, on a stream that is no terminal


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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


def test_a_delta_is_painted_at_once() -> None:
    out = Slow()
    waits = []
    with TerminalScreen(out, progress=False, live=True) as screen:
        for number in range(60):
            time.sleep(0.01)
            out.written.clear()
            began = time.monotonic()
            screen.event(TextDelta(f"w{number} "))
            assert out.written.wait(5)
            waits.append(time.monotonic() - began)
    assert sorted(waits)[len(waits) // 2] < 0.005
    assert out.frames > 55


def test_many_deltas_are_painted_together() -> None:
    out = Slow()
    began = time.monotonic()
    with TerminalScreen(out, progress=False, live=True) as screen:
        for number in range(20_000):
            screen.event(TextDelta(f"w{number} "))
    assert out.frames <= 10 + 35 * (time.monotonic() - began)
    assert "w19999" in out.getvalue()


def test_what_came_and_was_not_told_is_shown_at_the_end() -> None:
    message = Message.of([Start(), TextDelta("All of "), TextDelta("it")])
    out = io.StringIO()
    with TerminalScreen(out, live=True) as screen:
        screen.event(TextDelta("All of "))
        screen.end(message)
        screen.end(message)
    assert out.getvalue().count("it\r\n") == 1
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")
    assert [thread for thread in threading.enumerate() if thread.name == "slipstream-screen"] == []


def test_the_sign_turns_while_nothing_comes() -> None:
    out = Slow()
    with TerminalScreen(out, live=True):
        for _ in range(3):
            out.written.clear()
            assert out.written.wait(5)
    assert "connecting" in out.getvalue()


def test_a_terminal_that_is_gone_is_let_go() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    with TerminalScreen(Gone(), live=True) as screen:
        screen.event(TextDelta("a"))
        time.sleep(0.05)
        screen.event(TextDelta("b"))


def test_a_broken_pipe_is_told_once() -> None:
    class Broken(Slow):
        def write(self, text: str) -> int:
            super().write(text)
            raise BrokenPipeError

    def write_on(screen: TerminalScreen) -> None:
        for _ in range(1000):
            screen.event(TextDelta("a"))
            time.sleep(0.005)

    screen = TerminalScreen(Broken(), live=True)
    with pytest.raises(BrokenPipeError):
        write_on(screen)
    screen.end()


def test_a_fault_gives_the_cursor_back_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Slow()
    screen = TerminalScreen(out, live=True)

    def fail(now: float) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(screen._terminal, "frame", fail)
    screen.event(TextDelta("a"))
    assert out.written.wait(5)
    with pytest.raises(ZeroDivisionError):
        screen.end()
    assert out.getvalue().endswith("\x1b[?25h\r\n")


def test_an_encoding_that_has_not_all_characters() -> None:
    data = io.BytesIO()
    out = io.TextIOWrapper(data, encoding="latin-1", newline="")
    with TerminalScreen(out, live=True) as screen:
        screen.event(ReasoningDelta("hm"))
        screen.event(TextDelta("é 你好 - x\n\n- item\n"))
        screen.end()
    written = data.getvalue().decode("latin-1")
    assert "é ?? - x" in written
    assert "> thought" in written


def test_a_pipe_gets_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    out = Slow()
    with TerminalScreen(out) as screen:
        screen.event(TextDelta("- [a](https://a.b)\n- **b"))
        assert out.written.wait(5)
        screen.event(TextDelta("**\n"))
    assert re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()) == "• a (https://a.b)\n• b\n"
    assert "\x1b[1m" in out.getvalue()


def test_a_fault_leaves_a_pipe_in_a_new_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Slow()
    screen = TerminalScreen(out)

    def fail(now: float) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(screen._terminal, "frame", fail)
    screen.event(TextDelta("a"))
    assert out.written.wait(5)
    with pytest.raises(ZeroDivisionError):
        screen.end()
    assert out.getvalue() == "\n"


def test_a_clock_may_be_given() -> None:
    out, clock = Slow(), Clock()
    with TerminalScreen(out, clock=clock, look=Look(colour=False)) as screen:
        screen.event(ReasoningDelta("a b"))
        clock.now = 7.0
        screen.event(TextDelta("So"))
    assert "thought for 7 s (2 words)" in out.getvalue()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="thinking: 'yes'; accepted: fold, show, hide"):
        TerminalScreen(io.StringIO(), thinking="yes")  # type: ignore[arg-type]


def test_who_leaves_does_not_wait_for_a_terminal_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipstream.client.show.terminal._PATIENCE", 0.2)
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:
        screen = TerminalScreen(stream)
        screen.event(TextDelta("a paragraph\n\n" * 50_000))  # more than a pseudo-terminal holds, and nobody reads it
        screen.interrupted()
        screen.end()
        thread = screen._thread
        assert thread is not None
        assert thread.is_alive(), "it was not stuck"
        os.close(ours)  # the terminal hangs up, and so the write ends
        thread.join(PATIENCE)
        assert not thread.is_alive()
