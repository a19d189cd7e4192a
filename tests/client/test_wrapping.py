"""`wrap()`: the official SDKs' own streams, over real sockets, become ours."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
import zai
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

import slipstream
from slipstream import AsyncStream, Stream, sdk
from slipstream.events import Box, Error, Event, TextDelta, ToolCall

KEY = "sk-not-a-key"
FOLDERS = ("openai_chat", "openai_compat", "glm_via_others")
MESSAGES = r.MESSAGES


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer() as running:
        yield running


def chat(url: str, **options: Any) -> Any:
    client = openai.OpenAI(base_url=url, api_key=KEY, max_retries=0)
    return client.chat.completions.create(model="m", messages=MESSAGES, stream=True, **options)


def glm(url: str) -> Any:
    client = zai.ZhipuAiClient(base_url=url, api_key=KEY, max_retries=0)
    return client.chat.completions.create(model="glm-4.6", messages=MESSAGES, stream=True)


def claude(url: str) -> Any:
    client = anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0)
    return client.messages.create(model="claude-x", max_tokens=9, messages=MESSAGES, stream=True)


def chat_helper(url: str) -> AbstractContextManager[Any]:
    return openai.OpenAI(base_url=url, api_key=KEY).chat.completions.stream(model="m", messages=MESSAGES)


def claude_helper(url: str) -> AbstractContextManager[Any]:
    client = anthropic.Anthropic(base_url=url, api_key=KEY)
    return client.messages.stream(model="claude-x", max_tokens=9, messages=MESSAGES)


def native(url: str, provider: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What our own client makes of the same answer: the events, without their wire objects, and the message."""
    with slipstream.Client(base_url=url, api_key=KEY, provider=provider, max_retries=0) as client:
        stream = client.stream("讲几个冷知识", model="m")
        return plain(list(stream)), stream.message.to_dict() | {"provider": ""}


def plain(events: list[Event]) -> list[dict[str, Any]]:
    return [
        {"type": event.type} | {name: getattr(event, name) for name in event.__struct_fields__ if name != "raw"}
        for event in events
        if event.type != "heartbeat"  # comments and pings stay in the SDK
    ]


ASKS = {
    "openai": (chat, "openai", r.ANSWER),
    "glm": (glm, "zhipu", r.sse(r.chunk(delta={"reasoning_content": "想"}), r.chunk("好"), r.chunk(finish="stop"))),
    "anthropic": (claude, "anthropic", r.MESSAGE),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKS)
def test_a_wrapped_stream_says_what_our_own_does(server: ReplayServer, name: str) -> None:
    ask, provider, body = ASKS[name]
    server.serve(body=body, chunks=[9])
    stream = slipstream.wrap(ask(server.url))
    assert isinstance(stream, Stream)
    events = list(stream)
    expected, _ = native(server.url, provider)
    if name == "glm":  # no usage came; ours counts the prompt as well, which a wrapped stream does not know
        assert stream.usage is not None
        assert (stream.usage.input_tokens, stream.usage.total_tokens, stream.usage.estimated) == (None, None, True)
        expected[-2] |= {"input_tokens": None, "total_tokens": None}
    assert plain(events) == expected
    assert stream.message.complete


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder in FOLDERS for name in r.names(folder)])
def test_recorded_openai_streams(server: ReplayServer, corpora: Path, folder: str, name: str) -> None:
    server.serve(body=r.body(folder, name))
    wrapped = slipstream.wrap(chat(server.url))
    with slipstream.Client(base_url=server.url, api_key=KEY, provider="openai", max_retries=0) as client:
        own = client.stream("讲几个冷知识", model="m")
        ended = [ending(stream) for stream in (wrapped, own)]
    if name.startswith("05-pai-test-snowflake"):  # it has `[DONE]` and no finish reason, and the SDK shows neither
        assert ended == ["StreamInterruptedError", "other"]
    else:
        assert ended[0] == ended[1]
    assert said(wrapped) == said(own)


