"""Files of the model: captions, sizes, and the sequences that draw."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import pytest
from tests.sinks.terminal.emulator import Emulator

from slipstream.events import File, TextDelta
from slipstream.sinks.terminal import Images, Look, Terminal
from slipstream.sinks.terminal.layout import columns
from slipstream.sinks.terminal.pictures import amount, file_rows
from slipstream.sinks.terminal.surface import Surface


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (12_300, "12 kB"),
                                             (3_400_000, "3.4 MB"), (25_000_000, "25 MB")])  # fmt: skip
def test_amounts(count: int, text: str) -> None:
    assert amount(count) == text


def test_captions() -> None:
    surface = Surface(60, 24, Look(colour=False))
    picture = File("image/png", png(640, 480))
    [row] = file_rows(picture, surface, None)
    assert re.fullmatch(r"🖼 image/png, [\d.]+ kB, 640x480", row.text)
    assert row.width == columns(row.text)
    [row] = file_rows(File("application/pdf", url="https://a.b/x.pdf"), surface, None)
    assert row.text == "\x1b]8;;https://a.b/x.pdf\x1b\\📄 application/pdf\x1b]8;;\x1b\\"
    plain = Surface(60, 24, Look(colour=False, links=False, unicode=False))
    [row] = file_rows(File("application/pdf", url="https://a.b/x.pdf"), plain, None)
    assert row.text == "[file] application/pdf https://a.b/x.pdf"
    [row] = file_rows(File("image/png", url="data:image/png;base64,xx"), plain, None)
    assert row.text == "[image] image/png"


@pytest.mark.parametrize("images", ["kitty", "iterm"])
def test_a_picture_takes_its_rows(images: Images) -> None:
    data = png(640, 480)
    terminal, emulator = Terminal(100, 40, images=images, look=Look(colour=False)), Emulator(100, 40)
    terminal.on_event(TextDelta("Here:"), 0.0)
    terminal.on_event(File("image/png", data), 0.0)
    terminal.on_event(TextDelta("There."), 0.0)
    written = terminal.end(0.0)
    sequence = re.search(r"\x1b7(\x1b\[19A)(\x1b_G.*\x1b\\|\x1b\]1337;.*\x07)\x1b8", written, re.S)
    assert sequence is not None
    drawn = sequence[2]
    if images == "kitty":
        chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", drawn)
        assert chunks[0][0].startswith("a=T,f=100,q=2,C=1,c=53,r=20,m=")
        assert chunks[-1][0].endswith("m=0")
        assert all(len(chunk) <= 4096 for _, chunk in chunks)
        assert base64.b64decode("".join(chunk for _, chunk in chunks)) == data
    else:
        assert "width=53;height=20;" in drawn
        assert base64.b64decode(drawn[:-1].rpartition(":")[2]) == data
    emulator.write(written.replace(drawn, ""))
    rows = emulator.rows
    assert rows[0] == "Here:"
    assert rows[2].startswith("🖼 image/png")
    assert rows[3:23] == [""] * 20
    assert rows[-1] == "There."


def test_what_cannot_be_drawn_has_its_caption() -> None:
    jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640)
    surface = Surface(60, 24, Look())
    assert len(file_rows(File("image/jpeg", jpeg), surface, "kitty")) == 1
    assert len(file_rows(File("image/png", b"\x89PNG broken"), surface, "kitty")) == 1
    assert len(file_rows(File("image/png", png(640, 480)), Surface(60, 2, Look()), "iterm")) == 1
    assert len(file_rows(File("image/png", png(8, 8)), surface, "kitty")) == 2
