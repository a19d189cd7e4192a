"""Errors in bodies of every shape: the recorded ones, and those that people have reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from slipstream.dialects.common.http_errors import (
    MAX_MESSAGE_BYTES,
    classify,
    error_event,
    from_response,
    parse_body,
    request_id_of,
    shorten,
)

# What each recorded response must become; the file's name says provider and status.
RECORDED = {
    "anthropic-400-00": ("BadRequestError", "invalid_request_error"),
    "anthropic-400-01": ("BadRequestError", "invalid_request_error"),
    "anthropic-400-02": ("BadRequestError", "invalid_request_error"),
    "anthropic-401-03": ("AuthenticationError", "authentication_error"),
    "anthropic-404-04": ("NotFoundError", "not_found_error"),
    "gemini-400-05": ("AuthenticationError", "API_KEY_INVALID"),
    "gemini-400-06": ("AuthenticationError", "API_KEY_INVALID"),
    "gemini-400-07": ("BadRequestError", "INVALID_ARGUMENT"),
    "gemini-403-08": ("PermissionDeniedError", "PERMISSION_DENIED"),
    "gemini-404-09": ("NotFoundError", "NOT_FOUND"),
    "gemini-429-10": ("RateLimitError", "RESOURCE_EXHAUSTED"),
    "ollama-400-11": ("BadRequestError", "invalid_request_error"),
    "ollama-401-12": ("AuthenticationError", "api_error"),
    "openai_chat-400-13": ("BadRequestError", "unsupported_parameter"),
    "openai_chat-400-14": ("BadRequestError", "invalid_value"),
    "openai_chat-400-15": ("BadRequestError", "decimal_above_max_value"),
    "openai_chat-401-16": ("AuthenticationError", "invalid_api_key"),
    "openai_chat-403-17": ("PermissionDeniedError", "invalid_request_error"),
    "openai_chat-404-18": ("NotFoundError", "model_not_found"),
    "openai_chat-429-19": ("RateLimitError", "RateLimitReached"),
    "openai_compat-400-20": ("BadRequestError", "invalid_request_error"),
    "openai_compat-400-21": ("BadRequestError", "invalid_request_error"),
    "openai_compat-400-22": ("BadRequestError", "tool_use_failed"),
    "openai_compat-401-23": ("AuthenticationError", "invalid_api_key"),
    "openai_compat-403-24": ("ContentFilteredError", "403"),
    "openai_compat-404-25": ("NotFoundError", "model_not_found"),
    "openai_compat-429-26": ("RateLimitError", "429"),
    "openai_compat-429-27": ("RateLimitError", "429"),
    "openai_compat-500-28": ("BadRequestError", "server_error"),
    "openai_compat-501-29": ("ServerError", "not_supported_error"),
    "openai_responses-400-30": ("NotFoundError", "model_not_found"),
    "openai_responses-400-31": ("BadRequestError", "unsupported_parameter"),
    "openai_responses-400-32": ("BadRequestError", "context_length_exceeded"),
    "openai_responses-401-33": ("AuthenticationError", "invalid_api_key"),
}


def test_every_recorded_error_is_listed(corpora: Path) -> None:
    index = json.loads((corpora / "streams/http_errors/INDEX.json").read_text())
    assert {row["body"].removesuffix(".body") for row in index} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_errors(corpora: Path, name: str) -> None:
    status = int(name.split("-")[1])
    body = (corpora / "streams/http_errors" / f"{name}.body").read_bytes()
    error = from_response(status, body)
    assert (error.kind, error.code) == RECORDED[name]
    assert error.status == status
    assert error.retryable is (error.kind == "RateLimitError")
    words = json.loads(body)["error"]["message"].split()[:2]
    assert error.message.startswith(" ".join(words))


def test_the_provider_behind_the_router_is_heard(corpora: Path) -> None:
    body = (corpora / "streams/http_errors/openai_compat-429-26.body").read_bytes()
    assert "temporarily rate-limited upstream" in parse_body(body)[1]


# WIRE section 6: which of Zhipu's codes may be retried, and which ask for another provider.
@pytest.mark.parametrize("code", ["500", "1120", "1200", "1230", "1234", "1302", "1303", "1305", "1312"])
def test_zhipu_retries(code: str) -> None:
    assert classify(429 if code.startswith("13") else 500, code)[1] is True


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("1113 1308 1310 1313 1304 1309", "QuotaExceededError"),
        ("1112 1121 1220", "PermissionDeniedError"),
        ("1000 1001 1002 1003 1004", "AuthenticationError"),
        ("1210 1212 1213 1214 1215 1261", "BadRequestError"),
        ("1211 1221 1222", "NotFoundError"),
        ("1300 1301", "ContentFilteredError"),
    ],
)
def test_zhipu_never_retries(codes: str, kind: str) -> None:
    for code in codes.split():
        assert classify(429, code) == (kind, False)
        assert classify(None, code) == (kind, False)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ("BadRequestError", False)),
        (401, ("AuthenticationError", False)),
        (402, ("QuotaExceededError", False)),
        (403, ("PermissionDeniedError", False)),
        (404, ("NotFoundError", False)),
        (408, ("ServerError", True)),
        (409, ("APIError", True)),
        (413, ("BadRequestError", False)),
        (422, ("BadRequestError", False)),
        (429, ("RateLimitError", True)),
        (498, ("OverloadedError", True)),
        (500, ("ServerError", True)),
        (501, ("ServerError", False)),
        (502, ("ServerError", True)),
        (503, ("OverloadedError", True)),
        (504, ("ServerError", True)),
        (524, ("ServerError", True)),
        (529, ("OverloadedError", True)),
        (None, ("APIError", False)),
        (200, ("APIError", False)),
    ],
)
def test_a_status_alone(status: int | None, expected: tuple[str, bool]) -> None:
    assert classify(status, None) == expected


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (200, "overloaded_error", "Overloaded", ("OverloadedError", True)),
        (200, "api_error", "Internal", ("ServerError", True)),
        (200, "billing_error", "", ("QuotaExceededError", False)),
        (429, "insufficient_quota", "", ("QuotaExceededError", False)),
        (413, "rate_limit_exceeded", "Request too large", ("BadRequestError", False)),
        (None, "429", "", ("RateLimitError", True)),
        (200, "502", "", ("ServerError", True)),
        (503, "UNAVAILABLE", "", ("OverloadedError", True)),
        (400, "content-filter", "", ("ContentFilteredError", False)),
        (429, None, "Insufficient balance", ("QuotaExceededError", False)),
        (None, None, "model 'x' not found, try pulling it first", ("NotFoundError", False)),
        (400, "InvalidParameter", "", ("BadRequestError", False)),
        (None, "something_new", "?", ("APIError", False)),
        (None, "99999999999", "", ("APIError", False)),
    ],
)
def test_codes_and_words(status: int | None, code: str | None, message: str, expected: tuple[str, bool]) -> None:
    assert classify(status, code, message) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (None, "")),
        (b"upstream timed out\n", (None, "upstream timed out")),
        (b"<html><head><title>502 Bad\nGateway</title></head><h1>nginx</h1></html>", (None, "502 Bad Gateway")),
        (b"<p>No <b>title</b><script>alert(1)</script></p>", (None, "No title")),
        (b'{"error":"model not loaded"}', (None, "model not loaded")),
        (b'\xef\xbb\xbf{"error":{"code":"1113","message":"x"}}', ("1113", "x")),
        (b'[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]', ("RESOURCE_EXHAUSTED", "x")),
        (b'{"object":"error","message":"boom","type":"BadRequestError","code":400}', ("BadRequestError", "boom")),
        (b'{"detail":"Not Found"}', (None, "Not Found")),
        (b'{"detail":[{"loc":["body"],"msg":"field required"},{"msg":"also"}]}', (None, "field required; also")),
        (b'{"code":"InvalidApiKey","message":"No API-key","request_id":"1"}', ("InvalidApiKey", "No API-key")),
        (b'{"success":false,"errors":[{"code":10000,"message":"Auth"}]}', ("10000", "Auth")),
        (b'{"code":"The caller may not","error":"Content violates usage guidelines."}',
         (None, "Content violates usage guidelines.")),
        (b'{"code":500,"msg":"404 NOT_FOUND","success":false}', ("500", "404 NOT_FOUND")),
        (b'{"type":"error","error":{"type":"x_error","message":"m"}}', ("x_error", "m")),
        (b"[]", (None, "")),
        (b"7", (None, "")),
        (b"{", (None, "{")),
        (b"\xff\xfe", (None, "\ufffd\ufffd")),
    ],
)  # fmt: skip
def test_shapes(body: bytes, expected: tuple[str | None, str]) -> None:
    assert parse_body(body) == expected


@given(st.binary(max_size=200))
def test_no_body_is_too_strange(body: bytes) -> None:
    code, message = parse_body(body)
    assert code is None or code
    assert len(message.encode()) <= MAX_MESSAGE_BYTES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "code", "type", "detail", "details", "metadata"]), inner)
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from([200, 400, 429, 500]))
def test_no_json_is_too_strange(value: object, status: int) -> None:
    error = from_response(status, json.dumps(value).encode())
    assert error.kind.endswith("Error")
    assert error.message


def test_messages_are_short_and_hold_no_key() -> None:
    key = "sk-" + "abcd1234" * 4
    error = from_response(400, json.dumps({"error": {"message": f"bad {key} " + "好" * 5000}}).encode())
    assert key not in error.message
    assert len(error.message.encode()) <= MAX_MESSAGE_BYTES
    assert error.message.endswith("好...")


def test_a_key_at_the_cut_is_gone_whole() -> None:
    key = "sk-" + "abcd1234" * 4
    for pad in range(MAX_MESSAGE_BYTES - 40, MAX_MESSAGE_BYTES + 4):
        assert "sk-" not in shorten("x" * (pad - 1) + " " + key)


def test_a_huge_body_is_not_parsed() -> None:
    code, message = parse_body(b'{"error":{"code":"x","message":"' + b"a" * 2_000_000 + b'"}}')
    assert code is None
    assert len(message.encode()) <= MAX_MESSAGE_BYTES


def test_an_error_without_words_says_what_it_has() -> None:
    assert error_event(503, None, "").message == "HTTP 503"
    assert error_event(200, "odd", "").message == "error odd"
    assert error_event(None, None, "").message == "error"


def test_the_request_id_comes_from_headers_first() -> None:
    body = b'{"error":{"message":"x"},"request_id":"req_body"}'
    assert request_id_of({"Request-Id": "req_head"}, body) == "req_head"
    assert request_id_of(None, body) == "req_body"
    assert request_id_of({}, b"[1]") is None
    assert from_response(400, body, {"x-request-id": "r"}).request_id == "r"
