"""NDJSON both ways: the lines, however the body is cut; the end; the limit; linear work."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from tests.codec.cuts import PLACES, cut, pieces

from slipstream.codec import Frame, NDJSONDecoder, NDJSONEncoder
from slipstream.errors import EventTooLargeError, InvalidRequestError, StreamClosedError

ENCODER = NDJSONEncoder()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def decode(chunks: list[bytes]) -> list[bytes]:
    decoder = NDJSONDecoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.end()
    assert not decoder.truncated
    return [frame.payload for frame in frames]


@given(st.lists(VALUES, max_size=5), st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \r\n\t\n"]), st.booleans(), PLACES)
@example([{"a": "\u2028"}], b"\n", False, [])
def test_lines_cut_anywhere(values: list[Any], line_end: bytes, indent: bool, places: list[int]) -> None:
    lines = [ENCODER.encode(json.dumps(value, ensure_ascii=False, indent=indent or None)) for value in values]
    assert all(line.count(b"\n") == 1 for line in lines)
    body = b"\xef\xbb\xbf" + line_end.join(line[:-1] for line in [*lines, b"\n"])
    for chunks in ([body], list(pieces(body, 1)), cut(body, places)):
        assert [json.loads(payload) for payload in decode(chunks)] == values


def test_frames_are_plain() -> None:
    assert NDJSONDecoder().feed(b'{"a":1}\r\n[2]\n') == [Frame(b'{"a":1}'), Frame(b"[2]")]


@pytest.mark.parametrize(
    ("body", "payloads", "truncated"),
    [
        (b"", [], False),
        (b"{}\n", [b"{}"], False),
        (b"{}", [b"{}"], False),
        (b"{}\r", [b"{}"], False),
        (b"\xef\xbb\xbf{}", [b"{}"], False),
        (b"{}\n ", [b"{}"], False),
        (b'{}\n{"a', [b"{}"], True),
        (b"12", [], True),
    ],
)
def test_the_end(body: bytes, payloads: list[bytes], truncated: bool) -> None:
    decoder = NDJSONDecoder()
    frames = decoder.feed(body) + decoder.end()
    assert [frame.payload for frame in frames] == payloads
    assert decoder.truncated is truncated
    assert decoder.pending == 0
    with pytest.raises(StreamClosedError, match="after end"):
        decoder.feed(b"{}\n")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_limit(size: int) -> None:
    decoder = NDJSONDecoder(max_event_bytes=10)
    frames: list[Frame] = []

    def feed_all() -> None:
        for chunk in [*pieces(b"1\n1234567890\n12345678901\n2\n", size), b""]:
            frames.extend(decoder.feed(chunk))

    with pytest.raises(EventTooLargeError, match="max_event_bytes=10"):
        feed_all()
    assert [frame.payload for frame in frames] == [b"1", b"1234567890"]
    assert decoder.pending == 0
    with pytest.raises(EventTooLargeError):
        decoder.feed(b"1\n")
    with pytest.raises(EventTooLargeError):
        decoder.end()


@pytest.mark.parametrize("data", ["{}\n", None, 5])
def test_other_than_bytes_is_refused(data: Any) -> None:
    with pytest.raises(InvalidRequestError, match="bytes, bytearray or memoryview"):
        NDJSONDecoder().feed(data)
    with pytest.raises(InvalidRequestError, match="max_event_bytes"):
        NDJSONDecoder(max_event_bytes=0)


@pytest.mark.parametrize("data", [None, {"a": 1}, 5])
def test_the_encoder_takes_text_or_bytes(data: Any) -> None:
    with pytest.raises(InvalidRequestError, match="takes str or bytes"):
        ENCODER.encode(data)


def test_the_encoder_writes_one_line() -> None:
    assert ENCODER.encode('{\n "a":\r\n 1}') == b'{  "a":   1}\n'
    assert ENCODER.encode(b"{}") == b"{}\n"
    assert ENCODER.encode('"\ud83d"') == '"\ufffd"\n'.encode()


def test_a_long_line_costs_in_proportion() -> None:
    best = [float("inf"), float("inf")]
    for turn in range(6):
        chunks = [b"x" * 64] * (2000, 16_000)[turn % 2]
        decoder = NDJSONDecoder()
        start = time.process_time()
        for chunk in chunks:
            decoder.feed(chunk)
        best[turn % 2] = min(best[turn % 2], time.process_time() - start)
    assert best[1] < 30 * best[0]  # linear is 8, quadratic 64


def test_recorded_streams(corpora: Path) -> None:
    names = sorted((corpora / "streams").glob("*/*.ndjson"))
    assert names
    for name in names:
        body = name.read_bytes()
        expected = [json.loads(line) for line in body.splitlines() if line.strip()]
        for size in (len(body), 1400, 10):
            assert [json.loads(payload) for payload in decode(list(pieces(body, size)))] == expected, name