def ending(stream: Stream) -> str | None:
    """How a stream ends: its finish reason, or the name of its error."""
    try:
        return stream.until_done().finish_reason
    except slipstream.SlipstreamError as error:
        return type(error).__name__


def said(stream: Stream) -> tuple[Any, ...]:
    """What a message says, but for what only our own client knows: the prompt, of which it counts the tokens."""
    message = stream.message
    usage = message.usage if message.usage is not None and not message.usage.estimated else None
    return message.id, message.model, message.text, message.reasoning, message.tool_calls, message.refusal, usage


@pytest.mark.parametrize("name", r.names("glm"))
def test_recorded_glm_streams(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("glm", name))
    stream = slipstream.wrap(glm(server.url))
    expected, message = native(server.url, "zhipu")
    assert plain(list(stream)) == expected
    assert stream.message.to_dict() == message
    assert message["text"] or message["tool_calls"] or message["reasoning"]


@pytest.mark.parametrize("helper", [chat_helper, claude_helper])
def test_the_helpers_of_the_sdks(server: ReplayServer, helper: Callable[[str], AbstractContextManager[Any]]) -> None:
    body, ask = (r.ANSWER, chat) if helper is chat_helper else (r.MESSAGE, claude)
    server.serve(body=body)
    with helper(server.url) as theirs:
        stream = slipstream.wrap(theirs)
        events = list(stream)
    assert plain(events) == plain(list(slipstream.wrap(ask(server.url))))


def test_lenses_metrics_and_response(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER, chunks=[200], pause=0.01, headers={"x-request-id": "req_1"})
    with slipstream.wrap(chat(server.url)) as stream:
        assert "".join(stream.text_stream) == "冷知识：章鱼有三颗心。"
    assert stream.response is not None
    assert (stream.response.status, stream.response.request_id) == (200, "req_1")
    assert stream.metrics.time_to_first_output is not None
    assert stream.metrics.time_to_first_text == stream.metrics.time_to_first_output
    assert stream.metrics.gap_max is not None
    assert stream.metrics.total is not None
    assert stream.metrics.total >= stream.metrics.time_to_first_output
    assert stream.metrics.output_tokens == 12
    assert stream.usage is not None
    assert stream.usage.total_tokens == 21
    with pytest.raises(slipstream.StreamClosedError, match="wrapped"):
        stream.regenerate()


def test_tool_calls_and_raw(server: ReplayServer) -> None:
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    server.serve(body=r.sse(r.chunk(delta={"tool_calls": [call]}), r.chunk(finish="tool_calls")))
    assert [event.input for event in slipstream.wrap(chat(server.url)).tool_calls] == [{"a": 1}]
    raws = list(slipstream.wrap(chat(server.url), include_raw=True).raw)
    assert [raw["choices"][0]["finish_reason"] for raw in raws] == [None, "tool_calls"]


async def test_the_async_streams(server: ReplayServer) -> None:
    server.serve(path="/chat/completions", body=r.ANSWER, chunks=[9]).serve(
        path="/v1/messages", body=r.MESSAGE, chunks=[9]
    )
    async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY) as client:
        theirs: Any = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        stream = slipstream.wrap(theirs)
        assert isinstance(stream, AsyncStream)
        assert [text async for text in stream.text_stream] == ["冷知识", "：章鱼有", "三颗心。"]
        assert (await stream.get_final_message()).complete
        async with client.chat.completions.stream(model="m", messages=MESSAGES) as helper:
            assert await slipstream.wrap(helper).get_final_text() == "冷知识：章鱼有三颗心。"
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key=KEY) as claude_client:
        async with claude_client.messages.stream(model="x", max_tokens=9, messages=MESSAGES) as claude_stream:
            message = await slipstream.wrap(claude_stream)
        assert (message.text, message.finish_reason) == ("An octopus has three hearts.", "stop")


