"""When each event of a recording is due."""

from __future__ import annotations

import math
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import Event
from slipstream.flow.arguments import positive
from slipstream.flow.tokens import TOKEN_WEIGHT, weight_of
from slipstream.record.row import Row

RATE: Final = 50.0
"""Tokens a second where a recording has no times: what `slipstream bench` calls good begins there."""

MAX: Final = "max"
"""The speed that waits for nothing."""

_SPEEDS: Final = "accepted: a number above 0 (2 is twice as fast), or 'max' or 0 for no wait at all"


def checked_speed(speed: Any) -> float:
    """The speed as a number; `inf` for `max` and 0.

    Raises:
        InvalidRequestError: it is none.
    """
    if speed == MAX or (isinstance(speed, (int, float)) and not isinstance(speed, bool) and speed in (0, math.inf)):
        return math.inf
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not 0 < speed < math.inf:
        shown = repr(speed[:20]) if isinstance(speed, str) else repr(speed)
        raise InvalidRequestError(f"speed is {shown}; {_SPEEDS}", argument="speed")
    return float(speed)


class Pace:
    """Says when rows are due.

    Args:
        speed: 1 is the recording's own pace, 2 twice as fast; `max` or 0 waits for nothing.
        rate: tokens a second, for recordings without times; the tokens are estimated by length.

    Raises:
        InvalidRequestError: an argument is wrong.
    """

    def __init__(self, speed: float | str = 1, rate: float = RATE) -> None:
        self._speed = checked_speed(speed)
        self._rate = positive("rate", rate, "tokens a second")
        self._weight = 0

    def due(self, row: Row) -> float:
        """Seconds after the start at which this row, the next one, is due."""
        at, event = row
        if at is None:
            self._weight += _weight_of(event)
            at = self._weight / TOKEN_WEIGHT / self._rate
        return at / self._speed  # readers let no time run backwards


def _weight_of(event: Event) -> int:
    text = getattr(event, "text", "")
    return weight_of(text) if isinstance(text, str) else 0
