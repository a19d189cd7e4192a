"""`encode`: the bytes of a body, for frameworks that take an iterator."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.client.answers import KEY, TEXT
from tests.faults.hostile import HostileServer, read_request, send, silence
from tests.faults.wire import chunk, frame, head, refusal
from tests.gateway.plain import PLAIN
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, Client
from slipstream.errors import InvalidRequestError
from slipstream.gateway import encode

TOLD = b"\nThree \nhearts.\n[finish]\n"
ONE = [read_request, send(head() + chunk(frame({"content": "one"}))), silence]


def test_a_stream_becomes_an_iterator_with_headers() -> None:
    with (
        ReplayServer().serve(body=TEXT) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        encode(client.stream("Hi", model="m"), PLAIN) as body,
    ):
        assert b"".join(body) == TOLD
    assert body.headers["cache-control"] == "no-store, no-transform"
    assert body.content_type == body.headers["content-type"] == "text/plain; charset=utf-8"
    assert "connection" not in body.headers  # WSGI servers refuse it


async def test_an_async_stream_becomes_an_async_one() -> None:
    with ReplayServer().serve(body=TEXT) as server:
        client = AsyncClient(base_url=server.url, api_key=KEY)
        async with client, encode(client.stream("Hi", model="m"), PLAIN) as body:
            assert b"".join([piece async for piece in body]) == TOLD


def test_the_first_piece_comes_before_the_provider_says_anything() -> None:
    with HostileServer([read_request, silence]) as server, Client(base_url=server.url, api_key=KEY) as client:
        with encode(client.stream("Hi", model="m"), PLAIN) as body:
            assert next(body) == b"\n"
        assert server.requests == []


def test_a_silence_gives_signs_of_life_and_closing_cancels_the_stream() -> None:
    with HostileServer(ONE) as server, Client(base_url=server.url, api_key=KEY) as client:
        body = encode(client.stream("Hi", model="m"), PLAIN, heartbeat=0.05)
        assert [next(body) for _ in range(4)] == [b"\n", b"one\n", b"\n", b"\n"]
        body.close()
        body.close()
        server.wait_gone(timeout=0.5)


async def test_the_same_of_an_async_stream() -> None:
    with HostileServer(ONE) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            body = encode(client.stream("Hi", model="m"), PLAIN, heartbeat=0.05)
            assert [await anext(body) for _ in range(4)] == [b"\n", b"one\n", b"\n", b"\n"]
            await asyncio.to_thread(body.close)  # Django does so, from a thread
            assert await asyncio.to_thread(server.lines[0].gone.wait, 0.5)
            await body.aclose()


async def test_a_task_that_is_cancelled_while_it_waits_cancels_the_stream() -> None:
    with HostileServer(ONE) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            body = encode(client.stream("Hi", model="m"), PLAIN)
            assert [await anext(body) for _ in range(2)] == [b"\n", b"one\n"]
            waiting = asyncio.ensure_future(anext(body))
            await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await asyncio.to_thread(server.lines[0].gone.wait, 0.5)


def test_closing_from_another_thread_frees_the_one_that_reads() -> None:
    with HostileServer(ONE) as server, Client(base_url=server.url, api_key=KEY) as client:
        body = encode(client.stream("Hi", model="m"), PLAIN, heartbeat=None)
        assert [next(body), next(body)] == [b"\n", b"one\n"]
        rest: list[bytes] = []
        reading = threading.Thread(target=lambda: rest.extend(body))
        reading.start()
        body.close()
        reading.join(2)
        assert not reading.is_alive()
        assert rest == [b"[cut]\n"]


def test_an_iterator_that_is_forgotten_cancels_the_stream() -> None:
    with HostileServer(ONE) as server, Client(base_url=server.url, api_key=KEY) as client:
        body = encode(client.stream("Hi", model="m"), PLAIN)
        assert [next(body), next(body)] == [b"\n", b"one\n"]
        del body
        server.wait_gone(timeout=2)


def test_a_refusal_comes_as_the_dialects_error() -> None:
    refusing = HostileServer([read_request, send(refusal(401)), silence])
    with refusing as server, Client(base_url=server.url, api_key=KEY) as client:
        body = b"".join(encode(client.stream("Hi", model="m"), PLAIN))
    assert body.startswith(b"\n[error AuthenticationError: ")


@pytest.mark.parametrize("heartbeat", [0, -1, True, "1"])
def test_a_bad_heartbeat_is_refused(heartbeat: float) -> None:
    with (
        Client(base_url="http://127.0.0.1:9", api_key=KEY) as client,
        pytest.raises(InvalidRequestError, match="heartb"),
    ):
        encode(client.stream("Hi", model="m"), PLAIN, heartbeat=heartbeat)


def test_what_is_no_stream_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="the stream is a list"):
        encode([], PLAIN)  # type: ignore[call-overload]
