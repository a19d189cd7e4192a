"""The streams of the SDK shapes over real sockets: when they are sent, what they raise, when they let go."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import errors, sdk

LONG = r.sse(*[r.chunk(f"word {number} ") for number in range(3000)])
FIRST = r.sse(r.chunk("a"), done=False)
ERROR = b'{"error": {"message": "no such key", "type": "invalid_request_error", "code": "invalid_api_key"}}'


def openai(server: ReplayServer, **settings: Any) -> Any:
    return sdk.OpenAI(base_url=server.url, api_key="k", **settings)


def ask(client: Any, **arguments: Any) -> Any:
    return client.chat.completions.create(model="m", messages=r.MESSAGES, **{"stream": True, **arguments})


def test_the_request_is_sent_by_create_and_the_answer_is_not_awaited(server: ReplayServer) -> None:
    server.serve(body=FIRST + r.ANSWER, chunks=[1, len(FIRST)], pause=0.3, headers={"x-request-id": "req_7"})
    with openai(server) as client:
        began = time.monotonic()
        with ask(client) as stream:
            assert time.monotonic() - began < 0.25
            assert len(server.requests) == 1
            assert (stream.response.status_code, stream.response.request_id) == (200, "req_7")
            assert stream.response.headers["content-type"].startswith("text/event-stream")
            assert next(stream).choices[0].delta.content == "a"


@pytest.mark.parametrize("streaming", [True, False])
def test_a_refusal_is_raised_by_create(server: ReplayServer, streaming: bool) -> None:
    server.serve(body=ERROR, status=401, headers={"x-request-id": "req_9"})
    with openai(server) as client, pytest.raises(sdk.AuthenticationError) as caught:
        ask(client, stream=streaming)
    error: Any = caught.value
    assert (error.status_code, error.code, error.request_id) == (401, "invalid_api_key", "req_9")
    assert (error.message, error.type, error.body) == ("no such key", "invalid_api_key", None)
    assert isinstance(error, sdk.APIStatusError)
    assert isinstance(error, sdk.APIError)


async def test_a_refusal_is_raised_by_awaiting_create(server: ReplayServer) -> None:
    server.serve(body=ERROR, status=429)
    async with sdk.AsyncOpenAI(base_url=server.url, api_key="k", max_retries=0) as client:
        with pytest.raises(sdk.APIStatusError) as caught:
            await client.chat.completions.create(model="m", messages=r.MESSAGES, stream=True)
        assert caught.value.__dict__["status_code"] == 429


def test_what_fails_before_content_is_tried_again(server: ReplayServer) -> None:
    for _ in range(2):
        server.serve(body=b"busy", status=503, headers={"retry-after-ms": "1"})
    server.serve(body=r.ANSWER)
    with openai(server) as client:
        text = "".join(c.choices[0].delta.content or "" for c in ask(client) if c.choices)
    assert text == "冷知识：章鱼有三颗心。"
    assert len(server.requests) == 3


def test_nothing_is_tried_again_when_that_was_asked_for(server: ReplayServer) -> None:
    server.serve(body=b"busy", status=503)
    with openai(server, max_retries=0) as client, pytest.raises(sdk.OverloadedError):
        ask(client)
    assert len(server.requests) == 1


def test_a_cut_stream_is_no_success(server: ReplayServer) -> None:
    server.serve(body=r.sse(r.chunk("half an "), r.chunk("answer"), done=False))
    seen = []
    with openai(server) as client, pytest.raises(errors.StreamInterruptedError) as caught:
        seen.extend(ask(client))
    assert caught.value.partial.text == "half an answer"
    assert caught.value.__dict__["status_code"] is None


def test_every_frame_comes_before_the_error(server: ReplayServer) -> None:
    server.serve(
        body=r.sse(r.chunk("", delta={"role": "assistant"}), r.chunk("half"), done=False) + b"data: " + ERROR + b"\n\n"
    )
    seen: list[Any] = []
    with openai(server) as client, pytest.raises(sdk.AuthenticationError):
        seen.extend(ask(client))
    assert [chunk.to_dict() for chunk in seen] == [r.chunk("", delta={"role": "assistant"}), r.chunk("half")]


def test_the_timeout_bounds_the_silence(server: ReplayServer) -> None:
    server.serve(body=FIRST + r.ANSWER, chunks=[len(FIRST), 9], pause=30)
    with openai(server, timeout=0.2, max_retries=0) as client, pytest.raises(sdk.APITimeoutError) as caught:
        list(ask(client))
    assert caught.value.clock == "idle"


def test_nobody_there() -> None:
    client = sdk.OpenAI(base_url="http://127.0.0.1:9", api_key="k", max_retries=0)
    with client, pytest.raises(sdk.APIConnectionError):
        ask(client)


@pytest.mark.parametrize("body", [b"<html><title>Login</title></html>", b'["a list"]', b"", b"3"])
def test_an_answer_that_is_no_answer(server: ReplayServer, body: bytes) -> None:
    server.serve(body=body)
    with openai(server, max_retries=0) as client, pytest.raises(errors.SlipstreamError):
        ask(client, stream=False)


def test_a_whole_answer(server: ReplayServer) -> None:
    server.serve(body=r.WHOLE_ANSWER, headers={"x-request-id": "req_1"})
    with openai(server) as client:
        answer = ask(client, stream=False)
    assert (answer.choices[0].message.content, answer.usage.total_tokens) == ("冷知识：章鱼有三颗心。", 21)
    assert answer._request_id == "req_1"
    assert "_request_id" not in answer.model_dump()


# ---- letting go


def test_a_dropped_stream_lets_go_at_once(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    gc.disable()
    try:
        with openai(server) as client:
            for _ in ask(client):
                break  # the stream is dropped here, and no collector runs
            assert server.all_gone()
    finally:
        gc.enable()


async def test_a_dropped_async_stream_lets_go_at_once(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    gc.disable()
    try:
        async with sdk.AsyncOpenAI(base_url=server.url, api_key="k") as client:
            async for _ in await client.chat.completions.create(model="m", messages=r.MESSAGES, stream=True):
                break
            assert await asyncio.to_thread(server.all_gone)
    finally:
        gc.enable()


def test_a_stream_outlives_its_client_and_the_client_its_twin(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER, chunks=[40], pause=0.01)
    stream = ask(openai(server))  # the client is dropped here
    gc.collect()
    assert len(list(stream)) == 6
    twin = openai(server).with_options(max_retries=0)
    gc.collect()
    assert len(list(ask(twin))) == 6


def test_a_stream_can_be_left_and_entered_again(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER)
    with openai(server) as client:
        stream = ask(client)
        first = next(iter(stream))
        rest = list(stream)
        assert first.choices[0].delta.role == "assistant"
        assert len(rest) == 5
        assert list(stream) == []
        stream.close()
        stream.close()


def test_close_from_another_thread_frees_the_reader(server: ReplayServer) -> None:
    server.serve(body=FIRST + r.ANSWER, chunks=[len(FIRST), 9], pause=30)
    with openai(server) as client:
        stream = ask(client)
        reading = threading.Event()
        seen: list[Any] = []

        def read() -> None:
            for chunk in stream:
                seen.append(chunk)
                reading.set()

        thread = threading.Thread(target=read)
        thread.start()
        assert reading.wait(10)
        began = time.monotonic()
        stream.close()
        thread.join(5)
        assert not thread.is_alive()
        assert time.monotonic() - began < 1
        assert len(seen) == 1
        assert stream.native.finish_reason == "cancelled"


def test_the_response_closes_too(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    with openai(server) as client:
        stream = ask(client)
        next(stream)
        stream.response.close()
        assert server.all_gone()


def test_the_stream_underneath_has_the_figures(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER)
    with openai(server) as client:
        stream = ask(client)
        list(stream)
        assert stream.native.metrics.time_to_first_output is not None
        assert stream.native.message.text == "冷知识：章鱼有三颗心。"
        assert stream.native.usage.total_tokens == 21


PROGRAMS = {
    "sync": """
