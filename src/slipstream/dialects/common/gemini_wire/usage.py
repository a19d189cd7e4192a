"""Google's token counts, both ways, in the words of either of its APIs. They are cumulative: the last ones stand.

Google counts the thoughts beside the answer and what its own tools fed to the model beside the prompt; our output and
input include them, so that both make up the total.
"""

from __future__ import annotations

from msgspec import Struct

from slipstream.dialects.common.counts import same_counts
from slipstream.dialects.common.wire import Wire, number
from slipstream.events import Usage


class Counts(Struct, frozen=True):
    """What one of the APIs calls its counts.

    Args:
        prompt, tools, cached: of the input.
        answer, thoughts: of the output.
        total: of all.
        total_decides: True if the output is what the total leaves, whatever the answer's own count says.
    """

    prompt: str
    tools: str
    cached: str
    answer: str
    thoughts: str
    total: str
    total_decides: bool = False

    def states(self, wire: Wire) -> bool:
        """True if it counts anything; Vertex begins with objects that name only the kind of traffic."""
        return any(number(wire, name) is not None for name in (self.prompt, self.answer, self.thoughts, self.total))

    def read(self, wire: Wire) -> Usage | None:
        """The `Usage` of a provider's object; None if it counts nothing."""
        if not self.states(wire):
            return None
        prompt, tools = number(wire, self.prompt), number(wire, self.tools)
        asked = None if prompt is None and tools is None else (prompt or 0) + (tools or 0)
        total, answered = number(wire, self.total), self._output(wire)
        if total is not None and asked is not None and (answered is None or self.total_decides):
            answered = max(total - asked, 0)
        elif total is None and asked is not None and answered is not None:
            total = asked + answered
        return Usage(
            input_tokens=asked,
            output_tokens=answered,
            total_tokens=total,
            reasoning_tokens=number(wire, self.thoughts),
            cached_tokens=number(wire, self.cached),
            details=wire,
        )

    def _output(self, wire: Wire) -> int | None:
        answer, thoughts = number(wire, self.answer), number(wire, self.thoughts)
        return None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)

    def _owns(self, wire: Wire) -> bool:
        """True if it has a name that no other API has: `total_tokens` is OpenAI's as well."""
        return any(name in wire for name in (self.prompt, self.tools, self.cached, self.answer, self.thoughts))

    def write(self, usage: Usage) -> Wire:
        """The provider's object of a `Usage`: its own where it was this API, and the counts are still those."""
        own = usage.details or {}
        if self._owns(own) and same_counts(self.read(own), usage):
            return own
        output, thoughts = usage.output_tokens, usage.reasoning_tokens
        counts = {
            self.prompt: usage.input_tokens,
            self.cached: usage.cached_tokens,
            self.answer: None if output is None else max(output - (thoughts or 0), 0),
            self.thoughts: thoughts,
            self.total: usage.total_tokens,
        }
        return {name: count for name, count in counts.items() if count is not None}


GENERATED = Counts(
    prompt="promptTokenCount", tools="toolUsePromptTokenCount", cached="cachedContentTokenCount",
    answer="candidatesTokenCount", thoughts="thoughtsTokenCount", total="totalTokenCount",
)  # fmt: skip
"""`usageMetadata` of generateContent."""

INTERACTION = Counts(
    prompt="total_input_tokens", tools="total_tool_use_tokens", cached="total_cached_tokens",
    answer="total_output_tokens", thoughts="total_thought_tokens", total="total_tokens", total_decides=True,
)  # fmt: skip
"""`usage` of the Interactions API."""
