"""The async door: the same as the sync one, with `await`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.client import answers
from tests.client.test_stream import Shout
from tests.replay_server import ReplayServer

from slipstream import AsyncClient
from slipstream.errors import StreamClosedError, StreamInterruptedError
from slipstream.events import ReasoningDelta, TextDelta


@pytest_asyncio.fixture
async def client(server: ReplayServer) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        yield client


async def test_nothing_is_sent_before_the_first_read(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi")
    await asyncio.sleep(0)
    assert server.requests == []
    await stream.until_done()
    assert repr(stream) == "<AsyncStream stop>"


@pytest.mark.parametrize(
    ("lens", "seen"),
    [("text_stream", ["Three ", "hearts."]), ("reasoning_stream", ["Octopuses, ", "perhaps."]), ("tool_calls", [])],
)
async def test_each_lens_shows_its_part(server: ReplayServer, client: AsyncClient, lens: str, seen: list[str]) -> None:
    server.serve(body=answers.TEXT)
    async with client.stream("hi") as stream:
        assert [part async for part in getattr(stream, lens)] == seen
        assert stream.message.text == "Three hearts."


async def test_lenses_share_one_position(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    async with client.stream("hi") as stream:
        first = await anext(aiter(stream.reasoning_stream))
        second = await anext(aiter(stream.text_stream))
        rest = [event.text async for event in stream.events if isinstance(event, (TextDelta, ReasoningDelta))]
    assert (first, second, rest) == ("Octopuses, ", "Three ", ["hearts."])


async def test_awaiting_a_stream_gives_its_message(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    message = await client.stream("hi")
    assert message.text == "Three hearts."
    assert await client.stream("hi").get_final_text() == "Three hearts."
    assert (await client.stream("hi").get_final_message()).complete


async def test_tool_calls_and_raw(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.CALLS)
    async with client.stream("hi") as stream:
        assert [call.name async for call in stream.tool_calls] == ["weather", "time"]
    async with client.stream("hi", include_raw=True) as stream:
        assert len([wire async for wire in stream.raw]) == answers.CALLS.count(b"data: {")


async def test_an_error_carries_what_had_arrived(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.CUT)
    stream = client.stream("hi")
    with pytest.raises(StreamInterruptedError) as caught:
        await stream
    assert caught.value.partial is stream.message
    assert stream.message.text == "Three "


async def test_regenerate_asks_the_same_again(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi")
    await stream
    assert await stream.regenerate().get_final_text() == "Three hearts."
    assert server.requests[0].body == server.requests[1].body


async def test_open_sends_now_and_raises_what_the_provider_refuses(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT).serve(body=b'{"error": {"message": "bad key"}}', status=401)
    async with await client.stream("hi").open() as stream:
        assert stream.response is not None
        assert await stream.get_final_text() == "Three hearts."
    with pytest.raises(Exception, match="bad key"):
        await client.stream("hi").open()


async def test_events_pass_the_stages(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi").through(Shout())
    assert await stream.get_final_text() == "THREE HEARTS."
    with pytest.raises(StreamClosedError, match="has started"):
        stream.through(Shout())


async def test_boxes_are_found_in_the_text(server: ReplayServer, client: AsyncClient) -> None:
    box = answers.frame({"content": "A cat <|begin_of_box|>[[100, 200, 300, 400]]<|end_of_box|> sits."})
    server.serve(body=box + answers.frame({}, "stop") + answers.DONE)
    async with client.stream("hi") as stream:
        assert [found.points async for found in stream.boxes] == [(0.1, 0.2, 0.3, 0.4)]


async def test_many_streams_of_one_client_run_side_by_side(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT, chunks=[150], pause=0.01)
    texts = await asyncio.gather(*(client.stream("hi").get_final_text() for _ in range(20)))
    assert texts == ["Three hearts."] * 20


async def test_a_timeout_of_the_loop_ends_a_stream_and_nothing_else(server: ReplayServer, client: AsyncClient) -> None:
    server.serve(body=answers.TEXT, chunks=[10], pause=0.05)
    stream = client.stream("hi")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), stream:
            await stream.until_done()
    assert stream.finish_reason == "cancelled"
