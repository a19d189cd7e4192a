"""RELIABILITY C1 row 25: a stream is stopped, from anywhere, at any moment; within 100 ms everything is free."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.faults.doors import KEY, PROMPT
from tests.faults.hostile import (
    HostileServer,
    Script,
    full_backlog,
    reached,
    read_request,
    refused,
    send,
    silence,
    wait_for,
)
from tests.faults.wire import FIRST, FIRST_TEXT, FRAMES, PIECES, WHOLE, chunk, head, refusal

from slipstream import AsyncClient, Client, Stream
from slipstream.errors import StreamClosedError
from slipstream.events import TextDelta

PROMISE = 0.1
"""Seconds from the cancel to the freed reader."""

HERE = reached("here")

WAITS: dict[str, tuple[Script, str]] = {
    "the TLS handshake": ([HERE, silence], ""),
    "the headers": ([read_request, HERE, silence], ""),
    "the first byte": ([read_request, send(head()), HERE, silence], ""),
    "the first content": ([read_request, send(head() + chunk(FRAMES[0])), HERE, silence], ""),
    "the middle of an event": ([read_request, send(head() + chunk(FIRST + FRAMES[3][:30])), HERE, silence], FIRST_TEXT),
    "the next event": ([read_request, send(head() + chunk(FIRST)), HERE, silence], FIRST_TEXT),
    "the pause of a retry": ([read_request, send(refusal(429, retry_after=30, connection="close")), HERE, silence], ""),
    "the body of an error": ([read_request, send(head(500) + chunk(b"{")), HERE, silence], ""),
    "the end mark": ([read_request, send(head() + chunk(b"".join(FRAMES))), HERE, silence], "".join(PIECES)),
}


def url_of(server: HostileServer, wait: str) -> str:
    return server.url.replace("http:", "https:") if "TLS" in wait else server.url


class Reader:
    """Reads a stream in a thread, and notes when it was freed."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.text = ""
        self.freed = 0.0
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            for piece in self.stream.text_stream:
                self.text += piece
        except BaseException as error:
            self.error = error
        self.freed = time.perf_counter()

    def join(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive(), "the reader still waits"


STOPS: dict[str, Callable[[Stream], None]] = {"cancel": Stream.cancel, "close": Stream.close}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("how", STOPS)
def test_another_thread_frees_a_blocked_reader_at_once(wait: str, how: str) -> None:
    script, text = WAITS[wait]
    with HostileServer(script) as server, Client(base_url=url_of(server, wait), api_key=KEY) as client:
        stream = client.stream(PROMPT)
        reader = Reader(stream)
        server.wait_until("here")
        while len(stream.message.text) < len(text):
            time.sleep(0.001)
        began = time.perf_counter()
        STOPS[how](stream)
        reader.join()
        assert reader.freed - began < PROMISE
        assert reader.error is None
        assert reader.text == stream.message.text == text
        assert stream.finish_reason == "cancelled"
        assert not stream.message.complete
        server.wait_gone()


def test_cancel_while_it_connects() -> None:
    with full_backlog() as url, Client(base_url=url, api_key=KEY) as client:
        stream = client.stream(PROMPT)
        reader = Reader(stream)
        while stream.metrics.attempts == 0:
            time.sleep(0.001)
        began = time.perf_counter()
        stream.cancel()
        reader.join()
        assert reader.freed - began < PROMISE
        assert stream.finish_reason == "cancelled"


@pytest.mark.parametrize("wait", WAITS)
def test_another_task_frees_a_waiting_reader_at_once(wait: str) -> None:
    script, text = WAITS[wait]

    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=url_of(server, wait), api_key=KEY) as client:
            stream = client.stream(PROMPT)
            reader = asyncio.ensure_future(collect(stream.text_stream))
            await asyncio.to_thread(server.wait_until, "here")
            while len(stream.message.text) < len(text):
                await asyncio.sleep(0.001)
            began = time.perf_counter()
            stream.cancel("the button")
            assert await reader == text
            assert time.perf_counter() - began < PROMISE
            assert stream.finish_reason == "cancelled"
            assert stream.message.raw_finish_reason == "the button"
            await asyncio.to_thread(server.wait_gone)

    with HostileServer(script) as server:
        asyncio.run(scene(server))


