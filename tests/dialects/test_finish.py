"""Finish reasons of every provider, in our words (WIRE section 9)."""

from __future__ import annotations

from typing import get_args

import pytest

from slipstream.dialects.common.finish import REASONS, normalise
from slipstream.events import FinishReason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("STOP", "stop"), ("normal", "stop"), ("MAX_TOKENS", "length"),
        ("max_output_tokens", "length"), ("tool_use", "tool_calls"), ("requires_action", "tool_calls"),
        ("refusal", "content_filter"), ("SAFETY", "content_filter"), ("IMAGE_SAFETY", "content_filter"),
        ("pause_turn", "pause"), ("compaction", "pause"), ("MALFORMED_FUNCTION_CALL", "error"), ("failed", "error"),
        ("LANGUAGE", "other"), ("", "other"), (None, "other"), ("brand_new", "other"),
    ],
)  # fmt: skip
def test_a_word_is_ours_or_other(raw: str | None, reason: str) -> None:
    assert normalise(raw) == reason


def test_the_table_holds_known_reasons_in_lower_case() -> None:
    assert set(REASONS.values()) <= set(get_args(FinishReason)) - {"interrupted", "cancelled", "other"}
    assert all(word == word.lower() for word in REASONS)
