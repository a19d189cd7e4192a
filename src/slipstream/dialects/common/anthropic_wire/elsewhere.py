"""A request of this API for a provider that speaks another one.

Hints that only cost or save money (`cache_control`) are dropped. What Anthropic did by itself is left out and named, as
`echo` leaves such calls out of any conversation; so is what a part says beside its content. What has a plain form gets
it. The rest is refused by name, because leaving it out would ask for something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.documents import document_part
from slipstream.dialects.common.beside_results import put_behind
from slipstream.dialects.common.checks import list_at, name_of, wrong
from slipstream.dialects.common.parts import part_at, parts_at
from slipstream.dialects.common.reply import Asked

_KEPT: Final = {
    "text": ("text",), "image": ("source",), "document": ("source", "title"),
    "tool_result": ("tool_use_id", "content", "is_error"),
}  # fmt: skip
"""What says the same in every API."""

_BESIDE: Final = {"document": ("context", "citations"), "search_result": ("citations",)}
"""What a part asks for beside its content, that the client is told of when nobody gets to hear it."""

_LEFT_OUT: Final = ("server_tool_use", "mcp_tool_use", "fallback")
_HELD: Final = "only Anthropic has the file"


def for_others(asked: Asked) -> Asked:
    """What is asked, without what only a provider of this API understands.

    Pictures in the result of a tool follow it in a message of the user, since no other API takes them inside.

    Returns:
        The request; of its conversation, what was left out stands in `own` by the name of
        `messages.web_search_tool_result`, `messages.document.citations` and the like, for the client to be told.

    Raises:
        InvalidRequestError: it has a tool that Anthropic runs, or a file that Anthropic keeps; the message names it.
    """
    request = asked.request
    plainly = _Plainly()
    messages = put_behind(
        piece
        for index, message in enumerate(request.messages)
        for piece in plainly.messages(message, f"messages[{index}]")
    )
    tools = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(request.tools)]
    request = replace(request, messages=messages, tools=tools)
    return replace(asked, request=request, own={**asked.own, **plainly.left_out})


def _tool(tool: r.Tool, where: str) -> r.Tool:
    if tool.raw is None or "input_schema" in tool.raw:
        return replace(tool, raw=None)
    raise wrong(where, f"{name_of(tool.raw.get('type'))} is a tool that only Anthropic runs", "custom tools")


class _Plainly:
    """Makes messages plain.

    Attributes:
        left_out: names of what was left out, in the order in which it stood; each is True.
    """

    def __init__(self) -> None:
        self.left_out: dict[str, Any] = {}

    def messages(self, message: r.ChatMessage, where: str) -> Iterator[tuple[r.ChatMessage, list[r.Part]]]:
        """The message, plain: a result that stood among other parts becomes a message of its own, with what of it is
        no text beside it."""
        parts: list[r.Part] = []
        for part in message.parts:
            found = self._plain(part, where)
            if not (found and isinstance(found[0], r.ToolResultPart) and message.role != "assistant"):
                parts += found
                continue
            if parts:
                yield replace(message, parts=parts), []
            yield r.ChatMessage("tool", found[:1]), found[1:]
            parts = []
        if parts:
            yield replace(message, parts=parts), []

    def _plain(self, part: r.Part, where: str) -> list[r.Part]:
        if isinstance(part, r.ToolCallPart):
            return [replace(part, metadata=None)]
        if not isinstance(part, r.RawPart):
            return [_held(part, where)]
        wire = part.data
        kind = str(wire.get("type"))
        self._note(wire, kind)
        if kind == "tool_result":
            return self._result(wire, where)
        if kind in _KEPT:
            return _known(kind, {key: wire[key] for key in ("type", *_KEPT[kind]) if key in wire}, where)
        if kind == "search_result":
            return [_search_result(wire, where)]
        if kind == "compaction" and isinstance(wire.get("content"), str):
            return [r.TextPart(wire["content"])]
        if kind == "compaction" or kind in _LEFT_OUT or kind.endswith("_tool_result"):
            self.left_out[f"messages.{kind}"] = True
            return []
        raise wrong(where, f"a part of the type {name_of(kind)}: {_HELD}", "its content")

    def _note(self, wire: dict[str, Any], kind: str) -> None:
        for name in _BESIDE.get(kind, ()):
            if wire.get(name) and wire[name] != {"enabled": False}:
                self.left_out[f"messages.{kind}.{name}"] = True

    def _result(self, wire: dict[str, Any], where: str) -> list[r.Part]:
        """The result, and behind it what of it is no text."""
        content = wire.get("content")
        items = content if isinstance(content, list) else []
        texts = [item for item in items if isinstance(item, dict) and item.get("type") == "text"]
        rest = [plain for item in items if item not in texts for plain in self._plain(r.RawPart(dict(item)), where)]
        kept = {key: wire[key] for key in ("type", *_KEPT["tool_result"]) if key in wire}
        if items:
            kept["content"] = [{"type": "text", "text": item.get("text")} for item in texts]
        return [part_at(kept, where), *rest]


def _known(kind: str, wire: dict[str, Any], where: str) -> list[r.Part]:
    found = document_part(wire, where) if kind == "document" else part_at(wire, where)
    if not isinstance(found, r.RawPart):
        return [_held(found, where)]
    source = wire.get("source")
    if isinstance(source, dict) and source.get("type") == "content":
        return parts_at(source.get("content"), f"{where}.source.content")
    raise wrong(where, f"a part of the type {name_of(kind)}: {_HELD}", "its content")


def _held(part: r.Part, where: str) -> r.Part:
    """The part, if it is no file that only Anthropic keeps."""
    if isinstance(part, r.FilePart) and part.id:
        raise wrong(where, f"a document by file_id: {_HELD}", "its content")
    return part


def _search_result(wire: dict[str, Any], where: str) -> r.Part:
    """What a search found, as text that says where it is from."""
    found = parts_at(list_at(wire.get("content"), f"{where}.content", "text blocks"), f"{where}.content")
    texts = [part.text for part in found if isinstance(part, r.TextPart)]
    return r.TextPart("\n".join([str(wire.get("title") or ""), str(wire.get("source") or ""), *texts]))
