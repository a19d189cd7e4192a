"""What a file is, by its bytes and its name."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.client import made_media as m

from slipstream.client.media_types import BY_ENDING, family, is_text, media_type, of_name

OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (m.PDF, "application/pdf"),
        (b"\n\nsome mail header\n" + m.PDF, "application/pdf"),
        (m.png(), "image/png"),
        (m.HEIC, "image/heic"),
        (m.wav(), "audio/wav"),
        (m.MP3, "audio/mpeg"),
        (m.MP3_TAGGED, "audio/mpeg"),
        (m.AAC, "audio/aac"),
        (m.OGG, "audio/ogg"),
        (m.OGG_FILM, "video/ogg"),
        (m.FLAC, "audio/flac"),
        (m.M4A, "audio/mp4"),
        (m.MP4, "video/mp4"),
        (m.MOV, "video/quicktime"),
        (m.WEBM, "video/webm"),
        (m.MKV, "video/x-matroska"),
        (m.AVI, "video/x-msvideo"),
        (m.DOCX, f"{OFFICE}.wordprocessingml.document"),
        (m.XLSX, f"{OFFICE}.spreadsheetml.sheet"),
        (m.ZIP, "application/zip"),
        (m.DOC, "application/msword"),
        (b"{\\rtf1\\ansi Hello}", "text/rtf"),
        (b"Hello, world", "text/plain"),
        ("﻿Grüße".encode(), "text/plain"),
        (b"\x93\x00\x01\x02", None),
        (b"Gr\xfc\xdfe", None),  # Latin-1: nobody can tell
        (b"", None),
        (b"\xff", None),
    ],
)
def test_the_bytes_say_it(data: bytes, kind: str | None) -> None:
    assert media_type(data) == kind


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"a,b\n1,2\n", "table.csv", "text/csv"),
        (b"# Title", "README.MD", "text/markdown"),
        (b'{"a": 1}', "data.json", "application/json"),
        (b"text", "no-ending", "text/plain"),
        (m.DOC, "old.xls", "application/msword"),  # the table has no .xls; the container is all that is known
        (m.PDF, "lies.txt", "application/pdf"),
        (b"\x93\x00\x01", "sound.mp3", "audio/mpeg"),
        (b"plain text", "film.mp4", "video/mp4"),
    ],
)
def test_the_name_is_asked_where_the_bytes_are_silent(data: bytes, name: str, kind: str) -> None:
    assert media_type(data, name) == kind


def test_addresses_say_it_by_their_ending() -> None:
    assert of_name("https://x.org/a/report.PDF?version=2#page=3") == "application/pdf"
    assert of_name("https://x.org/a/report") is None
    assert of_name("noending") is None
    assert all(of_name(f"f.{ending}") == kind for ending, kind in BY_ENDING.items())


def test_families() -> None:
    kinds = ("image/png", "audio/wav", "video/mp4", "application/pdf", "text/plain", "")
    assert [family(kind) for kind in kinds] == ["image", "audio", "video", "document", "document", "document"]
    assert is_text("text/csv")
    assert is_text("application/json")
    assert not is_text("application/pdf")


@given(st.binary(max_size=80), st.text(max_size=12))
def test_nothing_makes_it_fail(data: bytes, name: str) -> None:
    found = media_type(data, name)
    assert found is None or "/" in found


@given(st.text(min_size=1).filter(lambda text: "\0" not in text and not text.startswith(("BM", "FORM", "ID3", "fLaC"))))
def test_text_is_text(text: str) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    found = media_type(data)
    assert found is not None
    assert is_text(found) or data[:4] in (b"GIF8", b"RIFF", b"%PDF", b"#!AM", b"OggS")
