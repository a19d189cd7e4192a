"""Calls and results of tools that Google runs, by the API's names."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.wire import Wire
from slipstream.events import ToolCall, ToolError, ToolResult

OWN: Final = frozenset(
    ("google_search", "code_execution", "url_context", "file_search", "google_maps", "retrieval", "processing",
     "tool_search")
)  # fmt: skip
"""Tools of which the API has steps: `<name>_call` and `<name>_result`."""

# A function's arguments are an object here; what is none, and what is no JSON, stands under this key.
INVALID: Final = "INVALID_JSON"


def call_step(call: ToolCall) -> Wire | None:
    """The whole step of a call; None for a tool that another provider ran, which this API has no word for."""
    given = call.input if isinstance(call.input, dict) else {INVALID: call.arguments}
    if not call.provider_executed:
        return {"type": "function_call", "id": call.id, "name": call.name, "arguments": given}
    beyond = call.metadata or {}
    if call.name in OWN:
        return {"type": f"{call.name}_call", "id": call.id, "arguments": given, **beyond}
    if isinstance(beyond.get("server_name"), str):
        return {"type": "mcp_server_tool_call", "id": call.id, "name": call.name, "arguments": given, **beyond}
    return None


def result_step(result: ToolResult | ToolError) -> Wire | None:
    """The whole step of what a tool of Google's returned; None for any other result."""
    if isinstance(result, ToolError) or not result.provider_executed or result.name not in OWN:
        return None
    output: Any = result.output
    return {"type": f"{result.name}_result", "call_id": result.id, "result": "" if output is None else output}
