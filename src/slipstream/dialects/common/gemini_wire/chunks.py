"""What is read of a chunk: a narrow type for a piece of text, and plain objects for the rest.

Strategy: most chunks of an answer hold one piece of text and counts. `Chunk` reads the one and leaves the other as the
bytes it is. Whatever else a chunk may say shows up as a field that is not ABSENT; then it comes once more as an object.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
from msgspec import Raw, Struct

from slipstream.dialects.common.wire import Wire

_STANDARD: Final = str.maketrans("-_", "+/")

ABSENT: Final = Raw()
"""A field that the chunk does not have; compare with `is`."""


class Part(Struct, gc=False, rename="camel"):
    """A part, if it is text: every other kind of part has no `text`."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None


class Content(Struct, gc=False, rename="camel"):
    """The parts of a candidate that are new."""

    parts: list[Part]


class Candidate(Struct, gc=False, rename="camel"):
    """One of the answers."""

    content: Content
    finish_reason: str | None = None
    index: int = 0
    safety_ratings: Raw = ABSENT
    grounding_metadata: Raw = ABSENT
    citation_metadata: Raw = ABSENT
    url_context_metadata: Raw = ABSENT
    logprobs_result: Raw = ABSENT


class Chunk(Struct, gc=False, rename="camel"):
    """One element of the stream, a GenerateContentResponse."""

    candidates: list[Candidate] | None = None
    usage_metadata: Raw = ABSENT
    prompt_feedback: Raw = ABSENT
    error: Raw = ABSENT


NARROW: Final = msgspec.json.Decoder(Chunk)
WHOLE: Final = msgspec.json.Decoder(Wire)


def data_of(base64_text: str) -> bytes | None:
    """The bytes of a base64 text in either alphabet, as Google's SDK dumps the other one; None if it is none."""
    try:
        return base64.b64decode(base64_text.translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        return None


def without(wire: Wire, *names: str) -> Wire:
    """The object without these fields, and without those that say nothing."""
    return {name: value for name, value in wire.items() if name not in names and value not in (None, {}, [], "")}
