"""Events as an event stream of our own: the JSON of each, one a frame.

Strategy: the JSON of an event is one call of `msgspec`. What that refuses - lone surrogates, keys that are no text, an
object that contains itself - takes a second, slow way, so that no event is too strange to be told.

Frames have no event name unless asked for, because the browser's `EventSource` gives unnamed ones to `onmessage` and
nobody the others; a frame named `error` it would even take for a broken connection. There is no `[DONE]`: the stream
ends after `finish`, `error` or `abort`, and a reader that parses every frame as JSON needs no exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.own_wire.plain import plain, to_plain
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, refuse_other
from slipstream.events import Abort, Error, Event, Finish, Start
from slipstream.events.types import EVENT_TYPES

EVENT_NAMES: Final = "event_names"
"""In `Reply.options`: True gives every frame the event's type as its name."""

ENDS: Final[frozenset[type[Event]]] = frozenset((Finish, Error, Abort))

_KINDS: Final = frozenset(EVENT_TYPES)

# Readers that split lines as `str.splitlines` does cut at these, though SSE does not; they stand only inside texts.
_ESCAPES: Final = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))
_encode: Final = msgspec.json.Encoder(enc_hook=to_plain).encode


def json_of(value: Any) -> bytes:
    """The JSON of an event or of plain data, on one line. NaN and infinity, which JSON cannot hold, become null."""
    try:
        data = _encode(value)
    except Exception:  # a stage's own objects may raise anything when they are read
        data = _encode(plain(value))
    if not data.isascii():
        for character, escape in _ESCAPES:
            data = data.replace(character, escape)
    return data


class SlipstreamEncoder(StreamEncoder):
    """Encodes one streamed answer; `Start` names the model and the id that the reply wants shown."""

    CARRIES: ClassVar[Mapping[type[Event], str]] = dict.fromkeys(EVENT_TYPES, NATIVE)

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._named = self.reply.options.get(EVENT_NAMES) is True

    def _encode(self, event: Event) -> bytes:
        kind = type(event)
        if kind not in _KINDS:  # anything has a JSON, so nothing else would notice
            refuse_other(event)
        if kind in ENDS:
            self.finished = True
        elif kind is Start:
            event = self.shown(event)
        if self._named:
            return b"event: %b\ndata: %b\n\n" % (event.type.encode(), json_of(event))
        return b"data: %b\n\n" % json_of(event)

    def _interrupted(self, error: Error) -> bytes:
        return self._encode(error)

    def shown(self, event: Event) -> Event:
        """The event as the client is to see it: `Start` with what the reply says, any other as it is."""
        if type(event) is not Start:
            return event
        reply = self.reply
        created = event.created if event.created is not None or not reply.created else reply.created
        return msgspec.structs.replace(
            event, model=reply.model or event.model, id=event.id or reply.id, created=created
        )
