"""Google's token counts, both ways. They are cumulative: the last ones stand.

Google counts the thoughts beside the answer and what its own tools fed to the model beside the prompt; our output and
input include them, so that both make up the total.
"""

from __future__ import annotations

from slipstream.dialects.common.gemini_wire.chunks import Wire, number
from slipstream.events import Usage

_COUNTS = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount")


def states(wire: Wire) -> bool:
    """True if it counts anything; Vertex begins with objects that name only the kind of traffic."""
    return any(number(wire, name) is not None for name in _COUNTS)


def read_usage(wire: Wire) -> Usage | None:
    """The `Usage` of a `usageMetadata`; None if it counts nothing."""
    if not states(wire):
        return None
    prompt, tools = number(wire, "promptTokenCount"), number(wire, "toolUsePromptTokenCount")
    answer, thoughts = number(wire, "candidatesTokenCount"), number(wire, "thoughtsTokenCount")
    total = number(wire, "totalTokenCount")
    asked = None if prompt is None and tools is None else (prompt or 0) + (tools or 0)
    if answer is None and thoughts is None:
        answered = None if total is None or asked is None else max(total - asked, 0)
    else:
        answered = (answer or 0) + (thoughts or 0)
    if total is None and asked is not None and answered is not None:
        total = asked + answered
    return Usage(
        input_tokens=asked,
        output_tokens=answered,
        total_tokens=total,
        reasoning_tokens=thoughts,
        cached_tokens=number(wire, "cachedContentTokenCount"),
        details=wire,
    )


def write_usage(usage: Usage) -> Wire:
    """The `usageMetadata` of a `Usage`: the provider's own object where it was Google."""
    own = usage.details or {}
    if states(own):
        return own
    output, thoughts = usage.output_tokens, usage.reasoning_tokens
    counts = {
        "promptTokenCount": usage.input_tokens,
        "cachedContentTokenCount": usage.cached_tokens,
        "candidatesTokenCount": None if output is None else max(output - (thoughts or 0), 0),
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": usage.total_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}
