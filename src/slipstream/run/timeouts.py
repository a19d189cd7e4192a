"""The clocks of a stream, and the bounds that a caller may give them (WIRE section 0)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import asdict, replace

from slipstream.errors import InvalidRequestError

Clock = Literal["connect", "headers", "first_output", "gap", "idle", "total"]
CLOCKS: Final[tuple[str, ...]] = get_args(Clock)


class Timeouts(Struct, frozen=True):
    """Bounds in seconds; None is no bound.

    Args:
        connect: name look-up, TCP and TLS. 10: beyond that people retry by hand.
        headers: from the connection to the response headers. 300: some providers queue a request before they answer,
            and their own SDKs allow as much.
        first_output: from the start of the stream, retries included, to the first content. 600: a model may think for
            minutes and say nothing.
        gap: between two pieces of content; comments and pings do not count as content. 300.
        idle: between two reads of any bytes; comments and pings count. 300: OpenAI sends nothing while it reasons.
        total: the whole stream, retries included. None: an answer may be as long as it likes.
    """

    connect: float | None = 10.0
    headers: float | None = 300.0
    first_output: float | None = 600.0
    gap: float | None = 300.0
    idle: float | None = 300.0
    total: float | None = None


Timeout = float | int | Mapping[str, float | None] | Timeouts | None
"""What `timeout=` takes: the total in seconds, or a mapping of clocks to seconds."""


def parse(value: Timeout, base: Timeouts | None = None) -> Timeouts:
    """The timeouts that `timeout=` means.

    Args:
        value: a number bounds the total; a mapping changes the clocks it names; None changes nothing.
        base: what is changed; the defaults if None.

    Raises:
        InvalidRequestError: an unknown clock, or a bound that is no positive number.
    """
    base = base if base is not None else Timeouts()
    if value is None:
        return base
    if isinstance(value, Timeouts):
        parse(asdict(value))
        return value
    if isinstance(value, Mapping):
        for name in value:
            if name not in CLOCKS:
                raise InvalidRequestError(f"timeout has no clock {name!r}; it takes {', '.join(CLOCKS)}")
        return replace(base, **{name: _seconds(f"timeout[{name!r}]", bound) for name, bound in value.items()})
    return replace(base, total=_seconds("timeout", value))


def _seconds(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidRequestError(
            f"{name} is a {type(value).__name__}; it takes seconds as a number, None, or a mapping of clocks"
        )
    if not value > 0 or math.isinf(value):
        raise InvalidRequestError(f"{name} is {value!r}; it takes a positive number of seconds, or None for no bound")
    return float(value)
