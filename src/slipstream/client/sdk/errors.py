"""The names that the official SDKs give to errors, for `except` clauses that moved here with their program.

One tree stands behind all of them, `slipstream.errors`: a name of OpenAI's catches what Anthropic's shape raises too.
"""

from __future__ import annotations

from slipstream import errors
from slipstream.errors import SlipstreamError

# The roots: every error of an SDK is one of these.
OpenAIError = AnthropicError = ZaiError = ZhipuAIError = APIError = APIResponseError = errors.SlipstreamError

# An answer with an HTTP status.
APIStatusError = errors.APIError
BadRequestError = UnprocessableEntityError = errors.BadRequestError
AuthenticationError = errors.AuthenticationError
PermissionDeniedError = errors.PermissionDeniedError
NotFoundError = errors.NotFoundError
RateLimitError = errors.RateLimitError
InternalServerError = errors.ServerError
OverloadedError = errors.OverloadedError
QuotaExceededError = errors.QuotaExceededError
APIAuthenticationError = errors.AuthenticationError
APIReachLimitError = errors.RateLimitError
APIRequestFailedError = errors.BadRequestError
APIInternalError = errors.ServerError
APIServerFlowExceedError = errors.OverloadedError

# No answer.
APIConnectionError = errors.ConnectionFailedError
APITimeoutError = errors.StreamTimeoutError
APIResponseValidationError = errors.ProtocolError


def with_sdk_names(error: SlipstreamError) -> None:
    """Give an error the attributes that handlers written for the SDKs read: `status_code`, `type`, `body`, `param`."""
    found = {"status_code": getattr(error, "status", None), "type": getattr(error, "code", None)}
    for name, value in {**found, "code": found["type"], "body": None, "param": None}.items():
        if not hasattr(error, name):
            setattr(error, name, value)
