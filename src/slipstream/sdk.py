"""The official SDKs' names on Slipstream's engine: change the import, keep the program.

    from slipstream.sdk import OpenAI          # instead of: from openai import OpenAI

    client = OpenAI()
    for chunk in client.chat.completions.create(model="gpt-4o-mini", messages=[...], stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)

The names of the SDKs' errors are here as well. What is there and what is not: docs/sdk.md.
"""

from __future__ import annotations

from slipstream.client.sdk import (
    NOT_GIVEN,
    Anthropic,
    AsyncAnthropic,
    AsyncChunkStream,
    AsyncOpenAI,
    ChunkStream,
    OpenAI,
    ZaiClient,
    ZhipuAI,
    ZhipuAiClient,
)
from slipstream.client.sdk.errors import (
    AnthropicError,
    APIAuthenticationError,
    APIConnectionError,
    APIError,
    APIInternalError,
    APIReachLimitError,
    APIRequestFailedError,
    APIResponseError,
    APIResponseValidationError,
    APIServerFlowExceedError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    OpenAIError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    UnprocessableEntityError,
    ZaiError,
    ZhipuAIError,
)

Stream = ChunkStream
AsyncStream = AsyncChunkStream

__all__ = [
    "NOT_GIVEN",
    "APIAuthenticationError",
    "APIConnectionError",
    "APIError",
    "APIInternalError",
    "APIReachLimitError",
    "APIRequestFailedError",
    "APIResponseError",
    "APIResponseValidationError",
    "APIServerFlowExceedError",
    "APIStatusError",
    "APITimeoutError",
    "Anthropic",
    "AnthropicError",
    "AsyncAnthropic",
    "AsyncChunkStream",
    "AsyncOpenAI",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "ChunkStream",
    "InternalServerError",
    "NotFoundError",
    "OpenAI",
    "OpenAIError",
    "OverloadedError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "RateLimitError",
    "Stream",
    "UnprocessableEntityError",
    "ZaiClient",
    "ZaiError",
    "ZhipuAI",
    "ZhipuAIError",
    "ZhipuAiClient",
]
