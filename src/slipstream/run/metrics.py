"""What a stream cost in time: the first output, the gaps, the rate - and what that is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Literal

from slipstream.events import OUTPUT_TYPES, Event, TextDelta

Grade = Literal["good", "slow", "bad"]

GRADES: Final[dict[str, tuple[float, float]]] = {
    "time_to_first_output": (0.5, 1.0),
    "tokens_per_second": (50.0, 20.0),
    "total": (10.0, 30.0),
    "time_to_cancel": (0.1, 0.5),
}
"""Bounds of `good` and of `slow`, in seconds; of a rate, in tokens a second, where more is better."""

_GROWTH = 1.1
_SMALLEST = 1e-5
_LOG = math.log(_GROWTH)


def grade(name: str, value: float | None) -> Grade | None:
    """The verdict on one figure, or None when it was not measured.

    Args:
        name: a key of `GRADES`.
        value: in the figure's own unit.
    """
    if value is None:
        return None
    good, slow = GRADES[name]
    if good > slow:
        return "good" if value > good else "slow" if value > slow else "bad"
    return "good" if value < good else "slow" if value < slow else "bad"


class Histogram:
    """Durations by logarithmic buckets of 10 %: constant memory however long the stream, percentiles within 5 %."""

    __slots__ = ("_buckets", "count", "max")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.max = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        bucket = math.ceil(math.log(seconds / _SMALLEST) / _LOG) if seconds > _SMALLEST else 0
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        if seconds > self.max:
            self.max = seconds

    def percentile(self, share: float) -> float | None:
        """The duration that this share (0..1) of all stays below, in seconds; None if there are none."""
        wanted = share * self.count
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(self.max, _SMALLEST * _GROWTH ** (bucket - 0.5)) if bucket else min(self.max, _SMALLEST)
        return None


class Metrics:
    """The figures of one stream. Times are seconds from its start; None until the thing has happened.

    Attributes:
        attempts: requests sent, retries included.
        bytes: body bytes received.
        output_events: pieces of content received.
        time_to_headers, time_to_first_byte, time_to_first_output, time_to_first_text: output is thinking, text, calls.
        total: when the stream was over.
        time_to_cancel: seconds from `cancel()` to the closed socket.
        gaps: durations between two arrivals of content.
        output_tokens: as counted at the end, or None.
    """

    __slots__ = (
        "_last_output", "_started", "attempts", "bytes", "gaps", "output_events", "output_tokens", "time_to_cancel",
        "time_to_first_byte", "time_to_first_output", "time_to_first_text", "time_to_headers",
        "total",
    )  # fmt: skip

    def __init__(self) -> None:
        self._started: float | None = None
        self._last_output: float | None = None
        self.attempts = 0
        self.bytes = 0
        self.output_events = 0
        self.output_tokens: int | None = None
        self.gaps = Histogram()
        self.time_to_headers: float | None = None
        self.time_to_first_byte: float | None = None
        self.time_to_first_output: float | None = None
        self.time_to_first_text: float | None = None
        self.time_to_cancel: float | None = None
        self.total: float | None = None

    def started(self, now: float) -> None:
        """The stream begins. All times are of one monotonic clock, in seconds."""
        if self._started is None:
            self._started = now

    @property
    def began(self) -> float | None:
        """When the stream began, in monotonic seconds."""
        return self._started

    def _since(self, now: float) -> float:
        return now - self._started if self._started is not None else 0.0

    def headers(self, now: float) -> None:
        """The response headers are in."""
        self.time_to_headers = self._since(now)

    def received(self, now: float, size: int) -> None:
        """Body bytes are in."""
        self.bytes += size
        if self.time_to_first_byte is None:
            self.time_to_first_byte = self._since(now)

    def output(self, now: float, events: Sequence[Event]) -> None:
        """Content has been decoded, in one arrival."""
        first = self._last_output is None
        self.output_events += 1 if len(events) == 1 else sum(type(event) in OUTPUT_TYPES for event in events)
        if first:
            self.time_to_first_output = self._since(now)
        else:
            self.gaps.add(now - self._last_output)  # type: ignore[operator]
        self._last_output = now
        if self.time_to_first_text is None and any(type(event) is TextDelta for event in events):
            self.time_to_first_text = self._since(now)

    @property
    def time_to_last_output(self) -> float | None:
        """Seconds until the last content came."""
        return None if self._last_output is None else self._since(self._last_output)

    def ended(self, now: float) -> None:
        """The stream is over."""
        if self.total is None:
            self.total = self._since(now)

    def reopened(self) -> None:
        """The stream goes on with another request."""
        self.total = None

    def adopt(self, other: Metrics) -> None:
        """Take over the figures of the request that won; the attempts of both count."""
        attempts = self.attempts + other.attempts
        for name in self.__slots__:
            if name != "_started" or self._started is None:
                setattr(self, name, getattr(other, name))
        self.attempts = attempts

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens a second after the first output: the rate at which people see text grow."""
        first, last = self.time_to_first_output, self.time_to_last_output
        if self.output_tokens is None or first is None or last is None or last <= first or self.output_tokens < 2:
            return None
        return (self.output_tokens - 1) / (last - first)

    @property
    def effective_tokens_per_second(self) -> float | None:
        """Output tokens a second over the whole stream, the wait included."""
        return self.output_tokens / self.total if self.output_tokens and self.total else None

    @property
    def gap_p50(self) -> float | None:
        """The median duration between two arrivals of content, in seconds."""
        return self.gaps.percentile(0.5)

    @property
    def gap_p99(self) -> float | None:
        """The duration that 99 % of the gaps stay below, in seconds."""
        return self.gaps.percentile(0.99)

    @property
    def gap_max(self) -> float | None:
        """The longest gap, in seconds."""
        return self.gaps.max if self.gaps.count else None

    @property
    def grades(self) -> dict[str, Grade | None]:
        """`good`, `slow` or `bad` for each figure of `GRADES`; None for what was not measured."""
        return {name: grade(name, getattr(self, name)) for name in GRADES}

    def to_dict(self) -> dict[str, Any]:
        """All figures, for logs and tables."""
        names = (
            "attempts", "bytes", "output_events", "output_tokens", "time_to_headers", "time_to_first_byte",
            "time_to_first_output", "time_to_first_text", "time_to_last_output", "total", "time_to_cancel", "gap_p50",
            "gap_p99", "gap_max", "tokens_per_second", "effective_tokens_per_second",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        shown = {name: value for name, value in self.to_dict().items() if value is not None}
        return f"Metrics({', '.join(f'{k}={v:.4g}' for k, v in shown.items())})"