# ---- what goes wrong


def test_a_cut_stream_is_interrupted_and_keeps_what_came(server: ReplayServer) -> None:
    server.serve(body=r.sse(r.chunk("half an "), done=False))
    stream = slipstream.wrap(chat(server.url))
    with pytest.raises(slipstream.StreamInterruptedError) as caught:
        list(stream)
    assert caught.value.partial.text == "half an "
    assert stream.finish_reason == "interrupted"


ERROR = b'data: {"error": {"message": "The server is overloaded", "type": "overloaded_error", "code": null}}\n\n'


@pytest.mark.parametrize("ask", [chat, glm])
def test_an_error_frame_that_the_sdk_raises(server: ReplayServer, ask: Callable[[str], Any]) -> None:
    server.serve(body=r.sse(r.chunk("half"), done=False) + ERROR)
    with pytest.raises(slipstream.OverloadedError) as caught:
        slipstream.wrap(ask(server.url)).until_done()
    assert caught.value.partial.text == "half"
    assert caught.value.message == "The server is overloaded"
    assert isinstance(caught.value.original, (openai.APIError, zai.core.APIResponseError))


def test_an_error_event_of_anthropic(server: ReplayServer) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.serve(body=r.MESSAGE[: r.MESSAGE.index(b"event: content_block_stop")] + r.events(error))
    with pytest.raises(slipstream.OverloadedError) as caught:
        slipstream.wrap(claude(server.url)).until_done()
    assert caught.value.partial.text == "An octopus has three hearts."
    assert caught.value.message == "Overloaded"


def test_a_broken_connection(server: ReplayServer) -> None:
    def pieces() -> Iterator[dict[str, Any]]:
        yield r.chunk("half")
        raise ConnectionResetError("the peer, with sk-secret-0123456789")

    stream = slipstream.wrap(pieces())
    with pytest.raises(slipstream.StreamInterruptedError, match="ConnectionResetError") as caught:
        list(stream)
    assert caught.value.partial.text == "half"
    assert "sk-secret" not in str(caught.value)
    assert isinstance(caught.value.original, ConnectionResetError)


def test_the_sdks_own_timeout(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER, chunks=[200], pause=5)
    theirs = chat(server.url, timeout=0.1)
    with pytest.raises(slipstream.StreamInterruptedError, match="timeout"):
        slipstream.wrap(theirs).until_done()
    theirs.close()


def test_a_program_may_iterate_a_stream_of_errors() -> None:
    """An item that is an exception is no failure of the iterator, but no chunk either."""
    with pytest.raises(slipstream.InvalidRequestError, match="gives a ValueError"):
        list(slipstream.wrap([ValueError("x")]))


# ---- stopping

LONG = r.sse(*[r.chunk(f"word {number} ") for number in range(3000)])


def test_close_closes_the_stream_of_the_sdk(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    theirs = chat(server.url)
    with slipstream.wrap(theirs) as stream:
        assert next(stream.text_stream) == "word 0 "
    assert theirs.response.is_closed
    assert server.all_gone()
    assert stream.finish_reason == "cancelled"
    assert stream.message.text.startswith("word 0 ")


@pytest.mark.parametrize("ask", [chat, glm])
def test_cancel_frees_a_reader_who_waits_in_the_sdk(server: ReplayServer, ask: Callable[[str], Any]) -> None:
    server.serve(body=r.sse(r.chunk("a"), r.chunk("b")), chunks=[len(r.sse(r.chunk("a"), done=False)), 9], pause=30)
    stream = slipstream.wrap(ask(server.url))
    reading = threading.Event()
    texts: list[str] = []

    def read() -> None:
        for text in stream.text_stream:
            texts.append(text)
            reading.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(10)
    began = time.monotonic()
    stream.cancel("enough")
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - began < 1
    assert texts == ["a"]
    assert (stream.finish_reason, stream.message.raw_finish_reason) == ("cancelled", "enough")
    assert stream.metrics.time_to_cancel is not None


async def test_cancel_frees_an_async_reader(server: ReplayServer) -> None:
    server.serve(body=r.sse(r.chunk("a"), r.chunk("b")), chunks=[len(r.sse(r.chunk("a"), done=False)), 9], pause=30)
    async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY) as client:
        theirs: Any = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        stream = slipstream.wrap(theirs)
        texts: list[str] = []

        async def read() -> None:
            async for text in stream.text_stream:
                texts.append(text)
                asyncio.get_running_loop().call_soon(stream.cancel)

        await asyncio.wait_for(read(), 5)
        assert texts == ["a"]
        assert stream.finish_reason == "cancelled"
        assert theirs.response.is_closed