@pytest.mark.parametrize("wait", WAITS)
def test_a_cancelled_task_closes_its_socket_at_once(wait: str) -> None:
    script, text = WAITS[wait]

    async def read(client: AsyncClient, seen: list[str]) -> None:
        async with client.stream(PROMPT) as stream:
            async for piece in stream.text_stream:
                seen.append(piece)

    async def scene(server: HostileServer) -> None:
        seen: list[str] = []
        async with AsyncClient(base_url=url_of(server, wait), api_key=KEY) as client:
            task = asyncio.ensure_future(read(client, seen))
            await asyncio.to_thread(server.wait_until, "here")
            while len("".join(seen)) < len(text):
                await asyncio.sleep(0.001)
            began = time.perf_counter()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.perf_counter() - began < PROMISE
            await asyncio.to_thread(server.wait_gone)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with HostileServer(script) as server:
        asyncio.run(scene(server))


async def collect(pieces: object) -> str:
    return "".join([piece async for piece in pieces])  # type: ignore[attr-defined]


def test_cancel_from_a_thread_frees_a_reader_in_a_loop() -> None:
    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client, client.stream(PROMPT) as stream:
            reader = asyncio.ensure_future(collect(stream.text_stream))
            await asyncio.to_thread(server.wait_until, "here")
            await asyncio.to_thread(stream.cancel)
            assert await reader == ""
            assert stream.finish_reason == "cancelled"

    with HostileServer(WAITS["the headers"][0]) as server:
        asyncio.run(scene(server))


STUCK: dict[str, Script] = {
    "before the headers": [HERE, wait_for("over")],
    "after the headers": [send(head() + chunk(FIRST)), HERE, wait_for("over")],
}


@pytest.mark.parametrize("when", STUCK)
def test_cancel_while_a_peer_does_not_read_what_we_send(when: str) -> None:
    """A socket with unsent bytes must not stay open until somebody reads them."""
    with HostileServer(STUCK[when]) as server, Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream("x" * 20_000_000)
        reader = Reader(stream)
        server.wait_until("here")
        while when == "after the headers" and not reader.text:
            time.sleep(0.001)
        time.sleep(0.05)  # lets the socket's buffers fill; less makes the test easier, never wrong
        before = open_files()
        began = time.perf_counter()
        stream.cancel()
        reader.join()
        assert reader.freed - began < PROMISE
        while open_files() >= before:
            assert time.perf_counter() - began < 2, "the socket is still open"
            time.sleep(0.005)
        server.go("over")


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("when", STUCK)
def test_cancel_while_a_peer_does_not_read_what_we_send_in_a_loop(when: str) -> None:
    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            stream = client.stream("x" * 20_000_000)
            reader = asyncio.ensure_future(collect(stream.text_stream))
            await asyncio.to_thread(server.wait_until, "here")
            while when == "after the headers" and not stream.message.text:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)  # as above
            before = open_files()
            began = time.perf_counter()
            stream.cancel()
            await reader
            assert time.perf_counter() - began < PROMISE
            while open_files() >= before:
                assert time.perf_counter() - began < 2, "the socket is still open"
                await asyncio.sleep(0.005)
        server.go("over")

    with HostileServer(STUCK[when]) as server:
        asyncio.run(scene(server))


def test_the_reader_itself_may_cancel() -> None:
    with HostileServer([read_request, send(WHOLE)]) as server, Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream(PROMPT)
        seen = []
        for piece in stream.text_stream:
            seen.append(piece)
            if len(seen) == 2:
                stream.cancel()
        assert seen == PIECES[:2]
        stream.close()


def test_cancel_before_the_first_read_sends_nothing() -> None:
    async def scene(url: str) -> None:
        async with AsyncClient(base_url=url, api_key=KEY) as client:
            stream = client.stream(PROMPT)
            stream.cancel()
            assert [event async for event in stream] in ([], [event async for event in stream])
            assert stream.finish_reason == "cancelled"

    url = refused()
    asyncio.run(scene(url))
    with Client(base_url=url, api_key=KEY) as client:
        stream = client.stream(PROMPT)
        stream.cancel()
        assert list(stream.text_stream) == []
        assert stream.finish_reason == "cancelled"


def test_cancel_twice_and_after_the_end_is_nothing() -> None:
    with HostileServer([read_request, send(WHOLE)]) as server, Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream(PROMPT)
        stream.until_done()
        stream.cancel()
        stream.cancel()
        assert stream.finish_reason == "stop"
        assert stream.message.complete