from slipstream.sdk import OpenAI
client = OpenAI(base_url=URL, api_key="k")
for chunk in client.chat.completions.create(model="m", messages=MESSAGES, stream=True):
    print(chunk.model)
""",
    "break": """
from slipstream.sdk import OpenAI
client = OpenAI(base_url=URL, api_key="k")
for chunk in client.chat.completions.create(model="m", messages=MESSAGES, stream=True):
    print(chunk.model)
    break
""",
    "async": """
import asyncio
from slipstream.sdk import AsyncOpenAI
client = AsyncOpenAI(base_url=URL, api_key="k")
async def main():
    async for chunk in await client.chat.completions.create(model="m", messages=MESSAGES, stream=True):
        print(chunk.model)
        break
asyncio.run(main())
asyncio.run(main())
""",
    "claude": """
import asyncio
from slipstream.sdk import AsyncAnthropic
async def main():
    async with AsyncAnthropic(base_url=URL, api_key="k").messages.stream(
            model="m", max_tokens=9, messages=MESSAGES) as stream:
        async for text in stream.text_stream:
            print(text)
asyncio.run(main())
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_closes_nothing_ends_in_silence(server: ReplayServer, name: str) -> None:
    """As programs for the SDKs do. No complaint of a socket, a task or a session, and no hang."""
    server.serve(path="/v1/messages", body=r.MESSAGE).serve(body=r.ANSWER)
    head = f"URL, MESSAGES = {server.url!r}, [{{'role': 'user', 'content': 'Hi'}}]\n"
    source = str(Path(sdk.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", head + PROGRAMS[name]],
        env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
