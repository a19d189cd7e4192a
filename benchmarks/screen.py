"""Markdown on a terminal as it arrives: CPU at 30 frames a second, and the time from a delta to its bytes.

Strategy: the CPU is that of the screen without a terminal, in simulated time: deltas at 1,000 a second, a frame asked
for every 33 ms; slices, runs and stretched bars as in `markdown.py`. The time is a real one: a
program writes to a pseudo-terminal 200 deltas a second, each with a word of its own, and this process reads the other
end and notes when each word came; both read one clock.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tempfile
import termios
import time
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import answer, deltas
from benchmarks.markdown import KINDS, ROOT, Sink, beside, cost, growth, peer, stretched
from benchmarks.pace import A_SECOND, BEFORE, DELTAS
from benchmarks.renderers import PREFIXES
from benchmarks.table import Row, limit
from slipstream.sinks.terminal import Terminal

WIDTH, HEIGHT = 80, 24
BETWEEN_DELTAS: Final = 0.001
BETWEEN_FRAMES: Final = 0.033
PACED_RUNS: Final = 3


def frames() -> Sink:
    """A screen that is asked for a frame each 33 ms of the stream's time."""
    screen = Terminal(WIDTH, HEIGHT)
    now = due = 0.0

    def feed(part: str) -> None:
        nonlocal now, due
        now += BETWEEN_DELTAS
        screen.feed(part)
        if now >= due:
            screen.frame(now)
            due = now + BETWEEN_FRAMES

    return feed, lambda: screen.end(now)


def run() -> list[Row]:
    """All rows."""
    ours = cost(frames, "mixed")
    title = "screen: 30 frames a second with highlighting, the mixed answer of 200,577 bytes"
    return [
        stretched(title, ours, 3),
        *(growth("screen: 30 frames a second", frames, kind) for kind in KINDS),
        *_times(),
        *_peers(ours),
    ]


def _times() -> list[Row]:
    """From a delta to its bytes, the best of a few runs."""
    runs = sorted((_paced() for _ in range(PACED_RUNS)), key=lambda late: late[_at(late, 0.99)])
    late = runs[0]
    figures = ", ".join(f"{name} {late[_at(late, part)]:.2g} ms" for name, part in (("p50", 0.5), ("max", 1.0)))
    title = f"screen: from a delta to its bytes on a terminal, {A_SECOND} deltas a second behind {BEFORE:,} characters"
    return [
        limit(f"{title}, p99, the best of {PACED_RUNS} runs", late[_at(late, 0.99)], 5, "ms", figures),
        Row("screen: words of these deltas that came to the terminal", f"{len(late)} of {DELTAS}"),
    ]


def _at(values: list[float], part: float) -> int:
    return min(len(values) - 1, int(part * len(values)))


def _paced() -> list[float]:
    """One paced stream: how many milliseconds each word took, in order of that."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (HEIGHT, WIDTH))
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.json"
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        command = [sys.executable, "-m", "benchmarks.pace", str(given)]
        writer = subprocess.Popen(command, stdin=slave, stdout=slave, cwd=ROOT, env=environment)
        os.close(slave)
        reads = _read(master)
        assert writer.wait() == 0, "the paced program failed"
        return sorted(_late(reads, json.loads(given.read_text())))


def _read(master: int) -> list[tuple[float, bytes]]:
    """Everything that came, with its time, until the other end was closed."""
    reads: list[tuple[float, bytes]] = []
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # what a closed pseudo-terminal says on Linux
            data = b""
        if not data:
            os.close(master)
            return reads
        reads.append((time.monotonic(), data))


def _late(reads: list[tuple[float, bytes]], given: dict[str, float]) -> list[float]:
    """For each word that came, the milliseconds from its delta to the read that completed it."""
    everything = b"".join(data for _, data in reads)
    ends = list(accumulate(len(data) for _, data in reads))
    found = {word: everything.find(word.encode()) for word in given}
    return [
        (reads[bisect_right(ends, at + len(word) - 1)][0] - given[word]) * 1e3
        for word, at in found.items()
        if at >= 0
    ]  # fmt: skip


def _peers(ours: float) -> list[Row]:
    rich = peer("reparse-rich")
    again = f"screen: the whole text again at every delta (timed at {PREFIXES} prefixes), mixed"
    per_frame = {"cpu": rich["each"] * _frames()} if "each" in rich else rich
    return [
        beside(again, "rich", rich, ours),
        beside("screen: the whole text again at every frame, mixed", "rich", per_frame, ours),
        _textual(peer("textual"), ours),
        *(beside("screen: a dialect of its own, mixed", name, peer(name), ours) for name in ("streamdown", "termflow")),
    ]


def _frames() -> int:
    return round(len(deltas(answer("mixed"))) * BETWEEN_DELTAS / BETWEEN_FRAMES)


def _textual(found: dict[str, Any], ours: float) -> Row:
    title = "screen: Textual `Markdown.append`, CPU a delta; wrong screens at the end"
    if "missing" in found:
        return beside(title, "textual", found, ours)
    each = f"{ours / len(deltas(answer('mixed'))) * 1e3:.3g} ms"
    costs = f"textual {found['least'] * 1e3:.3g} to {found['most'] * 1e3:.3g} ms"
    return Row(title, each, costs, f"{found['wrong']} of {found['tries']} tries wrong")
