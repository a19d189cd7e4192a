"""Sizes of pictures, from headers of every kind, whole and cut off."""

from __future__ import annotations

import struct

import pytest

from slipstream.sinks.picture_sizes import picture_size

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + struct.pack(">II", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 10 + b"\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640)
BMP = b"BM" + bytes(16) + struct.pack("<ii", 640, -480)
GIF = b"GIF89a" + struct.pack("<HH", 3, 4)
WEBP = {
    b"VP8 ": b"\0" * 4 + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480),
    b"VP8L": b"\0" * 4 + b"\x2f" + struct.pack("<I", 639 | 479 << 14),
    b"VP8X": b"\0" * 4 + b"\0" * 4 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"),
}


def webp(kind: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + WEBP[kind]


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (PNG, (640, 480)),
        (JPEG, (640, 480)),
        (GIF, (3, 4)),
        (BMP, (640, 480)),
        *((webp(kind), (640, 480)) for kind in WEBP),
    ],
)
def test_sizes_are_read_and_broken_files_have_none(data: bytes, size: tuple[int, int]) -> None:
    assert picture_size(data) == size
    for end in range(len(data)):
        assert picture_size(data[:end]) in (None, size)


@pytest.mark.parametrize(
    "data", [b"", b"GIF", b"RIFF....WAVE", b"%PDF-1.7", b"\xff\xd8\xff\xd9", b"GIF89a\0\0\0\0", b"RIFF\0\0\0\0WEBPABCD"]
)
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert picture_size(data) is None
