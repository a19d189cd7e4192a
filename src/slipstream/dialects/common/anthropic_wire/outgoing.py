"""What becomes a content block of an answer: results of the provider's own tools, calls, citations, files.

Only what the API knows is made into a block of its own kind; clients that check blocks by a schema refuse others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.anthropic_wire.blocks import OWN_CALLS, decode_arguments
from slipstream.events import File, Source, ToolCall, ToolError, ToolResult

SERVER_TOOLS: Final = {
    "web_search": "web_search", "web_fetch": "web_fetch", "code_execution": "code_execution",
    "bash_code_execution": "bash_code_execution", "text_editor_code_execution": "text_editor_code_execution",
    "tool_search_tool_regex": "tool_search", "tool_search_tool_bm25": "tool_search",
}  # fmt: skip
"""The tools that Anthropic runs itself -> what the type of their results begins with."""

ECHOED: Final = ("caller", "server_name")
"""What of a call's metadata stands in its block."""

_CITATIONS: Final = frozenset(
    ("char_location", "page_location", "content_block_location", "web_search_result_location",
     "search_result_location")
)  # fmt: skip


def call_kind(name: str, metadata: Mapping[str, Any] | None, *, own: bool) -> str:
    """The type of a call's block."""
    kind = (metadata or {}).get("type")
    if not own:
        return "tool_use"
    return kind if kind in OWN_CALLS and name else OWN_CALLS[0]


def call_block(call: ToolCall, kind: str, given: Any) -> dict[str, Any]:
    """A call's block.

    Args:
        call: the call, complete.
        kind: its type.
        given: its input; in a stream {} stands here and the arguments follow.
    """
    metadata = call.metadata or {}
    echoed = {key: metadata[key] for key in ECHOED if metadata.get(key)}
    return {"type": kind, "id": call.id, "name": call.name, "input": given, **echoed}


def input_of(call: ToolCall) -> dict[str, Any]:
    """A call's arguments as the object that the API demands.

    What is no object stands inside one: this is how Anthropic itself advises to hand back what a model got wrong.
    """
    value, _ = decode_arguments(call.arguments or "{}")
    return value if isinstance(value, dict) else {"INVALID_JSON": call.arguments}


def left_of(metadata: Mapping[str, Any] | None, told: bool) -> bool:
    """True if a call's metadata holds more than its block says.

    Args:
        metadata: of the call.
        told: True if the block could say `caller` and `server_name`: it opened when these were known.
    """
    known = ("type", *ECHOED) if told else ("type",)
    return any(key not in known for key in metadata or ())


def result_block(result: ToolResult | ToolError, calls: Mapping[str, str]) -> dict[str, Any] | None:
    """The block of what a tool returned that the provider ran, or None if the API has none for it.

    Args:
        result: the result. One of a tool that the caller runs belongs into the next request, not into the answer.
        calls: the types of the calls told so far, by their ids.
    """
    if not result.provider_executed or (isinstance(result, ToolResult) and result.preliminary):
        return None
    if calls.get(result.id) == "mcp_tool_use":
        return _mcp_result(result)
    kind = SERVER_TOOLS.get(result.name) or ("tool_search" if result.name == "tool_search" else None)
    if kind is None:
        return None
    block = {"type": f"{kind}_tool_result", "tool_use_id": result.id}
    if isinstance(result, ToolError):
        return {**block, "content": {"type": f"{kind}_tool_result_error", "error_code": result.error}}
    return {**block, "content": result.output} if _is_own(result.output) else None


def _is_own(output: Any) -> bool:
    """True if this is content as the API's result blocks hold it: typed objects."""
    items = output if isinstance(output, list) else [output]
    return all(isinstance(item, dict) and isinstance(item.get("type"), str) for item in items)


def _mcp_result(result: ToolResult | ToolError) -> dict[str, Any]:
    failed = isinstance(result, ToolError)
    content = result.error if isinstance(result, ToolError) else result.output
    if not isinstance(content, list):
        content = [{"type": "text", "text": content if isinstance(content, str) else str(content)}]
    return {"type": "mcp_tool_result", "tool_use_id": result.id, "is_error": failed, "content": content}


def citation_of(source: Source) -> dict[str, Any] | None:
    """The API's citation: its own, or one of a page in the web; None for a source that it has no form for."""
    metadata = source.metadata or {}
    if metadata.get("type") in _CITATIONS:
        return metadata
    if not source.url:
        return None
    cited = metadata.get("cited_text")
    return {
        "type": "web_search_result_location",
        "url": source.url,
        "title": source.title,
        "cited_text": cited if isinstance(cited, str) else "",
        "encrypted_index": "",  # Anthropic's proof that it found the page; nobody else has one
    }


def file_block(file: File) -> dict[str, Any] | None:
    """The block of a file that lies in the provider's own storage; None for one that has its bytes or an address."""
    own = file.id and not (file.data or file.url) and file.media_type == "application/octet-stream"
    return {"type": "container_upload", "file_id": file.id} if own else None
