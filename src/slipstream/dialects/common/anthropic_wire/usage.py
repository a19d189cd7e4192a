"""Anthropic's usage, which is cumulative: later numbers replace earlier ones, they never add up (WIRE section 4)."""

from __future__ import annotations

from typing import Any

from slipstream.events import Usage


def merge(so_far: dict[str, Any], usage: Any) -> None:
    """Overwrite what this usage states; a null states nothing."""
    if isinstance(usage, dict):
        so_far.update({key: value for key, value in usage.items() if value is not None})


def neutral(usage: dict[str, Any]) -> Usage:
    """The usage in neutral form; our input includes what was read from and written to the cache, theirs does not."""
    fresh = _count(usage, "input_tokens")
    read = _count(usage, "cache_read_input_tokens")
    written = _count(usage, "cache_creation_input_tokens")
    given = None if fresh is None else fresh + (read or 0) + (written or 0)
    output = _count(usage, "output_tokens")
    return Usage(
        input_tokens=given,
        output_tokens=output,
        total_tokens=None if given is None or output is None else given + output,
        reasoning_tokens=_count(usage.get("output_tokens_details"), "thinking_tokens"),
        cached_tokens=read,
        cache_write_tokens=written,
        details=dict(usage),
    )


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
