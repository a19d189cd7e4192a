"""A folded answer as the message object that the API gives when no stream is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from slipstream.dialects.common.anthropic_wire import ends, outgoing as o
from slipstream.dialects.common.reply import Reply
from slipstream.events import Block, Message, Source, ToolCall, ToolError, ToolResult

_BESIDE: Final = ("stop_sequence", "stop_details", "container", "context_management")
_BLOCKS: Final = ("compaction", "fallback")


def message_body(message: Message, reply: Reply) -> dict[str, Any]:
    """The message object. It holds the first answer; a call that was cut is left out, for nobody may run it.

    `stop_reason` is null for an answer that failed, was cut or was cancelled: the API's own word for "has not ended".
    """
    first = message.choice(0)
    refused = bool(first.refusal) or first.retracted
    reason = ends.stop_reason_of(message.finish_reason, message.raw_finish_reason, refused=refused)
    metadata = message.metadata
    return {
        "id": message.id or reply.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model or message.model,
        "content": list(_content(message)),
        "stop_reason": reason,
        "stop_sequence": None,
        **{key: metadata[key] for key in _BESIDE if key in metadata},
        "usage": ends.usage_of(message.usage),
    }


def _content(message: Message) -> Iterator[dict[str, Any]]:
    first = message.choice(0)
    for key in _BLOCKS:
        if isinstance(message.metadata.get(key), dict):
            yield {"type": key, **message.metadata[key]}
    calls = {block.id: _kind(block.call) for block in first.blocks if block.call is not None}
    yield from _results([result for result in first.tool_results if result.id not in calls], calls)
    unplaced = [source for source in first.sources if source.block is None]
    last = next((block for block in reversed(first.blocks) if block.kind == "text" and block.text), None)
    for block in first.blocks:
        yield from _block(block, [*block.sources, *(unplaced if block is last else ())])
        if block.call is not None:
            yield from _results([result for result in first.tool_results if result.id == block.id], calls)
    if first.refusal:
        yield {"type": "text", "text": first.refusal}
    yield from filter(None, map(o.file_block, first.files))


def _kind(call: ToolCall) -> str:
    return o.call_kind(call.name, call.metadata, own=call.provider_executed)


def _results(results: list[ToolResult | ToolError], calls: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    return filter(None, (o.result_block(result, calls) for result in results))


def _block(block: Block, sources: list[Source]) -> Iterator[dict[str, Any]]:
    """The blocks of one of ours: none where it is empty, two where thinking has text and an encrypted part."""
    if block.kind == "text" and block.text:
        citations = list(filter(None, map(o.citation_of, sources)))
        yield {"type": "text", "text": block.text, **({"citations": citations} if citations else {})}
    elif block.kind == "reasoning":
        if block.text or block.signature:
            yield {"type": "thinking", "thinking": block.text, "signature": block.signature or ""}
        if block.redacted:
            yield {"type": "redacted_thinking", "data": block.redacted}
    elif block.call is not None:
        yield o.call_block(block.call, _kind(block.call), o.input_of(block.call))
