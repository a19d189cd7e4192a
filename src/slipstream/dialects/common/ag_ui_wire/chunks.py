"""The typed AG-UI events: a narrow one for the deltas, and one with every field we read."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct


class Piece(Struct, gc=False, rename="camel"):
    """An event as far as a delta needs it. A `delta` of another kind is `STATE_DELTA`'s, which is read whole."""

    type: str
    message_id: str = ""
    tool_call_id: str = ""
    delta: Any = ""


class Wire(Struct, rename="camel"):
    """An event of any type; which fields it has depends on the type."""

    type: str
    message_id: str = ""
    tool_call_id: str = ""
    tool_call_name: str = ""
    delta: Any = ""
    role: str = ""
    content: Any = ""
    thread_id: str = ""
    run_id: str = ""
    step_name: str = ""
    name: str = ""
    value: Any = None
    event: Any = None
    message: str = ""
    code: str = ""
    outcome: Any = None
    usage: Any = None
    result: Any = None
    subtype: str = ""
    entity_id: str = ""
    encrypted_value: str = ""
    raw_event: Any = None


NARROW: Final = msgspec.json.Decoder(Piece)
WHOLE: Final = msgspec.json.Decoder(Wire)

_TEXTS: Final = frozenset(field.encode_name for field in msgspec.structs.fields(Wire) if field.type is str) - {"type"}


def loosen(wire: dict[str, Any]) -> Wire:
    """The event of an object some of whose fields have unexpected types: these count as missing.

    Raises:
        ValueError: not even the type is text.
    """
    kept = {key: value for key, value in wire.items() if key not in _TEXTS or isinstance(value, str)}
    return msgspec.convert({**kept, "type": wire.get("type", "")}, Wire)
