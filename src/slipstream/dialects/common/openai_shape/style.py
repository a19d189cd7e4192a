"""How the providers of this shape differ in what they send: their words for an end and for an error, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from slipstream.dialects.common.finish import normalise
from slipstream.events import Error, FinishReason

CUT: Final[tuple[FinishReason, ...]] = ("error", "interrupted", "cancelled")
"""Reasons of answers that are not whole."""


class Style(Struct, frozen=True):
    """How one provider tells an answer.

    Args:
        words: ours -> its word for why an answer ended.
        own: further words of its own.
        error: an error, and the field of the request that is wrong or "", as its error object.
        statuses: HTTP statuses that it does not use -> the one that it sends instead.
        usage_at_finish: True if the token counts stand on the chunk with the finish reason, asked for or not.
        web_search: True if sources stand in its list of search results instead of in annotations.
    """

    words: Mapping[FinishReason, str]
    own: frozenset[str]
    error: Callable[[Error, str], dict[str, Any]]
    statuses: Mapping[int, int] = {}
    usage_at_finish: bool = False
    web_search: bool = False

    def finish(self, reason: FinishReason, raw: str | None, *, retracted: bool = False) -> str:
        """The provider's word for an end: the raw one if it is its own and says the same, else that for our reason."""
        if retracted:
            return self.words["content_filter"]
        if raw is not None and normalise(raw) == reason and (raw in self.own or raw in self.words.values()):
            return raw
        return self.words.get(reason, self.words["other"])  # a reason of somebody's own making is one nobody explained

    def loses(self, reason: str, raw: str | None) -> bool:
        """True if the word for this end, which is none of ours, says less than is known of it."""
        return reason not in self.words or (reason == "other" and raw is not None and raw not in self.words.values())


# A paused turn and an end that nobody explained are ends all the same; what was cut is shorter than it would have been.
WORDS: Final[Mapping[FinishReason, str]] = {
    "stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter",
    "pause": "stop", "other": "stop", "error": "length", "interrupted": "length", "cancelled": "length",
}  # fmt: skip

_FAILED: Final = ("server_error", None)

# kind -> type and code, where the error has none of its own. The codes are OpenAI's where it has one for the case.
_ERRORS: Final[Mapping[str, tuple[str, str | None]]] = {
    "InvalidRequestError": ("invalid_request_error", None),
    "BadRequestError": ("invalid_request_error", None),
    "UnsupportedError": ("invalid_request_error", "unsupported_value"),
    "AuthenticationError": ("invalid_request_error", "invalid_api_key"),
    "MissingKeyError": ("invalid_request_error", "invalid_api_key"),
    "PermissionDeniedError": ("permission_error", "permission_denied"),
    "NotFoundError": ("invalid_request_error", "not_found"),
    "UnknownModelError": ("invalid_request_error", "model_not_found"),
    "RateLimitError": ("rate_limit_error", "rate_limit_exceeded"),
    "QuotaExceededError": ("insufficient_quota", "insufficient_quota"),
    "ContentFilteredError": ("invalid_request_error", "content_filter"),
    "OverloadedError": ("server_error", "server_is_overloaded"),
    "StreamTimeoutError": ("server_error", "timeout"),
    "ConnectionFailedError": ("server_error", "bad_gateway"),
    "TLSError": ("server_error", "bad_gateway"),
    "StreamInterruptedError": ("server_error", "stream_interrupted"),
    "LocalModelError": ("server_error", "service_unavailable"),
}


def openai_error(error: Error, argument: str) -> dict[str, Any]:
    """An error as OpenAI states it, with Groq's `status_code` where a status is known."""
    kind, code = _ERRORS.get(error.kind, _FAILED)
    # Numbers are another provider's codes, or a status; a client looks for OpenAI's words.
    own = (error.code or "").strip()
    if own and (code is None or not own.isdigit()):
        code = own
    wire: dict[str, Any] = {
        "message": error.message or kind,
        "type": kind,
        "param": argument or None,
        "code": code,
    }
    known = error.status is not None and 400 <= error.status < 600
    return wire | ({"status_code": error.status} if known else {})


OPENAI: Final = Style(
    words=WORDS,
    own=frozenset(("function_call",)),
    error=openai_error,
)
