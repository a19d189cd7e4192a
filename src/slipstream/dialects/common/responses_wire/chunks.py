"""What is read of a frame: a narrow type for the deltas that make up a stream, and plain objects for the rest.

Strategy: the one `Delta` holds what a piece of text needs, and no ids: those are fifty characters long, stand in every
frame, and the index says the same. Everything else is rare and comes as the object it is, read field by field, so that
a field of an unexpected type is an absent field and never an error.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from slipstream.dialects.common.wire import Wire


class Delta(Struct, gc=False):
    """A frame, as far as a piece of text needs it; `msgspec` is fastest where the order is the wire's."""

    type: str = ""
    content_index: int | None = None
    delta: Any = None
    logprobs: list[Any] | None = None
    output_index: int | None = None
    sequence_number: int | None = None
    summary_index: int | None = None


NARROW: Final = msgspec.json.Decoder(Delta)
WHOLE: Final = msgspec.json.Decoder(Wire)


def stated(wire: Wire, *without: str) -> Wire:
    """The object without fields that say nothing (null), and without those named."""
    return {name: value for name, value in wire.items() if value is not None and name not in without}
