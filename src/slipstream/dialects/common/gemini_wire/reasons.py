"""Why an answer ended: Google's words and ours, both ways (WIRE sections 5.1 and 9)."""

from __future__ import annotations

from typing import Final

from slipstream.events import FinishReason

_WORDS: Final[dict[FinishReason, str]] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT "
    "IMAGE_RECITATION IMAGE_OTHER MODEL_ARMOR ESCALATION PUP_LIMITED_DISABLED",
    # The answer can be gone on with in another request (`continuationToken`).
    "pause": "CONTINUATION",
    "error": "MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE "
    "MALFORMED_RESPONSE",
    "other": "LANGUAGE OTHER NO_IMAGE",
}

REASONS: Final[dict[str, FinishReason]] = {word: reason for reason, words in _WORDS.items() for word in words.split()}

UNSAID: Final = ("", "FINISH_REASON_UNSPECIFIED")
"""What stands in `finishReason` while the answer goes on: an unset enum."""

RETRYABLE: Final = frozenset(("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"))
"""Failures of the model, which may do better the next time."""

WORD_FOR: Final[dict[str, str]] = {
    "stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "pause": "STOP",
}  # fmt: skip
"""Our word -> Google's; OTHER for those that are not here, as none of them is a success."""

BLOCKS: Final = frozenset(
    ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK")
)
"""Why a prompt was refused: `promptFeedback.blockReason`."""


def normalise(raw: str) -> FinishReason:
    """Our word for Google's; `other` for words nobody knows."""
    return REASONS.get(raw.upper(), "other")


def word_for(reason: str | None, raw: str | None) -> str:
    """Google's word: the one that came from Google, else the nearest."""
    if raw is not None and raw in REASONS and (REASONS[raw] == reason or reason == "tool_calls"):
        return raw
    return WORD_FOR.get(reason or "", "OTHER")
