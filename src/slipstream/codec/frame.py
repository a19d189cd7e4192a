"""What the line decoders give and the encoders take: one event of the wire."""

from __future__ import annotations

import msgspec

from slipstream.codec.text import to_utf8


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One event of an event stream, or one line of NDJSON.

    The payload stays bytes, because what follows is nearly always a JSON decoder, which wants bytes.

    Args:
        payload: the data as UTF-8 bytes; several `data:` lines are joined with LF.
        event: the event's name; `message` when the stream gives none (WHATWG HTML 9.2.6).
        id: the last event id at this event, which stays from event to event until the stream changes it; None before
            the first.
        retry: the reconnection time that stood in the same block, in milliseconds, or None.
    """

    payload: bytes
    event: str = "message"
    id: str | None = None
    retry: int | None = None

    @classmethod
    def from_text(cls, data: str, *, event: str = "message", id: str | None = None, retry: int | None = None) -> Frame:
        """A frame from text; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
        return cls(to_utf8(data), event, id, retry)

    @property
    def data(self) -> str:
        """The payload as text; bytes that are no UTF-8 become U+FFFD, as the WHATWG decoder does it."""
        return self.payload.decode("utf-8", "replace")
