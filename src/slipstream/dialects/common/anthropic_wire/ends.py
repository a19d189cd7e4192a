"""How an answer ends in the API's words: its stop reason, its usage, its errors."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.anthropic_wire.decoder import REASONS, STATUS_OF
from slipstream.dialects.common.anthropic_wire.usage import neutral
from slipstream.dialects.common.counts import same_counts
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Abort, Error, FinishReason, Usage

WORDS: Final[dict[FinishReason, str]] = {
    "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal",
    "pause": "pause_turn", "other": "end_turn",
}  # fmt: skip
"""Our reasons in the API's words. What is missing here is no end of an answer but its failure."""

CANCELLED: Final = "cancelled"
"""The type of the error that tells of an `Abort`; the API has no word for it, and SDKs pass any."""

_TYPES: Final = {
    "InvalidRequestError": "invalid_request_error", "BadRequestError": "invalid_request_error",
    "UnsupportedError": "invalid_request_error", "ContentFilteredError": "invalid_request_error",
    "AuthenticationError": "authentication_error", "MissingKeyError": "authentication_error",
    "QuotaExceededError": "billing_error", "PermissionDeniedError": "permission_error",
    "NotFoundError": "not_found_error", "UnknownModelError": "not_found_error", "RateLimitError": "rate_limit_error",
    "OverloadedError": "overloaded_error", "LocalModelError": "overloaded_error",
    "StreamTimeoutError": "timeout_error",
}  # fmt: skip
_ANY: Final = "api_error"
_OF_OTHERS: Final = ("prompt_tokens", "total_tokens")
"""Counts of OpenAI's APIs, whose objects may have names of Anthropic's as well."""


def stop_reason_of(reason: FinishReason | None, raw_reason: str | None, *, refused: bool = False) -> str | None:
    """The API's stop reason.

    Args:
        reason: ours; None while the answer runs.
        raw_reason: the provider's; it is used where it is one of the API's own words and means the same.
        refused: True if the answer was a refusal, or was taken back, whatever the reason says.

    Returns:
        A stop reason, or None where the API has none: an answer that failed, was cut, or has not ended.
    """
    if reason is None or reason not in WORDS:
        return None
    if refused:
        return WORDS["content_filter"]
    return raw_reason if raw_reason is not None and REASONS.get(raw_reason) == reason else WORDS[reason]


def usage_of(usage: Usage | None) -> dict[str, Any]:
    """The API's usage. It has no way to say "unknown": the two counts its SDKs demand are 0 then.

    Its input excludes what was read from the cache and written to it, ours includes both.
    """
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    found = {
        "input_tokens": max((usage.input_tokens or 0) - cached - written, 0),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": _output_of(usage),
        "output_tokens_details": None
        if usage.reasoning_tokens is None
        else {"thinking_tokens": usage.reasoning_tokens},
    }
    return {name: value for name, value in (found | _details(usage)).items() if value is not None}


def _details(usage: Usage) -> dict[str, Any]:
    """Anthropic's own object if it is still true, as it says more than ours (`service_tier`, `iterations`); else {}."""
    details = usage.details or {}
    if "output_tokens" not in details or any(name in details for name in _OF_OTHERS):
        return {}
    return details if same_counts(neutral(details), usage) else {}


def _output_of(usage: Usage) -> int:
    if usage.output_tokens is None and usage.total_tokens is not None and usage.input_tokens is not None:
        return max(usage.total_tokens - usage.input_tokens, 0)
    return usage.output_tokens or 0


def error_type_of(error: Error) -> str:
    """The API's type of this error: the provider's code where it is one of the API's types, else that of the kind."""
    if error.code is not None and (error.code in STATUS_OF or error.code == CANCELLED):
        return error.code
    if error.status == 413:
        return "request_too_large"
    return _TYPES.get(error.kind, _ANY)


def status_for(error: Error) -> int:
    """The HTTP status: the one that the API documents for the type.

    SDKs retry by it: OpenAI's 429 for an empty account would be asked again and again where Anthropic's 402 is not.
    """
    kind = error_type_of(error)
    stated = status_of(error)
    if kind == _ANY:
        return stated
    return STATUS_OF.get(kind, stated)


def error_body(error: Error, argument: str = "") -> dict[str, Any]:
    """The API's error object. It has no place for a field's name, so the message begins with it, as the API's do."""
    message = error.message if argument in error.message else f"{argument}: {error.message}"
    found = {"type": "error", "error": {"type": error_type_of(error), "message": message}}
    return {**found, "request_id": error.request_id} if error.request_id else found


def error_frame(error: Error) -> bytes:
    """The error as the last event of a stream."""
    return b"event: error\ndata: %b\n\n" % json_bytes(error_body(error))


def cancelled(abort: Abort) -> Error:
    """An `Abort` as an error."""
    return Error(message=f"the answer was cancelled: {abort.reason}", kind="APIError", code=CANCELLED)
