"""The runs of `slipstream bench`: the same question, with and without streaming, and one that is stopped."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from slipstream.cli.session import Session, question
from slipstream.client import Stream
from slipstream.events import is_output


class Run(Struct, frozen=True, kw_only=True):
    """The figures of one run; seconds, tokens, tokens a second.

    Args:
        streaming: whether the answer came as it was made.
        first: until a person saw something: the first output, or all of it.
        total: until the end.
        tokens: of the answer; None if nobody counted.
        estimated: they are our own count.
        rate: tokens a second after the first output; without streaming, over the whole.
        gap_p50, gap_p99, gap_max: between two arrivals of output.
        timeline: `(seconds, pieces of output so far)`.
    """

    streaming: bool
    first: float | None
    total: float
    tokens: int | None = None
    estimated: bool = False
    rate: float | None = None
    gap_p50: float | None = None
    gap_p99: float | None = None
    gap_max: float | None = None
    timeline: list[tuple[float, int]] = []

    def to_dict(self) -> dict[str, Any]:
        """The figures, without the timeline."""
        return {name: value for name, value in asdict(self).items() if name != "timeline"}


def run_streaming(session: Session, prompt: str) -> Run:
    """Ask, and read the answer as it comes."""
    timeline: list[tuple[float, int]] = []
    began = time.perf_counter()
    with session.stream([question(prompt)]) as stream:
        for event in stream:
            if is_output(event):
                timeline.append((time.perf_counter() - began, len(timeline) + 1))
        total = time.perf_counter() - began
        metrics, usage = stream.metrics, stream.usage
    return Run(
        streaming=True,
        first=metrics.time_to_first_output,
        total=metrics.total if metrics.total is not None else total,
        tokens=usage.output_tokens if usage is not None else None,
        estimated=usage is not None and usage.estimated,
        rate=metrics.tokens_per_second,
        gap_p50=metrics.gap_p50,
        gap_p99=metrics.gap_p99,
        gap_max=metrics.gap_max,
        timeline=timeline,
    )


def run_whole(session: Session, prompt: str) -> Run:
    """Ask, and wait for the whole answer."""
    began = time.perf_counter()
    message = session.complete([question(prompt)])
    total = time.perf_counter() - began
    usage = message.usage
    tokens = usage.output_tokens if usage is not None else None
    return Run(
        streaming=False,
        first=total,
        total=total,
        tokens=tokens,
        estimated=usage is not None and usage.estimated,
        rate=tokens / total if tokens else None,
    )


def run_cancelled(session: Session, prompt: str) -> float | None:
    """Stop an answer at its first output.

    Returns:
        Seconds from `cancel()` until the reader is free and the socket closed; None if the answer ended before.
    """
    with session.stream([question(prompt)]) as stream:
        for event in stream:
            if is_output(event):
                return _cancel(stream)
    return None


def _cancel(stream: Stream) -> float | None:
    began = time.perf_counter()
    stream.cancel()
    for _ in stream:  # its last events
        pass
    return time.perf_counter() - began if stream.finish_reason == "cancelled" else None
