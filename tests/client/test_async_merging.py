"""The async merge: the same promises as the sync one, in one event loop."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.client import answers
from tests.client.test_merging import Bad, chunks, hold, long_answer
from tests.client.test_stream import Shout
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, AsyncStream
from slipstream.client.async_merged import ROOM, AsyncMerged
from slipstream.client.merging import merge
from slipstream.client.wrapping import wrap
from slipstream.errors import InvalidRequestError, ServerError, StreamClosedError, StreamInterruptedError
from slipstream.events import Abort, Error, Event, Finish, TextDelta


@pytest_asyncio.fixture
async def client(server: ReplayServer) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=server.url, api_key=answers.KEY, max_retries=0) as client:
        yield client


def ask(client: AsyncClient, count: int) -> list[AsyncStream]:
    return [client.stream(f"question {i}") for i in range(count)]


async def gone(server: ReplayServer) -> bool:
    return await asyncio.to_thread(server.all_gone)


# ---- what is read


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cuts=st.lists(st.integers(1, 400), min_size=1, max_size=5), bound=st.none() | st.integers(1, 4))
def test_each_stream_is_whole_and_in_order(server: ReplayServer, cuts: list[int], bound: int | None) -> None:
    server._answers.clear()
    for cut in cuts:
        server.serve(body=answers.TEXT, chunks=[cut])

    async def main() -> None:
        async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
            alone = [event async for event in client.stream("hi")]
            async with merge(ask(client, len(cuts)), bound) as merged:
                seen = [item async for item in merged]
            for index in range(len(cuts)):
                assert [event for i, event in seen if i == index] == alone
            assert [message.text for message in merged.messages] == ["Three hearts."] * len(cuts)
            assert merged.errors == {}

    asyncio.run(main())


async def test_a_large_batch_does_not_hold_up_the_others(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=long_answer(2000))
    async with merge(ask(client, 2)) as merged:
        reader = aiter(merged)
        first, _ = await anext(reader)
        while len(merged._ring) + 1 < 2 or not all(slot.events for slot in merged._open.values()):
            await asyncio.sleep(0)
        turns = [(await anext(reader))[0] for _ in range(40)]
        await reader.aclose()  # type: ignore[attr-defined]
    assert 18 <= turns.count(1 - first) <= 22


async def test_the_text_of_all_and_until_done(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT, chunks=[50])
    pieces = [piece async for piece in merge(ask(client, 3)).text_stream]
    assert sorted(pieces) == [(i, text) for i in range(3) for text in ("Three ", "hearts.")]
    merged = await merge(ask(client, 3)).until_done()
    assert [message.text for message in merged.messages] == ["Three hearts."] * 3
    assert [item async for item in merged] == []
    assert not merged.cancelled


async def test_stages_work_as_ever(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    streams = [client.stream("a").through(Shout()), client.stream("b")]
    texts = {text async for _, text in merge(streams).text_stream}
    assert texts == {"THREE ", "HEARTS.", "Three ", "hearts."}
    assert all(stream.metrics.total is not None and stream.finish_reason == "stop" for stream in streams)


async def test_a_reader_that_stops_stops_the_streams_and_gets_everything_later(
    server: ReplayServer, client: AsyncClient
) -> None:
    server.serve(body=long_answer(400), chunks=[400], pause=0.001)
    async with merge(ask(client, 3)) as merged:
        reader = aiter(merged)
        texts = [await anext(reader)]
        async with asyncio.timeout(5):
            while not all(slot.room is not None and not slot.room.done() for slot in merged._open.values()):
                await asyncio.sleep(0.001)
        assert all(slot.batches == ROOM for slot in merged._open.values())
        texts += [item async for item in reader]
    assert len([event for _, event in texts if isinstance(event, TextDelta)]) == 3 * 400


# ---- how many at once


async def test_at_most_so_many_are_open(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT, chunks=[60], pause=0.001)
    ended: set[int] = set()
    begun: set[int] = set()
    async with merge(ask(client, 7), max_concurrent=2) as merged:
        async for index, event in merged:
            begun.add(index)
            assert len(begun - ended) <= 2
            assert len(server.requests) <= len(ended) + 2
            if type(event) is Finish:
                ended.add(index)
    assert ended == set(range(7))


async def test_iterators_without_end_are_asked_when_there_is_room(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    made = itertools.count()

    def endless() -> Iterator[AsyncStream]:
        while True:
            yield client.stream(f"question {next(made)}")

    async def async_endless() -> AsyncIterator[AsyncStream]:
        for stream in endless():
            await asyncio.sleep(0)
            yield stream

    for source in (endless(), async_endless()):
        made = itertools.count()
        ended = 0
        async for _, event in merge(source, max_concurrent=3):
            ended += type(event) is Finish
            if ended == 10:
                break
        assert next(made) <= 10 + 4


async def test_an_async_iterator_is_waited_for_beside_the_reading(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    gate = asyncio.Event()

    async def late() -> AsyncIterator[AsyncStream]:
        yield client.stream("a")
        await gate.wait()
        yield client.stream("b")

    order = []
    async for index, event in merge(late()):
        order.append(index)
        if type(event) is Finish:
            gate.set()
    assert order == sorted(order)
    assert set(order) == {0, 1}


async def test_an_iterator_that_gives_something_else_or_breaks(server: ReplayServer, client: AsyncClient) -> None:
    hold(server)

    async def bad(last: Any) -> AsyncIterator[Any]:
        yield client.stream("a")
        if isinstance(last, Exception):
            raise last
        yield last

    with pytest.raises(InvalidRequestError, match=r"streams\[1\] is a int"):
        await merge(bad(7)).until_done()
    with pytest.raises(ZeroDivisionError):
        await merge(bad(ZeroDivisionError())).until_done()
    assert await gone(server)


async def test_no_streams_come(client: AsyncClient) -> None:
    async def nothing() -> AsyncIterator[AsyncStream]:
        return
        yield

    assert [item async for item in merge(nothing())] == []
    none: list[AsyncStream] = []
    async with merge(none) as merged:
        assert [item async for item in merged] == []
        assert [item async for item in merged.text_stream] == []
        assert (await merged.until_done()).messages == []
        await merged.close()


async def test_a_thousand_streams(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT, chunks=[400], pause=0.01)
    async with (
        AsyncClient(base_url=server.url, api_key=answers.KEY) as client,
        merge((client.stream(str(i)) for i in range(1000)), max_concurrent=300) as merged,
    ):
        finished = sum([type(event) is Finish async for _, event in merged])
    assert (finished, merged.errors) == (1000, {})


# ---- failures


async def test_one_failure_does_not_stop_the_others(server: ReplayServer, client: AsyncClient) -> None:
    server.serve("/chat/completions", body=answers.TEXT, chunks=[100], pause=0.001)
    server.serve("/broken/chat/completions", status=500, body=b'{"error": {"message": "no"}}')
    server.serve("/cut/chat/completions", body=answers.CUT)
    last: dict[int, Event] = {}
    async with (
        AsyncClient(base_url=f"{server.url}/broken", api_key=answers.KEY, max_retries=0) as broken,
        AsyncClient(base_url=f"{server.url}/cut", api_key=answers.KEY) as cut,
        merge([client.stream("a"), broken.stream("b"), cut.stream("c")]) as merged,
    ):
        async for index, event in merged:
            last[index] = event
            assert type(event) is not Error or index in merged.errors
    assert isinstance(merged.errors[1], ServerError)
    assert isinstance(merged.errors[2], StreamInterruptedError)
    assert merged.errors[2].partial is merged.messages[2]
    assert [type(last[index]) for index in range(3)] == [Finish, Error, Error]
    assert [message.finish_reason for message in merged.messages] == ["stop", "error", "interrupted"]


async def test_a_stream_that_cannot_be_opened_or_is_out_of_order(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as closed:
        dead = closed.stream("b")
    merged = merge([client.stream("a"), dead, client.stream("c").through(Bad())])
    errors = [(i, e.kind) async for i, e in merged if isinstance(e, Error)]
    assert sorted(errors) == [(1, "StreamClosedError"), (2, "IllegalEventError")]
    assert merged.messages[0].text == "Three hearts."
    assert merged.messages[1].finish_reason == "error"


# ---- stopping


@pytest.mark.parametrize("where", ["task", "thread"])
async def test_cancel_stops_all_at_once(server: ReplayServer, client: AsyncClient, where: str) -> None:
    hold(server)
    times: list[float] = []
    texts = 0

    def stop(merged: AsyncMerged) -> None:
        times.append(time.monotonic())
        merged.cancel("enough")

    async with merge(ask(client, 50)) as merged:
        async for _ in merged.text_stream:
            texts += 1
            if texts == 50 and where == "thread":
                threading.Thread(target=stop, args=(merged,)).start()
            elif texts == 50:
                asyncio.get_running_loop().call_later(0.01, stop, merged)
        times.append(time.monotonic())
    assert times[1] - times[0] < 0.1
    assert merged.cancelled
    assert {(m.finish_reason, m.raw_finish_reason, m.text) for m in merged.messages} == {
        ("cancelled", "enough", "Three ")
    }
    assert await gone(server)


async def test_cancel_before_the_first_read(server: ReplayServer, client: AsyncClient) -> None:
    merged = merge(ask(client, 2))
    merged.cancel()
    assert [item async for item in merged] == []
    assert [message.finish_reason for message in merged.messages] == ["cancelled"] * 2
    assert server.requests == []


@pytest.mark.parametrize("way", ["block", "break", "lens", "error", "close", "task"])
async def test_leaving_closes_all(server: ReplayServer, client: AsyncClient, way: str) -> None:
    hold(server)
    streams = ask(client, 5)
    merged = merge(streams, max_concurrent=4)
    try:
        await leave(merged, way)
    except (ZeroDivisionError, TimeoutError):
        gc.collect()  # the traceback held the loop
    assert await gone(server)
    await merged.close()
    assert [stream.finish_reason for stream in streams] == ["cancelled"] * 5
    assert not merged.cancelled
    with pytest.raises(StreamClosedError):
        await streams[4]


async def leave(merged: AsyncMerged, way: str) -> None:
    if way == "block":
        async with merged:
            await anext(aiter(merged))
    elif way == "close":
        reader = aiter(merged)
        await anext(reader)
        await merged.close()
        assert [item async for item in reader] == []
    elif way == "task":
        async with asyncio.timeout(0.2):
            await merged.until_done()
    async for _ in merged.text_stream if way == "lens" else merged:
        if way == "error":
            raise ZeroDivisionError
        break


async def test_a_closed_merge_cannot_be_read(client: AsyncClient) -> None:
    merged = merge(ask(client, 2))
    await merged.close()
    with pytest.raises(StreamClosedError):
        aiter(merged)


async def test_one_stream_may_be_cancelled(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT, chunks=[len(answers.TEXT) - 60, 60], pause=0.2)
    streams = ask(client, 3)
    last: dict[int, Event] = {}
    async for index, event in merge(streams, max_concurrent=2):
        assert index not in last or type(last[index]) is not Abort
        last[index] = event
        if index == 0 and isinstance(event, TextDelta):
            streams[0].cancel("no")
            streams[2].cancel("never began")
    assert [type(last[index]) for index in range(3)] == [Abort, Finish, Abort]
    assert last[2] == Abort("never began")
    assert [stream.finish_reason for stream in streams] == ["cancelled", "stop", "cancelled"]


# ---- streams of other SDKs


async def test_streams_of_other_sdks(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)

    async def foreign() -> AsyncIterator[dict[str, Any]]:
        for chunk in chunks("a", "b"):
            await asyncio.sleep(0)
            yield chunk

    streams = [wrap(foreign()), client.stream("hi")]
    texts = [item async for item in merge(streams).text_stream]
    assert sorted(texts) == [(0, "a"), (0, "b"), (1, "Three "), (1, "hearts.")]
