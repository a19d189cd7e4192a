"""Errors of chat completion providers: every recorded body, and the flat shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipstream import dialects
from slipstream.dialects.common.openai_shape.errors import error_of

# What each recorded body means: kind, code, retryable. Read by eye.
RECORDED = {
    "openai_chat-400-13": ("BadRequestError", "unsupported_parameter", False),
    "openai_chat-400-14": ("BadRequestError", "invalid_value", False),
    "openai_chat-400-15": ("BadRequestError", "decimal_above_max_value", False),
    "openai_chat-401-16": ("AuthenticationError", "invalid_api_key", False),
    "openai_chat-403-17": ("PermissionDeniedError", "invalid_request_error", False),
    "openai_chat-404-18": ("NotFoundError", "model_not_found", False),
    "openai_chat-429-19": ("RateLimitError", "RateLimitReached", True),
    "openai_compat-400-20": ("BadRequestError", "invalid_request_error", False),
    "openai_compat-400-21": ("BadRequestError", "invalid_request_error", False),
    "openai_compat-400-22": ("BadRequestError", "tool_use_failed", False),
    "openai_compat-401-23": ("AuthenticationError", "invalid_api_key", False),
    "openai_compat-403-24": ("ContentFilteredError", "403", False),
    "openai_compat-404-25": ("NotFoundError", "model_not_found", False),
    "openai_compat-429-26": ("RateLimitError", "429", True),
    "openai_compat-429-27": ("RateLimitError", "429", True),
    "openai_compat-500-28": ("BadRequestError", "server_error", False),
    "openai_compat-501-29": ("ServerError", "not_supported_error", False),
}


def words(wire: Any) -> str:
    """The first words of the message, up to where one recording echoes a key."""
    message: str = wire["error"]["message"].strip()
    return message.partition("invalid-***")[0]


def test_every_recorded_body_is_read(corpora: Path) -> None:
    found = {path.stem for path in (corpora / "streams/http_errors").glob("openai_c*.body")}
    assert found == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_body_is_its_error(corpora: Path, name: str) -> None:
    body = (corpora / "streams/http_errors" / f"{name}.body").read_bytes()
    status = int(name.split("-")[1])
    error = dialects.get("openai_chat").decode_error(status, body, headers={"X-Request-Id": "req-1"})
    assert (error.kind, error.code, error.retryable) == RECORDED[name]
    assert (error.status, error.request_id) == (status, "req-1")
    assert error.message.startswith(words(json.loads(body)))


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_object_inside_a_200_is_an_error_of_its_words(corpora: Path, name: str) -> None:
    wire = json.loads((corpora / "streams/http_errors" / f"{name}.body").read_bytes())
    error = error_of(wire)
    assert error is not None
    assert error.message.startswith(words(wire))


@pytest.mark.parametrize(
    "wire",
    [{}, {"error": None}, {"error": ""}, {"error": {}}, {"id": "x", "choices": []}, {"message": "no code"}, {"code": 0},
     {"choices": [], "message": "m", "code": 1}, {"detail": ""}, {"success": True}],
)  # fmt: skip
def test_what_states_no_error(wire: dict[str, Any]) -> None:
    assert error_of(wire) is None


def test_a_number_that_is_a_status_is_one() -> None:
    for wire in (
        {"error": {"code": 503}},
        {"error": {"status_code": 503, "code": "x"}},
        {"object": "error", "code": 503},
    ):
        error = error_of(wire)
        assert error is not None
        assert error.status == 503
    odd = error_of({"error": {"code": True, "status": 200}, "request_id": "r"})
    assert odd is not None
    assert (odd.status, odd.request_id) == (None, "r")


def test_an_object_that_is_no_json_is_an_error_all_the_same() -> None:
    error = error_of({"error": {"message": object()}})
    assert error is not None
