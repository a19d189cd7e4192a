"""The frame."""

from __future__ import annotations

import pytest

from slipstream.codec import Frame


def test_defaults() -> None:
    frame = Frame(b"x")
    assert (frame.payload, frame.event, frame.id, frame.retry) == (b"x", "message", None, None)
    assert frame == Frame(b"x", "message", None, None)
    assert hash(frame) == hash(Frame(b"x"))


def test_it_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Frame(b"x").payload = b"y"  # type: ignore[misc]


def test_data_never_fails() -> None:
    assert Frame("讲 \u2028".encode()).data == "讲 \u2028"
    assert Frame(b"a\xff\xf0\x9f").data == "a\ufffd\ufffd"
    assert Frame(b"\xef\xbb\xbfa").data == "\ufeffa"  # only a BOM at the start of the stream is one


def test_from_text() -> None:
    assert Frame.from_text("é", event="e", id="1", retry=2) == Frame("é".encode(), "e", "1", 2)
    assert Frame.from_text("a\ud83d").data == "a\ufffd"
