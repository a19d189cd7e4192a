"""The decoder of our own streams: the exact inverse of the encoder.

Strategy: one typed decode gives the event itself, and there is nothing left to do but to look whether it was the last.
An event of a newer version - a type, or a form of one, that this version does not know - becomes a `Raw`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec
from msgspec.structs import force_setattr

from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.openai_shape.errors import error_of
from slipstream.dialects.common.own_wire.encoder import ENDS
from slipstream.dialects.common.stream_decoder import NOTED, StreamDecoder, parse_loosely
from slipstream.events import AnyEvent, Error, Event, Raw
from slipstream.events.types import EVENT_TYPES

EVENT: Final = msgspec.json.Decoder(AnyEvent)
_TAGS: Final = frozenset(kind.__struct_config__.tag for kind in EVENT_TYPES)


class SlipstreamDecoder(StreamDecoder):
    """Decodes one of our own streams; see `StreamDecoder` for the arguments.

    Every event is given as it was encoded, `raw` included; with `include_raw`, one without `raw` gets its frame's
    object. It is finished after `Finish`, `Error` or `Abort`.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = EVENT

    @property
    def complete(self) -> bool:
        """True once the last event has come."""
        return self.finished

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole answer, `{"message": ..., "events": [...]}`: its events, and an error if the last is missing."""
        try:
            wire = parse_loosely(body)
        except (ValueError, RecursionError):
            return [*self.feed(body), *self.end()]
        out: list[Event] = []
        events = wire.get("events") if isinstance(wire, dict) else None
        if not isinstance(events, list):
            stated = error_of(wire) if isinstance(wire, dict) else None
            what = f"the body holds no events; it is {describe_json(wire)}"
            self._fail_with(stated or Error(what, "MalformedChunkError", retryable=True), out)
            return out
        for event in events:
            if not self.finished:
                self._seen = True
                self._take_wire(event, None, out)
        return out + self.end()

    def _take(self, chunk: Event, out: list[Event]) -> int:
        out.append(chunk)
        return self._stop() if type(chunk) in ENDS else NOTED

    def _loosen(self, wire: dict[str, Any]) -> Any:
        """An event whose fields are not those we know; an error in the form of some server between us."""
        kind = wire.get("type")
        if kind in _TAGS:
            filled = {name: value for name, value in wire.items() if value is not None}  # a NaN was written as null
            try:
                return msgspec.convert(filled, AnyEvent)
            except (ValueError, RecursionError):
                return (error_of(wire) if kind == "error" else None) or Raw(wire)
        if isinstance(kind, str):
            return Raw(wire)
        error = error_of(wire)
        if error is None:
            raise ValueError("no event, which has a type")
        return error

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        return error_of(wire)

    @staticmethod
    def _stamp(wire: dict[str, Any], before: int, out: list[Event]) -> None:
        """The raw object of the one who answered, where the event has it, tells more than ours."""
        for event in out[before:]:
            if event.raw is None:
                force_setattr(event, "raw", wire)

    def _flush(self, out: list[Event]) -> None:
        """Nothing is ever held back."""

    def _close(self, out: list[Event]) -> None:
        """The last event has closed everything."""

    def _take_done(self, out: list[Event]) -> int:  # noqa: ARG002
        """`[DONE]` is no mark of this API, and ends nothing."""
        return NOTED
