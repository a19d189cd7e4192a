"""What the encoders of all dialects share: events in, body bytes out.

Strategy: an event that a dialect has no form for is written as an SSE comment, which every reader of that dialect skips
and which says what it is and holds it whole: `: slipstream box {"type":"box",...}`. So nothing is dropped in silence,
and who reads our streams with our own eyes loses nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.text import to_utf8
from slipstream.dialects.common.checks import kind_of, scrub, wrong
from slipstream.dialects.common.reply import Reply
from slipstream.events import Error, Event
from slipstream.events.types import EVENT_TYPES

NATIVE: Final = ""
"""In `CARRIES`: the dialect has a form of its own for this event."""

COMMENT: Final = "as an SSE comment"
"""In `CARRIES`: `: slipstream <tag> <the event as JSON>`."""

SSE_TYPE: Final = "text/event-stream; charset=utf-8"

INTERRUPTED: Final = Error(
    message="the answer ended without its end mark", kind="StreamInterruptedError", retryable=True
)

TOO_DEEP: Final = b'{"type":"raw","data":"nested too deep to be told"}'

_encode_json: Final = msgspec.json.Encoder(enc_hook=repr).encode


def json_bytes(value: Any) -> bytes:
    """The value as JSON on one line, whatever it is.

    What JSON cannot hold is written as `repr`; a lone surrogate becomes U+FFFD; what is nested too deep, `TOO_DEEP`.
    """
    try:
        return _encode_json(value)
    except UnicodeEncodeError:
        return _encode_json(_scrubbed(msgspec.to_builtins(value, enc_hook=repr)))
    except RecursionError:
        return TOO_DEEP


def one_line(data: bytes) -> bytes:
    """JSON in UTF-8 with the line ends of Unicode escaped (U+0085, U+2028, U+2029).

    They are legal in it and end no line of an event stream, but clients that split lines with a text method lose what
    follows one (litellm does; WIRE section 0.1 tells of the trap).
    """
    if b"\xe2\x80" in data:
        data = data.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return data.replace(b"\xc2\x85", b"\\u0085")


def refuse_other(event: object) -> None:
    """Refuse what is no event. Encoders ask only when looking it up has failed, so that no event pays for it.

    Raises:
        InvalidRequestError: it is none.
    """
    if type(event) not in EVENT_TYPES:
        raise wrong("event", f"{kind_of(event)} is no event", "one of slipstream.events, such as TextDelta") from None


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(item) for item in value]
    return value


class StreamEncoder(ABC):
    """Encodes one streamed answer; see `face.Encoder` for what a caller sees.

    A dialect sets `CARRIES` and writes `_encode`, `_interrupted` and, where its body is no event stream, `heartbeat`.

    Args:
        reply: how the answer is to be told.
    """

    CARRIES: ClassVar[Mapping[type[Event], str]]
    """How every type of event travels: NATIVE, COMMENT, or a few words; a type without an entry fails a test."""

    content_type: ClassVar[str] = SSE_TYPE
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, reply: Reply | None = None) -> None:
        self.reply = Reply() if reply is None else reply
        self.carried: dict[str, str] = {}
        self.finished = False
        self._number = 0
        self._ids = to_utf8(self.reply.ids)

    @abstractmethod
    def _encode(self, event: Event) -> bytes:
        """The bytes of one event; b"" for an event that only changes what later ones look like."""

    @abstractmethod
    def _interrupted(self, error: Error) -> bytes:
        """How the dialect ends an answer that is not whole, with this error in its own form."""

    def feed(self, event: Event) -> bytes:
        """Take the next event; return the body bytes it makes, whole frames only.

        Raises:
            InvalidRequestError: it is no event.
        """
        if self.finished:
            return b""
        try:
            data = self._encode(event)
        except (AttributeError, KeyError, TypeError):
            refuse_other(event)
            raise
        if 0xE2 in data or 0xC2 in data:  # as numbers: ten times faster than as bytes
            data = one_line(data)
        if self._ids:
            self._number += 1
            return self._numbered(data) if data else data
        return data

    def end(self) -> bytes:
        """No more events will come: what ends the body. An answer that was never finished ends as an error."""
        if self.finished:
            return b""
        data = one_line(self._interrupted(INTERRUPTED))  # with what was held: usage, names
        self.finished = True
        return data

    def heartbeat(self) -> bytes:
        """A sign of life that no reader takes for content."""
        return b": \n\n"

    def _numbered(self, data: bytes) -> bytes:
        """The last frame gets the id: a reader that has it has had the whole event."""
        last = data.rfind(b"\n\n", 0, len(data) - 2)
        at = last + 2 if last >= 0 else 0
        return b"%bid: %b-%d\n%b" % (data[:at], self._ids, self._number, data[at:])

    def _note(self, event: Event) -> None:
        """Remember that this event travels in another form, and in which."""
        self.carried.setdefault(event.type, self.CARRIES[type(event)])

    def _beside(self, event: Event) -> bytes:
        """The event as a comment."""
        self._note(event)
        return b": slipstream %b %b\n\n" % (event.type.encode(), json_bytes(event))


def carries(encoder: type[StreamEncoder]) -> dict[str, str]:
    """How every event travels in a dialect: tag -> "" for its own form, else in words; for the documentation."""
    return {kind.__struct_config__.tag: encoder.CARRIES[kind] for kind in EVENT_TYPES}  # type: ignore[misc]
