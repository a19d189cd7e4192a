"""Ollama's words: why an answer ended, when it began, how long it took."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, get_args

from slipstream.dialects.common.finish import normalise
from slipstream.events import FinishReason

TIMINGS: Final = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
"""Fields of the last line, in nanoseconds, in the order in which Ollama writes them."""

OWN_REASONS: Final = ("stop", "length", "load", "unload")

# Ollama has two words for an answer; a call ends with `stop`. What it has no word for keeps ours: its clients take any
# text here, and a cut answer must not look like a whole one.
DONE_REASONS: Final[dict[str, str]] = {"stop": "stop", "tool_calls": "stop", "length": "length", "other": "stop"}

_OURS: Final[dict[str, FinishReason]] = {reason: reason for reason in get_args(FinishReason)}


def done_reason(reason: str, raw: str | None) -> str:
    """Our finish reason in Ollama's words."""
    return raw if raw in OWN_REASONS else DONE_REASONS.get(reason, reason)


def finish_reason(raw: str | None) -> FinishReason:
    """Ollama's word in ours. Servers before the middle of 2024 give none with `done`, and mean `stop`."""
    if raw is None:
        return "stop"
    return _OURS.get(raw) or normalise(raw)


def seconds_of(created_at: str | None) -> int | None:
    """RFC 3339, with up to nanoseconds, as whole seconds since the epoch; None for what is no time."""
    try:
        moment = datetime.fromisoformat(created_at or "")
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def time_of(created: int | None) -> str:
    """Seconds since the epoch as RFC 3339; the epoch itself for what is no time."""
    try:
        moment = datetime.fromtimestamp(created or 0, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")


def is_context(value: Any) -> bool:
    """True for the tokens that `/api/generate` gives to be sent back."""
    return isinstance(value, list) and all(map(is_count, value))


def is_count(value: Any) -> bool:
    """True for a whole number that a 64-bit counter can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
