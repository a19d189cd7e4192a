"""The official clients of OpenAI and Zhipu over our bytes, in memory: what they read, and what they raise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import httpx2
import openai
import pytest
import zai
from openai.types.chat import ChatCompletionChunk
from tests.dialects.chat_told import told
from zai.core._errors import APIResponseError, APIStatusError

from slipstream import dialects, events as e
from slipstream.dialects.common.reply import Reply
from slipstream.events import Event, Message

SPLIT = "two\u2028lines\x85here"
ANSWER: list[Event] = [
    e.Start(id="c1", model="m", created=7),
    e.StepStart(),
    e.Heartbeat(comment="alive"),
    e.ReasoningStart(),
    e.ReasoningDelta("h"),
    e.ReasoningDelta("m"),
    e.ReasoningEnd(signature="sig"),
    e.TextStart(),
    e.TextDelta("你"),
    e.Box(points=(0.1, 0.2), kind="point", label=SPLIT),
    e.TextDelta(SPLIT),
    e.TextEnd(),
    e.Source(id="s", url="https://a", title="A"),
    e.Source(id="t", url="https://b", title="B"),
    e.ToolInputStart(id="a", name="f"),
    e.ToolInputDelta('{"x":', id="a"),
    e.ToolInputDelta("1}", id="a"),
    e.ToolInputEnd(id="a"),
    e.ToolCall(id="a", name="f", input={"x": 1}, arguments='{"x":1}'),
    e.Usage(input_tokens=1, output_tokens=2),
    e.StepEnd("tool_calls", "tool_use"),
    e.Finish("tool_calls", "tool_use"),
]
BROKEN: list[Event] = [*ANSWER[:9], e.Error("no room", "OverloadedError", code="1305")]


@contextmanager
def openai_client(status: int, body: bytes, kind: str) -> Iterator[openai.OpenAI]:
    """OpenAI's client; whatever it asks, this is the answer."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": kind})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        yield openai.OpenAI(api_key="none", base_url="http://x", http_client=http, max_retries=0)


