"""SIGTERM and SIGINT in the middle of answers: each ends as its dialect ends an answer, and the process with code 0."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp
import pytest
from tests.e2e.asks import ASKS, MODEL, Ask
from tests.e2e.serving import Watched, until
from tests.faults.hostile import HostileServer, Line, Script, read_request, send, silence, wait_for
from tests.faults.wire import DONE, FIRST, FIRST_TEXT, FRAMES, LAST_CHUNK, TEXT, chunk, head
from tests.gateway.process import Caller, Serving

from slipstream import dialects
from slipstream.events import Message
from slipstream.events.message import INTERRUPTED_KINDS

DRAIN = 0.5
SLACK = 2.5
"""Seconds beyond the drain: a second of grace for slow clients, and what a busy machine takes."""

TOLD = re.compile(rb"the server is shutting down|Try again in a moment")
"""How they are told; the AI SDK shows its text to people, who do not care why."""

STATUSES = {"anthropic": 529, "zhipu": 429}
"""What these APIs answer with where others say 503."""

REST = b"".join(FRAMES[3:]) + DONE
BEGIN = head() + chunk(FIRST)


async def begin(line: Line) -> None:
    """Send the beginning of an answer, if it shall be a stream."""
    if json.loads(line.requests[-1].body).get("stream"):
        await line.send(BEGIN)


STUCK: Script = [read_request, begin, silence]
SLOW: Script = [read_request, send(BEGIN), wait_for("go"), send(chunk(REST) + LAST_CHUNK)]


@dataclass
class Reading:
    """One answer, as far as it has come."""

    ask: Ask
    stream: bool
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""

    async def run(self, url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=15)
        body = self.ask.body(stream=self.stream)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url + self.ask.at(stream=self.stream), json=body) as response,
        ):
            self.status, self.headers = response.status, response.headers
            async for piece in response.content.iter_any():
                self.data += piece  # a body that is cut raises at its end

    def message(self) -> Message:
        return Message.of(self.ask.events(self.data))

    def has_begun(self) -> bool:
        decoder = dialects.get(self.ask.dialect).decoder()
        return Message.of(decoder.feed(self.data)).text == FIRST_TEXT


@dataclass
class Outcome:
    """What became of a server that was stopped."""

    code: int
    seconds: float
    streams: dict[str, Reading]
    wholes: dict[str, Reading]


async def until_soon(condition: Callable[[], bool]) -> None:
    """Wait in the loop until this holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.003)


async def stop_in_the_middle(
    served: Watched, provider: HostileServer, number: int, *, whole: bool, then: Callable[[], None] = lambda: None
) -> Outcome:
    """All endpoints at once; a signal once all have begun."""
    streams = {name: Reading(ask, stream=True) for name, ask in ASKS.items()}
    wholes = {name: Reading(ask, stream=False) for name, ask in ASKS.items()} if whole else {}
    readings = [*streams.values(), *wholes.values()]
    running = [asyncio.ensure_future(reading.run(served.url)) for reading in readings]
    await until_soon(lambda: len(provider.requests) == len(readings))
    await until_soon(lambda: all(reading.has_begun() for reading in streams.values()))
    sent = time.monotonic()
    served.signal(number)
    await until_soon(lambda: not served.listens())
    assert not any(task.done() for task in running), "no new connection while the old answers go on"
    then()
    await asyncio.gather(*running)
    code = await asyncio.to_thread(served.wait)
    seconds = time.monotonic() - sent
    return Outcome(code, seconds, streams, wholes)


@pytest.fixture(scope="module", params=[signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def stopped(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """A server that was stopped while every answer was stuck."""
    with HostileServer(STUCK) as provider, Watched("--drain", str(DRAIN), upstream=provider.url) as served:
        outcome = asyncio.run(stop_in_the_middle(served, provider, request.param, whole=True))
        assert all(line.gone.wait(1) for line in provider.lines), "a provider's socket stayed open"
        yield outcome


@pytest.fixture(scope="module")
def drained() -> Iterator[Outcome]:
    """A server that was stopped, and whose answers came to their end in time."""
    with HostileServer(SLOW) as provider, Watched("--drain", "20", upstream=provider.url) as served:
        outcome = stop_in_the_middle(served, provider, signal.SIGTERM, whole=False, then=lambda: provider.go("go"))
        yield asyncio.run(outcome)


# ---- the drain time is over


@pytest.mark.parametrize("name", ASKS)
def test_a_stream_ends_with_its_dialects_error(name: str, stopped: Outcome) -> None:
    reading = stopped.streams[name]
    message = reading.message()
    assert reading.status == 200
    assert message.text == FIRST_TEXT
    assert message.error is not None
    assert message.error.kind not in INTERRUPTED_KINDS, "an end that is told, and not a cut"
    assert TOLD.search(reading.data)


@pytest.mark.parametrize("name", ASKS)
def test_an_answer_that_has_not_begun_is_refused_in_its_dialect(name: str, stopped: Outcome) -> None:
    reading = stopped.wholes[name]
    assert reading.status == STATUSES.get(reading.ask.dialect, 503)
    error = dialects.get(reading.ask.dialect).decode_error(reading.status, reading.data)
    assert error.retryable
    assert TOLD.search(reading.data)


def test_the_process_ends_with_code_0_when_the_time_is_over(stopped: Outcome) -> None:
    assert stopped.code == 0
    assert DRAIN <= stopped.seconds < DRAIN + SLACK


# ---- the answers end in time


@pytest.mark.parametrize("name", ASKS)
def test_an_answer_that_ends_in_time_ends_whole(name: str, drained: Outcome) -> None:
    message = drained.streams[name].message()
    assert (message.text, message.finish_reason, message.error) == (TEXT, "stop", None)


def test_the_process_ends_when_the_last_answer_has(drained: Outcome) -> None:
    assert drained.code == 0
    assert drained.seconds < SLACK


def test_a_second_signal_ends_it_at_once_without_an_accident() -> None:
    with HostileServer(STUCK) as provider:
        reached = {"OPENAI_API_KEY": "sk-upstream", "OPENAI_BASE_URL": provider.url}
        with Serving("--model", MODEL, env=reached) as served, Caller(served.port) as caller:
            caller.ask(ASKS["openai"].at(), ASKS["openai"].body()).until(b'"content"')
            served.signal()
            until(lambda: not listens(served.port))
            served.signal()
            assert served.wait() == 128 + signal.SIGTERM
        assert "Traceback" not in served.log


def listens(port: int) -> bool:
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 2):
        return True
    return False
