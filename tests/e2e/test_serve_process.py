"""`slipstream serve` as a process: every endpoint, streaming and not, and what it says of itself."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.e2e.asks import ASKS, MODEL, Ask
from tests.e2e.calling import Got, call, get
from tests.e2e.provider import CALLED, SAID, SECRET, THOUGHT, Provider
from tests.e2e.serving import Watched

from slipstream.events import Message, Order

CALLS = "openai/calls"
CALLING = [name for name in ASKS if name != "ollama-generate"]  # which has none


async def ask_at(served: Watched, ask: Ask, *, stream: bool = True, model: str = MODEL) -> Got:
    return await call(served.url + ask.at(stream=stream, model=model), ask.body(stream=stream, model=model))


# ---- every endpoint


@pytest.mark.parametrize("name", ASKS)
async def test_every_endpoint_streams_text_and_reasoning(name: str, served: Watched) -> None:
    got = await ask_at(served, ASKS[name])
    events = ASKS[name].events(got.data)
    message = Message.of(events)
    Order().check_all(events)
    assert (message.text, message.reasoning, message.finish_reason) == (SAID, THOUGHT, "stop")
    assert got.status == 200
    assert got.headers["content-type"] == ASKS[name].content_type
    assert got.headers["x-accel-buffering"] == "no"
    assert got.headers["x-request-id"].startswith("req_")
    assert got.headers["cache-control"].startswith("no-")
    assert "content-length" not in got.headers


@pytest.mark.parametrize("name", ASKS)
async def test_every_endpoint_answers_whole(name: str, served: Watched, provider: Provider) -> None:
    got = await ask_at(served, ASKS[name], stream=False)
    message = Message.of(ASKS[name].events(got.data, stream=False))
    assert (message.text, message.reasoning, message.finish_reason) == (SAID, THOUGHT, "stop")
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (5, 3)
    assert got.status == 200
    assert got.headers["content-type"].startswith("application/json")
    assert int(got.headers["content-length"]) == len(got.data)
    assert provider.asked().get("stream", False) is False


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", CALLING)
async def test_every_endpoint_tells_tool_calls(name: str, stream: bool, served: Watched) -> None:
    got = await ask_at(served, ASKS[name], stream=stream, model=CALLS)
    message = Message.of(ASKS[name].events(got.data, stream=stream))
    assert {call.name: call.input for call in message.tool_calls} == CALLED
    assert message.finish_reason == "tool_calls"


async def test_all_at_once_get_each_their_own(served: Watched) -> None:
    rows = [(ASKS[name], model) for name in CALLING for model in (MODEL, CALLS, MODEL)]
    answers = await asyncio.gather(*(ask_at(served, ask, model=model) for ask, model in rows))
    messages = [Message.of(ask.events(got.data)) for (ask, _), got in zip(rows, answers, strict=True)]
    texts = [message.text for message in messages]
    assert texts == [SAID if model == MODEL else "" for _, model in rows]


# ---- what it says of itself


async def test_the_models_are_listed_in_each_form(served: Watched) -> None:
    openai = (await get(f"{served.url}/v1/models")).json()
    anthropic = (await get(f"{served.url}/v1/models", {"anthropic-version": "2023-06-01"})).json()
    gemini = (await get(f"{served.url}/v1beta/models")).json()
    ollama = (await get(f"{served.url}/api/tags")).json()
    ids = [model["id"] for model in openai["data"]]
    assert ids[0] == MODEL
    assert [model["id"] for model in anthropic["data"]] == ids
    assert [model["name"].removeprefix("models/") for model in gemini["models"]] == ids
    assert [model["model"] for model in ollama["models"]] == ids
    assert SECRET not in str((openai, anthropic, gemini, ollama))


async def test_every_listed_model_can_be_looked_up(served: Watched) -> None:
    listed = (await get(f"{served.url}/v1/models")).json()["data"]
    for model in listed:
        assert (await get(f"{served.url}/v1/models/{model['id']}")).json() == model


async def test_health_and_readiness(served: Watched) -> None:
    for path in ("/healthz", "/readyz"):
        got = await get(served.url + path)
        assert (got.status, got.json()) == (200, {"status": "ok", "running": 0})


async def test_the_log_has_a_line_a_request_without_prompt_answer_or_key(provider: Provider) -> None:
    with Watched(upstream=provider.url) as served:
        got = await ask_at(served, ASKS["anthropic"])
    (line,) = [line for line in served.log.splitlines() if got.headers["x-request-id"] in line]
    assert "POST /v1/messages 200" in line
    assert "end=stop" in line
    assert not re.search(r"hearts|Octopus|\bHi\b|sk-", served.log)
