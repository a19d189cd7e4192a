"""The dialect against a real server that speaks the API: llama.cpp with the local model."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tests.dialects.responses_cases import new

from slipstream import dialects
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.request import ChatMessage, ReasoningPart, Request, TextPart, Tool
from slipstream.events import Event, Message, Order

if TYPE_CHECKING:
    from slipstream.local import Endpoint

DIALECT = dialects.get("openai_responses")


def ask(endpoint: Endpoint, messages: Any, **fields: Any) -> Message:
    """The answer of the local model; its events are in legal order."""
    request = Request(model=endpoint.model, messages=normalise(messages), max_tokens=12, **fields)
    headers = {"content-type": "application/json", **DIALECT.headers(endpoint.api_key, now=0)}
    address = f"{endpoint.base_url.rstrip('/')}/{DIALECT.path(request)}"
    body = json.dumps(DIALECT.body(request)).encode()
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60) as response:
        events = read(response) if request.stream else DIALECT.decode_body(response.read())
    Order().check_all(events)
    return Message.of(events)


def read(response: Any) -> list[Event]:
    decoder, events = new(), list[Event]()
    while data := response.read(97):
        events += decoder.feed(data)
    return events + decoder.end()


def test_it_streams(local_endpoint: Endpoint) -> None:
    found = ask(local_endpoint, "Say hello.")
    assert found.text
    assert found.complete
    assert found.finish_reason in ("stop", "length")
    assert found.id.startswith("resp_")
    assert len(found.blocks) == 1
    assert found.usage is not None
    assert found.usage.input_tokens
    assert found.usage.output_tokens


def test_it_answers_whole(local_endpoint: Endpoint) -> None:
    found = ask(local_endpoint, "Say hello.", stream=False)
    assert found.text
    assert found.complete


def test_it_takes_a_whole_conversation(local_endpoint: Endpoint) -> None:
    thought = {"type": "reasoning", "id": "rs_1", "content": [{"type": "reasoning_text", "text": "Hm."}], "summary": []}
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}}
    conversation = [
        {"role": "system", "content": "You add."},
        {"role": "user", "content": "Add 1."},
        ChatMessage("assistant", [ReasoningPart("Hm.", details=[thought]), TextPart("I add.")]),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
        {"role": "user", "content": "So?"},
    ]
    assert ask(local_endpoint, conversation, tools=[Tool("add", "adds")]).complete


def test_it_refuses_in_its_own_words(local_endpoint: Endpoint) -> None:
    body = json.dumps({"model": "x", "input": 3, "stream": True}).encode()
    headers = {"content-type": "application/json", **DIALECT.headers(local_endpoint.api_key, now=0)}
    address = f"{local_endpoint.base_url.rstrip('/')}/responses"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60)
    with caught.value as refusal:
        error = DIALECT.decode_error(refusal.code, refusal.read(), headers=dict(refusal.headers))
    assert error.message
    assert not error.retryable or error.status == 500
