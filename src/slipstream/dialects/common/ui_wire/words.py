"""What a person in front of a browser is told of an error, and the words for why an answer ended.

A provider's own message may name accounts, quotas and hosts, so servers of this protocol mask it (WIRE section 1.3).
Here the kind of failure is still told, in words of our own: who waits for an answer should know whether to try again.
"""

from __future__ import annotations

from typing import Final

from slipstream.events import Error, FinishReason

MASKED: Final = "An error occurred."
"""What servers of this protocol say of an error of which they say nothing."""

_WORDS: Final = {
    "AuthenticationError": "The key was not accepted.",
    "PermissionDeniedError": "The key does not allow this.",
    "NotFoundError": "There is no such model or path.",
    "RateLimitError": "Too many requests. Wait a moment and try again.",
    "QuotaExceededError": "The service has no quota left.",
    "ContentFilteredError": "A safety check refused this.",
    "OverloadedError": "The model has no room now. Try again in a moment.",
    "StreamTimeoutError": "The answer took too long.",
    "StreamInterruptedError": "The answer was cut off.",
    "ConnectionFailedError": "The model could not be reached. Try again in a moment.",
}

# Words of our own about the client's own request: they hold no provider's message, and the client can act on them.
_OWN: Final = frozenset(("InvalidRequestError", "UnsupportedError", "UnknownModelError"))

FINISH: Final[dict[FinishReason, str]] = {"tool_calls": "tool-calls", "content_filter": "content-filter"}
"""Our word -> the AI SDK's, where they differ."""

REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop", "length": "length", "content-filter": "content_filter", "tool-calls": "tool_calls",
    "error": "error", "other": "other", "pause": "pause", "interrupted": "interrupted", "cancelled": "cancelled",
    "unknown": "other",
}  # fmt: skip
"""The AI SDK's word, and ours that it has none for -> ours."""

# The only values of `finish.finishReason`, which the client checks.
_CHECKED: Final = frozenset(("stop", "length", "content-filter", "tool-calls", "error", "other"))


def told(error: Error, *, show: bool = False) -> str:
    """What the client is told of an error.

    Args:
        error: what went wrong.
        show: True tells the message itself.
    """
    if show or error.kind in _OWN:
        return error.message or MASKED
    return _WORDS.get(error.kind, MASKED)


def finish_word(reason: FinishReason) -> str:
    """Our word in the AI SDK's spelling; `pause`, `interrupted` and `cancelled` stay, for metadata takes any word."""
    return FINISH.get(reason, reason)


def checked_word(reason: FinishReason) -> str:
    """The value of `finish.finishReason`, of which the client knows six."""
    word = finish_word(reason)
    if word in _CHECKED:
        return word
    return "error" if word == "interrupted" else "other"
