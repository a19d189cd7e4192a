"""A whole answer as AG-UI's messages, and back.

The protocol has only streams; one of its events, `MESSAGES_SNAPSHOT`, says a whole conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.ag_ui_wire.conversation import wires_of
from slipstream.dialects.common.ag_ui_wire.decoder import AGUIDecoder
from slipstream.dialects.common.ag_ui_wire.encoder import RUN
from slipstream.dialects.common.ag_ui_wire.usage import token_usage
from slipstream.dialects.common.checks import scrub
from slipstream.dialects.common.echo import echo
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

NO_MESSAGES: Final = "the body is no MESSAGES_SNAPSHOT"


def message_body(message: Message, reply: Reply) -> bytes:
    """The snapshot; why it ended and what it cost stand in `metadata`."""
    own = reply.options.get(RUN)
    run = own if isinstance(own, str) and own else message.id or reply.id or "run"
    wires = [*wires_of(_texts(message)), *_activities(message)]
    wires = [{**wire, "id": f"{scrub(run)}-{number}"} for number, wire in enumerate(wires)]
    metadata: dict[str, Any] = {}
    if reply.model or message.model:
        metadata["model"] = reply.model or message.model
    if message.finish_reason is not None:
        metadata["finishReason"] = message.finish_reason
    if message.error is not None:
        metadata["error"] = message.error.message
    usage = token_usage(message.usage, reply.model or message.model) if reply.include_usage else []
    if usage:
        metadata["usage"] = usage
    wire: dict[str, Any] = {"type": "MESSAGES_SNAPSHOT", "messages": wires}
    return json_bytes(wire | ({"metadata": metadata} if metadata else {}))


def _texts(message: Message) -> list[r.ChatMessage]:
    """The conversation that the answer is, without the files: an assistant's message there has text alone."""
    found = []
    for one in echo(message):
        parts: list[r.Part] = [part for part in one.parts if not isinstance(part, (r.ImagePart, r.FilePart))]
        if parts:
            found.append(r.ChatMessage(one.role, parts, one.name))
    return found


def _activities(message: Message) -> Iterator[dict[str, Any]]:
    """Files, boxes and sources, which are for the eye, as activities named by their tag."""
    for event in (*message.files, *message.boxes, *message.sources):
        plain = event if event.raw is None else msgspec.structs.replace(event, raw=None)
        yield {"role": "activity", "activityType": event.type, "content": plain}


def events_of(wire: Any, *, include_raw: bool = False) -> list[Event]:
    """The events of a snapshot, of which the assistant's messages and their results count."""
    messages = wire.get("messages") if isinstance(wire, dict) else None
    decoder = AGUIDecoder(include_raw=include_raw)
    if not isinstance(messages, list):
        stated = decoder._error_of(wire) if isinstance(wire, dict) else None
        return [stated or Error(message=NO_MESSAGES, kind="ProtocolError")]
    found: list[Event] = []
    for message in messages:
        for event in _stream_of(message) if isinstance(message, dict) else ():
            found += decoder.feed_wire(event)
    metadata = wire.get("metadata")
    usage = metadata.get("usage") if isinstance(metadata, dict) else None
    return found + decoder.feed_wire({"type": "RUN_FINISHED", "usage": usage})


def _stream_of(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    id, role, content = message.get("id"), message.get("role"), message.get("content")
    if role == "reasoning":
        yield {"type": "REASONING_START", "messageId": id}
        yield {"type": "REASONING_MESSAGE_START", "messageId": id}
        yield {"type": "REASONING_MESSAGE_CONTENT", "messageId": id, "delta": content}
        if message.get("encryptedValue"):
            encrypted = message["encryptedValue"]
            yield {
                "type": "REASONING_ENCRYPTED_VALUE",
                "subtype": "message",
                "entityId": id,
                "encryptedValue": encrypted,
            }
        yield {"type": "REASONING_END", "messageId": id}
    elif role == "activity":
        yield {"type": "CUSTOM", "name": message.get("activityType"), "value": content}
    elif role == "tool":
        yield {"type": "TOOL_CALL_RESULT", "toolCallId": message.get("toolCallId"), "content": content}
    elif role == "assistant":
        if content:
            yield {"type": "TEXT_MESSAGE_START", "messageId": id}
            yield {"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": content}
            yield {"type": "TEXT_MESSAGE_END", "messageId": id}
        calls = message.get("toolCalls")
        for call in calls if isinstance(calls, list) else ():
            yield from _stream_of_call(call) if isinstance(call, dict) else ()


def _stream_of_call(call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    id = call.get("id")
    yield {"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": function.get("name")}
    yield {"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": function.get("arguments")}
    if call.get("encryptedValue"):
        proof = {"subtype": "tool-call", "entityId": id, "encryptedValue": call["encryptedValue"]}
        yield {"type": "REASONING_ENCRYPTED_VALUE", **proof}
    yield {"type": "TOOL_CALL_END", "toolCallId": id}
