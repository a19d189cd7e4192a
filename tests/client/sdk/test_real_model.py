"""The SDK shapes and `wrap()` against a real model: the embedded one, which speaks OpenAI's API and Anthropic's."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import anthropic
import msgspec
import openai
import pytest
import zai

import slipstream
from slipstream import sdk
from slipstream.local import Endpoint

ASKED: dict[str, Any] = {"model": "local", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 12}


@pytest.fixture
def at_model(local_endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """The model's address and key where programs look for them."""
    assert local_endpoint.api_key is not None
    for name in ("OPENAI", "ZHIPUAI", "ZAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", local_endpoint.api_key)
        monkeypatch.setenv(f"{name}_BASE_URL", local_endpoint.base_url)
    return local_endpoint


@pytest.mark.usefixtures("at_model")
@pytest.mark.parametrize("kind", [sdk.OpenAI, sdk.ZhipuAI, sdk.ZhipuAiClient, sdk.ZaiClient])
def test_chunks_and_the_whole(kind: Any) -> None:
    with kind() as client:
        stream = client.chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True})
        chunks = list(stream)
        whole = client.chat.completions.create(**ASKED, temperature=0)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == stream.native.message.text != ""
    assert chunks[-1].usage.completion_tokens == stream.native.metrics.output_tokens <= 12
    assert whole.choices[0].message.content
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


@pytest.mark.usefixtures("at_model")
def test_the_stream_helper_with_a_class() -> None:
    class Greeting(msgspec.Struct):
        word: Literal["hello", "goodbye"]

    asked = {**ASKED, "max_tokens": 60, "response_format": Greeting}
    with sdk.OpenAI() as client, client.chat.completions.stream(**asked) as stream:
        events = list(stream)
        parsed = stream.get_final_completion().choices[0].message.parsed
    assert isinstance(parsed, Greeting)
    assert [event.parsed for event in events if event.type == "content.done"] == [parsed]


@pytest.mark.usefixtures("at_model")
def test_responses() -> None:
    asked: dict[str, Any] = {"model": "local", "input": "Say hello.", "max_output_tokens": 12}
    with sdk.OpenAI() as client, client.responses.stream(**asked) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert response.output_text == snapshots[-1] == stream.native.message.text != ""
    assert response.usage is not None
    assert response.usage.output_tokens <= 12


@pytest.mark.usefixtures("at_model")
def test_claude() -> None:
    with sdk.Anthropic() as client:
        with client.messages.stream(**ASKED, system="You are brief.") as stream:
            text = "".join(stream.text_stream)
            message = stream.get_final_message()
        whole = client.messages.create(**ASKED)
    assert text == message.content[0].text != ""
    assert 0 < message.usage.output_tokens <= 12
    assert whole.content[0].type == "text"


@pytest.mark.usefixtures("at_model")
def test_async() -> None:
    async def program() -> tuple[str, str]:
        async with sdk.AsyncOpenAI() as client, sdk.AsyncAnthropic() as claude:
            stream = await client.chat.completions.create(**ASKED, stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            async with claude.messages.stream(**ASKED) as messages:
                return "".join(pieces), await messages.get_final_text()

    first, second = asyncio.run(program())
    assert first
    assert second


def test_wrapped_streams_of_the_official_sdks(at_model: Endpoint) -> None:
    url, key = at_model.base_url, at_model.api_key
    streams = [
        openai.OpenAI(base_url=url, api_key=key).chat.completions.create(**ASKED, stream=True),
        zai.ZhipuAiClient(base_url=url, api_key=key or "").chat.completions.create(**ASKED, stream=True),
        anthropic.Anthropic(base_url=url.removesuffix("/v1"), api_key=key).messages.create(**ASKED, stream=True),
    ]
    for theirs in streams:
        stream = slipstream.wrap(theirs)
        message = stream.get_final_message()
        assert message.text
        assert message.complete
        assert message.usage is not None
        assert stream.metrics.time_to_first_output is not None


@pytest.mark.usefixtures("at_model")
def test_cancel_stops_the_model() -> None:
    with sdk.OpenAI() as client:
        stream = client.chat.completions.create(**{**ASKED, "max_tokens": 2000}, stream=True)
        next(stream)
        stream.close()
    assert stream.native.finish_reason == "cancelled"
