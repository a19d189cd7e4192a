"""Events that the protocol has no part for, as `data-<tag>` parts that hold the event as JSON, and back.

The client gives `data-*` parts to the page, so that a page may draw them. A part that is content is kept in the
message; one with an id replaces the one before it, which makes a widget that lives; a transient one is told once and
kept nowhere (WIRE section 1.3).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Event, types as e

RESTORED: Final[dict[str, type[Event]]] = {
    kind.__struct_config__.tag: kind  # type: ignore[misc]  # a tag is text here
    for kind in (
        e.ToolResult, e.ToolError, e.File, e.Box, e.Retry, e.Resume, e.Restart, e.Retract, e.Moderation, e.Partial,
        e.Element, e.Progress, e.Metadata, e.Raw, e.Abort, e.Error,
    )
}  # fmt: skip
"""Which parts become their event again: tag -> type."""

_KEYS: Final = frozenset(("type", "id", "data", "transient"))


def notice(name: str, event: Event, *, id: str = "", transient: bool = False) -> bytes:
    """The frame of a `data-<name>` part."""
    data = json_bytes(event if event.raw is None else replace(event, raw=None))
    where = b'"id":%b,' % json_bytes(id) if id else b""
    return b'data: {"type":"data-%b",%b"data":%b%b}\n\n' % (
        name.encode(), where, data, b',"transient":true' if transient else b"",
    )  # fmt: skip


def own_part(data: Any) -> bool:
    """True if this wire object is a `data-*` part that any client of the protocol takes as it is."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("type"), str)
        and data["type"].startswith("data-")
        and "data" in data
        and data.keys() <= _KEYS
        and isinstance(data.get("id", ""), str)
        and isinstance(data.get("transient", False), bool)
    )


def restored(name: str, data: Any) -> Event | None:
    """The event that a `data-<name>` part holds, or None if the part is somebody else's."""
    kind = RESTORED.get(name)
    if kind is None or not isinstance(data, dict) or data.get("type") != name:
        return None
    if not data.keys() <= {"type", *kind.__struct_fields__}:
        return None
    try:
        return msgspec.convert(data, kind)
    except (ValueError, RecursionError):
        return None