@contextmanager
def zai_client(status: int, body: bytes, kind: str) -> Iterator[zai.ZhipuAiClient]:
    """Zhipu's client; whatever it asks, this is the answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers={"content-type": kind})

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://x") as http:
        yield zai.ZhipuAiClient(api_key="id.secret", base_url="http://x", http_client=http, max_retries=0)


HI: Any = [{"role": "user", "content": "hi"}]


def openai_chunks(events: Sequence[Event], seen: list[ChatCompletionChunk]) -> None:
    with openai_client(200, told(events), "text/event-stream") as client:
        stream = client.chat.completions.create(model="m", messages=HI, stream=True)
        seen.extend(stream)


def test_openais_client_reads_text_thinking_a_call_and_usage() -> None:
    seen: list[ChatCompletionChunk] = []
    openai_chunks(ANSWER, seen)
    deltas = [choice.delta for chunk in seen for choice in chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == "你" + SPLIT
    assert "".join(getattr(delta, "reasoning_content", "") for delta in deltas) == "hm"
    pieces = [piece for delta in deltas for piece in delta.tool_calls or ()]
    assert (pieces[0].id, pieces[0].type) == ("a", "function")
    functions = [piece.function for piece in pieces if piece.function is not None]
    assert functions[0].name == "f"
    assert "".join(function.arguments or "" for function in functions) == '{"x":1}'
    usage = seen[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1, 2, 3)
    assert seen[-2].choices[0].finish_reason == "tool_calls"
    assert {(chunk.id, chunk.model, chunk.created) for chunk in seen} == {("c1", "m", 7)}


def test_openais_helper_joins_the_chunks() -> None:
    with (
        openai_client(200, told(ANSWER), "text/event-stream") as client,
        client.chat.completions.stream(model="m", messages=HI) as stream,
    ):
        final = stream.get_final_completion()
    (choice,) = final.choices
    assert (choice.message.content, choice.finish_reason) == ("你" + SPLIT, "tool_calls")
    assert choice.message.tool_calls is not None
    (call,) = choice.message.tool_calls
    assert (call.function.name, call.function.arguments) == ("f", '{"x":1}')
    assert (choice.message.model_extra or {})["reasoning_content"] == "hm"
    assert [note.url_citation.url for note in choice.message.annotations or ()] == ["https://a", "https://b"]


def test_what_openais_client_keeps_goes_back_whole() -> None:
    """The signature of the thinking and all, as the provider behind us demands it."""
    with (
        openai_client(200, told(ANSWER), "text/event-stream") as client,
        client.chat.completions.stream(model="m", messages=HI) as stream,
    ):
        said = stream.get_final_completion().choices[0].message.model_dump(exclude={"parsed"})
    asked = dialects.get("openai_chat").read({"model": "m", "messages": [*HI, said]})
    reasoning, text, call = asked.request.messages[1].parts
    assert (getattr(reasoning, "text", ""), getattr(reasoning, "signature", "")) == ("hm", "sig")
    assert getattr(text, "text", "") == "你" + SPLIT
    assert getattr(call, "arguments", "") == '{"x":1}'


def test_openais_client_raises_our_errors() -> None:
    seen: list[ChatCompletionChunk] = []
    with pytest.raises(openai.APIError, match="no room") as caught:
        openai_chunks(BROKEN, seen)
    assert seen[-1].choices[0].delta.content == "你"
    assert (caught.value.type, caught.value.code) == ("server_error", "server_is_overloaded")


def test_openais_client_reads_a_whole_answer() -> None:
    body = dialects.get("openai_chat").encode_body(Message.of(ANSWER))
    with openai_client(200, body, "application/json") as client:
        answer = client.chat.completions.create(model="m", messages=HI)
    (choice,) = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("你" + SPLIT, "tool_calls")
    assert choice.message.tool_calls is not None
    (call,) = choice.message.tool_calls
    assert call.type == "function"
    assert call.function.arguments == '{"x":1}'
    assert [note.url_citation.title for note in choice.message.annotations or ()] == ["A", "B"]
    assert answer.usage is not None
    assert answer.usage.total_tokens == 3


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("InvalidRequestError", openai.BadRequestError),
        ("AuthenticationError", openai.AuthenticationError),
        ("UnknownModelError", openai.NotFoundError),
        ("RateLimitError", openai.RateLimitError),
        ("OverloadedError", openai.InternalServerError),
    ],
)
def test_openais_client_raises_our_refusals(kind: str, raised: type[openai.APIStatusError]) -> None:
    status, body = dialects.get("openai_chat").encode_error(e.Error("no", kind), argument="messages[0].role")
    with openai_client(status, body, "application/json") as client, pytest.raises(raised) as caught:
        client.chat.completions.create(model="m", messages=HI)
    assert caught.value.param == "messages[0].role"


def zai_chunks(events: Sequence[Event], seen: list[Any]) -> None:
    with zai_client(200, told(events, dialect="zhipu"), "text/event-stream") as client:
        stream: Any = client.chat.completions.create(model="m", messages=HI, stream=True)
        seen.extend(stream)


def test_zhipus_client_reads_text_thinking_a_call_and_usage() -> None:
    seen: list[Any] = []
    zai_chunks(ANSWER, seen)
    deltas = [choice.delta for chunk in seen for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "你" + SPLIT
    assert "".join(delta.reasoning_content or "" for delta in deltas) == "hm"
    pieces = [piece for delta in deltas for piece in delta.tool_calls or ()]
    assert (pieces[0].id, pieces[0].function.name) == ("a", "f")
    assert "".join(piece.function.arguments for piece in pieces) == '{"x":1}'
    assert seen[-1].usage.total_tokens == 3
    assert seen[-1].choices[0].finish_reason == "tool_calls"


def test_zhipus_client_raises_our_errors() -> None:
    seen: list[Any] = []
    with pytest.raises(APIResponseError, match="error occurred") as caught:
        zai_chunks(BROKEN, seen)
    assert seen[-1].choices[0].delta.content == "你"
    assert caught.value.json_data == {"code": "1305", "message": "no room"}


def test_zhipus_client_reads_a_whole_answer() -> None:
    body = dialects.get("zhipu").encode_body(Message.of(ANSWER), Reply(model="glm"))
    with zai_client(200, body, "application/json") as client:
        answer: Any = client.chat.completions.create(model="m", messages=HI)
    message = answer.choices[0].message
    assert (answer.model, message.content, message.reasoning_content) == ("glm", "你" + SPLIT, "hm")
    assert message.tool_calls[0].function.arguments == '{"x":1}'


def test_zhipus_client_raises_our_refusals() -> None:
    status, body = dialects.get("zhipu").encode_error(e.Error("slow down", "RateLimitError"))
    with zai_client(status, body, "application/json") as client, pytest.raises(APIStatusError, match="1302") as caught:
        client.chat.completions.create(model="m", messages=HI)
    assert caught.value.status_code == 429
