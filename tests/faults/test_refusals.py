"""RELIABILITY C1 rows 10 to 14: the provider says no, by status or inside the stream."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.faults.doors import KEY, PROMPT, Door
from tests.faults.hostile import HostileServer, Script, read_request, send
from tests.faults.wire import DONE, FIRST, FIRST_TEXT, FRAMES, LAST_CHUNK, WHOLE, chunk, error_body, head, refusal

from slipstream import Client
from slipstream.errors import APIError, OverloadedError, RateLimitError, SlipstreamError, StreamInterruptedError
from slipstream.events import Retry

GOOD: Script = [read_request, send(WHOLE)]


def refuse(status: int, body: bytes = b"", **headers: object) -> Script:
    return [read_request, send(refusal(status, body, **headers))]


def in_stream(body: bytes) -> Script:
    return [read_request, send(head() + chunk(body) + LAST_CHUNK)]


def data(body: bytes) -> bytes:
    return b"data: " + body + b"\n\n"


BUSY = data(error_body("The engine is overloaded", type="overloaded_error"))


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(door: Door, status: int) -> None:
    with HostileServer(refuse(status, retry_after_ms=1), GOOD) as server:
        outcome = door(server.url)
        assert outcome.error is None
        assert outcome.metrics.attempts == len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_what_is_wrong_is_not_tried_again(door: Door, status: int) -> None:
    with HostileServer(refuse(status, retry_after_ms=1), GOOD) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, APIError)
        assert outcome.error.status == status
        assert f"refused with {status}" in str(outcome.error)
        assert len(server.requests) == 1
        assert outcome.message.finish_reason == "error"


def test_the_budget_of_retries_bounds_the_requests(door: Door) -> None:
    with HostileServer(refuse(503, retry_after_ms=1)) as server:
        for retries in (0, 1, 3):
            before = len(server.requests)
            outcome = door(server.url, max_retries=retries)
            assert isinstance(outcome.error, OverloadedError)
            assert len(server.requests) - before == retries + 1
            assert [type(event) for event in outcome.events] == [Retry] * retries


def test_many_callers_do_not_come_back_at_the_same_moment() -> None:
    with HostileServer(refuse(503)) as server, Client(base_url=server.url, api_key=KEY, max_retries=1) as client:
        delays = set()
        for _ in range(5):
            with client.stream(PROMPT) as stream:
                retry = next(iter(stream))
                assert isinstance(retry, Retry)
                delays.add(retry.delay)
        assert len(delays) == 5
        assert all(0.25 <= delay <= 0.5 for delay in delays)


def test_the_reader_is_told_of_a_retry_before_its_pause() -> None:
    with HostileServer(refuse(503, retry_after=9)) as server, Client(base_url=server.url, api_key=KEY) as client:
        began = time.perf_counter()
        with client.stream(PROMPT) as stream:
            assert isinstance(next(iter(stream)), Retry)
            assert time.perf_counter() - began < 1


WAITS: list[tuple[dict[str, Any], float, float]] = [
    ({"retry_after": "0"}, 0.0, 0.2),
    ({"retry_after_ms": "300"}, 0.3, 0.5),
    ({"retry_after_ms": "300", "retry_after": "60"}, 0.3, 0.5),
    ({"retry_after": "0.3"}, 0.3, 0.5),
    ({"date": "Fri, 07 Nov 2025 00:00:00 GMT", "retry_after": "Fri, 07 Nov 2025 00:00:00 GMT"}, 0.0, 0.2),
    ({"date": "Fri, 07 Nov 2025 00:00:00 GMT", "retry_after": "Thu, 06 Nov 2025 00:00:00 GMT"}, 0.0, 0.2),
    ({"retry_after": "soon"}, 0.25, 0.7),
    ({"retry_after": "-7"}, 0.25, 0.7),
]


@pytest.mark.parametrize(("headers", "least", "most"), WAITS)
def test_the_wait_that_the_provider_names_is_kept(headers: dict[str, Any], least: float, most: float) -> None:
    from tests.faults.doors import ask_sync

    with HostileServer(refuse(429, **headers), GOOD) as server:
        outcome = ask_sync(server.url)
        assert outcome.error is None
        assert least <= outcome.seconds <= most


@pytest.mark.parametrize("wait", ["1000000000", "3601", "Sat, 08 Nov 2025 00:00:00 GMT"])
def test_a_wait_beyond_the_budget_fails_at_once_and_names_the_wait(door: Door, wait: str) -> None:
    with HostileServer(refuse(429, retry_after=wait, date="Fri, 07 Nov 2025 00:00:00 GMT")) as server:
        outcome = door(server.url, timeout=60)
        assert isinstance(outcome.error, RateLimitError)
        assert outcome.error.retry_at is not None
        assert outcome.error.retry_at > 3600
        assert f"{outcome.error.retry_at:g} s" in str(outcome.error)
        assert outcome.seconds < 0.5
        assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "advice", "requests"), [(500, "false", 1), (400, "true", 2)])
def test_x_should_retry_overrides_the_status(door: Door, status: int, advice: str, requests: int) -> None:
    with HostileServer(refuse(status, x_should_retry=advice, retry_after_ms=1), GOOD) as server:
        door(server.url)
        assert len(server.requests) == requests


def test_overload_inside_the_stream_before_content_is_retried_invisibly(door: Door) -> None:
    with HostileServer(in_stream(FRAMES[0] + BUSY), GOOD) as server:
        outcome = door(server.url)
        assert outcome.error is None
        assert len(server.requests) == 2


@pytest.mark.parametrize("end", [b"", DONE])
def test_overload_inside_the_stream_after_content_is_typed_and_wins_over_the_end_mark(door: Door, end: bytes) -> None:
    with HostileServer(in_stream(FIRST + BUSY + end), GOOD) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, OverloadedError)
        assert "The engine is overloaded" in str(outcome.error)
        assert outcome.text == FIRST_TEXT
        assert outcome.error.partial.text == FIRST_TEXT
        assert outcome.message.finish_reason == "error"
        assert len(server.requests) == 1


ERROR_SHAPES = [
    b'{"error": {"message": "boom", "type": "server_error", "code": "internal_error"}}',
    b'{"error": "boom"}',
    b'{"object": "error", "message": "boom", "code": 500}',
    b'{"error": {"code": 502, "message": "boom", "metadata": {"provider_name": "x"}}, "choices": []}',
]


@pytest.mark.parametrize("shape", ERROR_SHAPES)
@pytest.mark.parametrize("prefix", [b"data: ", b"event: error\ndata: "])
def test_an_error_object_in_the_stream_is_an_error_in_every_shape(door: Door, shape: bytes, prefix: bytes) -> None:
    with HostileServer(in_stream(FIRST + prefix + shape + b"\n\n" + DONE)) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, SlipstreamError)
        assert not isinstance(outcome.error, StreamInterruptedError)
        assert "boom" in str(outcome.error)
        assert outcome.text == FIRST_TEXT


def test_the_errors_of_a_whole_answer_are_the_same() -> None:
    with (
        HostileServer(refuse(503, retry_after_ms=1), refuse(401, x_request_id="req-9")) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        pytest.raises(APIError, match="refused with 401") as caught,
    ):
        client.complete(PROMPT)
    assert caught.value.request_id == "req-9"
    assert len(server.requests) == 2


def test_a_refusal_in_html_shows_its_title_only(door: Door) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body><script>evil()</script></body></html>"
    response = head(502, "text/html", chunked=False, content_length=len(page)) + page
    with HostileServer([read_request, send(response)]) as server:
        outcome = door(server.url, max_retries=0)
        assert "502 Bad Gateway" in str(outcome.error)
        assert "evil" not in str(outcome.error)
