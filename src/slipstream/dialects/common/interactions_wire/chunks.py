"""What is read of a frame: a narrow type for a piece of text, and plain objects for the rest."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from slipstream.dialects.common.gemini_wire.chunks import ABSENT

Wire = dict[str, Any]


class Piece(Struct, gc=False):
    """What a step grows by, if it is text."""

    type: str = ""
    text: str | None = None


class Frame(Struct, gc=False):
    """A frame, as far as a piece of text needs it."""

    event_type: str = ""
    index: int | None = None
    delta: Piece | None = None
    event_id: str | None = None
    metadata: Raw = ABSENT


NARROW: Final = msgspec.json.Decoder(Frame)
WHOLE: Final = msgspec.json.Decoder(Wire)
