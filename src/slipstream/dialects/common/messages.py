"""Conversations in every form people write them, made neutral once, before any dialect sees them.

Accepted are a plain text, dictionaries in OpenAI's form (roles system, developer, user, assistant, tool, and the old
function), dictionaries with Anthropic's content blocks, `events.Message`s that earlier streams folded, and neutral
`ChatMessage`s; also mixed. What is wrong is refused by name and place, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import (
    filled_at,
    kind_of,
    known_keys,
    list_at,
    mapping_at,
    name_of,
    text_at,
    wrong,
)
from slipstream.dialects.common.echo import echo
from slipstream.dialects.common.parts import call_part, check_part, parts_at
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools
from slipstream.events import Message

__all__ = ["normalise", "normalise_thinking", "normalise_tools"]

ROLES: Final = "system, developer, user, assistant, tool, function, function_call"
FORMS: Final = "a text, or a list of messages: dictionaries with role and content, Message or ChatMessage"

# Keys that SDKs write when a message is dumped, and which say nothing a request could carry.
_DUMPED: Final = frozenset(
    ("id", "type", "model", "stop_reason", "stop_sequence", "stop_details", "usage", "index", "annotations", "audio",
     "container", "object", "created", "status", "parsed")
)  # fmt: skip
_PLAIN_KEYS: Final = frozenset(("role", "content", "name"))
_TOOL_KEYS: Final = frozenset(("role", "content", "name", "tool_call_id", "is_error"))
# `prefix` and `partial` ask for what a trailing assistant message asks for anyway (WIRE section 8 row 34).
_ASSISTANT_KEYS: Final = _DUMPED | frozenset(
    ("role", "content", "name", "tool_calls", "function_call", "reasoning_content", "reasoning", "reasoning_details",
     "refusal", "prefix", "partial")
)  # fmt: skip

_PARTS_OF: Final[dict[str, tuple[type, ...]]] = {
    "system": (r.TextPart, r.RawPart),
    "user": (r.TextPart, r.ImagePart, r.FilePart, r.ToolResultPart, r.RawPart),
    "assistant": (r.TextPart, r.ImagePart, r.FilePart, r.ReasoningPart, r.ToolCallPart, r.ToolResultPart, r.RawPart),
    "tool": (r.ToolResultPart, r.RawPart),
}


def normalise(
    messages: str | Sequence[Mapping[str, Any] | Message | r.ChatMessage], *, system: str | None = None
) -> list[r.ChatMessage]:
    """A conversation in neutral form.

    Args:
        messages: the conversation; a text is one user message. System messages stay where they stand.
        system: a system message to put before it, or None.

    Returns:
        Neutral messages. Each tool result is a message of its own; an assistant message in which nothing has come (a
        stream cancelled at once) is left out. Calls and results of the old function form have the id "".

    Raises:
        InvalidRequestError: something in it is wrong; the message says where and what is accepted.
    """
    if isinstance(messages, str):
        messages = [{"role": "user", "content": filled_at(messages, "messages")}]
    items = list_at(messages, "messages", FORMS)
    if not items:
        raise wrong("messages", "an empty list", FORMS)
    chat = [r.ChatMessage("system", [r.TextPart(filled_at(system, "system"))])] if system is not None else []
    for index, item in enumerate(items):
        chat.extend(_messages_of(item, f"messages[{index}]"))
    return chat


def _messages_of(item: Any, where: str) -> Iterator[r.ChatMessage]:
    """The neutral messages of one item: an answer with tool results is several."""
    if isinstance(item, Message):
        yield from echo(item)
    elif isinstance(item, r.ChatMessage):
        yield _check_message(item, where)
    else:
        wire = mapping_at(item, where, FORMS)
        role = wire.get("role")
        reader = _READERS.get(role) if isinstance(role, str) else None
        if reader is None:
            raise wrong(f"{where}.role", "missing" if role is None else f"{name_of(role)} is unknown", ROLES)
        for message in reader(wire, where):
            yield _check_roles(message, f"{where}.content")


def _check_message(message: r.ChatMessage, where: str) -> r.ChatMessage:
    if message.role not in _PARTS_OF:
        raise wrong(f"{where}.role", f"{name_of(message.role)} is unknown", ", ".join(_PARTS_OF))
    for index, part in enumerate(message.parts):
        if not isinstance(part, r.Part):
            raise wrong(f"{where}.parts[{index}]", kind_of(part), "TextPart, ImagePart, ... of slipstream")
        check_part(part, f"{where}.parts[{index}]")
    return _check_roles(message, f"{where}.parts")


def _check_roles(message: r.ChatMessage, where: str) -> r.ChatMessage:
    for index, part in enumerate(message.parts):
        if not isinstance(part, _PARTS_OF[message.role]):
            kinds = ", ".join(kind.__name__ for kind in _PARTS_OF[message.role])
            raise wrong(f"{where}[{index}]", f"{kind_of(part)} in a message of role {message.role}", kinds)
    return message


def _name(wire: Mapping[str, Any], where: str) -> str | None:
    name = wire.get("name")
    return None if name is None else filled_at(name, f"{where}.name", "a name, or nothing")


def _system(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    known_keys(wire, _PLAIN_KEYS, where)
    return [r.ChatMessage("system", parts_at(wire.get("content"), f"{where}.content"), _name(wire, where))]


def _user(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    known_keys(wire, _PLAIN_KEYS, where)
    name = _name(wire, where)
    found: list[r.ChatMessage] = []
    for part in parts_at(wire.get("content"), f"{where}.content"):
        if isinstance(part, r.ToolResultPart):
            found.append(r.ChatMessage("tool", [part]))
        elif found and found[-1].role == "user":
            found[-1].parts.append(part)
        else:
            found.append(r.ChatMessage("user", [part], name))
    return found


def _tool(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    known_keys(wire, _TOOL_KEYS, where)
    id = filled_at(wire.get("tool_call_id"), f"{where}.tool_call_id", "the id of the call this answers")
    output = _output(wire, where)
    return [r.ChatMessage("tool", [r.ToolResultPart(id=id, output=output, is_error=bool(wire.get("is_error")))])]


def _function(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    known_keys(wire, _PLAIN_KEYS, where)
    name = filled_at(wire.get("name"), f"{where}.name", "the name of the function")
    return [r.ChatMessage("tool", [r.ToolResultPart(id="", output=_output(wire, where), name=name)])]


def _function_call(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    """A call in a message of its own, as programs for the first GLM models wrote it (EXAMPLES row 8)."""
    known_keys(wire, _PLAIN_KEYS | {"arguments"}, where)
    filled_at(wire.get("name"), f"{where}.name", "the name of the function")
    arguments = wire.get("arguments", wire.get("content"))
    return [r.ChatMessage("assistant", [call_part(wire, where, "", arguments, {})])]


def _output(wire: dict[str, Any], where: str) -> str:
    content = wire.get("content")
    parts = parts_at("" if content is None else content, f"{where}.content")
    texts = [part.text for part in parts if isinstance(part, r.TextPart)]
    if len(texts) < len(parts):
        raise wrong(f"{where}.content", "more than text", "a text, or a list of text parts")
    return "".join(texts)


def _assistant(wire: dict[str, Any], where: str) -> list[r.ChatMessage]:
    known_keys(wire, _ASSISTANT_KEYS, where)
    content = wire.get("content")
    calls = _calls(wire, where)
    parts = _reasoning(wire, where)
    refusal = wire.get("refusal")
    if content:
        parts += parts_at(content, f"{where}.content")
    elif refusal:
        parts.append(r.TextPart(text_at(refusal, f"{where}.refusal")))
    elif content == "" and not calls:
        parts.append(r.TextPart(""))
    parts += calls
    if not parts:
        raise wrong(f"{where}.content", "nothing, and there are no tool_calls", "a text, content parts, or tool_calls")
    return [r.ChatMessage("assistant", parts, _name(wire, where))]


def _reasoning(wire: dict[str, Any], where: str) -> list[r.Part]:
    key = "reasoning_content" if wire.get("reasoning_content") else "reasoning"
    text = wire.get(key)
    details = wire.get("reasoning_details")
    if not text and not details:
        return []
    if details is not None:
        details = list_at(details, f"{where}.reasoning_details", "a list, as the provider sent it")
    return [r.ReasoningPart(text=text_at(text or "", f"{where}.{key}"), details=details)]


def _calls(wire: dict[str, Any], where: str) -> list[r.Part]:
    found: list[r.Part] = []
    function_call = wire.get("function_call")
    if function_call is not None:
        place = f"{where}.function_call"
        call = mapping_at(function_call, place, '{"name": ..., "arguments": ...}')
        found.append(call_part(call, place, "", call.get("arguments"), {}))
    calls = wire.get("tool_calls")
    for index, call in enumerate(list_at([] if calls is None else calls, f"{where}.tool_calls", "a list of calls")):
        found.append(_call(call, f"{where}.tool_calls[{index}]"))
    return found


def _call(value: Any, where: str) -> r.Part:
    call = mapping_at(value, where, '{"id": ..., "type": "function", "function": {"name": ..., "arguments": ...}}')
    if call.get("type", "function") not in ("function", None):
        raise wrong(f"{where}.type", f"{name_of(call['type'])} is unknown", "function")
    id = filled_at(call.get("id"), f"{where}.id", "the call's id")
    function = mapping_at(call.get("function"), f"{where}.function", '{"name": ..., "arguments": ...}')
    extra = {key: value for key, value in call.items() if key not in ("id", "type", "function", "index")}
    return call_part(function, f"{where}.function", id, function.get("arguments"), extra)


_READERS: Final[dict[str, Callable[[dict[str, Any], str], list[r.ChatMessage]]]] = {
    "system": _system,
    "developer": _system,
    "user": _user,
    "assistant": _assistant,
    "tool": _tool,
    "function": _function,
    "function_call": _function_call,
}
