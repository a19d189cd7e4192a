"""Which dialect a wire object is of, by its fields.

Strategy: a body says nowhere which API it is of, but the first objects of each have names that no other has. Our own
events and the AI SDK's chunks share their tags, so that some objects (`{"type": "start"}`) leave it open: then the next
one is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from slipstream.client.foreign.items import dialect_of
from slipstream.errors import InvalidRequestError
from slipstream.events.types import EVENT_TYPES

Wire = Mapping[str, Any]

OURS: Final = "slipstream"
_TAGS: Final = frozenset(str(kind.__struct_config__.tag) for kind in EVENT_TYPES)
_UI_FIELDS: Final = (
    "messageId",
    "delta",
    "inputTextDelta",
    "toolCallId",
    "errorText",
    "messageMetadata",
    "providerMetadata",
)
_UI_TYPES: Final = ("start-step", "finish-step", "message-metadata", "source-url", "source-document")
_OPEN: Final = frozenset(("start", "text-start", "text-end", "reasoning-start", "reasoning-end", "finish", "abort"))
"""Tags that both have; an object with one of these and no other field that tells is of either."""


def _is_ui(wire: Wire) -> bool:
    kind = wire.get("type")
    if not isinstance(kind, str) or not (kind in _TAGS or kind in _UI_TYPES or kind.startswith(("data-", "tool-"))):
        return False
    return kind in _UI_TYPES or kind.startswith("data-") or any(name in wire for name in _UI_FIELDS)


def is_ours(wire: Wire) -> bool:
    """True for an event of ours."""
    kind = wire.get("type")
    if kind == "error":
        return isinstance(wire.get("message"), str) and "sequence_number" not in wire
    return kind in _TAGS and (kind not in _OPEN or "model" in wire or "created" in wire)


def _is_ag_ui(wire: Wire) -> bool:
    kind = wire.get("type")
    return isinstance(kind, str) and kind.isupper()


_DIALECTS: Final[tuple[tuple[str, Callable[[Wire], bool]], ...]] = (
    ("ui", _is_ui),
    ("ag_ui", _is_ag_ui),
    (OURS, is_ours),
)
"""Dialects that no SDK's stream is of, and what tells them; the first that fits counts."""


def dialect_name(wires: Iterable[Any]) -> str | None:
    """The dialect of a stream by its first objects; None if they do not tell.

    Args:
        wires: decoded JSON values, the first of the stream first.
    """
    for wire in wires:
        if isinstance(wire, Mapping) and (found := _name_of(wire)) is not None:
            return found
    return None


def _name_of(wire: Wire) -> str | None:
    found = next((name for name, fits in _DIALECTS if fits(wire)), None)
    if found is None:
        try:
            found = dialect_of(wire, None).name
        except InvalidRequestError:
            return None
    return found


def is_open(wire: Any) -> bool:
    """True for an object of ours or of the AI SDK's, where it does not tell which."""
    return isinstance(wire, Mapping) and wire.get("type") in _OPEN
