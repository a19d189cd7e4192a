"""The `input` of a request, read into the neutral conversation: a text, content, or steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.interactions_wire.media import KINDS, read_part
from slipstream.dialects.common.interactions_wire.proofs import proof_of
from slipstream.dialects.common.wire import Wire

_CONTENT: Final = ("text", *KINDS)
_FORMS: Final = "a text, content objects, or steps"
_STEPS: Final = "user_input, model_output, thought, function_call, function_result, ..."


def read_input(value: Any) -> list[r.ChatMessage]:
    """The conversation.

    Raises:
        InvalidRequestError: it is none; the message names the place.
    """
    if isinstance(value, str):
        return [r.ChatMessage("user", [r.TextPart(filled_at(value, "input"))])]
    if isinstance(value, dict):
        return [r.ChatMessage("user", [_content(value, "input")])]
    items = list_at(value, "input", _FORMS)
    if not items:
        raise wrong("input", "an empty list", _FORMS)
    wires = [mapping_at(item, f"input[{index}]", _FORMS) for index, item in enumerate(items)]
    if all(wire.get("type") in _CONTENT for wire in wires):
        return [r.ChatMessage("user", [_content(wire, f"input[{index}]") for index, wire in enumerate(wires)])]
    chat: list[r.ChatMessage] = []
    for index, wire in enumerate(wires):
        _add(wire, f"input[{index}]", chat)
    return chat


def _add(wire: Wire, where: str, chat: list[r.ChatMessage]) -> None:
    """Add a step; those of the model that stand in a row are one message."""
    kind = wire.get("type")
    if not isinstance(kind, str):
        raise wrong(f"{where}.type", "missing" if kind is None else kind_of(kind), _STEPS)
    reader = _READERS.get(kind)
    if reader is None and not kind.endswith(("_call", "_result")):
        raise wrong(f"{where}.type", f"{name_of(kind)} is unknown", _STEPS)
    role, parts = _passed(wire, where) if reader is None else reader(wire, where)
    if role == "assistant" and chat and chat[-1].role == role:
        chat[-1].parts.extend(parts)
    elif parts:
        chat.append(r.ChatMessage(role, parts))


_Read = tuple[r.Role, list[r.Part]]


def _passed(wire: Wire, where: str) -> _Read:  # noqa: ARG001
    """A step of a tool that Google ran."""
    return "assistant", [r.RawPart(wire)]


def _user(wire: Wire, where: str) -> _Read:
    return "user", _contents(wire.get("content"), f"{where}.content")


def _said(wire: Wire, where: str) -> _Read:
    return "assistant", _contents(wire.get("content"), f"{where}.content")


def _contents(value: Any, where: str) -> list[r.Part]:
    if isinstance(value, str):
        return [r.TextPart(text_at(value, where))]
    items = list_at([] if value is None else value, where, "a list of content objects")
    return [_content(item, f"{where}[{index}]") for index, item in enumerate(items)]


def _content(value: Any, where: str) -> r.Part:
    wire = mapping_at(value, where, '{"type": "text", "text": ...}')
    kind = wire.get("type")
    if kind == "text":
        return r.TextPart(text_at(wire.get("text"), f"{where}.text"))
    if kind not in KINDS:
        raise wrong(f"{where}.type", "missing" if kind is None else f"{name_of(kind)} is unknown", ", ".join(_CONTENT))
    return read_part(wire, where)


def _thought(wire: Wire, where: str) -> _Read:
    items = list_at(wire.get("summary") or [], f"{where}.summary", "a list of content objects")
    texts = [text_at(mapping_at(item, f"{where}.summary", "an object").get("text") or "", where) for item in items]
    signature = text_at(wire.get("signature") or "", f"{where}.signature")
    return "assistant", [r.ReasoningPart("".join(texts), *proof_of(signature))]


def _call(wire: Wire, where: str) -> _Read:
    id = filled_at(wire.get("id"), f"{where}.id", "the call's id")
    name = filled_at(wire.get("name"), f"{where}.name", "the function's name")
    found = wire.get("arguments")
    arguments = {} if found is None else mapping_at(found, f"{where}.arguments", "an object")
    return "assistant", [r.ToolCallPart(id, name, _dump(arguments, f"{where}.arguments"))]


def _result(wire: Wire, where: str) -> _Read:
    id = filled_at(wire.get("call_id"), f"{where}.call_id", "the id of the call this answers")
    name = text_at(wire.get("name") or "", f"{where}.name")
    result = wire.get("result")
    if isinstance(result, list):
        if not all(isinstance(item, dict) and item.get("type") == "text" for item in result):
            return "tool", [r.RawPart(wire)]  # pictures in a result: no neutral form
        result = "".join(text_at(item.get("text"), f"{where}.result") for item in result)
    output = text_at(result, f"{where}.result") if isinstance(result, str) else _dump(result, f"{where}.result")
    return "tool", [r.ToolResultPart(id, output, name, is_error=wire.get("is_error") is True)]


def _dump(value: Any, where: str) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, TypeError, RecursionError):
        raise wrong(where, "something that JSON cannot hold", "valid JSON") from None


_READERS: Final[dict[str, Callable[[Wire, str], _Read]]] = {
    "user_input": _user,
    "model_output": _said,
    "thought": _thought,
    "function_call": _call,
    "function_result": _result,
}
