"""One request and what has been found out about it."""

from __future__ import annotations

from dataclasses import dataclass

from slipstream.dialects.common.face import Dialect
from slipstream.errors import SlipstreamError
from slipstream.gateway.access import Entry
from slipstream.gateway.carrier import Receive, Scope, Send
from slipstream.gateway.failures import event_of
from slipstream.gateway.head import JSON, error_headers, pairs

UNREAD = (408, 413, 415)
"""The statuses of bodies that were not read to their end: nothing else can come over that connection."""


@dataclass(slots=True)
class Exchange:
    """A request, the client's dialect, and the line of the access log that it makes."""

    scope: Scope
    receive: Receive
    send: Send
    dialect: Dialect
    entry: Entry
    methods: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The model's name in the path, or ""."""
        name: str = self.scope["path_params"].get("model", "")
        return name

    async def answer(self, body: bytes) -> None:
        """Answer with JSON."""
        self.entry.status = 200
        await respond_whole(self.send, 200, JSON | {"x-request-id": self.entry.id}, body)

    async def refuse(self, error: Exception) -> None:
        """Tell of an error before any answer has begun, in the client's dialect."""
        event = event_of(error)
        status, body = self.dialect.encode_error(event, argument=getattr(error, "argument", None) or "")
        if event.status == 405:  # which some dialects have no status of their own for
            status = 405
        self.entry.status, self.entry.ended = status, f"error {event.kind}"
        headers = error_headers(event, body, error.retry_at if isinstance(error, SlipstreamError) else None)
        headers["x-request-id"] = self.entry.id
        if status in UNREAD:
            headers["connection"] = "close"
        if status == 405:
            headers["allow"] = ", ".join(self.methods)
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        await respond_whole(self.send, status, headers, body)


async def respond_whole(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    """Send a response whose body is all there."""
    head = pairs({**headers, "content-length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})
