"""How an answer travels: what is sent and when, and that whoever goes stops the provider."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.client.answers import KEY, TEXT
from tests.faults.hostile import HostileServer, read_request, send, silence, wait_for
from tests.faults.wire import BODY, LAST_CHUNK, PIECES, chunk, frame, head, refusal
from tests.gateway.asgi import Exchange
from tests.gateway.plain import PLAIN, plain
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, AsyncStream, Client
from slipstream.events import Error, Event, Finish, StepStart, TextDelta
from slipstream.gateway import respond
from slipstream.gateway.carrier import Telling
from slipstream.gateway.feeds import feed_of
from slipstream.gateway.relay import Relay

ANSWER: list[Event] = [TextDelta("one"), TextDelta("two"), Finish()]
TOLD = b"one\ntwo\n[finish]\n"
BEAT = b"\n"


def ask(client: AsyncClient, **options: Any) -> AsyncStream:
    return client.stream("Hi", model="gpt-test", **options)


def async_client(url: str) -> AsyncClient:
    return AsyncClient(base_url=url, api_key=KEY, max_retries=0)


async def asked(server: HostileServer) -> None:
    """Wait until the provider has the request."""
    async with asyncio.timeout(5):
        while not server.requests:
            await asyncio.sleep(0.002)


async def gone_within(server: HostileServer, seconds: float) -> None:
    """Wait until the provider has seen the close of its first connection."""
    assert await asyncio.to_thread(server.lines[0].gone.wait, seconds), "the provider's socket stayed open"


# ---- what is sent


async def test_a_stream_is_told_and_the_headers_keep_proxies_from_holding_it() -> None:
    with ReplayServer().serve(body=TEXT) as server:
        async with async_client(server.url) as client:
            exchange = await Exchange().run(respond(ask(client), PLAIN))
    assert exchange.body == BEAT + b"Three \nhearts.\n[finish]\n"
    assert exchange.ended
    assert exchange.status == 200
    assert exchange.headers == {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
        "connection": "keep-alive",
    }


async def test_the_dialects_headers_win_over_ours_and_the_callers_over_both() -> None:
    dialect = plain({"Cache-Control": "no-cache", "x-own": "1"})
    exchange = await Exchange().run(respond(ANSWER, dialect, headers={"X-Own": "2", "x-more": "3"}))
    assert exchange.headers["cache-control"] == "no-cache"
    assert (exchange.headers["x-own"], exchange.headers["x-more"]) == ("2", "3")


async def test_what_came_together_leaves_in_one_send() -> None:
    with ReplayServer().serve(body=TEXT) as server:
        async with async_client(server.url) as client:
            exchange = await Exchange().run(respond(ask(client), PLAIN))
    assert len(exchange.pieces) < 5  # ten events


async def test_batches_are_the_events_in_order_and_share_the_place_with_the_other_lenses() -> None:
    with ReplayServer().serve(body=BODY, chunks=[1000, 100]) as server:
        async with async_client(server.url) as client, ask(client) as stream:
            first = await anext(stream.events)
            batches = [batch async for batch in stream.batches]
            events = [event async for event in ask(client)]
    assert all(batches)
    joined = [first, *(event for batch in batches for event in batch)]
    assert [event.type for event in joined] == [event.type for event in events]
    assert "".join(event.text for event in joined if isinstance(event, TextDelta)) == "".join(PIECES)


def test_the_batches_of_the_sync_door_are_the_same() -> None:
    with (
        ReplayServer().serve(body=BODY, chunks=[1000, 100]) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        client.stream("Hi", model="m") as stream,
    ):
        first = next(iter(stream))
        rest = [event for batch in stream.batches for event in batch]
        events = list(client.stream("Hi", model="m"))
    assert [event.type for event in [first, *rest]] == [event.type for event in events]
    assert "".join(event.text for event in [first, *rest] if isinstance(event, TextDelta)) == "".join(PIECES)


async def test_a_sync_stream_is_read_beside_the_loop() -> None:
    with ReplayServer().serve(body=TEXT) as server, Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream("Hi", model="m")
        exchange = await Exchange().run(respond(stream, PLAIN))
    assert exchange.body == BEAT + b"Three \nhearts.\n[finish]\n"


async def made_async() -> AsyncIterator[Event]:
    for event in ANSWER:
        yield event


def made() -> Iterator[Event]:
    yield from ANSWER


@pytest.mark.parametrize("source", [ANSWER, tuple(ANSWER), made, made_async], ids=["list", "tuple", "sync", "async"])
async def test_events_from_anywhere_can_be_told(source: Any) -> None:
    exchange = await Exchange().run(respond(source() if callable(source) else source, PLAIN))
    assert exchange.body == BEAT + TOLD
    assert exchange.ended


async def test_events_without_an_end_are_told_as_cut() -> None:
    exchange = await Exchange().run(respond(ANSWER[:1], PLAIN))
    assert exchange.body == BEAT + b"one\n[cut]\n"


async def test_a_head_request_asks_nothing_of_the_provider() -> None:
    with ReplayServer().serve(body=TEXT) as server:
        async with async_client(server.url) as client:
            exchange = await Exchange("HEAD").run(respond(ask(client), PLAIN, wait=1))
        assert server.requests == []
    assert exchange.body == b""
    assert exchange.ended


@pytest.mark.parametrize(
    ("version", "sent"), [("1.0", {}), ("2", {}), ("1.1", {"connection": "Close"})], ids=["1.0", "2", "close"]
)
async def test_a_connection_that_ends_is_not_promised_to_last(version: str, sent: dict[str, str]) -> None:
    exchange = await Exchange(http_version=version, headers=sent).run(respond(ANSWER, PLAIN))
    assert "connection" not in exchange.headers


async def test_what_the_dialect_cannot_say_is_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "slipstream.gateway"):
        await Exchange().run(respond([StepStart(), *ANSWER], PLAIN))
    assert "plain carried otherwise: {'step-start': 'not at all'}" in caplog.text
    assert "one" not in caplog.text


async def test_a_background_task_runs_after_the_answer() -> None:
    from starlette.background import BackgroundTask

    done: list[int] = []
    exchange = Exchange()
    await exchange.run(respond(ANSWER, PLAIN, background=BackgroundTask(lambda: done.append(len(exchange.sent)))))
    assert done == [len(exchange.sent)]


# ---- signs of life


async def test_the_headers_and_a_heartbeat_leave_before_the_provider_says_anything() -> None:
    with HostileServer([read_request, silence]) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN)))
            await exchange.until(lambda: exchange.pieces == [BEAT])
            await asked(server)
            exchange.leave()
            await running


async def test_heartbeats_come_in_a_silence_and_not_while_something_flows() -> None:
    async def slow() -> AsyncIterator[Event]:
        for number in range(20):
            await asyncio.sleep(0.01)
            yield TextDelta(str(number))
        await asyncio.sleep(0.35)
        yield Finish()

    exchange = await Exchange().run(respond(slow(), PLAIN, heartbeat=0.1))
    last = exchange.pieces.index(b"19\n")
    assert exchange.pieces[: last + 1] == [BEAT, *(f"{number}\n".encode() for number in range(20))]
    assert 2 <= exchange.pieces[last:].count(BEAT) <= 4
    assert exchange.ended


async def test_none_sends_the_first_heartbeat_only() -> None:
    async def slow() -> AsyncIterator[Event]:
        await asyncio.sleep(0.05)
        yield Finish()

    exchange = await Exchange().run(respond(slow(), PLAIN, heartbeat=None))
    assert exchange.pieces == [BEAT, b"[finish]\n"]


# ---- the verdict


async def test_a_refusal_in_time_keeps_its_status() -> None:
    with HostileServer([read_request, send(refusal(429, retry_after=7)), silence]) as server:
        async with async_client(server.url) as client:
            exchange = await Exchange().run(respond(ask(client), PLAIN, wait=5, headers={"x-own": "1"}))
    assert exchange.status == 429
    assert exchange.body == b'{"refused": "RateLimitError"}'
    assert exchange.headers == {
        "content-type": "application/json", "cache-control": "no-store", "retry-after": "7", "content-length": "29",
        "x-own": "1",
    }  # fmt: skip


async def test_a_refusal_without_a_wait_comes_in_the_stream() -> None:
    with HostileServer([read_request, send(refusal(401)), silence]) as server:
        async with async_client(server.url) as client:
            exchange = await Exchange().run(respond(ask(client), PLAIN))
    assert exchange.status == 200
    assert exchange.body.startswith(BEAT + b"[error AuthenticationError: ")
    assert exchange.ended


async def test_a_verdict_that_is_late_comes_in_the_stream() -> None:
    script = [read_request, wait_for("headers"), send(refusal(401)), silence]
    with HostileServer(script) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN, wait=0.05)))
            await exchange.until(lambda: exchange.pieces == [BEAT])
            server.go("headers")
            await running
    assert exchange.status == 200
    assert b"[error AuthenticationError" in exchange.body


async def test_an_answer_that_begins_in_time_or_late_is_told_whole() -> None:
    for wait in (5, 0.05):
        script = [read_request, wait_for("headers"), send(head() + chunk(BODY) + LAST_CHUNK)]
        with HostileServer(script) as server:
            async with async_client(server.url) as client:
                running = asyncio.ensure_future(Exchange().run(respond(ask(client), PLAIN, wait=wait)))
                await asyncio.sleep(0.1)
                server.go("headers")
                exchange = await running
        assert exchange.body == BEAT + "".join(f"{piece}\n" for piece in PIECES).encode() + b"[finish]\n"


async def test_the_client_may_go_while_the_verdict_is_awaited() -> None:
    with HostileServer([read_request, silence]) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN, wait=30)))
            await asked(server)
            exchange.leave()
            await gone_within(server, 0.1)
            await running
    assert exchange.sent == []


# ---- who goes, and who does not read


async def test_a_client_that_goes_in_a_silence_closes_the_providers_socket_at_once() -> None:
    with HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server:
        async with async_client(server.url) as client:
            stream = ask(client)
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(stream, PLAIN)))
            await exchange.until(lambda: exchange.body == BEAT + b"one\n")
            exchange.leave()
            await gone_within(server, 0.1)
            await running
    assert stream.finish_reason == "cancelled"
    assert not exchange.ended


async def test_a_client_that_goes_before_the_first_token_does_too() -> None:
    with HostileServer([read_request, silence]) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN)))
            await asked(server)
            exchange.leave()
            await gone_within(server, 0.1)
            await running


async def test_a_client_that_goes_while_send_is_blocked_does_too() -> None:
    flood = [read_request, send(head() + chunk(frame({"content": "one"})) * 100), silence]
    with HostileServer(flood) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN)))
            await exchange.until(lambda: exchange.pieces == [BEAT])
            exchange.block()
            await asyncio.sleep(0.05)
            exchange.leave()  # and `send` stays blocked
            await gone_within(server, 0.1)
            await running


async def test_a_sync_stream_is_cancelled_too() -> None:
    with (
        HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server,
        Client(base_url=server.url, api_key=KEY) as client,
    ):
        exchange = Exchange()
        running = asyncio.ensure_future(exchange.run(respond(client.stream("Hi", model="m"), PLAIN)))
        await exchange.until(lambda: exchange.body == BEAT + b"one\n")
        exchange.leave()
        await gone_within(server, 0.1)
        await running


async def test_generators_are_closed() -> None:
    closed = threading.Event()
    hold = threading.Event()

    async def endless() -> AsyncIterator[Event]:
        try:
            while True:
                yield TextDelta("one")
                await asyncio.sleep(3600)
        finally:
            closed.set()

    def blocking() -> Iterator[Event]:
        try:
            yield TextDelta("one")
            hold.wait(5)
            yield TextDelta("two")
        finally:
            closed.set()

    for source in (endless(), blocking()):
        closed.clear()
        exchange = Exchange()
        running = asyncio.ensure_future(exchange.run(respond(source, PLAIN)))
        await exchange.until(lambda made=exchange: made.body == BEAT + b"one\n")  # type: ignore[misc]
        exchange.leave()
        await running
        hold.set()
        assert await asyncio.to_thread(closed.wait, 2)


async def test_the_next_batch_is_not_read_before_the_last_one_was_sent() -> None:
    given = 0

    async def counted() -> AsyncIterator[Event]:
        nonlocal given
        while True:
            given += 1
            yield TextDelta("x")

    exchange = Exchange()
    running = asyncio.ensure_future(exchange.run(respond(counted(), PLAIN)))
    await exchange.until(lambda: len(exchange.sent) >= 50)
    exchange.block()
    await asyncio.sleep(0.05)
    assert given <= len(exchange.sent) - 2 + 1  # all but the head and the heartbeat, and one that waits
    exchange.leave()
    await running


async def test_a_client_that_does_not_read_for_long_is_taken_for_gone() -> None:
    with HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            exchange.block()
            relay = Relay(feed_of(ask(client)), Telling(dialect=PLAIN, stall=0.1))
            await exchange.run(relay)
    assert relay.ended == "gone"


async def test_a_server_that_cancels_the_request_is_obeyed() -> None:
    with HostileServer([read_request, silence]) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(ask(client), PLAIN)))
            await asked(server)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            await gone_within(server, 0.1)


async def test_the_provider_is_not_asked_for_a_client_that_has_gone_already() -> None:
    with ReplayServer().serve(body=TEXT) as server:
        async with async_client(server.url) as client:
            exchange = Exchange()
            exchange.leave()
            await exchange.run(respond(ask(client), PLAIN))
    assert server.connections == 0
    assert exchange.sent == []


# ---- stopping from outside


async def test_stop_ends_the_answer_as_the_dialect_ends_an_error() -> None:
    with HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server:
        async with async_client(server.url) as client:
            relay = Relay(feed_of(ask(client)), Telling(dialect=PLAIN))
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(relay))
            await exchange.until(lambda: exchange.body == BEAT + b"one\n")
            relay.stop(Error("going down", kind="OverloadedError"))
            await running
    assert exchange.body == BEAT + b"one\n[error OverloadedError: going down]\n"
    assert exchange.ended
    assert relay.ended == "error OverloadedError"


async def test_stop_while_the_verdict_is_awaited_is_a_plain_refusal() -> None:
    with HostileServer([read_request, silence]) as server:
        async with async_client(server.url) as client:
            relay = Relay(feed_of(ask(client)), Telling(dialect=PLAIN, wait=30))
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(relay))
            await asked(server)
            relay.stop(Error("going down", kind="OverloadedError"))
            await running
    assert exchange.status == 503
    assert exchange.ended
