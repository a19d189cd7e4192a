"""The conversation as Ollama's `messages`: content is text, pictures stand beside it in bare base64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import kind_of, wrong
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.errors import UnsupportedError


def messages_of(messages: Sequence[r.ChatMessage]) -> list[dict[str, Any]]:
    """The `messages` of the body.

    Raises:
        InvalidRequestError: there are none, or one holds what Ollama takes in no form (a picture by its address, which
            Ollama would not fetch; a document).
    """
    if not messages:
        raise wrong("messages", "an empty list", "at least one message")
    names: dict[str, str] = {}
    written: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        written.extend(_written(message, f"messages[{index}]", names))
    return written


def _written(message: r.ChatMessage, where: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The messages of one: each result of a tool is a message of its own. `names` are those of the calls, by id."""
    results = [_result(part, names) for part in message.parts if isinstance(part, r.ToolResultPart)]
    others = [part for part in message.parts if not isinstance(part, r.ToolResultPart)]
    if message.role == "tool":
        return results + [{"role": "tool", **part.data} for part in others if isinstance(part, r.RawPart)]
    if results and not others:
        return results
    texts = [part.text for part in others if isinstance(part, r.TextPart)]
    wire: dict[str, Any] = {"role": message.role, "content": "".join(texts)}
    thoughts = "".join(part.text for part in others if isinstance(part, r.ReasoningPart))
    if thoughts:
        wire["thinking"] = thoughts
    images = [_image(part, f"{where}.content[{i}]") for i, part in enumerate(others) if _is_shown(part)]
    if images:
        wire["images"] = images
    calls = [part for part in others if isinstance(part, r.ToolCallPart)]
    if calls:
        wire["tool_calls"] = [_call(part, names) for part in calls]
    for part in others:
        if isinstance(part, r.RawPart):
            wire |= _raw(part, where)
    return [*results, wire]


def _is_shown(part: r.Part) -> bool:
    return isinstance(part, (r.ImagePart, r.FilePart))


def _image(part: r.Part, where: str) -> str:
    if isinstance(part, r.ImagePart):
        url, data, kind = part.url, part.data, part.media_type or "image/"
    elif isinstance(part, r.FilePart):
        url, data, kind = part.url, part.data, part.media_type
    else:
        raise wrong(where, kind_of(part), "text and pictures")
    if data and kind.startswith("image/"):
        return data
    what = "a picture by its address, which Ollama does not fetch" if url else "a file that is no picture"
    raise UnsupportedError(f"{where}: {what}; accepted: pictures by their content (data, or a path)", argument=where)


def _raw(part: r.RawPart, where: str) -> dict[str, Any]:
    """A part of another dialect's content has no place here: content is text."""
    if isinstance(part.data.get("type"), str):
        raise UnsupportedError(
            f"{where}.content: Ollama has no part of type {part.data['type'][:40]!r}; accepted: text and pictures",
            argument=f"{where}.content",
        )
    return dict(part.data)


def _call(part: r.ToolCallPart, names: dict[str, str]) -> dict[str, Any]:
    if part.id:
        names[part.id] = part.name
    function = {"name": part.name, "arguments": _arguments(part.arguments)}
    return {"id": part.id, "function": function} if part.id else {"function": function}


def _arguments(text: str) -> dict[str, Any]:
    """The arguments as the object that Ollama wants; what the model wrote wrong goes back to it as it was."""
    try:
        value = parse_loosely(text.encode())
    except (ValueError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"arguments": value}


def _result(part: r.ToolResultPart, names: dict[str, str]) -> dict[str, Any]:
    """A result, by name for templates and by id for servers since the end of 2025."""
    wire: dict[str, Any] = {"role": "tool", "content": part.output}
    name = part.name or names.get(part.id, "")
    if name:
        wire["tool_name"] = name
    if part.id:
        wire["tool_call_id"] = part.id
    return wire
