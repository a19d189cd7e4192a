"""The local model speaks three dialects over plain HTTP: what the decoders will meet, and where it differs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.local.wire import chunks, frames, post, user

from slipstream.local import Endpoint

COUNT = user("Count from 1 to 10.")
PREFILLED = [*COUNT, {"role": "assistant", "content": "1, 2, 3,"}]


def ask(endpoint: Endpoint, path: str, **body: Any) -> bytes:
    defaults = {"model": "local", "stream": True, "temperature": 0, "max_tokens": 8}
    status, answer = post(endpoint, path, {**defaults, **body})
    assert status == 200, answer
    return answer


def chat_text(answer: bytes) -> str:
    deltas = [choice["delta"] for chunk in chunks(answer) for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def anthropic_text(answer: bytes) -> str:
    return "".join(event["delta"]["text"] for event in chunks(answer) if event["type"] == "content_block_delta")


def test_openai_chat(local_endpoint: Endpoint) -> None:
    answer = ask(local_endpoint, "/chat/completions", messages=COUNT, stream_options={"include_usage": True})
    assert frames(answer)[-1] == "[DONE]"
    *content, finish, usage = chunks(answer)
    assert content[0]["choices"][0]["delta"] == {"role": "assistant", "content": None}
    assert len(content) > 5, "it streams"
    assert finish["choices"] == [{"finish_reason": "length", "index": 0, "delta": {}}]
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 8
    assert usage["usage"]["total_tokens"] == usage["usage"]["prompt_tokens"] + 8
    assert {chunk["model"] for chunk in chunks(answer)} == {local_endpoint.model}
    assert chat_text(answer).strip()


def test_zhipu_asks_the_same_path_and_gets_no_usage_unasked(local_endpoint: Endpoint) -> None:
    """Zhipu's clients put the path after a base URL and expect the usage on the finish chunk; it is not there."""
    answer = ask(local_endpoint, "/chat/completions", messages=COUNT, thinking={"type": "enabled"}, do_sample=True)
    assert not [chunk for chunk in chunks(answer) if chunk.get("usage")]
    assert "".join(frames(answer)).count("reasoning_content") == 0
    assert chat_text(answer).strip()


def test_anthropic(local_endpoint: Endpoint) -> None:
    status, answer = post(
        local_endpoint,
        "/messages",
        {"model": "local", "stream": True, "temperature": 0, "max_tokens": 8, "messages": COUNT},
        {"x-api-key": local_endpoint.api_key, "anthropic-version": "2023-06-01"},
    )
    assert status == 200, answer
    events = chunks(answer)
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert answer.decode().count("event: ") == len(events)
    assert events[-2]["delta"] == {"stop_reason": "max_tokens", "stop_sequence": None}
    assert events[-2]["usage"] == {"output_tokens": 8}
    usage = events[0]["message"]["usage"]
    assert usage["input_tokens"] + usage["cache_read_input_tokens"] > 20
    assert anthropic_text(answer).strip()


def test_responses(local_endpoint: Endpoint) -> None:
    answer = ask(local_endpoint, "/responses", input="Say hello.", max_output_tokens=8)
    events = chunks(answer)
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    done = next(event for event in events if event["type"] == "response.output_text.done")
    assert done["text"] == text
    assert text.strip()


def test_a_prefill_is_continued_in_both_dialects(local_endpoint: Endpoint) -> None:
    """The answer goes on after the prefill and does not repeat it: break recovery rests on this."""
    chat = chat_text(ask(local_endpoint, "/chat/completions", messages=PREFILLED))
    assert chat.startswith(" 4,")
    assert anthropic_text(ask(local_endpoint, "/messages", messages=PREFILLED)).startswith(" 4,")


def test_a_json_schema_is_honoured(local_endpoint: Endpoint) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    answer = ask(
        local_endpoint,
        "/chat/completions",
        messages=user("A number, as JSON."),
        max_tokens=60,
        response_format={"type": "json_schema", "json_schema": {"name": "number", "schema": schema}},
    )
    assert isinstance(json.loads(chat_text(answer))["n"], int)


@pytest.mark.parametrize("prompt", ["Repeat: 😀🎉", "讲几个冷知识"])
def test_no_character_is_cut(prompt: str, local_endpoint: Endpoint) -> None:
    """A character of several tokens is held back until it is whole; then the chunk with the role may be missing."""
    answer = ask(local_endpoint, "/chat/completions", messages=user(prompt), max_tokens=16)
    assert "\ufffd" not in answer.decode("utf-8", "strict")
    assert chat_text(answer).strip()


def test_a_prompt_beyond_the_context_is_refused_before_the_stream(local_endpoint: Endpoint) -> None:
    body = {"messages": user("word " * 5000), "stream": True}
    status, answer = post(local_endpoint, "/chat/completions", body)
    assert status == 400
    assert json.loads(answer)["error"]["type"] == "exceed_context_size_error"


@pytest.mark.parametrize("path", ["/chat/completions", "/messages", "/responses"])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"x-api-key": "wrong"}], ids=["none", "bearer", "x-api-key"]
)
def test_a_wrong_key_is_refused(path: str, headers: dict[str, str], local_endpoint: Endpoint) -> None:
    status, answer = post(local_endpoint, path, {"messages": COUNT, "input": "x", "max_tokens": 1}, headers)
    assert status == 401
    assert json.loads(answer)["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("path", ["/chat/completions", "/messages"])
def test_both_key_headers_are_accepted(path: str, local_endpoint: Endpoint) -> None:
    for headers in ({"Authorization": f"Bearer {local_endpoint.api_key}"}, {"x-api-key": local_endpoint.api_key}):
        status, _ = post(local_endpoint, path, {"messages": COUNT, "max_tokens": 1}, headers)
        assert status == 200
