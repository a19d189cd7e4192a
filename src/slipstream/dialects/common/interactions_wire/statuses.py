"""Why an interaction ended: the API's statuses and our reasons, both ways."""

from __future__ import annotations

from typing import Final

from slipstream.events import FinishReason

REASONS: Final[dict[str, FinishReason]] = {
    "completed": "stop",
    "requires_action": "tool_calls",
    "incomplete": "length",
    "budget_exceeded": "length",
    "requires_continuation": "pause",
    "cancelled": "cancelled",
    "failed": "error",
}
"""The statuses that end an interaction; `in_progress` and `queued` do not."""

_STATUS_FOR: Final[dict[str, str]] = {
    "stop": "completed", "tool_calls": "requires_action", "length": "incomplete", "pause": "requires_continuation",
    "cancelled": "cancelled", "error": "failed",
}  # fmt: skip


def normalise(status: str) -> FinishReason:
    """Our word for a status; `other` for one that nobody knows."""
    return REASONS.get(status, "other")


def status_for(reason: str | None, raw: str | None) -> str:
    """The status: the API's own where it came from there, else the nearest. What is no success is `incomplete`."""
    if raw in REASONS and (REASONS[raw] == reason or (raw == "completed" and reason == "tool_calls")):
        return str(raw)
    return _STATUS_FOR.get(reason or "", "incomplete")
