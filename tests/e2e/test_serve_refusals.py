"""What `slipstream serve` refuses, or the provider behind it: in each dialect's own shape, with the field named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.asks import ASKS, MODEL, Ask
from tests.e2e.calling import Got, call, get
from tests.e2e.provider import REFUSALS, SECRET, Provider
from tests.e2e.serving import Watched

from slipstream import dialects

KEY = "a-client-key-0123"
WITH_KEY = {"authorization": f"Bearer {KEY}"}
LIMIT = 0.01 * 1024 * 1024

CHAT_LIKE = ("openai_chat", "anthropic", "zhipu", "ollama", "slipstream")
ROLES: dict[str, dict[str, Any]] = {
    **{dialect: {"messages": [{"role": "wizard", "content": "Hi"}]} for dialect in CHAT_LIKE},
    "openai_responses": {"input": [{"role": "wizard", "content": "Hi"}]},
    "ui": {"messages": [{"id": "1", "role": "wizard", "parts": [{"type": "text", "text": "Hi"}]}]},
    "ag_ui": {"messages": [{"id": "1", "role": "wizard", "content": "Hi"}]},
    "gemini": {"contents": [{"role": "wizard", "parts": [{"text": "Hi"}]}]},
}
TYPES: dict[str, dict[str, Any]] = {
    **{dialect: {"messages": 7} for dialect in (*CHAT_LIKE, "ui", "ag_ui")},
    "openai_responses": {"input": 7},
    "gemini": {"contents": 7},
}
SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "openai": ({"temperature": "warm"}, "temperature"),
    "responses": ({"max_output_tokens": "many"}, "max_output_tokens"),
    "anthropic": ({"max_tokens": "many"}, "max_tokens"),
    "ollama": ({"options": {"temperature": "warm"}}, "options.temperature"),
    "gemini": ({"generationConfig": {"temperature": "warm"}}, "generationConfig.temperature"),
    "zhipu": ({"top_p": "high"}, "top_p"),
    "sse": ({"temperature": "warm"}, "temperature"),
}
CONVERSING = [name for name in ASKS if name != "ollama-generate"]


@pytest.fixture(scope="module")
def served(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server that knows one client and takes 10 KiB."""
    keys = Path(tmp_path_factory.mktemp("keys")) / "keys"
    keys.write_text(f"tests:{KEY}\n")
    options = ("--keys", str(keys), "--max-request", "0.01")
    with Watched(*options, upstream=provider.url, expected="refuses this server's key") as served:
        yield served
    assert KEY not in served.log + served.welcome
    assert SECRET not in served.log


def shaped(ask: Ask, got: Got) -> str:
    """The message of an error, once its shape is that of the dialect; an error of a 4xx or 5xx is never a stream."""
    found = SHAPES[ask.dialect](got)
    assert found
    assert KEY not in found
    assert SECRET not in got.data.decode()
    return found


def openai_shape(got: Got) -> str:
    error = got.json()["error"]
    assert {"message", "type", "param", "code"} <= set(error)
    return f"{error['param']}: {error['message']}"


def anthropic_shape(got: Got) -> str:
    body = got.json()
    assert body["type"] == "error"
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        404: "not_found_error",
        413: "request_too_large",
    }
    assert body["error"]["type"] == kinds.get(got.status, body["error"]["type"])
    return str(body["error"]["message"])


def gemini_shape(got: Got) -> str:
    error = got.json()["error"]
    assert error["code"] == got.status
    assert error["status"].isupper()
    return str(error["message"])


def zhipu_shape(got: Got) -> str:
    error = got.json()["error"]
    assert error["code"].isdigit()
    return str(error["message"])


def ollama_shape(got: Got) -> str:
    return str(got.json()["error"])


def slipstream_shape(got: Got) -> str:
    return str(got.json()["error"]["message"])


def ag_ui_shape(got: Got) -> str:
    assert got.json()["type"] == "RUN_ERROR"
    return str(got.json()["message"])


def ui_shape(got: Got) -> str:
    assert got.headers["content-type"].startswith("text/plain")  # the AI SDK throws the body as the message
    return got.data.decode()


SHAPES = {
    "openai_chat": openai_shape, "openai_responses": openai_shape, "anthropic": anthropic_shape, "gemini": gemini_shape,
    "zhipu": zhipu_shape, "ollama": ollama_shape, "slipstream": slipstream_shape, "ag_ui": ag_ui_shape, "ui": ui_shape,
}  # fmt: skip


# ---- the client's fault


@pytest.mark.parametrize("name", ASKS)
async def test_what_is_no_json(name: str, served: Watched) -> None:
    for body in (b"", b"{", b"\xff"):
        got = await call(served.url + ASKS[name].at(), body, WITH_KEY)
        assert got.status == 400
        assert "no JSON" in shaped(ASKS[name], got) or name == "ui"  # whose text is for people


