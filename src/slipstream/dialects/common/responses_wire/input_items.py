"""The `input` of a request, made a neutral conversation.

What the assistant said, thought and called is a row of items here and one message there; so is what each call returned.
Items of the API's own (searches that OpenAI ran, compactions, references) pass as `RawPart`s in the place where they
stood. So do items that say more than their neutral form, for a provider of this API; `elsewhere` reads them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, no, text_at, wrong
from slipstream.dialects.common.openai_shape.forms import unwrap
from slipstream.dialects.common.parts import call_part
from slipstream.dialects.common.responses_wire.call_kinds import encoded
from slipstream.dialects.common.responses_wire.input_parts import content_at
from slipstream.dialects.common.responses_wire.proofs import MARK, unpacked
from slipstream.dialects.common.wire import Wire, objects, text

OWN_ITEMS: Final = frozenset(
    ("file_search_call", "web_search_call", "computer_call", "computer_call_output", "image_generation_call",
     "code_interpreter_call", "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output",
     "apply_patch_call", "apply_patch_call_output", "tool_search_call", "tool_search_output", "additional_tools",
     "configuration_update", "compaction", "compaction_trigger", "mcp_list_tools", "mcp_call", "mcp_approval_request",
     "mcp_approval_response", "item_reference", "program", "program_output")
)  # fmt: skip
"""Items that mean something to a provider of this API only."""

INPUT: Final = "a text, or a list of items: messages, function_call, function_call_output, reasoning, ..."
_ROLES: Final[dict[str, r.Role]] = {
    "user": "user", "system": "system", "developer": "system", "assistant": "assistant",
}  # fmt: skip
_NO_STATEMENT: Final = ("id", "status", "type")

_NAMED: Final = frozenset(("message", "reasoning", "function_call", "custom_tool_call"))
"""Items of the assistant that have a neutral form, and an id by which a provider may have kept them."""

_OURS: Final = re.compile(r"[a-z]+_.*_\d+(-\d+)?", re.DOTALL)
"""Ids that our own encoder gave to items (`telling.ToldItem`). No provider knows them, and OpenAI refuses encrypted
thinking that goes by another id than its own; without an id it takes it."""


def conversation_at(value: Any, *, stored: bool = False) -> list[r.ChatMessage]:
    """The conversation of an `input`.

    Args:
        value: the input.
        stored: True if the provider may have kept earlier answers (`store` is not false): the items of the assistant
            that have its ids then stay as they came. An id may be all that there is of an item (thinking without
            `encrypted_content`), and OpenAI wants those that belong together all with their ids or all without. Where
            nothing is stored an id names nothing, and is answered with an error.

    Raises:
        InvalidRequestError: something in it is wrong; the message says where and what is accepted.
    """
    if isinstance(value, str):
        return [r.ChatMessage("user", [r.TextPart(filled_at(value, "input"))])]
    chat: list[r.ChatMessage] = []
    items = list_at(value, "input", INPUT)
    if not items:
        raise wrong("input", "an empty list", INPUT)
    reader = _Reader(stored=stored)
    for index, item in enumerate(items):
        _add(reader.message(item, f"input[{index}]"), chat)
    return chat


class _Reader:
    """Reads items; it remembers which calls stay as they came, because what they returned must then stay as well."""

    def __init__(self, *, stored: bool) -> None:
        self._stored = stored
        self._calls: set[str] = set()

    def message(self, value: Any, where: str) -> r.ChatMessage:
        """The item as a message, neutral or as it came."""
        wire = _typed(value, where)
        found = read_item(wire, where)
        return r.ChatMessage(found.role, [r.RawPart(wire)]) if self._stays(wire) else found

    def _stays(self, wire: Wire) -> bool:
        if wire["type"] == "custom_tool_call_output":
            return wire["call_id"] in self._calls
        stays = self._stored and _is_kept(wire)
        if stays and wire["type"] == "custom_tool_call":
            self._calls.add(wire["call_id"])
        return stays


def _is_kept(wire: Wire) -> bool:
    """True for an item of the assistant with an id that a provider gave it."""
    if wire["type"] not in _NAMED or wire.get("role", "assistant") != "assistant":
        return False
    return bool(text(wire, "id")) and not _is_ours(wire) and not text(wire, "encrypted_content").startswith(MARK)


def _is_ours(wire: Wire) -> bool:
    """True for an item that we have told."""
    return _OURS.fullmatch(text(wire, "id")) is not None


def _add(message: r.ChatMessage, chat: list[r.ChatMessage]) -> None:
    """Items of the assistant in a row are one message."""
    if chat and message.role == "assistant" == chat[-1].role:
        chat[-1].parts.extend(message.parts)
    elif message.parts:
        chat.append(message)


def _typed(value: Any, where: str) -> Wire:
    """The item with its type, which messages and references may leave out."""
    wire = mapping_at(value, where, INPUT)
    kind = wire.get("type")
    if kind is None:
        kind = "message" if "role" in wire or "id" not in wire else "item_reference"
    if not isinstance(kind, str):
        raise wrong(f"{where}.type", no(kind, "text"), _ACCEPTED)
    return {**wire, "type": kind}


def read_item(wire: Wire, where: str) -> r.ChatMessage:
    """An item that states its type, as a message.

    Raises:
        InvalidRequestError: something in it is wrong; the message says where and what is accepted.
    """
    kind = wire["type"]
    if kind in OWN_ITEMS:
        return r.ChatMessage("assistant", [r.RawPart(wire)])
    reader = _READERS.get(kind)
    if reader is None:
        raise wrong(f"{where}.type", f"{name_of(kind)} is unknown", _ACCEPTED)
    return reader(wire, where)


def _message(wire: Wire, where: str) -> r.ChatMessage:
    role = wire.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        what = "missing" if role is None else f"{name_of(role)} is unknown"
        raise wrong(f"{where}.role", what, ", ".join(_ROLES))
    if wire.get("content") is None:
        raise wrong(f"{where}.content", "missing", "a text, or a list of content parts")
    parts = content_at(wire["content"], f"{where}.content")
    if role == "assistant" and _says_more(wire):
        parts = [r.RawPart({name: wire[name] for name in wire if name not in ("id", "status")})]
    return r.ChatMessage(_ROLES[role], parts)


def _says_more(wire: Wire) -> bool:
    """True for what the assistant said if its text is not all of it: what it is for (the model wants that back), that
    it refuses, what it cites. What we told it to cite may be another provider's, which this API need not take back."""
    content = objects(wire, "content")
    refuses = any(part.get("type") == "refusal" for part in content)
    cites = any(part.get("annotations") or part.get("logprobs") for part in content)
    return bool(text(wire, "phase")) or refuses or (cites and not _is_ours(wire))


