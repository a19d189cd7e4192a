"""Usage of several requests that made one answer."""

from __future__ import annotations

from typing import Final

from slipstream.events import Usage

_COUNTS: Final = (
    "input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens",
)  # fmt: skip


def add(first: Usage | None, second: Usage | None) -> Usage | None:
    """The sum. A number that only one of them knows is that number; the details are those of the second.

    Args:
        first, second: as the provider said, or None for nothing.
    """
    if first is None or second is None:
        return second if first is None else first
    counts = {name: _sum(getattr(first, name), getattr(second, name)) for name in _COUNTS}
    return Usage(**counts, estimated=first.estimated or second.estimated, details=second.details, raw=second.raw)


def _sum(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second
