"""RELIABILITY C1 rows 15, 16 and 19: events that are no events, lines without end, and packed bodies."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest
from tests.faults.doors import Door, ask_async, ask_sync
from tests.faults.hostile import HostileServer, Script, flood, read_request, send
from tests.faults.memory import MemoryWatch
from tests.faults.wire import BODY, DONE, FIRST, FIRST_TEXT, FRAMES, LAST_CHUNK, chunk, frame, head

from slipstream.errors import EventTooLargeError, MalformedChunkError, ProtocolError, SlipstreamError
from slipstream.events import Raw

MIB = 2**20


def stream(body: bytes) -> Script:
    return [read_request, send(head() + chunk(body) + LAST_CHUNK)]


BROKEN = {
    "cut in the middle": b'{"choices": [{"delta": {"content": "x"',
    "no JSON": b"hello",
    "a list": b"[1, 2]",
    "a number": b"42",
    "a string": b'"hi"',
    "deep": b'{"a":' * 100_000,
    "glued": b'{"id": "a", "chdata: {"id": "b"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_malformed_event_after_content_is_a_typed_error(door: Door, name: str) -> None:
    with HostileServer(stream(FIRST + b"data: " + BROKEN[name] + b"\n\n" + DONE)) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, MalformedChunkError)
        assert outcome.text == FIRST_TEXT
        assert outcome.message.finish_reason == "interrupted"


@pytest.mark.parametrize("name", BROKEN)
def test_a_malformed_event_is_skipped_where_that_is_asked_for(door: Door, name: str) -> None:
    body = b"".join(FRAMES[:3]) + b"data: " + BROKEN[name] + b"\n\n" + b"".join(FRAMES[3:]) + DONE
    with HostileServer(stream(body)) as server:
        assert door(server.url, lenient=True).error is None


def test_truncated_json_at_the_end_is_a_cut(door: Door) -> None:
    with HostileServer(stream(FIRST + FRAMES[3][:-12])) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, SlipstreamError)
        assert outcome.text == FIRST_TEXT


@pytest.mark.parametrize("odd", [b"null", b"{}", b'{"choices": null}', b'{"choices": []}', b'{"new_thing": {"x": 1}}'])
def test_what_is_unknown_passes_and_is_never_fatal(door: Door, odd: bytes) -> None:
    body = b"".join(FRAMES[:3]) + b"event: telemetry\ndata: " + odd + b"\n\n" + b"".join(FRAMES[3:]) + DONE
    with HostileServer(stream(body)) as server:
        outcome = door(server.url, lenient=odd == b"null")
        assert outcome.error is None
        if b"new_thing" in odd:
            assert any(isinstance(event, Raw) and event.data == {"new_thing": {"x": 1}} for event in outcome.events)


def test_wrong_types_in_known_fields_are_read_tolerantly(door: Door) -> None:
    odd = frame({"content": None, "role": None, "tool_calls": None, "refusal": None}, created="yesterday", usage=None)
    body = b"".join(FRAMES[:3]) + odd + b"".join(FRAMES[3:]) + DONE
    with HostileServer(stream(body)) as server:
        assert door(server.url).error is None


ENDLESS = {
    "one line": (b"data: ", b"x" * 65536),
    "one event of many lines": (b"", b"data: " + b"x" * 1000 + b"\n"),
    "a field name": (b"", b"x" * 65536),
    "an id": (b"id: ", b"x" * 65536),
    "an event name": (b"event: ", b"x" * 65536),
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("cap", [MIB, None])
def test_an_endless_event_is_cut_off_at_its_cap(name: str, cap: int | None) -> None:
    start, piece = ENDLESS[name]
    options: dict[str, Any] = {"max_event_bytes": cap} if cap else {}
    limit = cap or 16 * MIB
    script = [
        read_request,
        send(head(chunked=False) + FIRST + start),
        flood(piece * (1 + 65536 // len(piece)), 100 * MIB),
    ]
    with HostileServer(script) as server:
        with MemoryWatch() as memory:
            outcome = ask_async(server.url, truth=FIRST_TEXT, **options)
        assert isinstance(outcome.error, EventTooLargeError)
        assert outcome.text == FIRST_TEXT
        assert server.lines[0].sent < limit + 12 * MIB, "the socket was closed at the cap, give or take its buffers"
        assert memory.grown < 2 * limit + 16 * MIB
        server.wait_gone()


@pytest.mark.parametrize("piece", [b": " + b"c" * 1000 + b"\n", b":\n\n", b"\n"])
def test_endless_comments_cost_no_memory_and_the_clock_of_content_ends_them(piece: bytes) -> None:
    script = [read_request, send(head(chunked=False)), flood(piece * (1 + 100_000 // len(piece)), 10**12)]
    with HostileServer(script) as server:
        with MemoryWatch() as memory:
            outcome = ask_async(server.url, truth="", timeout={"first_output": 0.5}, max_retries=0)
        assert getattr(outcome.error, "clock", None) == "first_output"
        assert outcome.seconds < 0.5 + 0.3
        assert memory.grown < 16 * MIB
        server.wait_gone()


def test_one_endless_comment_costs_no_memory() -> None:
    script = [read_request, send(head(chunked=False) + b": "), flood(b"c" * 65536, 10**12)]
    with HostileServer(script) as server:
        with MemoryWatch() as memory:
            outcome = ask_async(server.url, truth="", timeout={"first_output": 0.5}, max_retries=0)
        assert isinstance(outcome.error, SlipstreamError)
        assert memory.grown < 16 * MIB
        server.wait_gone()


def test_a_large_but_honest_event_passes(door: Door) -> None:
    text = "x" * (10 * MIB)
    body = FRAMES[0] + frame({"content": text}) + frame({}, "stop") + DONE
    with HostileServer(stream(body)) as server:
        assert door(server.url, truth=text).error is None


# ---- row 19: packed bodies


def sync_flushed(wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    frames = [*FRAMES, DONE]
    return b"".join(packer.compress(f) + packer.flush(zlib.Z_SYNC_FLUSH) for f in frames) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "gzip, flushed": ("gzip", sync_flushed(31)),
    "gzip of many members": ("gzip", b"".join(gzip.compress(f) for f in [*FRAMES, DONE])),
    "deflate": ("deflate", zlib.compress(BODY)),
    "deflate, flushed": ("deflate", sync_flushed(15)),
    "deflate, raw": ("deflate", sync_flushed(-15)),
    "identity": ("identity", BODY),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_body_that_was_packed_though_nobody_asked_is_read(door: Door, name: str) -> None:
    encoding, body = PACKED[name]
    with HostileServer([read_request, send(head(content_encoding=encoding) + chunk(body) + LAST_CHUNK)]) as server:
        assert door(server.url).error is None
        assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
def test_a_wrong_or_unknown_label_is_a_protocol_error(door: Door, encoding: str) -> None:
    with HostileServer([read_request, send(head(content_encoding=encoding) + chunk(BODY) + LAST_CHUNK)]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, ProtocolError)
        assert encoding in str(outcome.error)
        assert len(server.requests) == 1


def test_a_refusal_that_is_packed_is_still_understood(door: Door) -> None:
    body = gzip.compress(b'{"error": {"message": "no such model"}}')
    response = head(404, "application/json", chunked=False, content_encoding="gzip", content_length=len(body)) + body
    with HostileServer([read_request, send(response)]) as server:
        assert "no such model" in str(door(server.url).error)


def test_a_refusal_packed_in_an_unknown_way_keeps_its_status(door: Door) -> None:
    response = head(404, chunked=False, content_encoding="br", content_length=3) + b"\x01\x02\x03"
    with HostileServer([read_request, send(response)]) as server:
        assert getattr(door(server.url).error, "status", None) == 404


@pytest.mark.parametrize("ask", [ask_sync, ask_async])
def test_a_bomb_is_refused_before_it_fills_the_memory(ask: Door) -> None:
    bomb = gzip.compress(b": " + b"\0" * (256 * MIB), 1)
    with HostileServer([read_request, send(head(content_encoding="gzip") + chunk(bomb) + LAST_CHUNK)]) as server:
        with MemoryWatch() as memory:
            outcome = ask(server.url, truth="", max_retries=0)
        assert isinstance(outcome.error, ProtocolError)
        assert memory.grown < 32 * MIB
