"""The `messages` of a request body before and after they are made neutral: what only this shape has.

`messages.normalise` reads what people write in any form. What stands here is what clients of this shape send back of
earlier answers: pictures, sounds, proofs of thinking, calls of custom tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, list_at, mapping_at
from slipstream.dialects.common.openai_shape.customs import as_function
from slipstream.dialects.common.openai_shape.forms import unwrap
from slipstream.dialects.common.openai_shape.proofs import proof_of


def before(messages: list[Any]) -> list[Any]:
    """The messages with an answer's pictures and sound as content parts, and its custom calls as calls of functions.

    Raises:
        InvalidRequestError: one of these is wrong; the message says where and what is accepted.
    """
    return [
        _prepared(item, f"messages[{index}]") if isinstance(item, Mapping) else item
        for index, item in enumerate(messages)
    ]


def _prepared(message: Mapping[str, Any], where: str) -> dict[str, Any]:
    wire = dict(message)
    if wire.get("role") != "assistant":
        return wire
    if isinstance(calls := wire.get("tool_calls"), (list, tuple)):
        wire["tool_calls"] = [as_function(call, f"{where}.tool_calls[{i}]") for i, call in enumerate(calls)]
    sound, pictures = wire.pop("audio", None), wire.pop("images", None)
    added: list[Any] = []
    if sound is not None:
        id = mapping_at(sound, f"{where}.audio", '{"id": ...}').get("id")
        added.append(r.FilePart(id=filled_at(id, f"{where}.audio.id", "the id of the sound"), media_type="audio/*"))
    if pictures is not None:
        added += list_at(pictures, f"{where}.images", "a list of pictures")
        added = [_picture(item) for item in added]
    if added:
        wire["content"] = [*_parts(wire.get("content")), *added]
    return wire


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _picture(item: Any) -> Any:
    """A picture without its number in the list, which says nothing."""
    return {key: value for key, value in item.items() if key != "index"} if isinstance(item, dict) else item


def after(messages: list[r.ChatMessage]) -> list[r.ChatMessage]:
    """The neutral messages, with our own proofs of thinking and extras of calls as they once were."""
    return [
        msgspec.structs.replace(message, parts=[new for part in message.parts for new in _restored(part)])
        if message.role == "assistant"
        else message
        for message in messages
    ]


def _restored(part: r.Part) -> list[r.Part]:
    if isinstance(part, r.ToolCallPart):
        return [msgspec.structs.replace(part, metadata=unwrap(part.metadata))]
    if not isinstance(part, r.ReasoningPart) or not part.details:
        return [part]
    found: list[r.Part] = []
    rest: list[Any] = []
    for entry in part.details:
        proof = proof_of(entry)
        if proof is None:
            rest.append(entry)
        else:
            found.append(r.ReasoningPart(proof.text, proof.signature, proof.redacted, proof.details))
    return [msgspec.structs.replace(part, details=rest), *found] if rest else found
