"""A folded message as the body of generateContent, not streamed."""

from __future__ import annotations

from typing import Any

from slipstream.dialects.common.gemini_wire.encoder import OWN, written_time
from slipstream.dialects.common.gemini_wire.parts import call_part, file_part, result_part
from slipstream.dialects.common.gemini_wire.reasons import BLOCKS, word_for
from slipstream.dialects.common.gemini_wire.signatures import signature_of
from slipstream.dialects.common.gemini_wire.sources import CITATIONS, GROUNDING, write_source
from slipstream.dialects.common.gemini_wire.usage import GENERATED
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.wire import Wire
from slipstream.events import Block, Choice, Message, ReasoningEnd

_FIELDS = ("urlContextMetadata", "avgLogprobs", "finishMessage")


def body_of_message(message: Message, reply: Reply | None = None) -> Wire:
    """The GenerateContentResponse."""
    reply = Reply() if reply is None else reply
    wire: Wire = {}
    error = message.error
    if error is not None and error.kind == "ContentFilteredError" and not message.blocks:
        reason = error.code if error.code in BLOCKS else "OTHER"
        wire["promptFeedback"] = {"blockReason": reason, "blockReasonMessage": error.message}
    else:
        wire["candidates"] = [_candidate(choice, message) for choice in message.choices]
    if message.usage is not None:
        wire["usageMetadata"] = GENERATED.write(message.usage)
    wire["modelVersion"] = reply.model or message.model
    wire["responseId"] = message.id or reply.id
    wire["createTime"] = written_time(reply.created if message.created is None else message.created)
    beside = [result for result in message.tool_results if result_part(result) is None]
    if beside:
        wire[OWN] = beside
    return {name: value for name, value in wire.items() if value != ""}


def _candidate(choice: Choice, message: Message) -> Wire:
    reason, raw = choice.finish_reason, choice.raw_finish_reason
    found: Wire = {
        "content": {"parts": _parts(choice) or [{"text": ""}], "role": "model"},
        "finishReason": "SAFETY" if choice.retracted else word_for(reason, raw),
        "index": choice.index,
    }
    if message.error is not None:
        found["finishMessage"] = message.error.message
    if choice.index == 0:
        found |= {name: message.metadata[name] for name in _FIELDS if name in message.metadata}
    return {**found, **_cited(choice, message)}


def _cited(choice: Choice, message: Message) -> Wire:
    """Grounding and citations, with the sources in one list."""
    own = message.metadata.get(GROUNDING) if choice.index == 0 else None
    grounding: Wire = dict(own) if isinstance(own, dict) else {}
    citations: list[Any] = []
    for source in choice.sources:
        told = write_source(source)
        citations += told.get(CITATIONS, {}).get("citations", ())
        chunks = told.get(GROUNDING, {}).get("groundingChunks", ())
        if chunks:
            grounding["groundingChunks"] = [*grounding.get("groundingChunks", ()), *chunks]
    found: Wire = {GROUNDING: grounding} if grounding else {}
    return {**found, CITATIONS: {"citations": citations}} if citations else found


def _parts(choice: Choice) -> list[Wire]:
    parts: list[Wire] = []
    for block in choice.blocks:
        if block.kind == "text" and block.text:
            parts.append({"text": block.text})
        elif block.kind == "reasoning":
            _add_thought(block, parts)
        elif block.call is not None:
            own = [call_part(block.call), *(result_part(one) for one in choice.tool_results if one.id == block.id)]
            parts += [part for part in own if part is not None]
    if choice.refusal:
        parts.append({"text": choice.refusal})
    return [*parts, *(file_part(file) for file in choice.files)]


def _add_thought(block: Block, parts: list[Wire]) -> None:
    """A thought; the signature of a text stands on the text itself, as the text is whole here."""
    signed = signature_of(ReasoningEnd(block.id, block.signature, block.redacted, block.details))
    if signed is not None and signed[1] == "text" and not block.text:
        if parts and "text" in parts[-1] and "thoughtSignature" not in parts[-1] and "thought" not in parts[-1]:
            parts[-1]["thoughtSignature"] = signed[0]
        else:
            parts.append({"text": "", "thoughtSignature": signed[0]})
    elif block.text or signed is not None:
        own = {"thoughtSignature": signed[0]} if signed is not None else {}
        parts.append({"text": block.text, "thought": True, **own})
