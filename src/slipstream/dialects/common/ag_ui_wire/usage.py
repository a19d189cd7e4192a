"""Usage as AG-UI's `TokenUsage` (since 1.0), and back."""

from __future__ import annotations

from typing import Any, Final

from slipstream.events import Usage

_NAMES: Final = {
    "inputTokens": "input_tokens", "outputTokens": "output_tokens", "totalTokens": "total_tokens",
    "reasoningTokens": "reasoning_tokens", "cachedInputTokens": "cached_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
}  # fmt: skip
_MOST: Final = 2**53 - 1
"""The greatest count that the protocol takes: what JavaScript counts exactly."""


def token_usage(usage: Usage | None, model: str) -> list[dict[str, Any]]:
    """The value of `usage`: one entry, or none if nothing was counted."""
    counts = {key: getattr(usage, name, None) for key, name in _NAMES.items()}
    found = {key: count for key, count in counts.items() if count is not None and 0 <= count <= _MOST}
    if not found:
        return []
    return [{"model": model, **found} if model else found]


def usage_of(value: Any) -> Usage | None:
    """The sum of these entries (a run may use several models), or None if there is none."""
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    sums: dict[str, int] = {}
    for entry in entries:
        for key, name in _NAMES.items():
            count = entry.get(key)
            if isinstance(count, int) and not isinstance(count, bool):
                sums[name] = sums.get(name, 0) + count
    return Usage(**sums) if sums else None  # type: ignore[arg-type]  # the names are those of counts
