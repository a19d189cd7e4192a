"""What the clients are told: five short answers, and what each client must have read of them."""

from __future__ import annotations

from typing import Any, Final

from slipstream.events import (
    Error,
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)

TEXT: Final = ("Streams ", "carry words,\n", "流式", "输出 🌊", '\u2028"quoted"')
THOUGHT: Final = ("The user asks ", "for a thought. ", "想一想。")
ARGUMENTS: Final = ('{"city": "北', '京", "days"', ": 2}")
USAGE: Final = Usage(input_tokens=12, output_tokens=7, total_tokens=19, reasoning_tokens=3, cached_tokens=4)
ERROR: Final = Error(
    "the model has no room now", kind="OverloadedError", code="overloaded_error", status=529, retryable=True
)

_BEGIN: Final[tuple[Event, ...]] = (Start(id="answer-1", model="scripted", created=1_790_000_000), StepStart())


def _end(reason: FinishReason) -> list[Event]:
    return [USAGE, StepEnd(reason=reason), Finish(reason=reason)]


def _texts(pieces: tuple[str, ...]) -> list[Event]:
    return [TextStart(), *(TextDelta(piece) for piece in pieces), TextEnd()]


def _thinking() -> list[Event]:
    return [ReasoningStart(), *(ReasoningDelta(piece) for piece in THOUGHT), ReasoningEnd(signature="c2lnbmVk")]


def _call() -> list[Event]:
    arguments = "".join(ARGUMENTS)
    return [
        ToolInputStart(id="call_1", name="weather"),
        *(ToolInputDelta(piece, id="call_1") for piece in ARGUMENTS),
        ToolInputEnd(id="call_1"),
        ToolCall(id="call_1", name="weather", input={"city": "北京", "days": 2}, arguments=arguments),
    ]


SCENARIOS: Final[dict[str, list[Event]]] = {
    "text": [*_BEGIN, *_texts(TEXT), *_end("stop")],
    "reasoning": [*_BEGIN, *_thinking(), *_texts(TEXT), *_end("stop")],
    "tool": [*_BEGIN, *_call(), *_end("tool_calls")],
    "usage": [*_BEGIN, *_texts(TEXT), *_end("stop")],
    "error": [*_BEGIN, *_texts(TEXT)[:3], ERROR],
}
"""What the last message of the user asks for -> the events of the answer."""

EXPECTED: Final[dict[str, dict[str, Any]]] = {
    "text": {"text": "".join(TEXT)},
    "reasoning": {"reasoning": "".join(THOUGHT), "text": "".join(TEXT)},
    "tool": {"name": "weather", "arguments": {"city": "北京", "days": 2}},
    "usage": {"input": 12, "output": 7},
    "error": {"text": "".join(TEXT[:2]), "raised": True},
}
"""What a program in `programs/` or `npm/` prints for each scenario."""
