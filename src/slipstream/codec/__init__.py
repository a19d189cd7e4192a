"""Bytes to frames and back: SSE, NDJSON, incremental JSON, and every limit on them."""

from __future__ import annotations

from slipstream.codec import limits
from slipstream.codec.frame import Frame
from slipstream.codec.json_stream import JSONStream
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.codec.ndjson import NDJSONDecoder, NDJSONEncoder
from slipstream.codec.sse import SSEDecoder
from slipstream.codec.sse_encoder import SSEEncoder

__all__ = [
    "MAX_EVENT_BYTES",
    "Frame",
    "JSONStream",
    "NDJSONDecoder",
    "NDJSONEncoder",
    "SSEDecoder",
    "SSEEncoder",
    "limits",
]
