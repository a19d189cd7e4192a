"""When a failed request is sent again, and how long that waits.

Nothing is repeated after the first content: a reader must never see an answer twice. Before it a retry is invisible.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from slipstream.errors import InvalidRequestError

MAX_RETRIES = 10
"""More attempts than this only prolong an outage for everybody; SDKs default to 2."""


class RetryPolicy(Struct, frozen=True):
    """How often, and how far apart.

    Args:
        max_retries: attempts after the first; 0 never retries. Default 2, as in the official SDKs.
        base: seconds before the first retry when the provider names none; it doubles each time.
        cap: the longest such wait, in seconds.
    """

    max_retries: int = 2
    base: float = 0.5
    cap: float = 8.0

    def delay(self, attempt: int) -> float:
        """Seconds before retry number `attempt` (from 1): exponential, with full jitter above the half of it."""
        bound: float = min(self.cap, self.base * 2 ** (attempt - 1))
        return bound * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret


def parse_max_retries(value: object) -> int:
    """`max_retries=` as a number.

    Raises:
        InvalidRequestError: it is no whole number from 0 to 10.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_RETRIES:
        raise InvalidRequestError(f"max_retries is {value!r}; it takes a whole number from 0 to {MAX_RETRIES}")
    return value


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """What `x-should-retry` says (OpenAI and Anthropic send it), or None."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the provider asks to wait, or None if it names none or nonsense.

    Args:
        headers: response headers with lower-case names. `retry-after-ms` (OpenAI) wins over `retry-after`, which is
            seconds or an HTTP date (RFC 9110 section 10.2.3). A date is held against the server's own `date`, so that a
            wrong clock on either side does not matter; against ours where it sends none.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    return seconds if seconds is not None or text is None else _until(text, headers.get("date"))


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _until(text: str, server_date: str | None) -> float | None:
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(server_date) if server_date else None
    except ValueError:
        return None
    now = now or datetime.now(UTC)
    aware = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (then, now)]
    return max(0.0, (aware[0] - aware[1]).total_seconds())
