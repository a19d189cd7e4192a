"""The line after an answer: tokens, time to the first, tokens a second, why it ended."""

from __future__ import annotations

from typing import Final

from slipstream.events import Message, Usage
from slipstream.run.metrics import Metrics

REASONS: Final = {
    "length": "cut at the token limit",
    "cancelled": "stopped",
    "content_filter": "stopped by the provider's filter",
    "interrupted": "interrupted",
}
"""Finish reasons that a person reads better in other words."""


def seconds(value: float) -> str:
    """A duration, two or three digits of it: `3.2 ms`, `32 ms`, `0.21 s`, `12.3 s`."""
    if value < 0.1:
        return f"{value * 1000:.1f} ms" if value < 0.01 else f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def rate(value: float) -> str:
    """A rate: `8.4 tokens/s`, `84 tokens/s`."""
    return f"{value:.1f} tokens/s" if value < 10 else f"{value:.0f} tokens/s"


def summary(message: Message, usage: Usage | None, metrics: Metrics) -> str:
    """The line.

    Args:
        message: the answer.
        usage: its tokens; a count of ours is marked `~`.
        metrics: its times.
    """
    about = "~" if usage is not None and usage.estimated else ""
    parts = [_tokens(usage, about)]
    if metrics.time_to_first_output is not None:
        parts.append(f"first {seconds(metrics.time_to_first_output)}")
    if metrics.tokens_per_second is not None:
        parts.append(f"{about}{rate(metrics.tokens_per_second)}")
    elif metrics.total is not None:
        parts.append(f"total {seconds(metrics.total)}")
    if metrics.attempts > 1:
        parts.append(f"{metrics.attempts} attempts")
    parts.append(reason(message))
    return " · ".join(part for part in parts if part)


def reason(message: Message) -> str:
    """Why the answer ended, in a person's words."""
    return REASONS.get(message.finish_reason or "", message.finish_reason or "")


def _tokens(usage: Usage | None, about: str) -> str:
    if usage is None or usage.output_tokens is None:
        return ""
    thinking = f" ({usage.reasoning_tokens} thinking)" if usage.reasoning_tokens else ""
    unit = "token" if usage.output_tokens == 1 else "tokens"
    return f"{about}{usage.output_tokens} {unit}{thinking}"


def figures(metrics: Metrics) -> str:
    """Everything that was measured, for `--debug`."""
    shown = {name: value for name, value in metrics.to_dict().items() if value is not None}
    return ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
