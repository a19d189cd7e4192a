"""The typed chunks of the Messages stream (WIRE section 4): only the fields we read.

Objects whose content is open (the message, blocks that come whole, usage) stay dictionaries.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct


class TextPiece(Struct, tag="text_delta", gc=False):
    """A piece of text."""

    text: str


class ThinkingPiece(Struct, tag="thinking_delta", gc=False):
    """A piece of thinking."""

    thinking: str


class InputPiece(Struct, tag="input_json_delta", gc=False):
    """A piece of a call's arguments; the first is often empty."""

    partial_json: str


class SignaturePiece(Struct, tag="signature_delta", gc=False):
    """The proof of a block of thinking: whole, once, just before the block closes."""

    signature: str


class CitationPiece(Struct, tag="citations_delta"):
    """Something that the open text block cites."""

    citation: dict[str, Any]


class CompactionPiece(Struct, tag="compaction_delta", gc=False):
    """The summary of an earlier conversation, readable or encrypted (beta)."""

    content: str | None = None
    encrypted_content: str | None = None


Piece = TextPiece | ThinkingPiece | InputPiece | SignaturePiece | CitationPiece | CompactionPiece


class BlockDelta(Struct, tag="content_block_delta", gc=False):
    """A block grows."""

    delta: Piece
    index: int = 0


class BlockStart(Struct, tag="content_block_start"):
    """A block opens."""

    content_block: dict[str, Any]
    index: int = 0


class BlockStop(Struct, tag="content_block_stop", gc=False):
    """A block is whole."""

    index: int = 0


class MessageStart(Struct, tag="message_start"):
    """The answer begins; a body that was not streamed is this object whole."""

    message: dict[str, Any]


class MessageDelta(Struct, tag="message_delta"):
    """Why the answer ended, and its usage so far."""

    delta: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    context_management: Any = None


class MessageStop(Struct, tag="message_stop", gc=False):
    """The end mark."""


class Ping(Struct, tag="ping", gc=False):
    """A sign of life."""


class ErrorChunk(Struct, tag="error"):
    """An error inside a 200."""

    error: Any = None
    request_id: Any = None


class Other(Struct, gc=False):
    """A chunk or a piece that nobody here knows."""


Chunk = BlockDelta | BlockStart | BlockStop | MessageStart | MessageDelta | MessageStop | Ping | ErrorChunk

DECODER: Final = msgspec.json.Decoder(Chunk)

# Which fields of which chunk must be objects to be of any use; what is missing or of another type becomes an empty one.
_OBJECTS: Final = {"message_start": "message", "message_delta": "delta", "content_block_delta": "delta"}
_TEXTS: Final = {
    "text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json",
    "signature_delta": "signature",
}  # fmt: skip


def loosen(wire: dict[str, Any]) -> Any:
    """The typed chunk of an object that the typed decode refused: nulls become empty, numbers in text numbers.

    Returns:
        A chunk, or `Other` if it is of an unknown kind.
    """
    kind = wire.get("type")
    if "error" in wire and kind is None:
        return ErrorChunk(wire["error"], wire.get("request_id"))
    plain = {**wire, "index": _number(wire.get("index"))}
    field = _OBJECTS.get(kind) if isinstance(kind, str) else None
    if field is not None and not isinstance(plain.get(field), dict):
        plain[field] = {}
    if not isinstance(plain.get("usage"), dict):
        plain["usage"] = None
    if kind == "content_block_delta":
        plain["delta"] = _loosen_piece(plain["delta"])
    try:
        return msgspec.convert(plain, Chunk)
    except msgspec.ValidationError:
        return Other()


def _loosen_piece(delta: dict[str, Any]) -> dict[str, Any]:
    kind = delta.get("type")
    field = _TEXTS.get(kind) if isinstance(kind, str) else None
    if field is not None and delta.get(field) is None:
        return {**delta, field: ""}
    return delta


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return int(value) if isinstance(value, (int, float)) and abs(value) < 1e9 else 0
