"""The smallest dialect there can be, so that the tests of how an answer travels do not depend on a provider's API.

Text is a line; the end is a line `[finish]`, an error a line `[error KIND]`; a heartbeat is an empty line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.reply import Reply
from slipstream.events import Error, Event, Finish, TextDelta


class PlainEncoder:
    """See `face.Encoder`."""

    content_type = "text/plain; charset=utf-8"

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self.carried: dict[str, str] = {}
        self.finished = False

    def feed(self, event: Event) -> bytes:
        if self.finished:
            return b""
        if isinstance(event, TextDelta):
            return f"{event.text}\n".encode()
        if isinstance(event, (Finish, Error)):
            self.finished = True
            return b"[finish]\n" if isinstance(event, Finish) else f"[error {event.kind}: {event.message}]\n".encode()
        self.carried[event.type] = "not at all"
        return b""

    def end(self) -> bytes:
        data = b"" if self.finished else b"[cut]\n"
        self.finished = True
        return data

    def heartbeat(self) -> bytes:
        return b"\n"


class Plain:
    """See `face.Dialect`, of which this is the half that the relay needs."""

    name = "plain"

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self.own_headers = headers or {}

    def encoder(self, reply: Reply | None = None) -> PlainEncoder:
        return PlainEncoder(self.own_headers)

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        return status_of(error), f'{{"refused": "{error.kind}"}}'.encode()


PLAIN: Final = cast(Dialect, Plain())


def plain(headers: Mapping[str, str]) -> Any:
    """The dialect with headers of its own."""
    return Plain(headers)
