"""What a provider wants back with its thinking, in the one place that clients of this API echo: `encrypted_content`.

OpenAI's own reasoning items pass as they came. Of other providers a signature (Anthropic), encrypted thinking or typed
pieces (OpenRouter) become JSON behind a mark that says it is ours. A client that keeps reasoning items, as it must to
go on after a call of a tool, sends it back, and `unpacked` finds it. The text goes in as well: only whole it is worth
anything to who signed it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from slipstream.dialects.common.openai_shape.frames import written
from slipstream.dialects.common.request import ReasoningPart
from slipstream.dialects.common.responses_wire.chunks import stated
from slipstream.dialects.common.responses_wire.telling import fixed
from slipstream.dialects.common.wire import Wire, objects, text
from slipstream.events import ReasoningEnd

MARK: Final = "slipstream:"

_NOT_ECHOED: Final = ("id", "type", "status")


class _Proof(Struct, omit_defaults=True):
    """What stands behind the mark."""

    signature: str | None = None
    redacted: str | None = None
    details: list[Any] | None = None
    text: str = ""


def item_fields(end: ReasoningEnd, kept: bytes) -> Wire:
    """The fields of a reasoning item beside id, type and the summary that has been streamed.

    Args:
        end: what the block ended with.
        kept: its text as JSON, without quotes.
    """
    own = _own_item(end.details)
    if own is not None:
        fields = {name: fixed(value) for name, value in stated(own, *_NOT_ECHOED).items()}
        if kept and not (objects(own, "summary") and _same(own, kept)):
            fields.pop("summary", None)  # a model that sent its thinking as it is; it was streamed as a summary
        return fields
    if end.signature is None and end.redacted is None and not end.details:
        return {}
    said = msgspec.json.decode(b'"%b"' % kept, type=str)
    return {"encrypted_content": MARK + written(_Proof(end.signature, end.redacted, end.details, said)).decode()}


def _own_item(details: list[Any] | None) -> Wire | None:
    """The details, if they are one item of this API."""
    if details is None or len(details) != 1 or not isinstance(details[0], dict):
        return None
    return details[0] if details[0].get("type") == "reasoning" else None


def _same(item: Wire, kept: bytes) -> bool:
    """True if the item's own summary is what has been streamed, part by part."""
    streamed: str = msgspec.json.decode(b'"%b"' % kept, type=str)
    return "\n\n".join(text(part, "text") for part in objects(item, "summary")) == streamed


def unpacked(item: Wire) -> ReasoningPart | None:
    """The thinking of another provider in a reasoning item of ours; None for any other item."""
    content = text(item, "encrypted_content")
    if not content.startswith(MARK):
        return None
    try:
        found = msgspec.json.decode(content[len(MARK) :], type=_Proof)
    except (ValueError, RecursionError):
        return None
    return ReasoningPart(found.text, found.signature, found.redacted, found.details)
