"""The neutral conversation as the API's `contents` and `systemInstruction`.

The API has two roles, `user` and `model`; results of tools are the user's, and those of calls that were made together
stand together. It wants signatures back on the parts that carried them (`signatures`), and refuses empty text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import kind_of, name_of, wrong
from slipstream.dialects.common.gemini_wire.media import file_data, inline_data
from slipstream.dialects.common.gemini_wire.parts import INVALID
from slipstream.dialects.common.gemini_wire.signatures import SKIP, of_call, own_entry
from slipstream.dialects.common.parts import part_at

_Part = dict[str, Any]

MADE_UP: Final = re.compile(r"call_\d+(-\d+)*")
"""Ids that our decoder made up where the API gave none; they do not go back."""

OWN_PARTS: Final = frozenset(
    ("text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
     "toolCall", "toolResponse")
)  # fmt: skip
"""What tells a part of this API in a `RawPart`."""


def system_of(messages: Sequence[r.ChatMessage]) -> dict[str, Any] | None:
    """The `systemInstruction`: all system messages, wherever they stand."""
    parts = [
        part
        for index, message in enumerate(messages)
        if message.role == "system"
        for part in _asked(message, f"messages[{index}]")
    ]
    return {"parts": parts} if parts else None


class ContentsWriter:
    """Writes the turns of a conversation.

    Args:
        needs_signature: True for models that refuse a call without one: calls that another model made get what Google
            documents for them.
    """

    def __init__(self, *, needs_signature: bool) -> None:
        self._needs_signature = needs_signature
        self._names: dict[str, str] = {}

    def write(self, messages: Sequence[r.ChatMessage]) -> list[dict[str, Any]]:
        """The `contents`.

        Raises:
            InvalidRequestError: there is no turn, or one holds a part that has no place in it.
        """
        contents: list[dict[str, Any]] = []
        for index, message in enumerate(messages):
            if message.role == "system":
                continue
            said = message.role == "assistant"
            where = f"messages[{index}]"
            parts = self._said(message, where) if said else self._user(message, where)
            role = "model" if said else "user"
            if parts and contents and contents[-1]["role"] == role and not said:
                contents[-1]["parts"] += parts
            elif parts:
                contents.append({"role": role, "parts": parts})
        if not contents:
            raise wrong("messages", "nothing but system messages and empty ones", "at least one message with content")
        return contents

    def _user(self, message: r.ChatMessage, where: str) -> list[_Part]:
        results = [self._result(part) for part in message.parts if isinstance(part, r.ToolResultPart)]
        others: list[r.Part] = [part for part in message.parts if not isinstance(part, r.ToolResultPart)]
        return results + _asked(r.ChatMessage(message.role, others), where)

    def _said(self, message: r.ChatMessage, where: str) -> list[_Part]:
        parts: list[_Part] = []
        unsigned = self._needs_signature
        for index, part in enumerate(message.parts):
            if isinstance(part, r.ReasoningPart):
                _add_thought(part, parts)
            elif isinstance(part, r.ToolCallPart):
                call = self._call(part)
                if unsigned and "thoughtSignature" not in call:
                    call["thoughtSignature"] = SKIP
                unsigned = False
                parts.append(call)
            elif isinstance(part, r.ToolResultPart):
                parts.append(self._result(part))
            else:
                parts += _plain(part, f"{where}.content[{index}]")
        return parts

    def _call(self, part: r.ToolCallPart) -> _Part:
        self._names[part.id] = part.name
        try:
            args = msgspec.json.decode(part.arguments or "{}")
        except (ValueError, RecursionError):
            args = None
        given = args if isinstance(args, dict) else {INVALID: part.arguments}
        call: _Part = {"functionCall": {**_id(part.id), "name": part.name, "args": given}}
        signature = of_call(part.metadata)
        return {**call, "thoughtSignature": signature} if signature else call

    def _result(self, part: r.ToolResultPart) -> _Part:
        name = part.name or self._names.get(part.id, "")
        if not name:
            raise wrong("messages", f"a result of the call {name_of(part.id)}, which nobody made", "results of calls")
        return {"functionResponse": {**_id(part.id), "name": name, "response": response_of(part)}}


def _id(id: str) -> dict[str, str]:
    return {} if not id or MADE_UP.fullmatch(id) else {"id": id}


def response_of(part: r.ToolResultPart) -> dict[str, Any]:
    """What a tool returned, as the object that the API wants: `output` and `error` are its own words for the rest."""
    if part.is_error:
        return {"error": part.output}
    try:
        found = msgspec.json.decode(part.output)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"output": part.output}


def _add_thought(part: r.ReasoningPart, parts: list[_Part]) -> None:
    """A thought of this API's, signed; anybody else's means nothing to it, and what is unsigned need not go back."""
    own = own_entry(part.details)
    if own is None:
        return
    signature, characters = own["thoughtSignature"], own.get("characters")
    if own.get("on") != "text":
        parts.append({"text": part.text, "thought": True, "thoughtSignature": signature})
    elif type(characters) is int and parts and isinstance(parts[-1].get("text"), str):
        _sign_text(parts, signature, characters)
    else:
        parts.append({"text": "", "thoughtSignature": signature})


def _sign_text(parts: list[_Part], signature: str, characters: int) -> None:
    """The signed part was the end of a text: it becomes a part again."""
    whole = parts[-1]["text"]
    if not 0 < characters < len(whole):
        parts[-1]["thoughtSignature"] = signature
        return
    parts[-1]["text"] = whole[:-characters]
    parts.append({"text": whole[-characters:], "thoughtSignature": signature})


def _asked(message: r.ChatMessage, where: str) -> list[_Part]:
    return [found for index, part in enumerate(message.parts) for found in _plain(part, f"{where}.content[{index}]")]


def _plain(part: r.Part, where: str) -> list[_Part]:
    """A part that means the same in every role; none for an empty text."""
    writer = _PLAIN.get(type(part))
    if writer is None:
        raise wrong(where, f"{kind_of(part)} has no place here", "text, image, file and raw parts")
    return writer(part, where)


def _text(part: r.TextPart, where: str) -> list[_Part]:  # noqa: ARG001
    return [{"text": part.text}] if part.text else []


def _media(part: r.ImagePart | r.FilePart, where: str) -> list[_Part]:
    return [inline_data(part) if part.data else file_data(part, where)]


def _raw(part: r.RawPart, where: str) -> list[_Part]:
    """A part of this API as it is; one of another's if it is text or a picture with fields of its own."""
    wire = part.data
    if "type" not in wire and any(name in wire for name in OWN_PARTS):
        return [dict(wire)]
    known = {name: wire[name] for name in ("type", "text", "source", "image_url") if name in wire}
    if wire.get("type") not in ("text", "image", "image_url"):
        raise wrong(where, f"a part of the type {name_of(wire.get('type'))} has no place here", "parts of this API")
    plain = part_at(known, where)
    return [] if isinstance(plain, r.RawPart) else _plain(plain, where)


_PLAIN: Final[dict[type, Callable[[Any, str], list[_Part]]]] = {
    r.TextPart: _text,
    r.ImagePart: _media,
    r.FilePart: _media,
    r.RawPart: _raw,
}
