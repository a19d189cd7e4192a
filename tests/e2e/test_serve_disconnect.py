"""Clients that leave `slipstream serve`, many at once and everywhere: the provider is let go, and nobody else minds."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.asks import ASKS, Ask
from tests.e2e.serving import Watched, until
from tests.faults.hostile import HostileServer, Line, flood, read_request, send, silence
from tests.faults.wire import BODY, FIRST, LAST_CHUNK, chunk, frame, head
from tests.gateway.process import Caller, request

AT_ONCE = 0.5
"""Seconds from the client's leaving to the close of the provider's socket: a hundred times what it takes."""

DEAF = 8
OFFERED = 200 * 1000 * 1000
BIG = chunk(frame({"content": "x" * 4000}))
LAST = "blue blood."


async def as_asked(line: Line) -> None:
    """Do what the model's name says, and note that it was asked."""
    asked = json.loads(line.requests[-1].body)
    for step in BEHAVIOURS[asked["model"]]:
        await step(line)


BEHAVIOURS: dict[str, list[Any]] = {
    "silent": [silence],
    "accepts": [send(head()), silence],
    "begins": [send(head() + chunk(FIRST)), silence],
    "floods": [send(head()), flood(BIG, OFFERED), silence],
    "paces": [send(head()), flood(BIG, OFFERED, 0.002), silence],
    "answers": [send(head() + chunk(BODY) + LAST_CHUNK)],
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileServer]:
    with HostileServer([read_request, as_asked]) as server:
        yield server


@pytest.fixture(scope="module")
def served(upstream: HostileServer) -> Iterator[Watched]:
    with Watched(upstream=upstream.url) as served:
        yield served


class Visit:
    """A client and the connection that the server made for it."""

    def __init__(self, served: Watched, upstream: HostileServer, ask: Ask, model: str, *, stream: bool = True) -> None:
        count = len(upstream.requests)
        self.caller = Caller(served.port)
        named = f"openai/{model}"
        self.caller.ask(ask.at(stream=stream, model=named), ask.body(stream=stream, model=named))
        until(lambda: len(upstream.requests) > count)
        self.line = next(line for line in reversed(upstream.lines) if line.requests)

    def leave(self, how: str) -> float:
        """Go; return the seconds until the provider saw it."""
        began = time.monotonic()
        if how == "RST":
            self.caller.reset()
        elif how == "FIN":  # nothing more: closing would also be a reset if bytes had not been read
            self.caller.socket.shutdown(socket.SHUT_WR)
        else:
            self.caller.socket.close()
        assert self.line.gone.wait(AT_ONCE), "the provider's socket stayed open"
        seconds = time.monotonic() - began
        self.caller.socket.close()
        return seconds


def still_serves(served: Watched) -> bool:
    ask = ASKS["openai"]
    return LAST in request(served.port, ask.at(), ask.body(model="openai/answers")).body.decode()


def settled(line: Line) -> None:
    """Wait until no more is taken of what a provider offers: every buffer in between is full."""
    sent, since = line.sent, time.monotonic()
    deadline = since + 5
    while time.monotonic() - since < 0.15:
        assert time.monotonic() < deadline, "it is taken without end"
        time.sleep(0.01)
        if line.sent != sent:
            sent, since = line.sent, time.monotonic()


@pytest.mark.parametrize("how", ["FIN", "RST"])
@pytest.mark.parametrize("name", ASKS)
@pytest.mark.parametrize("model", ["silent", "accepts", "begins"])
def test_every_endpoint_lets_the_provider_go(
    model: str, name: str, how: str, served: Watched, upstream: HostileServer
) -> None:
    visit = Visit(served, upstream, ASKS[name], model)
    if model == "begins":
        visit.caller.until("有三颗".encode())
    visit.leave(how)


@pytest.mark.parametrize("name", ASKS)
def test_a_whole_answer_is_given_up_too(name: str, served: Watched, upstream: HostileServer) -> None:
    Visit(served, upstream, ASKS[name], "silent", stream=False).leave("FIN")
    assert still_serves(served)


@pytest.mark.parametrize("how", ["close", "RST"])
@pytest.mark.parametrize("name", ["openai", "anthropic", "responses", "ollama", "gemini-array"])
def test_in_the_middle_of_a_send(name: str, how: str, served: Watched, upstream: HostileServer) -> None:
    visit = Visit(served, upstream, ASKS[name], "floods")
    settled(visit.line)  # the client has not read a byte
    assert visit.line.sent < OFFERED / 10
    visit.leave(how)


@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_while_it_flows(how: str, served: Watched, upstream: HostileServer) -> None:
    visit = Visit(served, upstream, ASKS["openai"], "paces")
    visit.caller.until(b"x" * 4000)
    visit.leave(how)


def test_forty_that_leave_together_take_nobody_with_them(served: Watched, upstream: HostileServer) -> None:
    stays = Visit(served, upstream, ASKS["openai"], "paces")
    visits = [Visit(served, upstream, ASKS["anthropic"], "begins") for _ in range(40)]
    for visit in visits:
        visit.caller.until("有三颗".encode())
    leaving = [threading.Thread(target=visit.caller.reset) for visit in visits]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()
    deadline = time.monotonic() + AT_ONCE
    assert all(visit.line.gone.wait(max(0.0, deadline - time.monotonic())) for visit in visits)
    stays.caller.received = b""
    stays.caller.until(b"x" * 4000)
    assert not stays.line.gone.is_set()
    stays.leave("FIN")
    assert still_serves(served)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/mess", b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n", None])
def test_before_the_request_is_whole(sent: bytes | None, served: Watched, upstream: HostileServer) -> None:
    count = len(upstream.requests)
    begun = b'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\n{"model": "openai/silent"'
    for _ in range(5):
        with Caller(served.port) as caller:
            caller.socket.sendall(begun if sent is None else sent)
    assert still_serves(served)
    assert len(upstream.requests) == count + 1
    until(lambda: json.loads(request(served.port, "/healthz").body)["running"] == 0)


def hold(served: Watched, upstream: HostileServer, count: int) -> list[Visit]:
    """Clients that have asked and never read."""
    visits = [Visit(served, upstream, ASKS["openai"], "floods") for _ in range(count)]
    for visit in visits:
        settled(visit.line)
    return visits


def test_a_client_that_never_reads_costs_no_more_than_a_megabyte(upstream: HostileServer) -> None:
    """The mean of several at once, so that memory which an earlier one has left behind is used up by the first."""
    with Watched(upstream=upstream.url) as served:
        for visit in hold(served, upstream, 2):  # what any request leaves behind is there before
            visit.leave("RST")
        before = served.resident()
        visits = hold(served, upstream, DEAF)
        cost = (served.resident() - before) / DEAF
        assert all(visit.line.sent < OFFERED / 10 for visit in visits)
        for visit in visits:
            visit.leave("RST")
    assert cost <= 1_000_000, f"{cost / 1e6:.2f} MB each"


def test_the_log_says_that_they_have_gone(upstream: HostileServer) -> None:
    with Watched(upstream=upstream.url) as served:
        Visit(served, upstream, ASKS["ui"], "begins").leave("RST")
        Visit(served, upstream, ASKS["zhipu"], "silent", stream=False).leave("FIN")
    assert served.log.count("end=gone") == 2
