"""A network that follows a script in virtual time, for tests of the engine. Real sockets are in tests/faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slipstream import dialects
from slipstream.events import Event, Order
from slipstream.flow.stage import Stage
from slipstream.run.call import Call
from slipstream.run.driver import Driver
from slipstream.run.metrics import Metrics
from slipstream.run.source import AsyncSource
from slipstream.run.staged import Staged
from slipstream.run.transport import BrokenConnectionError, HTTPRequest, Response

Read = tuple[float, bytes | Exception]
"""Seconds until it comes, and what comes."""


def frame(content: str | None = None, finish: str | None = None) -> bytes:
    """One event of OpenAI's stream."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode() + b"\n\n"


DIALECT = dialects.get("openai_chat")
DONE = b"data: [DONE]\n\n"
COMMENT = b": keep-alive\n\n"
ROLE = frame("")
CUT = BrokenConnectionError("the connection broke", retryable=True)
FOREVER = 10.0**9


class ScriptedResponse:
    """A response whose reads come at set times."""

    def __init__(self, reads: Sequence[Read], status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers: Mapping[str, str] = dict(headers)
        self.closed = False
        self.released = False
        self._reads = list(reads)
        self._due = time.monotonic() + (self._reads[0][0] if self._reads else 0)
        self._closing = asyncio.Event()

    async def read(self) -> bytes:
        """The next read of the script."""
        if not self._reads:
            return b""
        await self._until_due()
        _, data = self._reads.pop(0)
        self._due = time.monotonic() + (self._reads[0][0] if self._reads else 0)
        if isinstance(data, Exception):
            raise data
        return data

    async def _until_due(self) -> None:
        try:
            async with asyncio.timeout(max(0.0, self._due - time.monotonic())):
                await self._closing.wait()
        except TimeoutError:
            return
        raise BrokenConnectionError("closed", retryable=True)

    def close(self) -> None:
        """Close; a pending read fails."""
        self.closed = True
        self._closing.set()

    def release(self) -> None:
        """Note that the answer is whole."""
        self.released = True


class Attempt:
    """What happens to one request: connecting takes `connect` seconds, the headers `headers` more."""

    def __init__(
        self,
        *reads: Read,
        connect: float = 0.0,
        headers: float = 0.0,
        status: int = 200,
        error: Exception | None = None,
        **names: object,
    ) -> None:
        self.reads = reads
        self.connect = connect
        self.wait = headers
        self.status = status
        self.error = error
        self.names = {name.replace("_", "-"): str(value) for name, value in names.items()}

    async def run(self, connected: Callable[[], None]) -> ScriptedResponse:
        """Connect, and answer or fail."""
        await asyncio.sleep(self.connect)
        if self.error is not None:
            raise self.error
        connected()
        await asyncio.sleep(self.wait)
        return ScriptedResponse(self.reads, self.status, self.names)


class ScriptedTransport:
    """Plays attempts, in turn."""

    def __init__(self, *attempts: Attempt) -> None:
        self._attempts = list(attempts)
        self.requests: list[HTTPRequest] = []
        self.times: list[float] = []
        self.responses: list[ScriptedResponse] = []

    async def open(self, request: HTTPRequest, connected: Callable[[], None]) -> Response:
        """Play the next attempt."""
        self.requests.append(request)
        self.times.append(time.monotonic() - 1000.0)
        response = await self._attempts.pop(0).run(connected)
        self.responses.append(response)
        return response

    async def close(self) -> None:
        """Nothing is open."""


def make(*attempts: Attempt, **options: Any) -> tuple[Driver, ScriptedTransport]:
    """A driver over a scripted network."""
    transport = ScriptedTransport(*attempts)
    request = HTTPRequest("http://provider/chat/completions", {}, b"{}")
    options.setdefault("prepare", lambda: request)
    call = Call(dialect=DIALECT, decoder=DIALECT.decoder, provider="acme", model="m-1", **options)
    return Driver(call, transport, Metrics()), transport


def make_staged(*attempts: Attempt, stages: Sequence[Stage], **options: Any) -> tuple[Staged, ScriptedTransport]:
    """The same, with stages around it."""
    driver, transport = make(*attempts, **options)
    return Staged(driver, stages, context={"provider": "acme", "model": "m-1"}), transport


async def collect(driver: AsyncSource) -> list[Event]:
    """All events, held against the table of legal order."""
    events: list[Event] = []
    while batch := await driver.next_batch():
        events += batch
    await driver.aclose()
    Order().check_all(events)
    return events


def kinds(events: Sequence[Event]) -> list[str]:
    """Their tags."""
    return [event.type for event in events]


def text(events: Sequence[Event]) -> str:
    """The text they add up to."""
    return "".join(getattr(event, "text", "") for event in events)


def answer(*pieces: str, every: float = 0.0) -> list[Read]:
    """A whole answer, a piece every so many seconds."""
    return [(every, ROLE), *((every, frame(piece)) for piece in pieces), (every, frame(finish="stop")), (0.0, DONE)]