def _reasoning(wire: Wire, where: str) -> r.ChatMessage:
    for name in ("summary", "content"):
        if wire.get(name) is not None:
            list_at(wire[name], f"{where}.{name}", "a list, as the provider sent it")
    part = unpacked(wire)
    if part is None:
        texts = [text(one, "text") for one in objects(wire, "content") or objects(wire, "summary")]
        part = r.ReasoningPart("\n\n".join(filter(None, texts)), details=[{**wire, "type": "reasoning"}])
    return r.ChatMessage("assistant", [part])


def _call(wire: Wire, where: str) -> r.ChatMessage:
    id = filled_at(wire.get("call_id"), f"{where}.call_id", "the call's id")
    extra = {name: wire[name] for name in wire if name not in (*_NO_STATEMENT, "call_id", "name", "arguments")}
    extra = unwrap(extra) or {}
    if not isinstance(wire.get("arguments"), str):
        raise wrong(f"{where}.arguments", no(wire.get("arguments"), "text"), "JSON text")
    return r.ChatMessage("assistant", [call_part(wire, where, id, wire["arguments"], extra)])


def _custom_call(wire: Wire, where: str) -> r.ChatMessage:
    id = filled_at(wire.get("call_id"), f"{where}.call_id", "the call's id")
    given = encoded(text_at(wire.get("input"), f"{where}.input"))
    extra = {name: wire[name] for name in wire if name not in (*_NO_STATEMENT, "call_id", "name", "input")}
    return r.ChatMessage("assistant", [call_part(wire, where, id, given, {**extra, "type": "custom_tool_call"})])


def _output(wire: Wire, where: str) -> r.ChatMessage:
    id = filled_at(wire.get("call_id"), f"{where}.call_id", "the id of the call this answers")
    if wire.get("output") is None:
        raise wrong(f"{where}.output", "missing", "a text, or a list of content parts")
    parts = content_at(wire["output"], f"{where}.output")
    if all(isinstance(part, r.TextPart) for part in parts):
        said = "".join(part.text for part in parts if isinstance(part, r.TextPart))
        return r.ChatMessage("tool", [r.ToolResultPart(id=id, output=said)])
    plain = all(isinstance(part, (r.TextPart, r.ImagePart)) for part in parts)
    if plain and wire.get("type") == "function_call_output":
        content = [_block(part) for part in parts]
        return r.ChatMessage("tool", [r.RawPart({"type": "tool_result", "tool_use_id": id, "content": content})])
    return r.ChatMessage("tool", [r.RawPart({**wire})])


def _block(part: r.Part) -> Wire:
    """A part of an output with pictures, in the one form of results with pictures that several dialects know."""
    if not isinstance(part, r.ImagePart):
        return {"type": "text", "text": part.text if isinstance(part, r.TextPart) else ""}
    if part.data:
        return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": part.data}}
    return {"type": "image", "source": {"type": "url", "url": part.url}}


_READERS: Final[dict[str, Callable[[Wire, str], r.ChatMessage]]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _custom_call,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
}
_ACCEPTED: Final = ", ".join((*_READERS, *sorted(OWN_ITEMS)))
