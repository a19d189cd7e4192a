"""How streams and bodies of the Responses API end: well, badly, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.responses_cases import (
    CREATED,
    Wire,
    completed,
    decode,
    done,
    events_of,
    fold,
    message,
    new,
    output_text,
    response,
    sse,
    text,
)

from slipstream import dialects, events as e
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message


def kinds(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def last_error(events: list[Event]) -> e.Error:
    assert isinstance(events[-1], e.Error)
    return events[-1]


# The end.


def because(reason: str) -> Wire:
    return {"incomplete_details": {"reason": reason}}


@pytest.mark.parametrize(("kind", "fields", "reason", "raw"), [
    ("completed", {}, "stop", "completed"),
    ("completed", {"status": "incomplete", **because("max_output_tokens")}, "length", "max_output_tokens"),
    ("incomplete", {"status": "incomplete", **because("max_output_tokens")}, "length", "max_output_tokens"),
    ("incomplete", {"status": "incomplete", **because("content_filter")}, "content_filter", "content_filter"),
    ("incomplete", because("moonrise"), "other", "moonrise"),
    ("incomplete", {}, "other", "incomplete"),
    ("cancelled", {"status": "cancelled"}, "cancelled", "cancelled"),
])  # fmt: skip
def test_how_a_response_ends(kind: str, fields: Wire, reason: str, raw: str) -> None:
    end = {"type": f"response.{kind}", "response": {**response(kind), **fields}}
    events = decode(CREATED, text("a"), end)
    assert events[-3:] == [e.TextEnd("text-0"), e.StepEnd(reason, raw), e.Finish(reason, raw)]  # type: ignore[arg-type]


def test_the_end_says_usage_and_tier_and_verdicts() -> None:
    usage = {
        "input_tokens": 10, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 15,
    }  # fmt: skip
    end = completed(usage=usage, service_tier="priority", moderation={"input": {"flagged": False}})
    found = fold(CREATED, text("a"), end)
    assert found.usage == e.Usage(10, 5, 15, 3, 4, 2, details=usage)
    assert found.metadata == {"service_tier": "priority"}
    assert found.moderation == [{"input": {"flagged": False}}]


def test_only_its_own_end_ends_a_response() -> None:
    body = sse(CREATED, text("a"), done(message(output_text("a"))))
    for rest in (b"", b"data: [DONE]\n\n", b"data: \n\n", b": bye\n\n"):
        error = last_error(events_of(body, rest))
        assert (error.kind, error.retryable) == ("StreamInterruptedError", True)


def test_another_response_makes_the_first_one_void() -> None:
    other = {"type": "response.created", "response": {**response(), "id": "resp_2"}}
    events = decode(CREATED, text("wrong"), other, text("right"), completed())
    assert kinds(events)[3:7] == ["text-delta", "restart", "start", "step-start"]
    found = Message.of(events)
    assert (found.id, found.text, found.complete) == ("resp_2", "right", True)


# Errors.

NESTED = {"type": "error", "error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "no money"}}
FLAT = {"type": "error", "code": "rate_limit_exceeded", "message": "slow down", "param": None}


def failed(**error: Any) -> Wire:
    return {"type": "response.failed", "response": response("failed", error=error or None)}


@pytest.mark.parametrize(("wire", "kind", "code", "retryable"), [
    (NESTED, "QuotaExceededError", "insufficient_quota", False),
    (FLAT, "RateLimitError", "rate_limit_exceeded", True),
    ({"type": "error", "code": "server_error", "message": "oops"}, "ServerError", "server_error", True),
    ({"type": "error", "message": "what"}, "APIError", None, False),
    ({"type": "error"}, "APIError", None, False),
    ({"error": {"message": "Overloaded", "code": "overloaded"}}, "OverloadedError", "overloaded", True),
    (failed(code="server_error", message="oops"), "ServerError", "server_error", True),
    (failed(code="rate_limit_exceeded", message="wait"), "RateLimitError", "rate_limit_exceeded", True),
    (failed(code="invalid_prompt", message="no"), "BadRequestError", "invalid_prompt", False),
    (failed(code="invalid_base64_image", message="no"), "BadRequestError", "invalid_base64_image", False),
    (failed(code="image_too_small", message="no"), "BadRequestError", "image_too_small", False),
    (failed(code="bio_policy", message="no"), "ContentFilteredError", "bio_policy", False),
    (failed(code="image_content_policy_violation", message="no"), "ContentFilteredError",
     "image_content_policy_violation", False),
    (failed(), "ServerError", "failed", True),
])  # fmt: skip
def test_both_shapes_of_errors_and_failed_responses(wire: Wire, kind: str, code: str | None, retryable: bool) -> None:
    events = decode(CREATED, text("a"), wire, completed())
    error = last_error(events)
    assert (error.kind, error.code, error.retryable) == (kind, code, retryable)
    assert Message.of(events).text == "a"


def test_a_frame_that_is_called_error_is_one() -> None:
    body = sse(CREATED) + b'event: error\ndata: {"message": "Overloaded"}\n\n'
    assert last_error(events_of(body)).kind == "OverloadedError"


def test_a_failed_response_says_what_it_cost() -> None:
    wire = failed(code="server_error", message="oops")
    wire["response"]["usage"] = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    events = decode(CREATED, text("a"), wire)
    assert kinds(events)[-2:] == ["usage", "error"]


def test_an_error_instead_of_a_stream() -> None:
    body = json.dumps({"error": {"message": "bad key", "code": "invalid_api_key"}}).encode()
    assert last_error(events_of(body)).kind == "AuthenticationError"
    document = json.dumps(response("failed", error={"code": "server_error", "message": "x"})).encode()
    assert last_error(events_of(document)).kind == "ServerError"
    assert last_error(events_of(json.dumps(response("completed")).encode())).kind == "NotAStreamError"


# Whole bodies.


def decode_body(value: Any, **options: Any) -> list[Event]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return dialects.get("openai_responses").decode_body(body, **options)


def test_a_whole_body() -> None:
    wire = response("completed", output=[message(output_text("Hi"))], usage={"input_tokens": 1, "output_tokens": 2})
    events = decode_body(wire)
    assert kinds(events) == [
        "start",
        "step-start",
        "text-start",
        "text-delta",
        "text-end",
        "usage",
        "step-end",
        "finish",
    ]
    assert decode_body(b"\n\n " + json.dumps(wire).encode()) == events
    assert all(event.raw == wire for event in decode_body(wire, include_raw=True))
    no_status = {key: value for key, value in wire.items() if key != "status"}
    assert decode_body(no_status) == events


@pytest.mark.parametrize(("value", "kind", "retryable"), [
    (b'{"id": "resp', "MalformedChunkError", True),
    (b"<html>", "NotAStreamError", False),
    (b"", "StreamInterruptedError", True),
    ({"x": 1}, "MalformedChunkError", False),
    (response("queued"), "StreamInterruptedError", False),
    (response("failed", error={"code": "server_error", "message": "x"}), "ServerError", True),
    ({"error": {"message": "x", "code": "invalid_api_key"}}, "AuthenticationError", False),
])  # fmt: skip
def test_a_body_that_is_no_answer_is_an_error(value: Any, kind: str, retryable: bool) -> None:
    error = last_error(decode_body(value))
    assert (error.kind, error.retryable) == (kind, retryable)


def test_a_stream_that_nobody_asked_for_is_read_all_the_same() -> None:
    assert Message.of(decode_body(sse(CREATED, text("a"), completed()))).text == "a"


def test_a_refusal_by_status() -> None:
    error = dialects.get("openai_responses").decode_error(
        429, b'{"error":{"message":"x","code":"rate_limit_exceeded"}}'
    )
    assert (error.kind, error.status) == ("RateLimitError", 429)


def test_what_is_no_wire_object_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="feed_wire"):
        new().feed_wire("x")  # type: ignore[arg-type]


def test_malformed_frames_end_the_stream_or_are_skipped() -> None:
    body = sse(CREATED, text("a")) + b"data: {oops\n\n" + sse(text("b"), completed())
    assert last_error(events_of(body)).kind == "MalformedChunkError"
    assert Message.of(events_of(body, lenient=True)).text == "ab"
