"""Back-pressure and many at once: memory stays flat, sockets stop, nobody waits for anybody else."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from tests.faults.doors import KEY, PROMPT
from tests.faults.hostile import HostileServer, Script, flood, read_request, send, silence
from tests.faults.memory import MemoryWatch
from tests.faults.wire import DONE, LAST_CHUNK, TEXT, WHOLE, chunk, frame, head, text_frames

from slipstream import AsyncClient, Client
from slipstream.events import TextDelta

MIB = 2**20
PIECE = chunk(frame({"content": "x" * 1000}) * 16)
ENDLESS: Script = [read_request, send(head()), flood(PIECE, 10**12)]
PLATEAU = 32 * MIB
"""What may be on its way to a reader that stopped: the kernel's buffers on both sides, aiohttp's, and 32 batches."""


def settled(server: HostileServer) -> int:
    """Bytes that the server could send by the time it could send no more."""
    sent = -1
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        before, sent = sent, server.lines[0].sent
        if before == sent:
            return sent
        time.sleep(0.1)
    raise AssertionError(f"the server still sends, after {sent} bytes")


def test_a_reader_that_stops_stops_the_socket() -> None:
    with (
        HostileServer(ENDLESS) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        MemoryWatch() as memory,
        client.stream(PROMPT) as stream,
    ):
        pieces = stream.text_stream
        assert next(pieces)
        assert settled(server) < PLATEAU
        assert next(pieces) == "x" * 1000, "and goes on where it stopped"
    assert memory.grown < 4 * PLATEAU


def test_a_reader_that_stops_stops_the_socket_in_a_loop() -> None:
    async def scene(server: HostileServer) -> None:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client, client.stream(PROMPT) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
            assert await asyncio.to_thread(settled, server) < PLATEAU
            async for event in stream:
                if isinstance(event, TextDelta):
                    break

    with HostileServer(ENDLESS) as server:
        asyncio.run(scene(server))


@pytest.mark.parametrize("keep", [True, False])
def test_memory_is_the_text_and_no_more_however_long_the_answer(keep: bool) -> None:
    """40 MB of wire bytes; what is kept is the text, 37 MB of it, or nothing."""
    frames = frame({"content": "x" * 1000}) * 64
    size = 36_000
    script = [
        read_request,
        send(head(chunked=False)),
        flood(frames, size * len(frames) // 64),
        send(frame({}, "stop") + DONE),
    ]
    with HostileServer(script) as server, Client(base_url=server.url, api_key=KEY) as client:
        with MemoryWatch() as memory:
            stream = client.stream(PROMPT, keep=keep)
            count = sum(len(event.text) for event in stream if isinstance(event, TextDelta))
        assert stream.message.complete
        assert count >= size * 1000
        assert len(stream.message.text) == (count if keep else 0)
        assert memory.grown < (2.5 * count + 16 * MIB if keep else 16 * MIB)


def test_a_slow_reader_does_not_slow_the_others() -> None:
    with (
        HostileServer(ENDLESS, [read_request, send(WHOLE)]) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        client.stream(PROMPT) as slow,
    ):
        next(slow.text_stream)
        began = time.perf_counter()
        for _ in range(10):
            assert client.stream(PROMPT).get_final_text() == TEXT
        assert time.perf_counter() - began < 2


def test_many_threads_share_one_client_from_its_first_moment() -> None:
    count = 32
    barrier = threading.Barrier(count)
    texts: list[str] = []

    def ask(client: Client) -> None:
        barrier.wait(10)
        for _ in range(3):
            texts.append(client.stream(PROMPT).get_final_text())

    script = [read_request, send(WHOLE)] * 100
    with HostileServer(script) as server, Client(base_url=server.url, api_key=KEY) as client:
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert texts == [TEXT] * count * 3
        assert threading.active_count() <= count + 4


def test_two_hundred_streams_at_once_in_a_loop() -> None:
    frames = text_frames([str(i % 10) for i in range(50)])
    script = [read_request, send(head()), *(send(chunk(part)) for part in frames), send(chunk(DONE) + LAST_CHUNK)]

    async def scene(url: str) -> list[str]:
        async with AsyncClient(base_url=url, api_key=KEY) as client:
            return await asyncio.gather(*(client.stream(PROMPT).get_final_text() for _ in range(200)))

    with HostileServer(script) as server:
        assert asyncio.run(scene(server.url)) == ["0123456789" * 5] * 200


def test_several_clients_share_one_thread_and_the_last_one_stops_it() -> None:
    def ours() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "slipstream"]

    with HostileServer([read_request, send(WHOLE)]) as server:
        clients = [Client(base_url=server.url, api_key=KEY) for _ in range(3)]
        for client in clients:
            client.stream(PROMPT).until_done()
        for left in (2, 1, 0):
            assert ours() == ["slipstream"]
            clients[left].close()
        assert ours() == []


def test_a_client_that_never_asked_starts_no_thread() -> None:
    before = threading.active_count()
    client = Client(base_url="http://127.0.0.1:9", api_key=KEY)
    client.stream(PROMPT)
    assert threading.active_count() == before
    client.close()
    client.close()


def test_the_sync_door_works_where_a_loop_already_runs() -> None:
    """Jupyter runs every cell inside a loop; the sync client must not care."""

    async def cell(url: str) -> str:
        with Client(base_url=url, api_key=KEY) as client:
            return client.stream(PROMPT).get_final_text()

    with HostileServer([read_request, send(WHOLE)]) as server:
        assert asyncio.run(cell(server.url)) == TEXT


def test_one_async_client_serves_one_loop_after_another() -> None:
    async def ask(client: AsyncClient) -> str:
        return await client.stream(PROMPT).get_final_text()

    async def last(client: AsyncClient) -> str:
        text = await ask(client)
        await client.close()
        return text

    with HostileServer([read_request, send(WHOLE)]) as server:
        client = AsyncClient(base_url=server.url, api_key=KEY)
        assert asyncio.run(last(client)) == TEXT


def test_the_provider_sees_the_close_of_a_reader_that_stopped() -> None:
    script = [read_request, send(WHOLE[:-60]), silence]
    with HostileServer(script) as server, Client(base_url=server.url, api_key=KEY) as client:
        with client.stream(PROMPT) as stream:
            next(stream.text_stream)
        server.wait_gone()
