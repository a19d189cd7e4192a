"""Content, when it is asked for: messages in the form of the convention's JSON schemas, through a guard.

Strategy: every single text passes the guard before anything is put together, and the strings inside JSON pass decoded,
so that no escape hides a word. Where the guard fails, nothing is recorded: a doubt keeps content in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from slipstream.events import (
    Event,
    Finish,
    Message,
    Retract,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
)
from slipstream.events.message import Choice
from slipstream.flow.apply import apply
from slipstream.flow.stage import Stage

Clean = Callable[[str], str]

MAX_DEPTH: Final = 100
"""Levels of nesting in arguments and results that are recorded: more is no tool's, and recursion has an end."""


class Redactor:
    """Passes a text through a stage, as one answer.

    Args:
        make: makes the stage, a `guard(...)` as a rule; anew for each text, because a stage keeps state.
    """

    def __init__(self, make: Callable[[], Stage]) -> None:
        self._make = make

    def __call__(self, text: str) -> str:
        """What the stage lets through of it."""
        if not text:
            return text
        answer: list[Event] = [Start(), StepStart(), TextStart(), TextDelta(text), TextEnd(), StepEnd(), Finish()]
        shown = apply(self._make(), answer)
        if any(type(event) is Retract for event in shown):
            return ""
        return "".join(event.text for event in shown if isinstance(event, TextDelta))


def as_it_is(text: str) -> str:
    """For content without a guard."""
    return text


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def in_json(text: str, clean: Clean) -> Any:
    """Decoded JSON with every string in it cleaned; what is no JSON, cleaned as text."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return clean(text)
    return cleaned(value, clean)


def cleaned(value: Any, clean: Clean, depth: int = 0) -> Any:
    """Any value with every string in it cleaned, the keys of mappings too."""
    if isinstance(value, str):
        return clean(value)
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {clean(str(key)): cleaned(item, clean, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(item, clean, depth + 1) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean(str(value))


def arguments(text: str, clean: Clean) -> str:
    """The arguments of a call, as JSON."""
    return _json(in_json(text, clean))


def result(value: Any, clean: Clean) -> str:
    """What a call returned, as JSON."""
    return _json(cleaned(value, clean))


# ---- the request


def system(messages: Iterable[ChatMessage], clean: Clean) -> str | None:
    """The instructions, or None if there are none."""
    parts = [_part(part, clean) for message in messages if message.role == "system" for part in message.parts]
    return _json(parts) if parts else None


def conversation(messages: Iterable[ChatMessage], clean: Clean) -> str:
    """All other messages."""
    return _json(
        [
            {"role": message.role, "parts": [_part(part, clean) for part in message.parts]}
            for message in messages
            if message.role != "system"
        ]
    )


def _part(part: Part, clean: Clean) -> dict[str, Any]:
    if isinstance(part, (TextPart, ReasoningPart)):
        return {"type": "text" if isinstance(part, TextPart) else "reasoning", "content": clean(part.text)}
    if isinstance(part, ToolCallPart):
        called = in_json(part.arguments, clean)
        return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": called}
    if isinstance(part, ToolResultPart):
        return {"type": "tool_call_response", "id": part.id, "response": in_json(part.output, clean)}
    return {"type": "file" if isinstance(part, FilePart) else "image"}  # its bytes are no use in a trace


# ---- the answer


def answers(message: Message, clean: Clean) -> str:
    """The answer, one message for each choice. What was taken back is not told."""
    return _json([_choice(choice, clean) for choice in message.choices if not choice.retracted])


def _choice(choice: Choice, clean: Clean) -> dict[str, Any]:
    parts = [_block(block, clean) for block in choice.blocks]
    if choice.refusal:
        parts.append({"type": "text", "content": clean(choice.refusal)})
    return {"role": "assistant", "parts": parts, "finish_reason": choice.finish_reason or "error"}


def _block(block: Any, clean: Clean) -> dict[str, Any]:
    if block.kind == "tool-call":
        return {"type": "tool_call", "id": block.id, "name": block.name, "arguments": in_json(block.text, clean)}
    return {"type": block.kind, "content": clean(block.text)}


def of_stream(messages: Sequence[ChatMessage] | None, message: Message, clean: Clean) -> dict[str, str]:
    """The content of a stream, by the convention's names (without their prefix `gen_ai.`)."""
    told = {"output.messages": answers(message, clean)}
    if messages is not None:
        told["input.messages"] = conversation(messages, clean)
        instructions = system(messages, clean)
        if instructions is not None:
            told["system_instructions"] = instructions
    return told
