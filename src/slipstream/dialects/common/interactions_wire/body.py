"""A folded message as a whole, not streamed interaction."""

from __future__ import annotations

from slipstream.dialects.common.gemini_wire.usage import INTERACTION
from slipstream.dialects.common.interactions_wire.encoder import written_time
from slipstream.dialects.common.interactions_wire.media import write_file
from slipstream.dialects.common.interactions_wire.proofs import signature_of
from slipstream.dialects.common.interactions_wire.sources import annotation_of
from slipstream.dialects.common.interactions_wire.statuses import status_for
from slipstream.dialects.common.interactions_wire.words import call_step, result_step
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.wire import Wire
from slipstream.events import Block, Choice, Message, ReasoningEnd


def body_of_message(message: Message, reply: Reply | None = None) -> Wire:
    """The Interaction."""
    reply = Reply() if reply is None else reply
    choice = message.choice(0)
    status = "incomplete" if choice.retracted else status_for(message.finish_reason, message.raw_finish_reason)
    created = reply.created if message.created is None else message.created
    named = {"model": reply.model or message.model, "created": written_time(created)}
    wire: Wire = {
        "id": message.id or reply.id,
        "object": "interaction",
        "status": status,
        **{name: value for name, value in named.items() if value},
        "steps": _steps(choice),
    }
    if message.usage is not None:
        wire["usage"] = INTERACTION.write(message.usage)
    if message.error is not None:
        wire["errors"] = [{"code": message.error.code or message.error.kind, "message": message.error.message}]
    return wire


def _steps(choice: Choice) -> list[Wire]:
    steps: list[Wire] = []
    for block in choice.blocks:
        steps += _steps_of(block, choice)
    content: list[Wire] = [{"type": "text", "text": choice.refusal}] if choice.refusal else []
    loose = [source for source in choice.sources if not any(source in block.sources for block in choice.blocks)]
    if loose:
        content.append({"type": "text", "text": "", "annotations": [annotation_of(source) for source in loose]})
    content += [write_file(file) for file in choice.files]
    return [*steps, {"type": "model_output", "content": content}] if content else steps


def _steps_of(block: Block, choice: Choice) -> list[Wire]:
    if block.kind == "text":
        cited = {"annotations": [annotation_of(source) for source in block.sources]} if block.sources else {}
        content = {"type": "text", "text": block.text, **cited}
        return [{"type": "model_output", "content": [content]}] if block.text or cited else []
    if block.kind == "reasoning":
        return _thought(block)
    if block.call is None:
        return []
    own = [call_step(block.call), *(result_step(one) for one in choice.tool_results if one.id == block.id)]
    return [step for step in own if step is not None]


def _thought(block: Block) -> list[Wire]:
    signature = signature_of(ReasoningEnd(block.id, block.signature, block.redacted, block.details))
    told: Wire = {"signature": signature} if signature else {}
    if block.text:
        told["summary"] = [{"type": "text", "text": block.text}]
    return [{"type": "thought", **told}] if told else []
