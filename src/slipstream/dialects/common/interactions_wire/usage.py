"""The API's token counts, both ways. What the output is, the total decides: it counts the thoughts, too."""

from __future__ import annotations

from slipstream.dialects.common.gemini_wire.chunks import Wire, number
from slipstream.events import Usage

_COUNTS = ("total_input_tokens", "total_output_tokens", "total_thought_tokens", "total_tokens")


def states(wire: Wire) -> bool:
    """True if it counts anything."""
    return any(number(wire, name) is not None for name in _COUNTS)


def read_usage(wire: Wire) -> Usage | None:
    """The `Usage` of a usage object; None if it counts nothing."""
    if not states(wire):
        return None
    given, tools = number(wire, "total_input_tokens"), number(wire, "total_tool_use_tokens")
    answer, thoughts = number(wire, "total_output_tokens"), number(wire, "total_thought_tokens")
    total = number(wire, "total_tokens")
    asked = None if given is None and tools is None else (given or 0) + (tools or 0)
    answered = None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)
    if total is not None and asked is not None:
        answered = max(total - asked, 0)
    elif total is None and asked is not None and answered is not None:
        total = asked + answered
    return Usage(
        input_tokens=asked,
        output_tokens=answered,
        total_tokens=total,
        reasoning_tokens=thoughts,
        cached_tokens=number(wire, "total_cached_tokens"),
        details=wire,
    )


def write_usage(usage: Usage) -> Wire:
    """The usage object of a `Usage`: the provider's own where it was this API."""
    own = usage.details or {}
    if states(own):
        return own
    output, thoughts = usage.output_tokens, usage.reasoning_tokens
    counts = {
        "total_input_tokens": usage.input_tokens,
        "total_cached_tokens": usage.cached_tokens,
        "total_output_tokens": None if output is None else max(output - (thoughts or 0), 0),
        "total_thought_tokens": thoughts,
        "total_tokens": usage.total_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}
