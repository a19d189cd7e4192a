"""Clients of the server: many at once, one that leaves, one whose server leaves."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from tests.local.wire import chunks, slots, until, user

from slipstream.local import Endpoint, LocalServer

STORY = {"messages": user("Write a long story about a whale."), "stream": True, "temperature": 0}


def _story(
    session: aiohttp.ClientSession, endpoint: Endpoint, tokens: int = -1
) -> aiohttp.client._RequestContextManager:
    headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    return session.post(f"{endpoint.base_url}/chat/completions", json={**STORY, "max_tokens": tokens}, headers=headers)


async def test_many_clients_at_once(local_endpoint: Endpoint) -> None:
    async def one(session: aiohttp.ClientSession) -> bytes:
        async with _story(session, local_endpoint, 10) as response:
            assert response.status == 200
            return await response.read()

    async with aiohttp.ClientSession() as session:
        answers = await asyncio.gather(*(one(session) for _ in range(8)))
    for answer in answers:
        assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "length"


async def test_a_closed_request_frees_its_slot(server: LocalServer) -> None:
    endpoint = await asyncio.to_thread(server.endpoint)
    async with aiohttp.ClientSession() as session:
        async with _story(session, endpoint) as response:
            await response.content.readline()
            assert [slot["is_processing"] for slot in await asyncio.to_thread(slots, endpoint)] == [True]
            response.close()
        free = await asyncio.to_thread(until, lambda: not slots(endpoint)[0]["is_processing"])
        assert free, "the only slot is still computing for a reader that has gone"


def test_a_stop_in_the_middle_of_a_stream_does_not_wait_for_it(server: LocalServer) -> None:
    endpoint = server.endpoint()

    async def run() -> None:
        async with aiohttp.ClientSession() as session, _story(session, endpoint) as response:
            await response.content.readline()
            started = time.monotonic()
            await asyncio.to_thread(server.stop)
            assert time.monotonic() - started < 1.0
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()

    asyncio.run(run())
