"""Token counts, in every arrangement that providers of OpenAI's shape send them (WIRE section 8 rows 17 to 24)."""

from __future__ import annotations

from typing import Any

from slipstream.events import Usage


def read_usage(wire: dict[str, Any] | None) -> Usage | None:
    """The `Usage` of a provider's usage object; None for none, and for an empty one.

    What the output is, the total decides: xAI leaves thinking out of `completion_tokens` (2 of 342 tokens in a recorded
    answer) and counts it in `total_tokens`.
    """
    if not wire:
        return None
    asked = _count(wire, "prompt_tokens", "input_tokens")
    answered = _count(wire, "completion_tokens", "output_tokens")
    total = _count(wire, "total_tokens")
    if total is None and asked is not None and answered is not None:
        total = asked + answered
    if total is not None and asked is not None:
        answered = max(answered or 0, total - asked)
    return Usage(
        input_tokens=asked,
        output_tokens=answered,
        total_tokens=total,
        reasoning_tokens=_reasoning(wire, answered),
        cached_tokens=_first(
            _detail(wire, "prompt", "cached_tokens"), _count(wire, "prompt_cache_hit_tokens", "cached_tokens")
        ),
        cache_write_tokens=_first(
            _detail(wire, "prompt", "cache_write_tokens"),
            _detail(wire, "prompt", "cache_creation_input_tokens"),
            _count(wire, "cache_creation_input_tokens"),
        ),
        estimated=wire.get("estimated") is True,  # ours, where a provider did not count
        details=wire,
    )


def _reasoning(wire: dict[str, Any], answered: int | None) -> int | None:
    """Thinking is a part of the output; Baseten has counted more of it than of the whole."""
    count = _first(_detail(wire, "completion", "reasoning_tokens"), _count(wire, "reasoning_tokens"))
    return count if count is None or answered is None else min(count, answered)


def _detail(wire: dict[str, Any], side: str, name: str) -> int | None:
    for key in (f"{side}_tokens_details", "input_tokens_details" if side == "prompt" else "output_tokens_details"):
        details = wire.get(key)
        if isinstance(details, dict):
            return _count(details, name)
    return None


def _count(wire: dict[str, Any], *names: str) -> int | None:
    """The first of these fields that is a number of tokens."""
    for name in names:
        value = wire.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
            return int(value)
    return None


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
