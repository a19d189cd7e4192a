"""OpenAI, text and figures: EXAMPLES rows 2, 3, 4, 5, 7 and 15.

Each program runs with the official SDK and with ours, and prints the same: see `side_by_side.py`.
"""

# ruff: noqa: N803 - the argument is the class that a program would import
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import printed, same_bodies
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]


# ---- row 2


def print_text(OpenAI: Any) -> None:
    client = OpenAI()
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="", flush=True)
    print()


def test_row_2_print_the_text(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=r.ANSWER, chunks=[7])
    assert printed(print_text, capsys, openai.OpenAI, sdk.OpenAI) == "冷知识：章鱼有三颗心。\n"


# ---- row 3


def print_usage(client: Any) -> None:
    stream = client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "Hi"}],
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=12,
    )
    for chunk in stream:
        if chunk.usage:
            print(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, chunk.usage.total_tokens)
        for choice in chunk.choices:
            if choice.finish_reason:
                print(choice.finish_reason)


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_row_3_usage_in_the_last_chunk_without_choices(at_server: ReplayServer, capsys: Capture, finish: str) -> None:
    last = r.chunk(choices=[], usage=r.usage(3, 12))
    at_server.serve(body=r.sse(r.chunk("a", usage=None), r.chunk(finish=finish), last))
    out = printed(lambda kind: print_usage(kind()), capsys, openai.OpenAI, sdk.OpenAI)
    assert out == f"{finish}\n3 12 15\n"
    assert same_bodies(at_server)[0]["stream_options"] == {"include_usage": True}


# ---- row 4


def test_row_4_tokens_are_estimated_when_no_usage_comes(at_server: ReplayServer) -> None:
    at_server.serve(body=r.sse(r.chunk("An octopus has three hearts."), r.chunk(finish="stop")))
    with sdk.OpenAI() as client:
        stream = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "An odd fact, please."}], stream=True
        )
        assert all(chunk.usage is None for chunk in stream)  # nothing is invented in what the provider said
        estimate = stream.native.usage
    assert estimate is not None
    assert estimate.estimated
    assert estimate.input_tokens
    assert estimate.output_tokens


# ---- row 5


def compare_speed(OpenAI: Any) -> None:
    client = OpenAI()

    def streaming() -> tuple[float, float, str]:
        start, first, text = time.time(), 0.0, ""
        for chunk in client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        ):
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.time() - start
                text += chunk.choices[0].delta.content
        return first, time.time() - start, text

    def whole() -> tuple[float, str, int]:
        start = time.time()
        response = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
        return time.time() - start, response.choices[0].message.content, response.usage.total_tokens

    first, total, text = streaming()
    _, answer, tokens = whole()
    print(0 < first < total, text == answer, tokens)


def test_row_5_time_to_first_token(at_server: ReplayServer, capsys: Capture) -> None:
    for _ in range(2):
        at_server.serve(body=r.ANSWER, chunks=[len(r.ANSWER) // 2], pause=0.05).serve(body=r.WHOLE_ANSWER)
    assert printed(compare_speed, capsys, openai.OpenAI, sdk.OpenAI) == "True True 21\n"


# ---- row 7


def chunk_fields(OpenAI: Any) -> None:
    client = OpenAI()
    for chunk in client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True):
        print(chunk.id, chunk.object, chunk.created, chunk.model, chunk.system_fingerprint, chunk.service_tier)
        for choice in chunk.choices:
            print(choice.index, choice.delta.role, choice.delta.content, choice.delta.refusal, choice.delta.tool_calls)
            print(choice.delta.function_call, choice.logprobs, choice.finish_reason)


def stream_helper(OpenAI: Any) -> None:
    client = OpenAI()
    with client.chat.completions.stream(model="m", messages=[{"role": "user", "content": "Hi"}]) as stream:
        for event in stream:
            if event.type == "content.delta":
                print(event.delta, event.snapshot)
            elif event.type == "content.done":
                print(event.content)
    completion = stream.get_final_completion()
    print(completion.choices[0].message.content, completion.choices[0].finish_reason, completion.usage.total_tokens)


def test_row_7_the_fields_of_a_chunk(at_server: ReplayServer, capsys: Capture) -> None:
    logprobs = {"content": [{"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}], "refusal": None}
    with_logprobs = r.chunk("a")
    with_logprobs["choices"][0]["logprobs"] = logprobs
    first = r.chunk("", delta={"role": "assistant"}, service_tier="default")
    at_server.serve(body=r.sse(first, with_logprobs, r.chunk(finish="stop")))
    out = printed(chunk_fields, capsys, openai.OpenAI, sdk.OpenAI)
    assert "ChatCompletionTokenLogprob(token='a', bytes=[97], logprob=-0.1, top_logprobs=[])" in out


def test_row_7_the_stream_helper(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=r.ANSWER, chunks=[11])
    out = printed(stream_helper, capsys, openai.OpenAI, sdk.OpenAI)
    assert out.endswith("冷知识：章鱼有三颗心。\n冷知识：章鱼有三颗心。 stop 21\n")


# ---- row 15


@dataclass
class Piece:
    """A small record of a chunk."""

    content: str = ""
    finish_reason: str | None = None
    usage: tuple[int, int] | None = None


async def openai_pieces(AsyncOpenAI: Any, prompt: str) -> AsyncIterator[Piece]:
    client = AsyncOpenAI()
    stream = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": prompt}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        if chunk.choices:
            yield Piece(chunk.choices[0].delta.content or "", chunk.choices[0].finish_reason)
        if chunk.usage:
            yield Piece(usage=(chunk.usage.prompt_tokens, chunk.usage.completion_tokens))
    await client.close()


def print_pieces(AsyncOpenAI: Any) -> None:
    async def main() -> None:
        async for piece in openai_pieces(AsyncOpenAI, "An odd fact?"):
            print(piece)

    asyncio.run(main())


def test_row_15_async_openai(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=r.ANSWER, chunks=[13])
    out = printed(print_pieces, capsys, openai.AsyncOpenAI, sdk.AsyncOpenAI)
    assert "Piece(content='：章鱼有', finish_reason=None, usage=None)" in out
    assert out.endswith("usage=(9, 12))\n")
