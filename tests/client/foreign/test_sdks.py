"""`wrap()` over the streams of further official SDKs: recorded bodies, read by the SDK from a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.replay_server import ReplayServer

import slipstream
from slipstream import dialects
from slipstream.events import Message


def by_google(url: str) -> Iterable[Any]:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=url))
    yield from client.models.generate_content_stream(model="m", contents="hello")  # it dies with its client


def by_ollama(url: str) -> Iterable[Any]:
    from ollama import Client

    return Client(host=url).chat(model="m", messages=[{"role": "user", "content": "hello"}], stream=True)


def by_openai_responses(url: str) -> Iterable[Any]:
    from openai import OpenAI

    return OpenAI(base_url=url, api_key="none").responses.create(model="m", input="hello", stream=True)


SDKS: dict[str, tuple[str, Callable[[str], Iterable[Any]]]] = {
    "gemini/08-pai-test-google-streaming-tool-call-thought-signature-gemini-3-pro-preview.0.sse": ("gemini", by_google),
    "gemini/03-fantasy-thinking-streaming-gemini-3-1-pro-preview.0.sse": ("gemini", by_google),
    "ollama/07-rig-parallel-tool-calls-qwen3-4b.0.ndjson": ("ollama", by_ollama),
    "openai_responses/11-rig-parallel-tool-calls-gpt-5-6-sol.0.sse": ("openai_responses", by_openai_responses),
}


@pytest.mark.parametrize("name", SDKS, ids=lambda name: name.split("-")[0])
def test_it_is_the_same_answer_as_without_the_sdk(name: str, corpora: Path) -> None:
    dialect, ask = SDKS[name]
    body = (corpora / "streams" / name).read_bytes()
    decoder = dialects.get(dialect).decoder()
    expected = Message()
    expected.fold_all([*decoder.feed(body), *decoder.end()])
    kind = "application/x-ndjson" if dialect == "ollama" else "text/event-stream"
    with ReplayServer() as server:
        server.serve(body=body, headers={"content-type": kind})
        with slipstream.wrap(ask(server.url)) as stream:
            message = stream.get_final_message()
    assert (message.text, message.reasoning) == (expected.text, expected.reasoning)
    assert [(c.name, c.input) for c in message.tool_calls] == [(c.name, c.input) for c in expected.tool_calls]
    assert message.finish_reason == expected.finish_reason
    assert message.usage is not None
    assert expected.usage is not None
    assert message.usage.output_tokens == expected.usage.output_tokens
