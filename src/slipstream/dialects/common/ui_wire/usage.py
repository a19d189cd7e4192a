"""Usage as message metadata, under the names of the AI SDK's `LanguageModelUsage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.events import Usage

_NAMES: Final = {
    "inputTokens": "input_tokens", "outputTokens": "output_tokens", "totalTokens": "total_tokens",
    "reasoningTokens": "reasoning_tokens", "cachedInputTokens": "cached_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
}  # fmt: skip
KEYS: Final = ("usage", "totalUsage")
"""Where servers put it into `messageMetadata`; the first is where we do."""


def usage_metadata(usage: Usage, before: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The value of `messageMetadata.usage`; what nobody counted is left out.

    Args:
        usage: the counts.
        before: keys that an earlier usage had. The client merges metadata, so a key that is gone is told as null.
    """
    found = {key: getattr(usage, name) for key, name in _NAMES.items() if getattr(usage, name) is not None}
    if usage.estimated:
        found["estimated"] = True
    if usage.details is not None:
        found["raw"] = usage.details
    return dict.fromkeys(sorted(before - found.keys())) | found


def usage_of(metadata: Mapping[str, Any]) -> tuple[Usage | None, dict[str, Any]]:
    """The usage in a message's metadata, or None; and the rest of the metadata."""
    for key in KEYS:
        value = metadata.get(key)
        if isinstance(value, dict) and (not value or not value.keys().isdisjoint((*_NAMES, "estimated", "raw"))):
            return _usage(value), {name: item for name, item in metadata.items() if name != key}
    return None, dict(metadata)


def _usage(value: dict[str, Any]) -> Usage:
    counts = {name: _count(value.get(key)) for key, name in _NAMES.items()}
    details = value.get("raw")
    return Usage(
        **counts, estimated=value.get("estimated") is True, details=details if isinstance(details, dict) else None
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
