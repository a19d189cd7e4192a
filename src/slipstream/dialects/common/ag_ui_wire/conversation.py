"""AG-UI messages as a neutral conversation, and back.

Thinking is a message of its own there, and belongs to the assistant's message behind it; what the assistant says in
several messages without a result between is one turn. Activities are for the eye and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.ag_ui_wire.content import content_of, parts_at, text_of
from slipstream.dialects.common.ag_ui_wire.restored import proof_of
from slipstream.dialects.common.checks import filled_at, kind_of, list_at, mapping_at, name_of, scrub, text_at, wrong
from slipstream.dialects.common.parts import call_part

ROLES: Final = "developer, system, user, assistant, tool, reasoning, activity"
MESSAGE: Final = "AG-UI messages: objects with id, role and content"
CALL: Final = '{"id": ..., "type": "function", "function": {"name": ..., "arguments": ...}}'


def messages_of(items: list[Any]) -> list[r.ChatMessage]:
    """The neutral messages.

    Raises:
        InvalidRequestError: one of them is wrong; the message says which and where.
    """
    chat: list[r.ChatMessage] = []
    thoughts: list[r.Part] = []
    for index, item in enumerate(items):
        where = f"messages[{index}]"
        wire = mapping_at(item, where, MESSAGE)
        role = wire.get("role")
        if role == "reasoning":
            thoughts += _thought(wire, where)
        elif role == "assistant":
            _add(chat, thoughts + _said(wire, where), _name(wire, where))
            thoughts = []
        elif role != "activity":
            chat.append(_other(wire, role, where))
            thoughts = []
    return chat


def _other(wire: dict[str, Any], role: Any, where: str) -> r.ChatMessage:
    reader = _READERS.get(role) if isinstance(role, str) else None
    if reader is None:
        raise wrong(f"{where}.role", "missing" if role is None else f"{name_of(role)} is unknown", ROLES)
    return reader(wire, where)


def _add(chat: list[r.ChatMessage], said: list[r.Part], name: str | None) -> None:
    if not said:
        return
    if chat and chat[-1].role == "assistant":
        chat[-1].parts.extend(said)
    else:
        chat.append(r.ChatMessage("assistant", said, name))


def _name(wire: dict[str, Any], where: str) -> str | None:
    name = wire.get("name")
    return text_at(name, f"{where}.name") or None if name is not None else None


def _system(wire: dict[str, Any], where: str) -> r.ChatMessage:
    text = text_at(wire.get("content"), f"{where}.content")
    return r.ChatMessage("system", [r.TextPart(text)], _name(wire, where))


def _user(wire: dict[str, Any], where: str) -> r.ChatMessage:
    return r.ChatMessage("user", parts_at(wire.get("content"), f"{where}.content"), _name(wire, where))


def _tool(wire: dict[str, Any], where: str) -> r.ChatMessage:
    id = filled_at(wire.get("toolCallId"), f"{where}.toolCallId", "the id of the call this answers")
    error = wire.get("error")
    output = text_of(wire.get("content"), f"{where}.content")
    if error:
        output = output or text_at(error, f"{where}.error")
    return r.ChatMessage("tool", [r.ToolResultPart(id=id, output=output, is_error=bool(error))])


def _thought(wire: dict[str, Any], where: str) -> list[r.Part]:
    text = _model_text(wire.get("content"), f"{where}.content")
    proof = _encrypted(wire, where)
    signature, redacted, details = (proof.get(key) for key in ("signature", "redacted", "details"))
    part = r.ReasoningPart(
        text=text,
        signature=signature if isinstance(signature, str) else None,
        redacted=redacted if isinstance(redacted, str) else None,
        details=details if isinstance(details, list) else None,
    )
    return [] if part == r.ReasoningPart() else [part]


def _encrypted(wire: dict[str, Any], where: str) -> dict[str, Any]:
    value = wire.get("encryptedValue")
    return {} if value is None else proof_of(text_at(value, f"{where}.encryptedValue"))


def _model_text(content: Any, where: str) -> str:
    """A model's own words, in which odd characters are no caller's fault."""
    if content is None:
        return ""
    if not isinstance(content, str):
        raise wrong(where, "no text", "a text")
    return scrub(content)


def _said(wire: dict[str, Any], where: str) -> list[r.Part]:
    text = _model_text(wire.get("content"), f"{where}.content")
    calls = wire.get("toolCalls")
    items = list_at([] if calls is None else calls, f"{where}.toolCalls", "a list of calls")
    found: list[r.Part] = [r.TextPart(text)] if text else []
    return found + [_call(item, f"{where}.toolCalls[{index}]") for index, item in enumerate(items)]


def _call(value: Any, where: str) -> r.Part:
    call = mapping_at(value, where, CALL)
    id = filled_at(call.get("id"), f"{where}.id", "the call's id")
    function = mapping_at(call.get("function"), f"{where}.function", CALL)
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        arguments = scrub(arguments)
    return call_part(function, f"{where}.function", id, arguments, _encrypted(call, where))


_READERS: Final[dict[str, Callable[[dict[str, Any], str], r.ChatMessage]]] = {
    "system": _system,
    "developer": _system,
    "user": _user,
    "tool": _tool,
}


# And back.


def wires_of(messages: list[r.ChatMessage]) -> list[dict[str, Any]]:
    """The messages in AG-UI's form, numbered.

    Raises:
        InvalidRequestError: one of them cannot be said there; the message names it.
    """
    wires: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        wires += _wires(message, f"messages[{index}].parts")
    return [{"id": f"message-{number}", **wire} for number, wire in enumerate(wires)]


def _wires(message: r.ChatMessage, where: str) -> Iterator[dict[str, Any]]:
    name = {"name": message.name} if message.name else {}
    if message.role == "assistant":
        yield from assistant_wires(message.parts, where, name)
    elif message.role == "tool":
        for part in message.parts:
            if not isinstance(part, r.ToolResultPart):
                raise wrong(where, "more than results in a tool's message", "ToolResultPart")
            yield _result_wire(part)
    else:
        content = content_of(message.parts, where)
        if message.role == "system" and not isinstance(content, str):
            raise wrong(where, "more than text in a system message", "TextPart")
        yield {"role": message.role, "content": content, **name}


def assistant_wires(parts: list[r.Part], where: str, name: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An assistant's turn as messages in the order of its parts: thinking, then a text with the calls behind it."""
    said: dict[str, Any] = {}
    thought = False
    for index, part in enumerate(parts):
        if isinstance(part, r.ToolCallPart):
            said.setdefault("toolCalls", []).append(_call_wire(part))
            continue
        if said:
            yield {"role": "assistant", **name, **said}
            said = {}
        thought = isinstance(part, r.ReasoningPart)
        if isinstance(part, r.ReasoningPart):
            yield _thought_wire(part)
        elif isinstance(part, r.TextPart):
            said = {"content": part.text}
        elif isinstance(part, r.ToolResultPart):
            yield _result_wire(part)
        else:
            accepted = "TextPart, ReasoningPart, ToolCallPart, ToolResultPart"
            raise wrong(f"{where}[{index}]", f"{kind_of(part)} in an assistant's message", accepted)
    if said or thought:  # thinking belongs to a message behind it
        yield {"role": "assistant", **name, **(said or {"content": ""})}


def _result_wire(part: r.ToolResultPart) -> dict[str, Any]:
    error = {"error": part.output} if part.is_error else {}
    return {"role": "tool", "toolCallId": part.id, "content": part.output, **error}


def _thought_wire(part: r.ReasoningPart) -> dict[str, Any]:
    fields = {"signature": part.signature, "redacted": part.redacted, "details": part.details}
    proof = {key: value for key, value in fields.items() if value is not None}
    encrypted = {"encryptedValue": msgspec.json.encode(proof).decode()} if proof else {}
    return {"role": "reasoning", "content": part.text, **encrypted}


def _call_wire(part: r.ToolCallPart) -> dict[str, Any]:
    function = {"name": part.name, "arguments": part.arguments}
    wire: dict[str, Any] = {"id": part.id, "type": "function", "function": function}
    if part.metadata is not None:
        wire["encryptedValue"] = msgspec.json.encode(part.metadata).decode()
    return wire
