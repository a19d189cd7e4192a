"""The access log: one line a request, without a word of what was asked or answered, and without keys."""

from __future__ import annotations

import logging
import os
import time
from typing import Any, Final

from slipstream.client.async_stream import AsyncStream
from slipstream.events import Usage

log: Final = logging.getLogger("slipstream.access")


def new_id() -> str:
    """An id of a request, unlike any other."""
    return f"req_{os.urandom(12).hex()}"


CLIENT_LEFT: Final = 499
"""The status of a request whose client left before it got one, as nginx logs it."""


class Entry:
    """What is known of one request.

    Attributes:
        id: ours, which the client gets as `x-request-id`.
        key: the name of the client's key, or "".
        model: the model that was asked, as `provider/id`, or "".
        streaming: whether a stream was asked for.
        status: the HTTP status of the answer; 0 if none could be given.
        events: how many events were told.
        ended: why it ended.
    """

    __slots__ = (
        "_began", "_dialect", "_scope", "ended", "events", "id", "key", "model", "status", "stream", "streaming",
    )  # fmt: skip

    def __init__(self, scope: Any, dialect: str) -> None:
        self._scope = scope
        self._dialect = dialect
        self._began = time.monotonic()
        self.id = new_id()
        self.key = ""
        self.model = ""
        self.streaming = False
        self.status = 0
        self.events = 0
        self.ended = ""
        self.stream: AsyncStream | None = None

    def write(self) -> None:
        """Write the line. A failure of ours is a warning, so that it is seen where answers are not logged."""
        level = logging.WARNING if self.status >= 500 else logging.INFO
        if log.isEnabledFor(level):
            log.log(level, "%s", self.line())

    def line(self) -> str:
        """The line: the request, the status, then fields, those that are known."""
        known: dict[str, object] = {
            "id": self.id,
            "dialect": self._dialect,
            "model": self.model,
            "key": self.key,
            "stream": self.streaming,
            "seconds": f"{time.monotonic() - self._began:.3f}",
            **_figures(self.stream),
            "events": self.events,
            "end": self.ended.replace(" ", ":"),
        }
        fields = " ".join(f"{name}={value}" for name, value in known.items() if value not in ("", None))
        return f"{self._scope['method']} {_printable(self._scope['path'])} {self.status or CLIENT_LEFT} {fields}"


def _figures(stream: AsyncStream | None) -> dict[str, object]:
    if stream is None:
        return {}
    first, usage = stream.metrics.time_to_first_output, stream.message.usage or Usage()
    return {
        "first": None if first is None else f"{first:.3f}",
        "in": usage.input_tokens,
        "out": usage.output_tokens,
    }


def _printable(path: str) -> str:
    """The path as one word of a line: a client may put anything into it."""
    shown = "".join(char if char.isascii() and char.isprintable() and char != " " else "?" for char in path)
    return shown[:200]
