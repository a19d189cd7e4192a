"""The neutral conversation as the API's `input` and `system_instruction`: steps, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import kind_of, name_of, wrong
from slipstream.dialects.common.interactions_wire.media import KINDS, write_part
from slipstream.dialects.common.interactions_wire.proofs import own_signature
from slipstream.dialects.common.interactions_wire.words import INVALID
from slipstream.dialects.common.parts import part_at
from slipstream.dialects.common.wire import Wire


def system_of(messages: Sequence[r.ChatMessage]) -> str | None:
    """The `system_instruction`, which is a text: all system messages, wherever they stand.

    Raises:
        InvalidRequestError: one holds more than text.
    """
    texts: list[str] = []
    for index, message in enumerate(messages):
        for part in message.parts if message.role == "system" else ():
            plain = _plain(part, f"messages[{index}].content")
            if plain.get("type") != "text":
                raise wrong(f"messages[{index}].content", "more than text in a system message", "text")
            texts.append(plain["text"])
    return "\n\n".join(text for text in texts if text) or None


def steps_of(messages: Sequence[r.ChatMessage]) -> list[Wire]:
    """The `input`.

    Raises:
        InvalidRequestError: there is nothing to answer, or a part has no place in it.
    """
    names = {part.id: part.name for message in messages for part in message.parts if isinstance(part, r.ToolCallPart)}
    steps: list[Wire] = []
    for index, message in enumerate(messages):
        if message.role != "system":
            said = message.role == "assistant"
            for number, part in enumerate(message.parts):
                _add(
                    part, "model_output" if said else "user_input", steps, names, f"messages[{index}].content[{number}]"
                )
    if not steps:
        raise wrong("messages", "nothing but system messages and empty ones", "at least one message with content")
    return steps


def _add(part: r.Part, kind: str, steps: list[Wire], names: dict[str, str], where: str) -> None:
    """Add a part: content joins the step before it, everything else is a step of its own."""
    writer = _STEPS.get(type(part))
    if writer is not None:
        step = writer(part, names)
        steps += [] if step is None else [step]
        return
    content = _plain(part, where)
    if content.get("type") in _OWN_STEPS:
        steps.append(content)
    elif content.get("text") != "":
        if not steps or steps[-1].get("type") != kind:
            steps.append({"type": kind, "content": []})
        steps[-1]["content"].append(content)


def _plain(part: r.Part, where: str) -> Wire:
    """The content object of a text, of media, and of what is the API's own already."""
    if isinstance(part, r.TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, r.ImagePart | r.FilePart):
        return write_part(part, where)
    if not isinstance(part, r.RawPart):
        raise wrong(where, f"{kind_of(part)} has no place here", "text, image, file and raw parts")
    return _raw(part.data, where)


def _raw(wire: Wire, where: str) -> Wire:
    kind = wire.get("type")
    if kind in _OWN_STEPS or (kind in KINDS and "source" not in wire):
        return dict(wire)
    if kind not in ("text", "image", "image_url"):
        raise wrong(where, f"a part of the type {name_of(kind)} has no place here", "parts of this API")
    known = {name: wire[name] for name in ("type", "text", "source", "image_url") if name in wire}
    plain = part_at(known, where)
    if isinstance(plain, r.RawPart):
        raise wrong(
            where, f"a part of the type {name_of(kind)} that cannot be read", "text, and pictures by url or data"
        )
    return _plain(plain, where)


def _thought(part: r.ReasoningPart, names: dict[str, str]) -> Wire | None:  # noqa: ARG001
    """A thought of this API's; anybody else's means nothing to it."""
    signature = own_signature(part.details)
    if signature is None:
        return None
    summary = {"summary": [{"type": "text", "text": part.text}]} if part.text else {}
    return {"type": "thought", "signature": signature, **summary}


def _call(part: r.ToolCallPart, names: dict[str, str]) -> Wire:  # noqa: ARG001
    try:
        args = msgspec.json.decode(part.arguments or "{}")
    except (ValueError, RecursionError):
        args = None
    given = args if isinstance(args, dict) else {INVALID: part.arguments}
    return {"type": "function_call", "id": part.id, "name": part.name, "arguments": given}


def _result(part: r.ToolResultPart, names: dict[str, str]) -> Wire:
    name = part.name or names.get(part.id, "")
    told = {"name": name} if name else {}
    failed = {"is_error": True} if part.is_error else {}
    return {"type": "function_result", "call_id": part.id, **told, "result": part.output, **failed}


_STEPS: Final[dict[type, Callable[[Any, dict[str, str]], Wire | None]]] = {
    r.ReasoningPart: _thought,
    r.ToolCallPart: _call,
    r.ToolResultPart: _result,
}

_TOOLS: Final = (
    "google_search", "code_execution", "url_context", "file_search", "google_maps", "mcp_server_tool", "retrieval",
    "processing", "tool_search",
)  # fmt: skip
_OWN_STEPS: Final = frozenset(
    (
        *(f"{tool}_{end}" for tool in _TOOLS for end in ("call", "result")),
        "function_result",
        "user_input",
        "model_output",
    )
)
"""Steps that stand for themselves where a caller passes them on as they came."""
