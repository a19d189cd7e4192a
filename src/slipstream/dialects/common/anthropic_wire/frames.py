"""The frames of the Messages stream, as bytes: the `event:` line is the type that the JSON says too."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.stream_encoder import json_bytes

PING: Final = b'event: ping\ndata: {"type":"ping"}\n\n'
MESSAGE_STOP: Final = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
DELTA_END: Final = b"}}\n\n"

_BLOCK_STOP: Final = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_DELTA_HEAD: Final = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":"%b","%b":'
)


def frame(kind: str, **fields: Any) -> bytes:
    """The frame of one event: its type, then these fields."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), json_bytes({"type": kind, **fields}))


def delta_head(index: int, kind: bytes, field: bytes) -> bytes:
    """What stands before the text in every delta of one block; `DELTA_END` stands behind it."""
    return _DELTA_HEAD % (index, kind, field)


def block_stop(index: int) -> bytes:
    """The end of a block."""
    return _BLOCK_STOP % index


def whole_block(index: int, block: dict[str, Any]) -> bytes:
    """A block that comes whole when it opens."""
    return frame("content_block_start", index=index, content_block=block) + block_stop(index)
