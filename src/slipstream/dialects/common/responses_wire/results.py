"""What calls returned that the provider ran itself."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.responses_wire.beside import picture
from slipstream.dialects.common.responses_wire.call_kinds import encoded
from slipstream.dialects.common.responses_wire.chunks import stated
from slipstream.dialects.common.responses_wire.ids import Ids
from slipstream.dialects.common.wire import Wire, obj, objects, text
from slipstream.events import Event, File, ToolError, ToolResult

_FAILED: Final = ("failed", "incomplete")

_OURS: Final = ("function_call_output", "custom_tool_call_output")
"""Results of calls that the provider did not run: a gateway's, which has run a loop of tools behind it."""

_LATER: Final = frozenset(("shell_call", "tool_search_call"))
"""Calls whose result is an item of its own."""

_SAYS: Final = {
    "web_search_call": ("status",),
    "file_search_call": ("status", "results"),
    "code_interpreter_call": ("status", "outputs"),
    "image_generation_call": ("status", "revised_prompt", "svg_usage"),
}
"""The fields of an item that are the result; a picture itself is a `File`."""


def result_of(kind: str, item: Wire, id: str, name: str, out: list[Event]) -> None:
    """What a finished call returned, from its item."""
    error = _error_of(item)
    if error:
        out.append(ToolError(id, error, name, provider_executed=True))
        return
    if kind == "image_generation_call":
        picture(item, out)
    drawn = (text(output, "url") for output in objects(item, "outputs") if output.get("type") == "image")
    out.extend(File("image/*", url=url, id=id) for url in drawn if url)
    if kind not in _LATER:
        out.append(ToolResult(id, _output(kind, item), name, provider_executed=True))


def late_result(item: Wire, ids: Ids, out: list[Event]) -> None:
    """A result that is an item of its own (`shell_call_output`, `tool_search_output`, ...)."""
    wire_id = text(item, "call_id")
    id, name = ids.names.get(wire_id, (wire_id or text(item, "id"), _tool_of(item)))
    own = text(item, "type") not in _OURS
    if not own:
        ids.answered(id)
    if item.get("status") == "failed":
        out.append(ToolError(id, _words(item.get("output")) or "failed", name, provider_executed=own))
        return
    output = next((item[key] for key in ("output", "result", "tools") if item.get(key) is not None), None)
    out.append(ToolResult(id, output, name, provider_executed=own))


def progress(wire: Wire, id: str, name: str, out: list[Event]) -> None:
    """Something to show before the result is there: a rough picture, what a command has printed so far."""
    output = stated(wire, "type", "item_id", "output_index", "sequence_number")
    out.append(ToolResult(id, output, name, provider_executed=True, preliminary=True))


def _output(kind: str, item: Wire) -> Any:
    if kind == "mcp_call":
        return item.get("output")
    found = {name: item[name] for name in _SAYS.get(kind, ("status",)) if item.get(name) is not None}
    sources = obj(item, "action").get("sources")
    return {**found, "sources": sources} if sources else found


def _error_of(item: Wire) -> str:
    """The error that a call's item states; "" if it went well."""
    error = item.get("error")
    if error:
        return _words(error)
    status = item.get("status")
    return status if isinstance(status, str) and status in _FAILED else ""


def _words(error: Any) -> str:
    """An error as text: MCP states a text, or an object with a message or with content."""
    if isinstance(error, str):
        return error
    message = text(error, "message") if isinstance(error, dict) else ""
    return message or (encoded(error) if error else "")


def _tool_of(item: Wire) -> str:
    return text(item, "type").removesuffix("_output").removesuffix("_call")
