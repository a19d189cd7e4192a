"""The names of errors."""

from __future__ import annotations

import anthropic
import openai
import pytest
import zai

from slipstream import errors, sdk
from slipstream.client.sdk import errors as names
from slipstream.client.sdk.errors import with_sdk_names


@pytest.mark.parametrize(
    "name",
    ["APIError", "OpenAIError", "APIStatusError", "BadRequestError", "AuthenticationError", "PermissionDeniedError",
     "NotFoundError", "RateLimitError", "InternalServerError", "UnprocessableEntityError", "APIConnectionError",
     "APITimeoutError", "APIResponseValidationError"],
)  # fmt: skip
def test_the_names_of_openai(name: str) -> None:
    assert hasattr(openai, name)
    assert issubclass(getattr(sdk, name), errors.SlipstreamError)
    assert getattr(sdk, name) is getattr(names, name)


@pytest.mark.parametrize("name", ["AnthropicError", "APIError", "APIStatusError", "RateLimitError", "APITimeoutError"])
def test_the_names_of_anthropic(name: str) -> None:
    assert hasattr(anthropic, name)
    assert issubclass(getattr(sdk, name), errors.SlipstreamError)


@pytest.mark.parametrize("name", [name for name in zai.core._errors.__all__ if name != "HttpxBinaryResponseContent"])
def test_the_names_of_zhipu(name: str) -> None:
    assert issubclass(getattr(sdk, name), errors.SlipstreamError)


def test_the_roots_catch_everything() -> None:
    for error in (errors.RateLimitError("x"), errors.ConnectionFailedError("x"), errors.ProtocolError("x")):
        with pytest.raises(sdk.APIError):
            raise error


def test_attributes_that_handlers_read() -> None:
    error = errors.RateLimitError("slow", status=429, code="rate_limit_exceeded")
    with_sdk_names(error)
    assert vars(error)["status_code"] == 429
    assert (vars(error)["type"], error.code, vars(error)["param"], vars(error)["body"]) == (
        "rate_limit_exceeded", "rate_limit_exceeded", None, None,
    )  # fmt: skip
    other = errors.ConnectionFailedError("x")
    with_sdk_names(other)
    assert (vars(other)["status_code"], vars(other)["code"]) == (None, None)


def test_everything_that_is_promised_is_there() -> None:
    for name in sdk.__all__:
        assert getattr(sdk, name) is not None
    assert {"OpenAI", "AsyncOpenAI", "ZhipuAI", "ZhipuAiClient", "Anthropic", "AsyncAnthropic"} <= set(sdk.__all__)
