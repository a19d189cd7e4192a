"""Record `slipstream chat` in a terminal as an animated SVG: the picture in docs/cli.md.

    python docs/pictures/record.py

The program is real: it runs on a pseudo-terminal and asks a server on loopback, which streams answer.markdown at the
pace of a model; a terminal emulator says what stands on the screen.

Strategy: a picture of each frame would be large. Every row is drawn once for each text it ever had, with the time at
which it is shown; most rows have two or three.
"""

from __future__ import annotations

import fcntl
import html
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import pyte

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.replay_server import ReplayServer  # noqa: E402

COLUMNS, ROWS = 88, 38
CELL, LINE, MARGIN = 8.4, 18, 14  # pixels
PAUSE: Final = 0.024  # seconds between two pieces: some 40 tokens a second
STILL: Final = 4  # seconds that the last frame stands
FRAME: Final = 0.08  # seconds between two looks at the screen
QUESTION: Final = "为什么要流式输出？"

FOREGROUND, BACKGROUND = "#d8dee9", "#1d2128"
COLOURS: Final = {
    "default": FOREGROUND, "black": "#3b4252", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b",
    "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d8dee9", "brightblack": "#7f8794",
    "brightred": "#e06c75", "brightgreen": "#98c379", "brightbrown": "#e5c07b", "brightblue": "#61afef",
    "brightmagenta": "#c678dd", "brightcyan": "#56b6c2", "brightwhite": "#ffffff",
}  # fmt: skip


class Piece(NamedTuple):
    """Characters of one look in a row."""

    column: int
    columns: int
    text: str
    style: str


Row = tuple[Piece, ...]


def body() -> tuple[bytes, list[int]]:
    """An OpenAI stream of answer.markdown, and the sizes of its events."""
    text = (HERE / "answer.markdown").read_text(encoding="utf-8")
    pieces = re.findall(r"\w{1,5}|\s+|[^\w\s]+", text)
    choices = [{"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in pieces]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "demo"}
    events = [f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode() for choice in choices]
    events.append(b"data: [DONE]\n\n")
    return b"".join(events), [len(event) for event in events]


def run() -> Iterator[tuple[float, bytes]]:
    """What `slipstream chat` writes to its terminal, with the seconds since its first byte."""
    data, sizes = body()
    with ReplayServer() as server:
        server.serve(body=data, chunks=sizes, pause=PAUSE)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        command = [
            sys.executable,
            "-m",
            "slipstream.cli",
            "chat",
            "--base-url",
            server.url,
            "--model",
            "demo",
            QUESTION,
        ]
        environment = {**os.environ, "TERM": "xterm-256color", "OPENAI_API_KEY": "none", "LANG": "C.UTF-8"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        with subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        ) as process:
            os.close(theirs)
            yield from _read(ours, process)
        os.close(ours)


def _read(ours: int, process: subprocess.Popen[bytes]) -> Iterator[tuple[float, bytes]]:
    began = 0.0
    while True:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if not ready and process.poll() is not None:
            return
        if not ready:
            continue
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            return
        began = began or time.monotonic()
        yield time.monotonic() - began, data


def frames() -> Iterator[tuple[float, list[Row]]]:
    """What stood on the screen, at most every `FRAME` seconds."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ slipstream chat {QUESTION}\r\n".encode())
    shown = -FRAME
    at = 0.0
    for at, data in run():
        stream.feed(_with_dim(data))
        if at - shown >= FRAME:
            shown = at
            yield at, _rows(screen)
    yield at, _rows(screen)


def _with_dim(data: bytes) -> bytes:
    """The emulator knows no dim text: grey stands for it."""
    return re.sub(rb"\x1b\[([0-9;]*)m", lambda found: b"\x1b[" + _grey(found[1]) + b"m", data)


def _grey(codes: bytes) -> bytes:
    return b";".join({b"2": b"90", b"22": b"22;39"}.get(code, code) for code in codes.split(b";"))


def _rows(screen: pyte.Screen) -> list[Row]:
    return [_row(screen, number) for number in range(screen.lines)]


def _row(screen: pyte.Screen, number: int) -> Row:
    cells = [(column, screen.buffer[number][column]) for column in range(screen.columns)]
    pieces = []
    for style, group in groupby(cells, key=lambda cell: _style(cell[1])):
        part = list(group)
        while part and part[-1][1].data == " " and not style:
            part.pop()
        if part:
            text = "".join(char.data for _, char in part)  # the second cell of a wide character is empty
            pieces.append(Piece(part[0][0], len(part), text, style))
    return tuple(pieces)


def _style(char: pyte.screens.Char) -> str:
    colours = COLOURS.get(char.fg, f"#{char.fg}"), COLOURS.get(char.bg, f"#{char.bg}")
    front, back = (BACKGROUND, FOREGROUND) if char.reverse else (colours[0], "" if char.bg == "default" else colours[1])
    said = [f"fill:{front}"] if front != FOREGROUND else []
    said += ["font-weight:bold"] * char.bold + ["font-style:italic"] * char.italics
    said += ["text-decoration:underline"] * char.underscore + ["text-decoration:line-through"] * char.strikethrough
    return ";".join(said) + (f"|background:{back}" if back else "")


def spans() -> tuple[list[tuple[int, Row, float, float]], float]:
    """Each row's texts with their time on the screen; the end of all."""
    done: list[tuple[int, Row, float, float]] = []
    since: dict[int, tuple[Row, float]] = {}
    at = 0.0
    for at, rows in frames():
        for number, row in enumerate(rows):
            before, began = since.get(number, ((), 0.0))
            if row != before:
                if before:
                    done.append((number, before, began, at))
                since[number] = (row, at)
    end = at + STILL
    done += [(number, row, began, end) for number, (row, began) in since.items() if row]
    return done, end


def _draw(row: Row, number: int) -> str:
    y = MARGIN + number * LINE
    out = ""
    for piece in row:
        style, _, back = piece.style.partition("|background:")
        x, width = MARGIN + piece.column * CELL, piece.columns * CELL
        if back:
            out += f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE}" fill="{back}"/>'
        said = f' style="{style}"' if style else ""
        text = html.escape(piece.text.replace(" ", "\u00a0"))
        out += f'<text x="{x:.1f}" y="{y + 14}" textLength="{width:.1f}"{said}>{text}</text>'
    return out


def picture() -> str:
    """The whole SVG."""
    parts, end = spans()
    width, height = COLUMNS * CELL + 2 * MARGIN, ROWS * LINE + 2 * MARGIN
    drawn = "".join(
        f'<g visibility="hidden">{_draw(row, number)}<set attributeName="visibility" to="visible" '
        f'begin="all.begin+{began:.2f}s" dur="{until - began:.2f}s"/></g>\n'
        for number, row, began, until in parts
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f"font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace\" "
        f'font-size="14" fill="{FOREGROUND}" role="img">\n<title>slipstream chat streams an answer</title>\n'
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}">'
        f'<animate id="all" attributeName="opacity" from="1" to="1" begin="0s;all.end" dur="{end:.2f}s"/></rect>\n'
        f"{drawn}</svg>\n"
    )


if __name__ == "__main__":
    (HERE / "chat.svg").write_text(picture(), encoding="utf-8")
