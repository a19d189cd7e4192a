"""Refusals by name, for the arguments that stages share: `True` is no number, and neither is NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from slipstream.errors import InvalidRequestError


def wrong(name: str, value: Any, accepted: str) -> InvalidRequestError:
    """The refusal to raise. Of a value that is no number, only the kind is shown: it may be part of a prompt."""
    shown = repr(value) if value is None or isinstance(value, (bool, int, float)) else f"a {type(value).__name__}"
    return InvalidRequestError(f"{name}: {shown}; accepted: {accepted}")


def positive(name: str, value: Any, unit: str) -> float:
    """The value, if it is a finite number above 0.

    Args:
        name: what the argument is called.
        value: what was given.
        unit: what it counts, such as `seconds`.

    Raises:
        InvalidRequestError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise wrong(name, value, f"{unit}, a number above 0")
    return float(value)


def whole(name: str, value: Any, unit: str, least: int = 1) -> int:
    """The value, if it is a whole number of at least `least`; see `positive`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise wrong(name, value, f"{unit}, a whole number of {least} or more")
    return value


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """The value, if it is one of these words; see `positive`."""
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        shown = repr(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"
        raise InvalidRequestError(f"{name}: {shown}; accepted: {', '.join(known)}")
    return value


def flag(name: str, value: Any) -> bool:
    """The value, if it is True or False; see `positive`."""
    if not isinstance(value, bool):
        raise wrong(name, value, "True or False")
    return value
