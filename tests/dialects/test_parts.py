"""Files and pictures in the forms of OpenAI's two APIs, GLM's and Anthropic's, made neutral."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.dialects.common.parts import part_at
from slipstream.dialects.common.request import FilePart, ImagePart, Part, RawPart
from slipstream.errors import InvalidRequestError

PDF = base64.b64encode(b"%PDF-1.7\n").decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
PDF_URL = f"data:application/pdf;base64,{PDF}"
REPORT = FilePart(data=PDF, media_type="application/pdf", name="r.pdf")


@pytest.mark.parametrize(
    ("wire", "part"),
    [
        # Chat Completions
        ({"type": "file", "file": {"filename": "r.pdf", "file_data": PDF_URL}}, REPORT),
        ({"type": "file", "file": {"file_id": "file_1"}}, FilePart(id="file_1")),
        ({"type": "input_audio", "input_audio": {"data": PDF, "format": "wav"}},
         FilePart(data=PDF, media_type="audio/wav")),
        ({"type": "input_audio", "input_audio": {"data": PDF, "format": "mp3"}},
         FilePart(data=PDF, media_type="audio/mpeg")),
        # GLM, Qwen, vLLM
        ({"type": "video_url", "video_url": {"url": "https://x.org/f.mp4"}},
         FilePart(url="https://x.org/f.mp4", media_type="video/mp4")),
        ({"type": "video_url", "video_url": {"url": "https://x.org/f"}},
         FilePart(url="https://x.org/f", media_type="video/*")),
        ({"type": "audio_url", "audio_url": {"url": "https://x.org/a.mp3"}},
         FilePart(url="https://x.org/a.mp3", media_type="audio/mpeg")),
        ({"type": "file_url", "file_url": {"url": "https://x.org/r.pdf"}},
         FilePart(url="https://x.org/r.pdf", media_type="application/pdf")),
        # Responses
        ({"type": "input_image", "image_url": "https://x.org/a.png", "detail": "auto"},
         ImagePart(url="https://x.org/a.png")),
        ({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "low"},
         ImagePart(data=PNG, media_type="image/png", detail="low")),
        ({"type": "input_image", "image_url": {"url": "https://x.org/a.png", "detail": "high"}},
         ImagePart(url="https://x.org/a.png", detail="high")),
        ({"type": "input_file", "filename": "r.pdf", "file_data": PDF_URL}, REPORT),
        ({"type": "input_file", "file_url": "https://x.org/r.pdf"}, FilePart(url="https://x.org/r.pdf")),
        ({"type": "input_file", "file_id": "file_1", "filename": None}, FilePart(id="file_1")),
        # Messages
        ({"type": "document", "title": "r.pdf",
          "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}, REPORT),
        ({"type": "document", "source": {"type": "url", "url": "https://x.org/r.pdf"}},
         FilePart(url="https://x.org/r.pdf", media_type="application/pdf")),
        ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, FilePart(id="file_1")),
        ({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"}},
         FilePart(data=base64.b64encode(b"Hi").decode(), media_type="text/plain")),
    ],
)  # fmt: skip
def test_each_form(wire: dict[str, Any], part: Part) -> None:
    assert part_at(wire, "here") == part


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "file", "file": {"file_id": "f"}, "cache_control": {"type": "ephemeral"}},
        {"type": "file", "file": {"file_data": PDF_URL, "file_id": "f"}},
        {"type": "video_url", "video_url": {"url": "https://x.org/f.mp4", "fps": 2}},
        {"type": "input_audio", "input_audio": {"data": "data:;base64,AAAA", "format": "wav"}},  # Qwen's form
        {"type": "input_audio", "input_audio": {"data": "https://x.org/a.wav", "format": "wav"}},
        {"type": "input_image", "file_id": "file_1", "detail": "auto"},
        {"type": "input_image", "image_url": "https://x.org/a.png", "prompt_cache_breakpoint": {}},
        {"type": "input_file", "file_id": "f", "prompt_cache_breakpoint": {}},
        {"type": "document", "source": {"type": "url", "url": "https://x.org/a.pdf"}, "citations": {"enabled": True}},
        {"type": "document", "source": {"type": "content", "content": "x"}},
        {"type": "search_result", "source": "x", "title": "y", "content": []},
    ],
)
def test_what_says_more_than_a_part_holds_passes_as_it_is(wire: dict[str, Any]) -> None:
    assert part_at(wire, "here") == RawPart(wire)


@pytest.mark.parametrize(
    ("wire", "where"),
    [
        ({"type": "file"}, "here.file"),
        ({"type": "file", "file": {}}, "here.file"),
        ({"type": "file", "file": {"file_data": "no base64!"}}, "here.file"),
        ({"type": "input_audio", "input_audio": {"format": "wav"}}, "here.input_audio.data"),
        ({"type": "video_url", "video_url": {}}, "here.video_url.url"),
        ({"type": "input_image"}, "here.image_url"),
        ({"type": "input_image", "image_url": "data:text/plain;base64,AAAA"}, "here.image_url"),
        ({"type": "input_file"}, "here.file_data"),
        ({"type": "document"}, "here.source"),
        ({"type": "document", "source": {"type": "base64", "media_type": "application/pdf"}}, "here.source.data"),
        ({"type": "news"}, "here.type"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(wire: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        part_at(wire, "here")
    assert caught.value.argument is not None
    assert caught.value.argument.startswith(where)


def test_a_file_part_without_a_file_is_refused() -> None:
    for part in (FilePart(), FilePart(name="r.pdf"), FilePart(data=PDF)):
        with pytest.raises(InvalidRequestError, match="here: a FilePart without a file"):
            part_at(part, "here")
    assert part_at(REPORT, "here") is REPORT


KINDS = st.sampled_from(
    ("file", "input_audio", "audio_url", "video_url", "file_url", "input_image", "input_file", "document", "image")
)
WORDS = st.sampled_from(["", "https://x", PDF, PDF_URL, "base64", "url", "text"])
KEYS = st.sampled_from(["type", "file", "file_data", "file_id", "url", "data", "format", "source", "media_type"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=6,
)


@given(KINDS, st.dictionaries(st.sampled_from(["image_url", "source", "file_data", "file_id", "filename"]), JSON), JSON)
def test_nothing_makes_it_crash(kind: str, fields: dict[str, Any], held: Any) -> None:
    with contextlib.suppress(InvalidRequestError):
        part_at({kind: held, **fields, "type": kind}, "here")
