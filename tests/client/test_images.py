"""Pictures: a path, an address or bytes; checked, measured, and refused by name."""

from __future__ import annotations

import base64
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from slipstream.client import files, images
from slipstream.client.images import load
from slipstream.errors import InvalidRequestError


def png(width: int, height: int) -> bytes:
    head = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + b"\3" * 10
    return b"\xff\xd8\xff\xe0\x00\x04ab" + before + frame + b"\xff\xd9" + bytes(16)


GIF = b"GIF89a" + struct.pack("<HH", 7, 9) + bytes(10)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(20)
BMP = b"BM" + bytes(30)  # a size of nothing is none


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (png(640, 480), "image/png", (640, 480)),
        (jpeg(640, 480), "image/jpeg", (640, 480)),
        (jpeg(640, 480, b"\xff\xe1\x00\x08Exif\0\0"), "image/jpeg", (640, 480)),
        (GIF, "image/gif", (7, 9)),
        (WEBP, "image/webp", None),
        (BMP, "image/bmp", None),
    ],
)
def test_bytes_are_known_by_their_signature(data: bytes, kind: str, size: tuple[int, int] | None) -> None:
    part, found = load(data, 0)
    assert (part.media_type, found) == (kind, size)
    assert base64.b64decode(part.data) == data
    assert part.url == ""


def test_a_path_and_bytes_and_a_data_address_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "cat.txt"
    file.write_bytes(png(2, 3))
    url = "data:image/png;base64," + base64.b64encode(png(2, 3)).decode()
    expected = load(png(2, 3), 0)
    for image in (file, str(file), bytearray(png(2, 3)), memoryview(png(2, 3)), url):
        assert load(image, 0) == expected


def test_an_address_is_passed_on() -> None:
    part, size = load("https://example.com/cat.png", 0)
    assert (part.url, part.data, size) == ("https://example.com/cat.png", "", None)


def test_a_path_in_bytes_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "cat.png").touch()
    with os.scandir(os.fsencode(tmp_path)) as entries:
        entry: Any = next(entries)
    for read in (load, files.load):
        with pytest.raises(InvalidRequestError, match=r"s\[3\]: the file b'.*cat.png' cannot be read \(not a path\)"):
            read(entry, 3)


@pytest.mark.parametrize(
    ("image", "named"),
    [
        (5, "is a int; it takes a path"),
        (None, "is a NoneType"),
        (b"", "is no picture"),
        (b"%PDF-1.7", "is no picture that can be sent; it takes PNG"),
        ("/no/such/file.png", "cannot be read"),
        ("\0", "cannot be read"),
        ("data:image/png;base64,@@@", "without base64 content"),
        ("data:text/plain,hello", "without base64 content"),
        ("ftp://example.com/cat.png", "cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_place(image: Any, named: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"images\[3\].*{named}"):
        load(image, 3)


def test_a_picture_beyond_every_provider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_IMAGE", 100)
    with pytest.raises(InvalidRequestError, match=r"images\[0\] is larger than"):
        load(png(1, 1) + bytes(200), 0)


@pytest.mark.parametrize("data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00", jpeg(1, 1)[:12], png(1, 1)[:20]])
def test_a_cut_picture_has_no_size_and_harms_nobody(data: bytes) -> None:
    _, size = load(data, 0)
    assert size is None
