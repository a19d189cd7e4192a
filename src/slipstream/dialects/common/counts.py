"""When a provider's own usage object may be told again as it is.

Strategy: names do not say whose object it is: OpenAI's and Google's both have `total_tokens`, OpenAI's and Anthropic's
both `input_tokens`, with and without what came from the cache. And the counts may have changed since the provider told
them: those of an answer that was begun again are added up. So an encoder reads the object as its own decoder would, and
lets it pass only if the same counts come out.
"""

from __future__ import annotations

from typing import Final

from slipstream.events import Usage

COUNTS: Final = (
    "input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens",
)  # fmt: skip
"""The fields of a `Usage` that count."""


def same_counts(first: Usage | None, second: Usage) -> bool:
    """True if both count the same; what nobody counted is not zero."""
    return first is not None and all(getattr(first, name) == getattr(second, name) for name in COUNTS)