def test_leaving_the_block_closes_the_socket() -> None:
    script = WAITS["the next event"][0]
    with HostileServer(script, script) as server, Client(base_url=server.url, api_key=KEY) as client:
        with client.stream(PROMPT) as stream:
            next(stream.text_stream)
        server.wait_gone()
        assert stream.finish_reason == "cancelled"
        assert stream.message.text == FIRST_TEXT
        with contextlib.suppress(ZeroDivisionError), client.stream(PROMPT) as stream:
            assert next(stream.text_stream)
            print(1 / 0)
        server.wait_gone()


def test_leaving_the_block_closes_the_socket_in_a_loop() -> None:
    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            async with client.stream(PROMPT) as stream:
                async for _ in stream.text_stream:
                    break
            await asyncio.to_thread(server.wait_gone)
            assert stream.finish_reason == "cancelled"

    with HostileServer(WAITS["the next event"][0]) as server:
        asyncio.run(scene(server))


def test_a_closed_stream_cannot_be_read() -> None:
    with Client(base_url=refused(), api_key=KEY) as client:
        stream = client.stream(PROMPT)
        started = iter(stream)
        stream.close()
        assert list(started) == []
        stream = client.stream(PROMPT)
        stream.close()
        with pytest.raises(StreamClosedError):
            iter(stream)


def test_closing_the_client_frees_the_readers_of_its_streams() -> None:
    with HostileServer(WAITS["the next event"][0]) as server:
        client = Client(base_url=server.url, api_key=KEY)
        reader = Reader(client.stream(PROMPT))
        server.wait_until("here")
        while reader.text != FIRST_TEXT:
            time.sleep(0.001)
        began = time.perf_counter()
        client.close()
        reader.join()
        assert reader.freed - began < 0.5
        server.wait_gone()
        assert len(server.lines) == 1, "nothing was sent again by a closed client"


def test_closing_the_client_ends_a_stream_that_is_read_later() -> None:
    with HostileServer(WAITS["the next event"][0]) as server:
        client = Client(base_url=server.url, api_key=KEY)
        stream = client.stream(PROMPT)
        pieces = stream.text_stream
        first = next(pieces)
        client.close()
        server.wait_gone()
        assert FIRST_TEXT.startswith(first + "".join(pieces))
        stream.close()


def test_closing_the_client_ends_its_streams_in_a_loop() -> None:
    async def scene(server: HostileServer) -> None:
        client = AsyncClient(base_url=server.url, api_key=KEY)
        stream = client.stream(PROMPT)
        reader = asyncio.ensure_future(collect(stream.text_stream))
        await asyncio.to_thread(server.wait_until, "here")
        await client.close()
        async with asyncio.timeout(1):
            await asyncio.gather(reader, return_exceptions=True)
        await stream.close()
        assert len(server.lines) == 1

    with HostileServer(WAITS["the headers"][0]) as server:
        asyncio.run(scene(server))


def forget(streams: list[Any]) -> None:
    streams.clear()
    gc.collect()


def test_a_forgotten_stream_warns_and_closes() -> None:
    with HostileServer(WAITS["the next event"][0]) as server, Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream(PROMPT)
        assert isinstance(next(event for event in stream if isinstance(event, TextDelta)), TextDelta)
        forgotten = [stream]
        del stream
        with pytest.warns(ResourceWarning, match="unclosed <Stream running>"):
            forget(forgotten)
        server.wait_gone()


def test_a_forgotten_stream_warns_and_closes_in_a_loop() -> None:
    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            stream = client.stream(PROMPT)
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
            forgotten = [stream]
            del stream, event
            with pytest.warns(ResourceWarning, match="unclosed <AsyncStream running>"):
                forget(forgotten)
            await asyncio.to_thread(server.wait_gone)

    with HostileServer(WAITS["the next event"][0]) as server:
        asyncio.run(scene(server))


def test_a_stream_that_was_read_to_its_end_needs_no_close(recwarn: pytest.WarningsRecorder) -> None:
    with HostileServer([read_request, send(WHOLE)]) as server, Client(base_url=server.url, api_key=KEY) as client:
        client.stream(PROMPT).until_done()
        client.stream(PROMPT)
        gc.collect()
        assert not recwarn.list
