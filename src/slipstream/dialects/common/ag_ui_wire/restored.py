"""Our own events in the places of AG-UI that carry them whole: `rawEvent`, `CUSTOM`, `encryptedValue`."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from slipstream.events import Event, types as e

_E = TypeVar("_E", bound=Event)

_CUSTOM: Final[dict[str, type[Event]]] = {
    kind.__struct_config__.tag: kind  # type: ignore[misc]  # a tag is text here
    for kind in (
        e.Start, e.Source, e.File, e.Box, e.Usage, e.Retry, e.Resume, e.Restart, e.Retract, e.Moderation, e.Partial,
        e.Element, e.Progress, e.Metadata, e.ToolResult,
    )
}  # fmt: skip


def restored(value: Any, kind: type[_E], **missing: Any) -> _E | None:
    """The event of this type that a value holds, or None if it holds another, or somebody else's.

    Args:
        value: decoded JSON.
        kind: the type.
        missing: fields that need not stand there.
    """
    if not isinstance(value, dict) or value.get("type") != kind.__struct_config__.tag:
        return None
    if not value.keys() <= {"type", *kind.__struct_fields__}:
        return None
    try:
        return msgspec.convert({**missing, **value}, kind)
    except (ValueError, RecursionError):
        return None


def customs(name: str, value: Any) -> Event | None:
    """The event that a `CUSTOM` of this name holds, or None if it is somebody else's."""
    kind = _CUSTOM.get(name)
    return None if kind is None else restored(value, kind)


def proof_of(encrypted: str) -> dict[str, Any]:
    """What an `encryptedValue` holds: an object in JSON, or a bare signature."""
    try:
        found = msgspec.json.decode(encrypted)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"signature": encrypted}
