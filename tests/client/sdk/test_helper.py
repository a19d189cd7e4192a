"""The managers and shells of the helpers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import errors, sdk

LONG = r.sse(*[r.chunk(f"word {number} ") for number in range(3000)])
ASKED: dict[str, Any] = {"model": "m", "messages": r.MESSAGES}


def openai(server: ReplayServer) -> sdk.OpenAI:
    return sdk.OpenAI(base_url=server.url, api_key="k", max_retries=0)


def test_the_request_is_sent_on_entering(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER, headers={"x-request-id": "req_1"})
    with openai(server) as client:
        manager = client.chat.completions.stream(**ASKED)
        assert server.requests == []
        with manager as stream:
            assert len(server.requests) == 1
            assert (stream.response.status_code, stream.request_id) == (200, "req_1")
            assert stream.until_done() is stream
            assert stream.native.message.complete


def test_what_is_wrong_raises_at_once_and_a_refusal_on_entering(server: ReplayServer) -> None:
    server.serve(body=b"{}", status=404)
    with openai(server) as client:
        manager = client.chat.completions.stream(**ASKED)
        with pytest.raises(errors.NotFoundError), manager:
            pass
        with pytest.raises(errors.InvalidRequestError, match="messages"), client.chat.completions.stream(model="m"):
            pass
        with pytest.raises(errors.InvalidRequestError, match="response_format"):
            client.chat.completions.stream(**ASKED, response_format=3)


def test_leaving_the_block_closes(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    with openai(server) as client, client.chat.completions.stream(**ASKED) as stream:
        next(stream)
    assert server.all_gone()


async def test_leaving_the_async_block_closes(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01, headers={"x-request-id": "req_1"})
    async with sdk.AsyncOpenAI(base_url=server.url, api_key="k") as client:
        async with client.chat.completions.stream(**ASKED) as stream:
            assert (stream.response.status_code, stream.request_id) == (200, "req_1")
            event: Any = await anext(stream)
            assert event.snapshot.choices[0].message.content == "word 0 "
            assert stream.native.message.text.startswith("word 0")
        assert await asyncio.to_thread(server.all_gone)


def test_an_exception_in_the_block_closes(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    with openai(server) as client:
        with pytest.raises(ZeroDivisionError), client.chat.completions.stream(**ASKED) as stream:
            print(len([next(stream)]) / 0)
        assert server.all_gone()


async def test_the_async_helpers(server: ReplayServer) -> None:
    server.serve(path="/v1/messages", body=r.MESSAGE).serve(body=r.ANSWER)
    async with sdk.AsyncOpenAI(base_url=server.url, api_key="k") as client:
        async with client.beta.chat.completions.stream(**ASKED) as stream:
            kinds = [event.type async for event in stream]
            completion = await stream.get_final_completion()
            assert stream.current_completion_snapshot.id == completion.id
        assert kinds[:2] == ["chunk", "content.delta"]
        assert completion.choices[0].message.content == "冷知识：章鱼有三颗心。"
    async with sdk.AsyncAnthropic(base_url=server.url, api_key="k") as claude:
        async with claude.messages.stream(**ASKED, max_tokens=9) as messages:
            assert [text async for text in messages.text_stream] == ["An octopus ", "has three hearts."]
            assert await messages.get_final_text() == "An octopus has three hearts."
            assert messages.current_message_snapshot == await messages.get_final_message()
        message = await claude.messages.create(**ASKED, max_tokens=9, stream=True)
        assert [event.type async for event in message][-1] == "message_stop"


def test_beta_is_where_it_once_was(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER)
    with openai(server) as client, client.beta.chat.completions.stream(**ASKED) as stream:
        assert stream.get_final_completion().choices[0].message.content == "冷知识：章鱼有三颗心。"


def test_a_text_stream_can_be_left_and_taken_up(server: ReplayServer) -> None:
    server.serve(body=r.MESSAGE)
    with (
        sdk.Anthropic(base_url=server.url, api_key="k") as client,
        client.messages.stream(**ASKED, max_tokens=9) as stream,
    ):
        assert next(stream.text_stream) == "An octopus "
        assert list(stream.text_stream) == ["has three hearts."]


def test_a_manager_says_how_it_is_used() -> None:
    manager: Any = sdk.OpenAI(api_key="k").chat.completions.stream(**ASKED)
    with pytest.raises(AttributeError, match=r"'Manager' has no attribute 'get_final_completion'.*with"):
        manager.get_final_completion()
    other: Any = sdk.AsyncOpenAI(api_key="k").chat.completions.stream(**ASKED)
    with pytest.raises(AttributeError, match=r"'AsyncManager' has no attribute 'until_done'.*async with"):
        other.until_done()
