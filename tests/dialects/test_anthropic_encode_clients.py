"""The bytes of our encoder, read by Anthropic's own SDK over a transport in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types import TextBlock, ThinkingBlock, ToolUseBlock
from hypothesis import given, settings
from tests.dialects.made_events import legal_streams

from slipstream.dialects.anthropic import Anthropic
from slipstream.events import Message, types as e
from slipstream.events.types import Event

ANSWER: list[Event] = [
    e.Start(id="msg_1", model="glm-4.6"), e.StepStart(), e.Heartbeat(),
    e.ReasoningStart(), e.ReasoningDelta("Let me "), e.ReasoningDelta("think"), e.ReasoningEnd(),
    e.TextStart(), e.TextDelta("Hello"), e.Progress(state="answering"), e.TextDelta(" wörld\u2028\x85"),
    e.Source(id="s", url="https://example.org", title="Example"), e.TextEnd(),
    e.ToolInputStart(id="call_1", name="f"), e.ToolInputStart(id="call_2", name="g"),
    e.ToolInputDelta('{"a": ', "call_1"), e.ToolInputDelta('{"b": 2}', "call_2"), e.ToolInputDelta("1}", "call_1"),
    e.ToolInputEnd(id="call_1"), e.ToolCall(id="call_1", name="f", input={"a": 1}, arguments='{"a": 1}'),
    e.ToolInputEnd(id="call_2"), e.ToolCall(id="call_2", name="g", input={"b": 2}, arguments='{"b": 2}'),
    e.Usage(input_tokens=10, output_tokens=20, cached_tokens=4), e.StepEnd(reason="tool_calls"),
    e.Finish(reason="tool_calls"),
]  # fmt: skip
QUESTION: Any = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}

Respond = Callable[[httpx2.Request], httpx2.Response]


def client(respond: Respond) -> anthropic.AsyncAnthropic:
    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    return anthropic.AsyncAnthropic(api_key="k", max_retries=0, http_client=transport)


def streaming(events: Iterable[Event]) -> Respond:
    """Answers with the frames of these events, one write for each."""
    encoder = Anthropic().encoder()
    frames = [*map(encoder.feed, events), encoder.end()]

    async def body() -> AsyncIterator[bytes]:
        for frame in frames:
            yield frame

    return lambda _: httpx2.Response(200, headers={"content-type": encoder.content_type}, content=body())


async def test_the_helper_reads_text_thinking_calls_and_usage() -> None:
    texts: list[str] = []
    thoughts: list[str] = []
    snapshots: list[Any] = []
    async with client(streaming(ANSWER)) as sdk, sdk.messages.stream(**QUESTION) as stream:
        async for event in stream:
            if event.type == "text":
                texts.append(event.text)
            elif event.type == "thinking":
                thoughts.append(event.thinking)
            elif event.type == "input_json":
                snapshots.append(event.snapshot)
        message = await stream.get_final_message()
    assert texts == ["Hello", " wörld\u2028\x85"]
    assert thoughts == ["Let me ", "think"]
    assert snapshots[-1] == {"b": 2}
    thinking, text, first, second = message.content
    assert isinstance(thinking, ThinkingBlock)
    assert (thinking.thinking, thinking.signature) == ("Let me think", "")
    assert isinstance(text, TextBlock)
    assert text.citations is not None
    assert text.citations[0].type == "web_search_result_location"
    assert isinstance(first, ToolUseBlock)
    assert isinstance(second, ToolUseBlock)
    assert [(call.id, call.name, call.input) for call in (first, second)] == [
        ("call_1", "f", {"a": 1}), ("call_2", "g", {"b": 2}),
    ]  # fmt: skip
    assert (message.id, message.model, message.stop_reason) == ("msg_1", "glm-4.6", "tool_use")
    usage = message.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (6, 4, 20)


async def test_the_text_stream() -> None:
    async with client(streaming(ANSWER)) as sdk, sdk.messages.stream(**QUESTION) as stream:
        assert [text async for text in stream.text_stream] == ["Hello", " wörld\u2028\x85"]


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (e.Error(message="no room", kind="OverloadedError"), "overloaded_error"),
        (e.Abort(), "cancelled"),
        (e.Restart(), "began anew"),
        (None, "without its end mark"),
    ],
)
async def test_a_failure_raises_and_keeps_what_came(last: Event | None, words: str) -> None:
    events = [e.Start(id="m"), e.StepStart(), e.TextDelta("par"), e.TextDelta("tial"), *([last] if last else [])]
    async with client(streaming(events)) as sdk, sdk.messages.stream(**QUESTION) as stream:
        with pytest.raises(anthropic.APIStatusError, match=words):
            await stream.until_done()
        (block,) = stream.current_message_snapshot.content
        assert isinstance(block, TextBlock)
        assert block.text == "partial"


async def test_a_whole_answer() -> None:
    body = Anthropic().encode_body(Message.of(ANSWER))
    headers = {"content-type": "application/json"}
    async with client(lambda _: httpx2.Response(200, headers=headers, content=body)) as sdk:
        message = await sdk.messages.create(**QUESTION)
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("kind", "status", "raised"),
    [
        ("BadRequestError", 400, anthropic.BadRequestError),
        ("AuthenticationError", 401, anthropic.AuthenticationError),
        ("PermissionDeniedError", 403, anthropic.PermissionDeniedError),
        ("UnknownModelError", 404, anthropic.NotFoundError),
        ("RateLimitError", 429, anthropic.RateLimitError),
        ("OverloadedError", 529, anthropic.InternalServerError),
        ("ServerError", 502, anthropic.InternalServerError),
    ],
)
async def test_a_refusal_raises_the_clients_own_error(
    kind: str, status: int, raised: type[anthropic.APIStatusError]
) -> None:
    found, body = Anthropic().encode_error(e.Error(message="so it is", kind=kind, request_id="req_1"))
    assert found == status
    async with client(lambda _: httpx2.Response(found, content=body)) as sdk:
        with pytest.raises(raised, match="so it is"):
            await sdk.messages.create(**QUESTION)


def _no_broken_call(events: list[Event]) -> bool:
    """The SDK raises for arguments that are no JSON, from Anthropic's own servers too."""
    return all(event.error is None for event in events if isinstance(event, e.ToolCall))


@given(legal_streams().filter(_no_broken_call))
@settings(max_examples=60)
def test_the_helper_reads_any_stream(events: list[Event]) -> None:
    encoder = Anthropic().encoder()
    body = b"".join(map(encoder.feed, events)) + encoder.end()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=body))
    http = httpx2.Client(transport=transport)
    with (
        anthropic.Anthropic(api_key="k", max_retries=0, http_client=http) as sdk,
        sdk.messages.stream(**QUESTION) as stream,
    ):
        try:
            stream.until_done()
            assert b"event: message_stop" in body
        except anthropic.APIStatusError:
            assert b"event: error" in body
