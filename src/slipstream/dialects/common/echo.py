"""An answer sent back as part of the next request: a folded `Message` in neutral form.

Blocks keep their order, and thinking its signature, which Anthropic demands before a tool's result. Calls that were cut
are left out: nobody can answer them. Calls the provider ran itself are left out as well, with their results, because no
other provider knows them - but for a paused turn, which only makes sense when it goes back whole to who paused it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import scrub
from slipstream.events import Block, Message, ToolError, ToolResult


def echo(message: Message) -> list[r.ChatMessage]:
    """The neutral messages of an answer: what the assistant said, then each result of a tool we ran.

    A result inside the assistant's message was returned by the provider itself.
    """
    paused = message.finish_reason == "pause"
    parts: list[r.Part] = [_result_part(result) for result in _late_results(message)]
    for block in message.blocks:
        parts.extend(_parts_of(block, message, paused))
    refusal = scrub(message.refusal)
    if refusal:
        parts.append(r.TextPart(refusal))
    chat = [r.ChatMessage("assistant", parts)] if parts else []
    known = {part.id for part in parts if isinstance(part, r.ToolCallPart)}
    chat += [
        r.ChatMessage("tool", [_result_part(result)])
        for result in message.tool_results
        if not result.provider_executed and result.id in known
    ]
    return chat


def _late_results(message: Message) -> list[ToolResult | ToolError]:
    """Results of the provider's own calls in an earlier, paused turn; they complete it and come first."""
    own = {block.id for block in message.blocks}
    return [result for result in message.tool_results if result.provider_executed and result.id not in own]


def output_text(output: Any) -> str:
    """What a tool returned, as text: JSON for anything else than text."""
    return output if isinstance(output, str) else msgspec.json.encode(output).decode()


def _parts_of(block: Block, message: Message, paused: bool) -> list[r.Part]:
    if block.kind == "text":
        return [r.TextPart(scrub(block.text))] if block.text else []
    if block.kind == "reasoning":
        return _reasoning_parts(block)
    call = block.call
    if call is None or (call.provider_executed and not paused):
        return []
    found: list[r.Part] = [r.ToolCallPart(id=call.id, name=call.name, arguments=call.arguments, metadata=call.metadata)]
    if call.provider_executed:
        found += [_result_part(result) for result in message.tool_results if result.id == call.id]
    return found


def _reasoning_parts(block: Block) -> list[r.Part]:
    text = scrub(block.text)
    if not (text or block.signature or block.redacted or block.details):
        return []
    return [r.ReasoningPart(text=text, signature=block.signature, redacted=block.redacted, details=block.details)]


def _result_part(result: ToolResult | ToolError) -> r.Part:
    if isinstance(result, ToolError):
        return r.ToolResultPart(id=result.id, output=scrub(result.error), name=result.name, is_error=True)
    return r.ToolResultPart(id=result.id, output=scrub(output_text(result.output)), name=result.name)
