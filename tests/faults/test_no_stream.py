"""RELIABILITY C1 rows 8, 9 and 16 (headers): what comes back is no stream, or no HTTP at all."""

from __future__ import annotations

import asyncio

import pytest
from tests.faults.doors import KEY, Door, ask_async, read_async
from tests.faults.hostile import HostileServer, flood, read_request, send
from tests.faults.wire import BODY, FIRST, FIRST_TEXT, WHOLE, chunk, error_body, head

from slipstream.errors import (
    APIError,
    ConnectionFailedError,
    NotAStreamError,
    OverloadedError,
    ProtocolError,
    SlipstreamError,
    StreamInterruptedError,
)

GARBAGE = {
    "SSE without a head": BODY,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "HTML": b"<html><body>hello</body></html>\r\n\r\n",
    "zeros": b"\0" * 1000,
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a status of letters": b"HTTP/1.1 OK OK\r\n\r\n",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "a space before the colon": b"HTTP/1.1 200 OK\r\ncontent-type : text/plain\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "a negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
    "NUL in a header": b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_instead_of_http_is_a_protocol_error_and_no_retry_storm(door: Door, name: str) -> None:
    with HostileServer([read_request, send(GARBAGE[name])]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, (ProtocolError, ConnectionFailedError))
        assert not isinstance(outcome.error, ProtocolError) or len(server.requests) == 1
        assert len(server.requests) <= 3


def test_bytes_before_the_request_are_no_answer(door: Door) -> None:
    with HostileServer([send(BODY), read_request, send(WHOLE)]) as server:
        outcome = door(server.url)
        assert outcome.error is None or isinstance(outcome.error, (ProtocolError, ConnectionFailedError))
        assert len(server.lines) <= 3


CHUNK_LIES = {
    "a size that is no number": b"xyz\r\ndata",
    "a negative size": b"-5\r\ndata",
    "a size beyond all": b"fffffffffffffffff\r\ndata",
    "a chunk longer than it says": b"3\r\ndata: too long\r\n",
    "a size line without end": b"5" + b"0" * 100_000,
}


@pytest.mark.parametrize("name", CHUNK_LIES)
@pytest.mark.parametrize("content", [b"", FIRST])
def test_chunks_that_lie_are_typed_errors(door: Door, name: str, content: bytes) -> None:
    start = chunk(content) if content else b""
    with HostileServer([read_request, send(head() + start + CHUNK_LIES[name])]) as server:
        outcome = door(server.url, max_retries=0)
        assert isinstance(outcome.error, (ProtocolError, StreamInterruptedError))
        assert outcome.text in ("", FIRST_TEXT)


def test_endless_headers_are_cut_off() -> None:
    line = b"x-header: " + b"y" * 1000 + b"\r\n"
    script = [read_request, send(b"HTTP/1.1 200 OK\r\n"), flood(line * 10, 200_000_000)]
    with HostileServer(script) as server:
        outcome = ask_async(server.url, max_retries=0)
        assert isinstance(outcome.error, ProtocolError)
        assert server.lines[0].sent < 8_000_000
        server.wait_gone()


def test_one_endless_header_is_cut_off() -> None:
    script = [read_request, send(b"HTTP/1.1 200 OK\r\nx: "), flood(b"y" * 10_000, 200_000_000)]
    with HostileServer(script) as server:
        outcome = ask_async(server.url, max_retries=0)
        assert isinstance(outcome.error, ProtocolError)
        assert server.lines[0].sent < 8_000_000
        server.wait_gone()


def test_large_but_honest_headers_pass(door: Door) -> None:
    script = [read_request, send(head(set_cookie="c" * 30_000) + chunk(BODY) + b"0\r\n\r\n")]
    with HostileServer(script) as server:
        assert door(server.url).error is None


def whole(content_type: str, body: bytes) -> bytes:
    return head(content_type=content_type, chunked=False, content_length=len(body)) + body


PAGE = b"<!doctype html><html><head><title>Sign in to AirportWiFi</title></head><body>Please accept</body></html>"


@pytest.mark.parametrize("label", ["text/html", "text/event-stream"])
def test_a_captive_portal_is_named_for_what_it_is(door: Door, label: str) -> None:
    with HostileServer([read_request, send(whole(label, PAGE))]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, NotAStreamError)
        assert "Sign in to AirportWiFi" in str(outcome.error)
        assert len(server.requests) == 1


@pytest.mark.parametrize("label", ["application/json", "text/event-stream"])
def test_a_json_error_under_a_200_is_the_providers_error(door: Door, label: str) -> None:
    body = error_body("The engine is overloaded", type="overloaded_error")
    with HostileServer([read_request, send(whole(label, body))]) as server:
        outcome = door(server.url, max_retries=0)
        assert isinstance(outcome.error, OverloadedError)
        assert "The engine is overloaded" in str(outcome.error)


def test_a_json_document_that_is_no_error_is_no_stream_either(door: Door) -> None:
    with HostileServer([read_request, send(whole("application/json", b'{"status": "healthy"}'))]) as server:
        assert isinstance(door(server.url).error, NotAStreamError)


@pytest.mark.parametrize("body", [b"", b"\n\n", b": ping\n\n", b"data:\n\n"])
def test_an_empty_stream_is_no_answer(door: Door, body: bytes) -> None:
    with HostileServer([read_request, send(whole("text/event-stream", body))]) as server:
        outcome = door(server.url, max_retries=0)
        assert isinstance(outcome.error, SlipstreamError)
        assert outcome.message.finish_reason == "interrupted"


@pytest.mark.parametrize("label", ["text/html", "application/json", "text/plain"])
def test_a_long_body_that_echoes_the_key_is_cut_and_redacted(label: str) -> None:
    echo = f'{{"error": {{"message": "bad key {KEY}, api_key={KEY}"}}, "x": "'.encode() + b"z" * 100_000 + b'"}'
    with HostileServer([read_request, send(whole(label, echo))]) as server:
        outcome = asyncio.run(read_async(server.url, max_retries=0)).check("")
        assert outcome.error is not None
        assert len(str(outcome.error)) < 3000


@pytest.mark.parametrize("status", [204, 205])
def test_a_success_without_a_body_is_no_answer(door: Door, status: int) -> None:
    with HostileServer([read_request, send(head(status, chunked=False))]) as server:
        assert isinstance(door(server.url, max_retries=0).error, SlipstreamError)


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/", "http://169.254.169.254/", "https://evil.example/", "/"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed_with_the_key(door: Door, status: int, location: str) -> None:
    with HostileServer(
        [read_request, send(head(status, chunked=False, content_length=0, location=location))]
    ) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, APIError)
        assert outcome.error.status == status
        assert "redirect" in str(outcome.error)
        assert len(server.requests) == 1
