"""The typed parts of the stream (WIRE section 1.2): a narrow one for the deltas, and one with every field we read."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct


class Piece(Struct, gc=False, rename="camel"):
    """A part as far as a delta needs it."""

    type: str
    id: str = ""
    delta: str = ""
    tool_call_id: str = ""
    input_text_delta: str = ""
    provider_metadata: Any = None


class Part(Struct, rename="camel"):
    """A part of any type; which fields it has depends on the type."""

    type: str
    id: str = ""
    delta: str = ""
    tool_call_id: str = ""
    tool_name: str = ""
    input_text_delta: str = ""
    input: Any = None
    output: Any = None
    error_text: str = ""
    provider_executed: bool = False
    preliminary: bool = False
    message_id: str = ""
    message_metadata: Any = None
    source_id: str = ""
    url: str = ""
    media_type: str = ""
    title: str = ""
    filename: str = ""
    data: Any = None
    finish_reason: str = ""
    reason: str = ""
    provider_metadata: Any = None


NARROW: Final = msgspec.json.Decoder(Piece)
WHOLE: Final = msgspec.json.Decoder(Part)

_TYPES: Final[dict[str, type]] = {
    field.encode_name: type(field.default)
    for field in msgspec.structs.fields(Part)
    if isinstance(field.default, (str, bool))
}


def loosen(wire: dict[str, Any]) -> Part:
    """The part of an object some of whose fields have unexpected types: these count as missing.

    Raises:
        ValueError: not even the type is text.
    """
    kept = {key: value for key, value in wire.items() if key not in _TYPES or isinstance(value, _TYPES[key])}
    return msgspec.convert({**kept, "type": wire.get("type", "")}, Part)
