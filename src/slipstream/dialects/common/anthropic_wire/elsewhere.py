"""A request of this API for a provider that speaks another one.

Hints that only cost or save money (`cache_control`) are dropped. What Anthropic did by itself is left out, as `echo`
leaves such calls out of any conversation. What has a plain form gets it. The rest is refused by name, because leaving
it out would ask for something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.documents import document_part
from slipstream.dialects.common.checks import list_at, name_of, wrong
from slipstream.dialects.common.parts import part_at, parts_at
from slipstream.dialects.common.reply import Asked

_KEPT: Final = {
    "text": ("text",), "image": ("source",), "document": ("source", "title"),
    "tool_result": ("tool_use_id", "content", "is_error"),
}  # fmt: skip
"""What says the same in every API."""

_LEFT_OUT: Final = ("server_tool_use", "mcp_tool_use", "fallback")
_HELD: Final = "only Anthropic has the file"


def for_others(asked: Asked) -> Asked:
    """What is asked, without what only a provider of this API understands.

    Pictures in the result of a tool follow it in a message of their own, since no other API takes them inside.

    Raises:
        InvalidRequestError: it has a tool that Anthropic runs, or a file that Anthropic keeps; the message names it.
    """
    request = asked.request
    messages = [
        plain
        for index, message in enumerate(request.messages)
        for plain in _messages(message, f"messages[{index}]")
        if plain.parts
    ]
    tools = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(request.tools)]
    return replace(asked, request=replace(request, messages=messages, tools=tools))


def _tool(tool: r.Tool, where: str) -> r.Tool:
    if tool.raw is None or "input_schema" in tool.raw:
        return replace(tool, raw=None)
    raise wrong(where, f"{name_of(tool.raw.get('type'))} is a tool that only Anthropic runs", "custom tools")


def _messages(message: r.ChatMessage, where: str) -> Iterator[r.ChatMessage]:
    """The message, plain: a result that stood among other parts becomes a message of its own."""
    parts: list[r.Part] = []
    for part in message.parts:
        for plain in _plain(part, where):
            if isinstance(plain, r.ToolResultPart) and message.role == "user":
                yield replace(message, parts=parts)
                yield r.ChatMessage("tool", [plain])
                parts = []
            else:
                parts.append(plain)
    yield replace(message, parts=parts)


def _plain(part: r.Part, where: str) -> list[r.Part]:
    if isinstance(part, r.ToolCallPart):
        return [replace(part, metadata=None)]
    if not isinstance(part, r.RawPart):
        return [part]
    wire = part.data
    kind = str(wire.get("type"))
    if kind == "tool_result":
        return _result(wire, where)
    if kind in _KEPT:
        return _known(kind, {key: wire[key] for key in ("type", *_KEPT[kind]) if key in wire}, where)
    if kind == "search_result":
        return [_search_result(wire, where)]
    if kind == "compaction":
        return [r.TextPart(wire["content"])] if isinstance(wire.get("content"), str) else []
    if kind in _LEFT_OUT or kind.endswith("_tool_result"):
        return []
    raise wrong(where, f"a part of the type {name_of(kind)}: {_HELD}", "its content")


def _known(kind: str, wire: dict[str, Any], where: str) -> list[r.Part]:
    found = document_part(wire, where) if kind == "document" else part_at(wire, where)
    if not isinstance(found, r.RawPart):
        return [found]
    source = wire.get("source")
    if isinstance(source, dict) and source.get("type") == "content":
        return parts_at(source.get("content"), f"{where}.source.content")
    raise wrong(where, f"a part of the type {name_of(kind)}: {_HELD}", "its content")


def _result(wire: dict[str, Any], where: str) -> list[r.Part]:
    content = wire.get("content")
    items = content if isinstance(content, list) else []
    texts = [item for item in items if isinstance(item, dict) and item.get("type") == "text"]
    rest = [plain for item in items if item not in texts for plain in _plain(r.RawPart(dict(item)), where)]
    kept = {key: wire[key] for key in ("type", *_KEPT["tool_result"]) if key in wire}
    if items:
        kept["content"] = [{"type": "text", "text": item.get("text")} for item in texts]
    return [part_at(kept, where), *rest]


def _search_result(wire: dict[str, Any], where: str) -> r.Part:
    """What a search found, as text that says where it is from."""
    found = parts_at(list_at(wire.get("content"), f"{where}.content", "text blocks"), f"{where}.content")
    texts = [part.text for part in found if isinstance(part, r.TextPart)]
    return r.TextPart("\n".join([str(wire.get("title") or ""), str(wire.get("source") or ""), *texts]))