@pytest.mark.parametrize("name", CONVERSING)
async def test_a_wrong_type_is_named(name: str, served: Watched) -> None:
    ask = ASKS[name]
    got = await call(served.url + ask.at(), ask.body(**TYPES[ask.dialect]), WITH_KEY)
    assert got.status == 400
    assert next(iter(TYPES[ask.dialect])) in shaped(ask, got)
    assert "accepted" in shaped(ask, got)


@pytest.mark.parametrize("name", CONVERSING)
async def test_an_unknown_role_is_named(name: str, served: Watched) -> None:
    ask = ASKS[name]
    got = await call(served.url + ask.at(), ask.body(**ROLES[ask.dialect]), WITH_KEY)
    assert got.status == 400
    field = next(iter(ROLES[ask.dialect]))
    assert f"{field}[0].role" in shaped(ask, got)
    assert "wizard" in shaped(ask, got)


@pytest.mark.parametrize("name", SETTINGS)
async def test_a_setting_of_a_wrong_type_is_named(name: str, served: Watched) -> None:
    changed, field = SETTINGS[name]
    got = await call(served.url + ASKS[name].at(), ASKS[name].body(**changed), WITH_KEY)
    assert got.status == 400
    assert field in shaped(ASKS[name], got)


@pytest.mark.parametrize("name", ASKS)
async def test_a_body_that_is_too_large(name: str, served: Watched) -> None:
    got = await call(served.url + ASKS[name].at(), b" " * int(LIMIT + 1), WITH_KEY)
    assert got.status == 413
    shaped(ASKS[name], got)


@pytest.mark.parametrize("name", ASKS)
@pytest.mark.parametrize("model", ["nonsense", "zhipu/glm-4.7-flash"])
async def test_a_model_that_is_not_here(name: str, model: str, served: Watched) -> None:
    got = await call(served.url + ASKS[name].at(model=model), ASKS[name].body(model=model), WITH_KEY)
    assert got.status == 404
    shaped(ASKS[name], got)


@pytest.mark.parametrize("name", ASKS)
@pytest.mark.parametrize("headers", [{}, *({h: "a-wrong-key-0123"} for h in ("x-api-key", "x-goog-api-key"))])
async def test_a_key_that_is_missing_or_wrong(name: str, headers: dict[str, str], served: Watched) -> None:
    got = await call(served.url + ASKS[name].at(), ASKS[name].body(), headers)
    assert got.status == 401
    assert "key" in shaped(ASKS[name], got)
    assert b"a-wrong-key-0123" not in got.data


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-goog-api-key"])
async def test_a_good_key_in_each_header(header: str, served: Watched, provider: Provider) -> None:
    value = f"Bearer {KEY}" if header == "authorization" else KEY
    got = await call(served.url + ASKS["gemini"].at(), ASKS["gemini"].body(), {header: value})
    assert got.status == 200
    assert provider.requests[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert KEY not in str(provider.requests[-1])


@pytest.mark.parametrize("name", ASKS)
async def test_a_wrong_method_is_refused_in_the_paths_dialect(name: str, served: Watched) -> None:
    got = await call(served.url + ASKS[name].at(), None, WITH_KEY, method="PUT")
    assert got.status == 405
    assert "POST" in got.headers["allow"]
    shaped(ASKS[name], got)


async def test_a_path_that_is_none(served: Watched) -> None:
    for path in (
        "/",
        "/v1",
        "/v1/embeddings",
        "/v1/models/x:countTokens/y/z:",
        "/../etc/passwd",
    ):
        got = await call(served.url + path, {}, WITH_KEY)
        assert got.status in (404, 405), path
        assert openai_shape(got)


# ---- the provider's fault, or its word


EXPECTED = {"refuse-400": 400, "refuse-401": 502, "refuse-404": 404, "refuse-429": 429, "refuse-500": 500}
"""Our key is no concern of our client: it gets another status than a key of its own would."""


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ASKS)
@pytest.mark.parametrize("model", REFUSALS)
async def test_the_providers_refusal_arrives_as_one(model: str, name: str, stream: bool, served: Watched) -> None:
    ask, named = ASKS[name], f"openai/{model}"
    got = await call(served.url + ask.at(model=named, stream=stream), ask.body(model=named, stream=stream), WITH_KEY)
    assert got.status == EXPECTED[model]
    assert shaped(ask, got)
    told = dialects.get(ask.dialect).decode_error(got.status, got.data, headers=got.headers)
    assert ("x-should-retry" in got.headers) is (model != "refuse-429")  # "false": official clients repeat any 5xx
    if model == "refuse-429":
        assert 3590 <= int(got.headers["retry-after"]) <= 3600
        assert told.kind == "RateLimitError"


async def test_the_lists_need_the_key_and_health_does_not(served: Watched) -> None:
    assert (await get(f"{served.url}/v1/models")).status == 401
    assert (await get(f"{served.url}/v1/models", WITH_KEY)).status == 200
    assert (await get(f"{served.url}/healthz")).status == 200
    assert (await get(f"{served.url}/readyz")).status == 200
    assert MODEL.encode() in (await get(f"{served.url}/v1/models", WITH_KEY)).data
    assert json.loads((await get(f"{served.url}/healthz")).data)["status"] == "ok"
