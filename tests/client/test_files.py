"""Files: a path, an address, bytes or named bytes; known by their content, refused by their place; and out again."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from tests.client import made_media as m

from slipstream.client import files
from slipstream.client.files import as_text, load, save
from slipstream.dialects.common.request import FilePart, ImagePart
from slipstream.errors import InvalidRequestError
from slipstream.events import File


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_path_bytes_named_bytes_and_a_data_address(tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    path.write_bytes(m.PDF)
    whole = {"data": encoded(m.PDF), "media_type": "application/pdf"}
    assert load(path, 0) == load(str(path), 0) == FilePart(**whole, name="report.bin")
    unnamed = FilePart(**whole, name="file.pdf")  # some providers go by the ending
    assert load(m.PDF, 0) == load(bytearray(m.PDF), 0) == load(memoryview(m.PDF), 0) == unnamed
    assert load(("a.pdf", m.PDF), 0) == FilePart(**whole, name="a.pdf")
    assert load(f"data:text/plain;base64,{encoded(m.PDF)}", 0) == unnamed  # the bytes know better


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://x.org/a/report.pdf?v=2",
         FilePart(url="https://x.org/a/report.pdf?v=2", media_type="application/pdf", name="report.pdf")),
        ("https://x.org/film.mp4", FilePart(url="https://x.org/film.mp4", media_type="video/mp4", name="film.mp4")),
        ("http://x.org/some/page", FilePart(url="http://x.org/some/page")),
        ("https://x.org/cat.jpg", ImagePart(url="https://x.org/cat.jpg", media_type="image/jpeg")),
    ],
)  # fmt: skip
def test_an_address_is_passed_on(url: str, part: Any) -> None:
    assert load(url, 0) == part


def test_a_sound_and_a_film_need_no_name() -> None:
    assert load(m.wav(), 0) == FilePart(data=encoded(m.wav()), media_type="audio/wav")
    assert load(m.MP4, 0) == FilePart(data=encoded(m.MP4), media_type="video/mp4")
    docx = load(m.DOCX, 0)
    assert isinstance(docx, FilePart)
    assert docx.name == "file.docx"


def test_a_picture_is_a_picture() -> None:
    assert load(m.png(), 0) == ImagePart(data=encoded(m.png()), media_type="image/png")
    assert load(("photo.heic", m.HEIC), 0) == ImagePart(data=encoded(m.HEIC), media_type="image/heic")


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (5, "is a int; it takes a path"),
        (None, "is a NoneType"),
        (("a", "b", "c"), "is a tuple"),
        (("a.txt", "text"), "has a str for content; it takes bytes"),
        ((b"a", b"b"), "is a tuple"),
        (b"", "is empty"),
        (b"\x93\x00\x01", "is no file of a known kind; it takes PDF"),
        (("a.txt", "größe".encode("latin1")), "is a text by its name but not UTF-8; it takes PDF"),
        (("a.csv", "a,b".encode("utf-16")), "has zero bytes, which no UTF-8 text has; it takes PDF"),
        (("a.xyz", "größe".encode("latin1")), "is no file of a known kind"),
        ("/no/such/file.pdf", "cannot be read"),
        ("\0", "cannot be read"),
        ("data:application/pdf;base64,@@@", "without base64 content"),
        ("ftp://example.com/a.pdf", "cannot be read"),
    ],
)
def test_what_is_no_file_is_refused_by_its_place(file: Any, named: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"files\[3\].*{named}") as caught:
        load(file, 3)
    assert caught.value.argument == "files[3]"


def test_a_file_beyond_every_provider_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 100)
    with pytest.raises(
        InvalidRequestError, match=r"files\[0\] is larger than 0 MB, the most any provider takes"
    ) as caught:
        load(m.PDF + bytes(200), 0)
    assert "upload it" in str(caught.value)


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 1000)
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.write(m.PDF)
        file.truncate(10**9)
    with pytest.raises(InvalidRequestError, match="larger"):
        load(path, 0)


def test_a_file_of_text_as_text() -> None:
    part = load(("notes.md", "﻿# Grüße".encode()), 0)
    assert isinstance(part, FilePart)
    text = as_text(part)
    assert text is not None
    assert text.text == "notes.md:\n\n# Grüße\n\n"
    assert as_text(FilePart(data=encoded(m.PDF), media_type="application/pdf")) is None
    assert as_text(FilePart(url="https://x.org/a.txt", media_type="text/plain")) is None
    assert as_text(FilePart(data=encoded(b"\xff"), media_type="text/plain")) is None


# ---- out again


def test_a_file_is_saved_where_it_is_told(tmp_path: Path) -> None:
    file = File("image/png", m.png())
    assert save(file, tmp_path / "cat.png").read_bytes() == m.png()
    assert [save(file, tmp_path).name for _ in range(3)] == ["file.png", "file-2.png", "file-3.png"]
    assert save(File("image/*", b"\xff\xd8\xff\xe0"), tmp_path).name == "file.jpg"
    assert save(File("audio/pcm16", bytes(9)), tmp_path).name == "file.bin"


@pytest.mark.parametrize(
    ("file", "said"),
    [(File("image/png", url="https://x.org/a.png"), "address only"), (File("image/png", id="file_1"), "id only")],
)
def test_what_is_not_here_cannot_be_saved(tmp_path: Path, file: File, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        save(file, tmp_path)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be written"):
        save(File("image/png", b"x"), tmp_path / "no" / "such" / "folder.png")