async def test_leaving_the_async_block_closes(server: ReplayServer) -> None:
    server.serve(body=LONG, chunks=[300], pause=0.01)
    async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY) as client:
        theirs: Any = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        async with slipstream.wrap(theirs) as stream:
            assert await anext(stream.text_stream) == "word 0 "
        assert theirs.response.is_closed
    assert await asyncio.to_thread(server.all_gone)


# ---- stages


class Deadline:
    """A stage that ends a stream that has been silent for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: float | None = None

    def on_event(self, event: Event, now: float) -> list[Event]:
        self._due = now + self._seconds
        return [event]

    def on_wake(self, now: float) -> list[Event]:
        return [Error("silent for too long", kind="StreamTimeoutError", code="gap")]

    def on_end(self, now: float) -> list[Event]:
        return []

    def wake_at(self) -> float | None:
        return self._due


def test_a_stages_timer_fires_while_the_sdk_waits(server: ReplayServer) -> None:
    first = r.sse(r.chunk("a"), done=False)
    server.serve(body=first + r.ANSWER, chunks=[len(first), 9], pause=30)
    stream = slipstream.wrap(chat(server.url)).through(Deadline(0.1))
    began = time.monotonic()
    with pytest.raises(slipstream.SlipstreamError, match="silent for too long") as caught:
        list(stream)
    assert time.monotonic() - began < 5
    assert caught.value.partial.text == "a"


async def test_a_stages_timer_fires_in_async_too(server: ReplayServer) -> None:
    first = r.sse(r.chunk("a"), done=False)
    server.serve(body=first + r.ANSWER, chunks=[len(first), 9], pause=30)
    async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY) as client:
        theirs: Any = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        stream = slipstream.wrap(theirs).through(Deadline(0.1))
        with pytest.raises(slipstream.SlipstreamError, match="silent for too long"):
            await asyncio.wait_for(stream.until_done(), 5)


def test_stages_see_every_event(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER)
    stream = slipstream.wrap(chat(server.url)).through(Deadline(60))
    assert [event.text for event in stream if isinstance(event, TextDelta)] == ["冷知识", "：章鱼有", "三颗心。"]
    assert stream.message.complete


def test_boxes_of_a_wrapped_stream() -> None:
    chunks = [
        r.chunk("the cat <|begin_of_box|>[[100, 200, "),
        r.chunk("300, 400]]<|end_of_box|>"),
        r.chunk(finish="stop"),
    ]
    glm_chunks = [{**chunk, "model": "glm-4.6v"} for chunk in chunks]
    assert all(isinstance(box, Box) for box in slipstream.wrap(glm_chunks).boxes)


# ---- what may be wrapped


def test_an_iterable_of_dictionaries() -> None:
    assert slipstream.wrap(r.frames(r.ANSWER)).get_final_text() == "冷知识：章鱼有三颗心。"
    assert slipstream.wrap(frame for frame in r.frames(r.MESSAGE)).get_final_text() == "An octopus has three hearts."


async def test_an_async_iterable_of_dictionaries() -> None:
    async def frames() -> AsyncIterator[dict[str, Any]]:
        for frame in r.frames(r.ANSWER):
            yield frame

    assert await slipstream.wrap(frames()).get_final_text() == "冷知识：章鱼有三颗心。"


def test_ours_are_given_back(server: ReplayServer) -> None:
    server.serve(body=r.ANSWER)
    with slipstream.Client(base_url=server.url, api_key=KEY) as client:
        stream = client.stream("x")
        assert slipstream.wrap(stream) is stream
    with sdk.OpenAI(base_url=server.url, api_key=KEY) as shape:
        chunks = shape.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        assert slipstream.wrap(chunks).get_final_text() == "冷知识：章鱼有三颗心。"
        with shape.chat.completions.stream(model="m", messages=MESSAGES) as helper:
            assert slipstream.wrap(helper).get_final_text() == "冷知识：章鱼有三颗心。"


def test_ours_may_be_dropped_when_they_are_wrapped(server: ReplayServer) -> None:
    server.serve(path="/v1/messages", body=r.MESSAGE, chunks=[40])
    server.serve(body=r.ANSWER, chunks=[40], pause=0.01)
    client = sdk.OpenAI(base_url=server.url, api_key=KEY)
    stream = slipstream.wrap(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))
    del client
    gc.collect()
    assert stream.get_final_text() == "冷知识：章鱼有三颗心。"
    claude = sdk.Anthropic(base_url=server.url, api_key=KEY)
    with claude.messages.stream(model="m", max_tokens=9, messages=MESSAGES) as helper:
        stream = slipstream.wrap(helper)
        assert stream.get_final_text() == "An octopus has three hearts."


def whole_answer() -> Any:
    return openai.types.chat.ChatCompletion.model_construct(id="x", choices=[], created=1, model="m")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: 3, "a int is no stream"),
        (lambda: "text", "a str is no stream"),
        (lambda: {"id": 1}, "a dict is no stream"),
        (lambda: None, "a NoneType is no stream"),
        (whole_answer, "a ChatCompletion is a whole answer.*stream=True"),
        (lambda: chat_helper("http://127.0.0.1:9"), "a ChatCompletionStreamManager must be entered"),
        (lambda: claude_helper("http://127.0.0.1:9"), "a MessageStreamManager must be entered"),
        (lambda: sdk.OpenAI(api_key=KEY).chat.completions.stream(model="m", messages=MESSAGES), "a Manager must be"),
    ],
)
def test_what_is_no_stream_is_refused_by_name(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(slipstream.InvalidRequestError, match=says) as caught:
        slipstream.wrap(make())
    assert "openai" in str(caught.value)
    assert "anthropic" in str(caught.value)


async def test_a_coroutine_is_refused_by_name() -> None:
    coroutine: Any = openai.AsyncOpenAI(api_key=KEY).chat.completions.create(model="m", messages=MESSAGES, stream=True)
    with pytest.raises(slipstream.InvalidRequestError, match="await it"):
        slipstream.wrap(coroutine)
    coroutine.close()


@pytest.mark.parametrize("items", [[1, 2], [{"a": 1}], ["text"], [{"type": "some.other"}]])
def test_an_iterable_of_something_else_is_refused_at_the_first_read(items: list[Any]) -> None:
    stream = slipstream.wrap(items)
    with pytest.raises(slipstream.InvalidRequestError, match="chunk"):
        list(stream)


def test_an_empty_stream_is_interrupted() -> None:
    with pytest.raises(slipstream.StreamInterruptedError, match="without a chunk"):
        list(slipstream.wrap([]))


def test_only_whole_calls_can_be_run(server: ReplayServer) -> None:
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1'}}
    server.serve(body=r.sse(r.chunk(delta={"tool_calls": [call]}), done=False))
    stream = slipstream.wrap(chat(server.url))
    with pytest.raises(slipstream.StreamInterruptedError):
        list(stream)
    assert not [event for event in stream.message.tool_calls if isinstance(event, ToolCall)]
