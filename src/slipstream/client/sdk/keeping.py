"""A dialect that keeps the wire object of a whole answer, for the SDK shapes, which give it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.face import Decoder, Dialect, Encoder
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.events import Error, Event, Message


class Keeper:
    """A dialect that remembers the wire object of an answer that does not stream.

    Attributes:
        wire: the answer's JSON object; None before it has come, or if it is none.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.name = dialect.name
        self.wire: dict[str, Any] | None = None
        self._dialect = dialect
        self.decode_error = dialect.decode_error
        self.path = dialect.path
        self.body = dialect.body
        self.headers = dialect.headers

    def encoder(self, reply: Reply | None = None) -> Encoder:
        """As the dialect's."""
        return self._dialect.encoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """As the dialect's."""
        return self._dialect.encode_body(message, reply)

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """As the dialect's."""
        return self._dialect.encode_error(error, argument=argument)

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """As the dialect's."""
        return self._dialect.read(body, model=model, stream=stream)

    def decoder(self, **options: Any) -> Decoder:
        """As the dialect's."""
        return self._dialect.decoder(**options)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """As the dialect's."""
        events = self._dialect.decode_body(body, include_raw=include_raw)
        if not any(type(event) is Error for event in events):
            wire = parse_loosely(body)
            self.wire = wire if isinstance(wire, dict) else None
        return events


TOLD: Final = ("response.failed", "error")
"""Events that tell of a failure; a program that reads events hears of it from them."""


def tells_failure(wire: dict[str, Any]) -> bool:
    """True for a frame that the official SDK hands out as its last one; an error it nests is raised."""
    return wire.get("type") in TOLD and not wire.get("error")
