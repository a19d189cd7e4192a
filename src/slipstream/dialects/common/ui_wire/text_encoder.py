"""The text-only mode of the UI protocol: the body is the answer's text and nothing else (WIRE section 1.1).

It has no word for anything but text: not for an error, nor for the end. Whoever sends it must break the connection off
when the encoder ends without a `Finish`, or the client takes half an answer for a whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from slipstream.codec.text import to_utf8
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, refuse_other
from slipstream.events import Error, Event, types as e

UNTOLD: Final = "not told: this mode has text alone"
_ENDS: Final = (e.Finish, e.Error, e.Abort)


class UITextEncoder(StreamEncoder):
    """Encodes the text of one streamed answer; see `StreamEncoder`."""

    content_type: ClassVar[str] = "text/plain; charset=utf-8"
    headers: ClassVar[Mapping[str, str]] = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **dict.fromkeys(e.EVENT_TYPES, UNTOLD),
        **dict.fromkeys((e.TextDelta, e.RefusalDelta), NATIVE),
    }

    def feed(self, event: Event) -> bytes:
        """Take the next event; return its text, as it is: neither ids nor escapes have a place here.

        Raises:
            InvalidRequestError: it is no event.
        """
        return b"" if self.finished else self._encode(event)

    def _encode(self, event: Event) -> bytes:
        if isinstance(event, (e.TextDelta, e.RefusalDelta)) and event.choice == 0:
            return to_utf8(event.text)
        refuse_other(event)
        self.carried.setdefault(event.type, UNTOLD)
        self.finished = isinstance(event, _ENDS)
        return b""

    def _interrupted(self, error: Error) -> bytes:  # noqa: ARG002
        return b""

    def heartbeat(self) -> bytes:
        """Nothing: any byte would be text."""
        return b""
