"""Why an answer ended: every provider's words for it, in ours (WIRE section 9)."""

from __future__ import annotations

from typing import Final

from slipstream.events import FinishReason

_WORDS: Final[dict[FinishReason, str]] = {
    "stop": "stop end_turn stop_sequence eos normal",
    # The context window is full: for the reader the same as a full answer; the raw reason tells them apart.
    "length": "length max_tokens model_length max_output_tokens model_context_window_exceeded",
    "tool_calls": "tool_calls function_call tool_use requires_action",
    "content_filter": "content_filter refusal sensitive safety recitation blocklist prohibited_content spii "
    "image_safety image_prohibited_content image_recitation image_other",
    "pause": "pause_turn compaction",
    "error": "error network_error insufficient_system_resource aborted malformed_function_call unexpected_tool_call "
    "failed",
}

REASONS: Final[dict[str, FinishReason]] = {word: reason for reason, words in _WORDS.items() for word in words.split()}
"""The provider's word in lower case -> ours. Google shouts its words; others may shout the same."""


def normalise(raw: str | None) -> FinishReason:
    """Our word for a provider's finish reason; `other` for words nobody knows and for none at all."""
    return REASONS.get(raw.lower(), "other") if raw else "other"
