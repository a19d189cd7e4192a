"""Durations that a caller gives."""

from __future__ import annotations

from typing import Any

from slipstream.errors import InvalidRequestError


def seconds(name: str, value: Any, *, above: float | None = None) -> float:
    """A number of seconds.

    Raises:
        InvalidRequestError: it is none.
    """
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
    if not good or (above is not None and value <= above):
        least = "from 0" if above is None else f"above {above:g}"
        raise InvalidRequestError(f"{name} is {value!r}; it takes seconds {least}", argument=name)
    return float(value)
