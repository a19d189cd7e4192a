"""From the exceptions of SDKs to our errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import httpx2
import openai
import pytest
import zai

from slipstream import errors
from slipstream.client.foreign.failures import from_exception, headers_of

REQUEST = httpx2.Request("POST", "http://127.0.0.1/")
OLD_REQUEST = httpx.Request("POST", "http://127.0.0.1/")


def status_error(status: int, body: Any, **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(status, request=REQUEST, headers=headers)
    return openai.APIStatusError(f"Error code: {status}", response=response, body=body)


def test_a_status_and_a_body() -> None:
    error = status_error(429, {"message": "slow down", "code": "rate_limit_exceeded"}, **{"retry-after": "7"})
    found = from_exception(error, model="m")
    assert isinstance(found, errors.RateLimitError)
    assert (found.status, found.code, found.message, found.model) == (429, "rate_limit_exceeded", "slow down", "m")
    assert (found.retryable, found.retry_at) == (True, 7.0)
    assert found.original is error
    assert found.__cause__ is None


def test_a_status_without_a_body() -> None:
    assert isinstance(from_exception(status_error(503, None), model=None), errors.OverloadedError)
    assert isinstance(from_exception(status_error(401, None), model=None), errors.AuthenticationError)


def test_a_body_without_a_status() -> None:
    error = openai.APIError("no", request=REQUEST, body={"message": "no", "code": "insufficient_quota"})
    assert isinstance(from_exception(error, model=None), errors.QuotaExceededError)
    theirs = zai.core.APIResponseError("no", request=OLD_REQUEST, json_data={"code": "1305", "message": "busy"})
    found = from_exception(theirs, model=None)
    assert isinstance(found, errors.OverloadedError)
    assert found.message == "busy"


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (openai.APITimeoutError(request=REQUEST), errors.StreamInterruptedError, "timeout"),
        (httpx2.ReadTimeout("x"), errors.StreamInterruptedError, "timeout"),
        (TimeoutError(), errors.StreamInterruptedError, "timeout"),
        (openai.APIConnectionError(request=REQUEST), errors.StreamInterruptedError, "broke"),
        (httpx2.RemoteProtocolError("peer closed"), errors.StreamInterruptedError, "RemoteProtocolError"),
        (json.JSONDecodeError("x", "{", 1), errors.MalformedChunkError, "no JSON"),
        (KeyError("x"), errors.StreamInterruptedError, "KeyError"),
    ],
)
def test_what_states_nothing_is_a_break(error: Exception, kind: type[Exception], says: str) -> None:
    found = from_exception(error, model=None)
    assert isinstance(found, kind)
    assert says in found.message
    assert found.retryable
    assert found.original is error
    assert found.__cause__ is None


def test_ours_stay_what_they_are() -> None:
    error = errors.OverloadedError("busy")
    assert from_exception(error, model=None) is error
    assert error.__cause__ is None


def test_no_key_in_a_message() -> None:
    error = status_error(401, {"message": "Incorrect API key provided: sk-proj-0123456789abcdef"})
    assert "0123456789abcdef" not in str(from_exception(error, model=None))


def test_headers_have_lower_case_names() -> None:
    assert headers_of(httpx2.Response(200, headers={"X-Request-Id": "r1"})) == {"x-request-id": "r1"}
    assert headers_of(None) == {}
    assert headers_of(object()) == {}
