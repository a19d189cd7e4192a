"""The public suites of event streams, each case whole, byte by byte, and cut at random.

Where they disagree the WHATWG standard is followed:

- openai and httpx-sse give an event without data (`event: ping` alone); the standard, and we, give none;
- openai and httpx-sse do not treat a BOM as the standard does: only one, at the very start, is taken off;
- the names: openai gives None and httpx-sse `message` where the stream names no event; we say `message`;
- the id before any: None here, so that it can be told from an id that the stream has emptied; `""` in the standard.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from tests.codec import whatwg
from tests.codec.cuts import PLACES, cut, pieces, rows

from slipstream.codec import Frame, SSEDecoder

CASES = rows("sse/decoder_cases.jsonl")
# These two have another content type, which a browser refuses before it decodes; that is the transport's part.
NOT_A_STREAM = {"wpt/format-mime-bogus.any.js", "wpt/format-mime-valid-bogus.any.js"}


def chunks(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(chunk) for chunk in case["chunks_b64"]]


def expected(case: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(event, data, last event id) of each event, from whichever project the case comes."""
    events = case.get("expected_events")
    if events is not None:
        return [(event["event"], event["data"], event["lastEventId"]) for event in events]
    events = case.get("expected_openai_sdk") or case.get("expected_httpx_sse") or []
    return [(event["event"] or "message", event["data"], event["id"] or "") for event in events if event["data"]]


def decoded(body: list[bytes]) -> tuple[SSEDecoder, list[tuple[str, str, str]]]:
    decoder = SSEDecoder()
    frames = [frame for chunk in body for frame in decoder.feed(chunk)] + decoder.end()
    return decoder, [(frame.event, frame.data, frame.id or "") for frame in frames]


def test_the_cases_are_there(corpora: Path) -> None:
    assert (corpora / "sse").is_dir()
    assert len(CASES) == 36
    assert sum(case["id"] in NOT_A_STREAM for case in CASES) == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    if case["id"] in NOT_A_STREAM:
        assert expected(case) == []
        return
    body = b"".join(chunks(case))
    for parts in (chunks(case), [body], list(pieces(body, 1)), list(pieces(body, 3))):
        decoder, events = decoded(parts)
        assert events == expected(case)
        if "retry" in case:
            assert decoder.retry == (case["retry"] or [None])[-1]
        if case.get("comments"):
            assert (decoder.comments, decoder.last_comment) == (len(case["comments"]), case["comments"][-1])


@pytest.mark.skipif(not CASES, reason="test_the_cases_are_there says why")
@settings(max_examples=40, deadline=None)
@given(PLACES)
def test_cases_cut_at_random_and_with_other_line_ends(places: list[int]) -> None:
    for case in CASES:
        if case["id"] in NOT_A_STREAM:
            continue
        body = b"".join(chunks(case))
        assert decoded(cut(body, places))[1] == expected(case)
        if b"\r" not in body:
            for line_end in (b"\r", b"\r\n"):
                assert decoded(cut(body.replace(b"\n", line_end), places))[1] == expected(case)


# --- web-platform-tests whose case is not in the file above: the message is read out of the test itself ------------

MESSAGE = re.compile(r'message\.py\?(?:mime=[^&"]*&)?message=([^"&]*)(&newline=none)?"')

WPT: dict[str, list[tuple[str, str]]] = {
    "format-bom-2.any.js": [("message", "2"), ("message", "3")],
    "format-field-data.any.js": [("message", ""), ("message", "\n"), ("message", "test")],
    "format-field-event.any.js": [("test", "x"), ("message", "x")],
    "format-field-retry-bogus.any.js": [("message", "x")],
    "format-leading-space.any.js": [("message", "\ttest\n\ntest")],
    "format-newlines.any.js": [("message", "test\n\ntest")],
    "format-utf-8.any.js": [("message", "ok…")],
}


def served(source: str) -> bytes:
    """What WPT's message.py sends for the request in this test: the message, and line ends unless told not to."""
    found = MESSAGE.search(source)
    assert found is not None
    return unquote_to_bytes(found[1]) + (b"\n" if found[2] else b"\n\n\n")


def decode_all_ways(body: bytes) -> tuple[SSEDecoder, list[Frame]]:
    """Whole; and the same byte by byte."""
    decoder, bytewise = SSEDecoder(), SSEDecoder()
    frames = decoder.feed(body)
    assert [frame for piece in pieces(body, 1) for frame in bytewise.feed(piece)] == frames
    return decoder, frames


@pytest.mark.parametrize("name", WPT)
def test_web_platform_test(corpora: Path, name: str) -> None:
    decoder, frames = decode_all_ways(served((corpora / "sse/wpt" / name).read_text()))
    assert [(frame.event, frame.data) for frame in frames] == WPT[name]
    if "retry" in name:
        assert decoder.retry == 3000


def test_web_platform_test_of_comments() -> None:
    long = b"x" * 2048
    body = b"data:1\r:\0\n:\r\ndata:2\n:" + long + b"\rdata:3\n:data:fail\r:" + long + b"\ndata:4\n\n"
    decoder, frames = decode_all_ways(body)
    assert [frame.data for frame in frames] == ["1\n2\n3\n4"]
    assert decoder.comments == 5


def test_web_platform_test_of_retry() -> None:
    assert decode_all_ways(b"retry:03000\ndata:x\n\n")[1] == [Frame(b"x", retry=3000)]  # decimal, not octal


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b"id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n", ["1", "1", "2", "2"]),
        (b"id: 1\ndata: 1\n\nid: \ndata:2\n\ndata:3\n\n", ["1", "", ""]),
        (b"id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n", ["1", "", ""]),
        ("id: …\ndata: hello\n\n".encode(), ["…"]),
    ],
)
def test_web_platform_tests_of_ids(body: bytes, ids: list[str]) -> None:
    assert [frame.id for frame in decode_all_ways(body)[1]] == ids


# --- recorded streams of providers -----------------------------------------------------------------------------------


def test_recorded_streams(corpora: Path) -> None:
    names = sorted((corpora / "streams").glob("*/*.sse"))
    assert len(names) > 10
    for name in names:
        body = name.read_bytes()
        expect = whatwg.decode(body)
        for size in (len(body), 16_384, 1400, 100):
            decoder = SSEDecoder()
            frames = [frame for piece in pieces(body, size) for frame in decoder.feed(piece)]
            assert [(frame.event, frame.data, frame.id, frame.retry) for frame in frames] == expect, name
            # Nothing is left over, or it is one whole event: these recordings are good streams.
            assert len(decoder.end()) <= 1, name
