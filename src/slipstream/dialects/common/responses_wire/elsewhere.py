"""A request of this API for a provider that speaks another one.

Its own items mean nothing there. What a provider did by itself (searches, code it ran) is left out, as `echo` leaves
such calls out of any conversation; its tools, and what only a name in the request stands for, are refused, because
leaving them out would ask for something else.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.responses_wire.input_items import OWN_ITEMS
from slipstream.dialects.common.responses_wire.input_parts import content_at, part_at

KEPT: Final = ("previous_response_id", "conversation", "prompt")
"""Fields that name what a provider has kept."""

_WHOLE: Final = "the conversation itself, whole in input (with store: false an SDK sends it so)"
_PARTS: Final = frozenset(("input_text", "output_text", "text", "refusal", "input_file", "input_audio"))


def for_others(asked: Asked) -> Asked:
    """What is asked, without what only a provider of this API understands.

    Raises:
        InvalidRequestError: it names something that only the provider that has kept it knows.
    """
    for name in KEPT:
        if name in asked.own:
            raise wrong(name, "only the provider that has kept it knows it", _WHOLE)
    tools = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(asked.request.tools)]
    messages = [_message(message, f"input[{index}]") for index, message in enumerate(asked.request.messages)]
    plain = replace(asked.request, tools=tools, messages=[one for one in messages if one.parts])
    return replace(asked, request=plain)


def _tool(tool: r.Tool, where: str) -> r.Tool:
    """A function without the fields that only this API has; its own tools nobody else runs."""
    if tool.raw is None or "parameters" in tool.raw:
        return replace(tool, raw=None)
    raise wrong(f"{where}.type", f"{name_of(tool.raw.get('type'))} is a tool of the Responses API's own", "function")


def _message(message: r.ChatMessage, where: str) -> r.ChatMessage:
    parts = [plain for part in message.parts for plain in _plain(part, where)]
    return replace(message, parts=parts)


def _plain(part: r.Part, where: str) -> list[r.Part]:
    if not isinstance(part, r.RawPart):
        return [part]
    wire, kind = part.data, part.data.get("type")
    if kind == "item_reference":
        raise wrong(where, "an item_reference, which only the provider that has kept the item knows", _WHOLE)
    if kind == "message":
        return content_at(wire.get("content"), where)
    if kind == "input_image":
        return [_image(wire, where)]
    if kind in _PARTS:
        return [part_at(_bare(wire), where)]
    return [] if kind in OWN_ITEMS else [part]


def _image(wire: dict[str, Any], where: str) -> r.Part:
    if wire.get("image_url") is None:
        raise wrong(where, "a picture by file_id, which only the provider that has the file knows", "image_url")
    return part_at({name: wire[name] for name in ("type", "image_url", "detail") if name in wire}, where)


def _bare(wire: dict[str, Any]) -> dict[str, Any]:
    known = ("type", "text", "refusal", "filename", "file_data", "file_url", "file_id", "input_audio")
    return {name: wire[name] for name in known if name in wire}
