"""A server's side of one ASGI request, played by the test: what the client does, and what the server was given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Exchange:
    """One request.

    Attributes:
        sent: every message that the application has sent.
        blocked: while set, `send` waits: the client does not read.
    """

    def __init__(
        self,
        method: str = "POST",
        url: str = "/",
        body: bytes = b"",
        *,
        http_version: str = "1.1",
        headers: Mapping[str, str] = {},
    ) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        path, _, query = url.partition("?")
        self.scope: dict[str, Any] = {
            "type": "http", "method": method, "http_version": http_version, "headers": raw, "path": path,
            "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "scheme": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
        }  # fmt: skip
        self.sent: list[Message] = []
        self._gone = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._news = asyncio.Condition()
        self._body: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    def leave(self) -> None:
        """The client closes its connection."""
        self._gone.set()

    def block(self) -> None:
        """The client stops reading."""
        self._room.clear()

    def unblock(self) -> None:
        """The client reads again."""
        self._room.set()

    async def receive(self) -> Message:
        if self._body:
            return self._body.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self._room.wait()
        if self._gone.is_set():
            raise OSError("the client has gone")
        self.sent.append(message)
        async with self._news:
            self._news.notify_all()

    async def run(self, app: App) -> Exchange:
        """Let the application answer; 5 seconds at most."""
        async with asyncio.timeout(5):
            await app(self.scope, self.receive, self.send)
        return self

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was sent fulfils this."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(condition)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def pieces(self) -> list[bytes]:
        """The body, as it was sent."""
        return [message["body"] for message in self.sent[1:]]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def ended(self) -> bool:
        """True if the body was ended, exactly once and at last."""
        more = [message["more_body"] for message in self.sent[1:]]
        return bool(more) and more[-1] is False and all(more[:-1])
