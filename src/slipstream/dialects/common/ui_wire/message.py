"""A whole answer as a UI message, `{id, role, metadata, parts}` (WIRE section 1.4), and back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

import msgspec

from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.dialects.common.ui_wire.decoder import UIDecoder
from slipstream.dialects.common.ui_wire.encoder import MESSAGE_ID, UIEncoder
from slipstream.dialects.common.ui_wire.metadata import OWN, proof_metadata
from slipstream.dialects.common.ui_wire.usage import usage_metadata
from slipstream.dialects.common.ui_wire.words import finish_word, told
from slipstream.events import Block, Error, Event, Message, ReasoningEnd, ToolError, ToolResult, types as e

Outcome = ToolResult | ToolError


def message_body(message: Message, reply: Reply) -> bytes:
    """The UI message of an answer; of one that is cut, its open parts have the state `streaming`."""
    choice = message.choice(0)
    outcomes = {outcome.id: outcome for outcome in message.tool_results}
    parts: list[dict[str, Any]] = []
    for _, blocks in groupby(choice.blocks, key=lambda block: block.step):
        parts.append({"type": "step-start"})
        parts += [_part(block, outcomes) for block in blocks if _wanted(block, reply)]
    if choice.refusal:
        parts.append({"type": "text", "text": choice.refusal, "providerMetadata": {OWN: {"refusal": True}}})
    parts += _beside(message, reply)
    own = reply.options.get(MESSAGE_ID)
    wire: dict[str, Any] = {"id": own or message.id or reply.id, "role": "assistant", "parts": parts}
    metadata = _metadata(message, reply)
    if metadata:
        wire["metadata"] = metadata
    return json_bytes(wire)


def _wanted(block: Block, reply: Reply) -> bool:
    return block.kind != "reasoning" or reply.options.get("reasoning") is not False


def _metadata(message: Message, reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if reply.model or message.model:
        found["model"] = reply.model or message.model
    created = message.created or reply.created
    if created:
        found["createdAt"] = created * 1000
    if message.usage is not None and reply.include_usage:
        found["usage"] = usage_metadata(message.usage)
    if message.finish_reason is not None:
        found["finishReason"] = finish_word(message.finish_reason)
        if message.raw_finish_reason is not None and message.error is None:
            found["rawFinishReason"] = message.raw_finish_reason
    if message.error is not None:
        found["error"] = told(message.error, show=reply.options.get("show_errors") is True)
    return found


def _part(block: Block, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    if block.kind == "tool-call":
        return _call(block, outcomes.get(block.id))
    part: dict[str, Any] = {"type": block.kind, "text": block.text, "state": "streaming" if block.open else "done"}
    if block.kind == "reasoning":
        proof = proof_metadata(
            ReasoningEnd(id=block.id, signature=block.signature, redacted=block.redacted, details=block.details)
        )
        if proof is not None:
            part["providerMetadata"] = proof
    return part


def _call(block: Block, outcome: Outcome | None) -> dict[str, Any]:
    call = block.call
    name = block.name if call is None else call.name
    part: dict[str, Any] = {"type": f"tool-{name}", "toolCallId": block.id, "state": "input-streaming"}
    if call is None:
        return part
    if call.provider_executed:
        part["providerExecuted"] = True
    if call.metadata is not None:
        part["callProviderMetadata"] = {OWN: call.metadata}
    if call.error is not None:
        error = outcome.error if isinstance(outcome, ToolError) else call.error
        return part | {"state": "output-error", "rawInput": call.arguments, "errorText": error}
    part |= {"state": "input-available", "input": call.input}
    if isinstance(outcome, ToolError):
        part |= {"state": "output-error", "errorText": outcome.error}
    elif outcome is not None:
        part |= {"state": "output-available", "output": outcome.output}
    return part


def _beside(message: Message, reply: Reply) -> Iterator[dict[str, Any]]:
    """What stands at no place in the text: the parts that the stream would have had for it."""
    events: list[Event] = [*message.files, *message.boxes]
    if reply.options.get("sources") is not False:
        events = [*message.sources, *events]
    if message.retracted:
        events.append(e.Retract())
    encoder = UIEncoder()
    encoder.feed(e.Start())
    for event in events:
        yield msgspec.json.decode(encoder.feed(event)[len(b"data: ") :])
    for choice in message.choices[1:]:
        yield {
            "type": "data-choice",
            "id": f"choice-{choice.index}",
            "data": {"choice": choice.index, "text": choice.text},
        }


# And back: the parts of the stream that would have made this message, through the decoder.

NO_MESSAGE: Final = "the body is no UI message of an assistant"


def events_of(wire: Any, *, include_raw: bool = False) -> list[Event]:
    """The events of a UI message."""
    if not isinstance(wire, dict) or not isinstance(wire.get("parts"), list) or wire.get("role") != "assistant":
        stated = UIDecoder()._error_of(wire) if isinstance(wire, dict) else None
        return [stated or Error(message=NO_MESSAGE, kind="ProtocolError")]
    decoder = UIDecoder(include_raw=include_raw)
    found: list[Event] = []
    for part in _stream_of(wire):
        found += decoder.feed_wire(part)
    return found + decoder.end()


def _stream_of(wire: dict[str, Any]) -> Iterator[dict[str, Any]]:
    metadata = wire.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    early = {key: metadata[key] for key in ("model", "createdAt") if key in metadata}
    yield {"type": "start", "messageId": wire.get("id"), "messageMetadata": early}
    for index, part in enumerate(wire["parts"]):
        yield from _stream_of_part(part, f"part-{index}") if isinstance(part, dict) else ()
    rest = {key: value for key, value in metadata.items() if key not in early}
    yield {"type": "finish", "messageMetadata": rest}


def _stream_of_part(part: dict[str, Any], id: str) -> Iterator[dict[str, Any]]:
    kind = part.get("type")
    proof = {"providerMetadata": part["providerMetadata"]} if part.get("providerMetadata") else {}
    if kind == "step-start":
        yield {"type": "start-step"}
    elif kind in ("text", "reasoning"):
        yield {"type": f"{kind}-start", "id": id, **proof}
        yield {"type": f"{kind}-delta", "id": id, "delta": part.get("text")}
        yield {"type": f"{kind}-end", "id": id, **proof}
    elif isinstance(kind, str) and (kind == "dynamic-tool" or kind.startswith("tool-")):
        yield from _stream_of_call(part, part.get("toolName") if kind == "dynamic-tool" else kind[5:])
    else:
        yield part


def _stream_of_call(part: dict[str, Any], name: Any) -> Iterator[dict[str, Any]]:
    state = part.get("state")
    same: dict[str, Any] = {key: part[key] for key in ("toolCallId", "providerExecuted") if key in part}
    call = {**same, "type": "tool-input-available", "toolName": name, "input": part.get("input")}
    if part.get("callProviderMetadata"):
        call["providerMetadata"] = part["callProviderMetadata"]
    unread = state == "output-error" and part.get("input") is None and part.get("rawInput") is not None
    if state == "input-streaming":
        call["type"] = "tool-input-start"
    elif unread:
        call |= {"type": "tool-input-error", "input": part["rawInput"], "errorText": part.get("errorText")}
    yield call
    if state == "output-available":
        yield {**same, "type": "tool-output-available", "output": part.get("output")}
    elif state == "output-error" and not unread:
        yield {**same, "type": "tool-output-error", "errorText": part.get("errorText")}
    elif state == "output-denied":
        yield {**same, "type": "tool-output-denied"}
