"""What a client is told, and the call it makes of a request."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import errors, sdk
from slipstream.client.sdk.settings import Settings, sdk_timeouts
from slipstream.client.sdk.vendors import ANTHROPIC, OPENAI, ZAI, ZHIPU
from slipstream.run.timeouts import Timeouts

SHAPES: Any = sdk  # for type checkers, what is not there is an error before it is one here
CLIENTS = ("OpenAI", "AsyncOpenAI", "Anthropic", "AsyncAnthropic", "ZhipuAI", "ZhipuAiClient", "ZaiClient")


@pytest.mark.parametrize("name", CLIENTS)
def test_without_a_key_there_is_no_client(name: str) -> None:
    with pytest.raises(errors.MissingKeyError, match="_API_KEY"):
        getattr(sdk, name)()


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel", 3])
def test_a_malformed_key_is_refused_and_not_shown(key: Any) -> None:
    with pytest.raises(errors.InvalidRequestError, match="api_key") as caught:
        sdk.OpenAI(api_key=key)
    assert not isinstance(key, str) or not key or key not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "variable", "url"),
    [
        (sdk.OpenAI, "OPENAI_API_KEY", "https://api.openai.com/v1"),
        (sdk.Anthropic, "ANTHROPIC_API_KEY", "https://api.anthropic.com"),
        (sdk.ZhipuAI, "ZHIPUAI_API_KEY", "https://open.bigmodel.cn/api/paas/v4"),
        (sdk.ZhipuAiClient, "ZAI_API_KEY", "https://open.bigmodel.cn/api/paas/v4"),
        (sdk.ZaiClient, "ZAI_API_KEY", "https://api.z.ai/api/paas/v4"),
    ],
)
def test_keys_and_addresses(kind: Any, variable: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "key-0123456789")
    client = kind()
    assert (client.api_key, client.base_url, client.max_retries) == ("key-0123456789", url, 2)
    assert "key-0123456789" not in repr(client)
    other = kind(base_url=httpx2.URL("http://127.0.0.1:1/v9/"), api_key="another", max_retries=0)
    assert (other.api_key, other.base_url, other.max_retries) == ("another", "http://127.0.0.1:1/v9", 0)


def test_the_address_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "ANTHROPIC", "ZHIPUAI", "ZAI"):
        monkeypatch.setenv(f"{name}_BASE_URL", f"http://{name.lower()}.test/")
    found = [vendor.address(None) for vendor in (OPENAI, ANTHROPIC, ZHIPU, ZAI)]
    assert found == ["http://openai.test", "http://anthropic.test", "http://zhipuai.test", "http://zai.test"]


def test_a_token_instead_of_a_key(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.serve(body=r.WHOLE_MESSAGE)
    with sdk.Anthropic(auth_token="token-1", base_url=server.url) as client:
        assert client.api_key is None
        client.messages.create(model="m", max_tokens=9, messages=r.MESSAGES)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-2")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-2")
    with sdk.Anthropic(base_url=server.url) as client:
        client.messages.create(model="m", max_tokens=9, messages=r.MESSAGES)
    first, second = (request.headers for request in server.requests)
    assert (first["authorization"], "x-api-key" in first) == ("Bearer token-1", False)
    assert (second["authorization"], second["x-api-key"]) == ("Bearer token-2", "key-2")


def test_what_is_sent_to_openai(server: ReplayServer) -> None:
    server.serve(body=r.WHOLE_ANSWER)
    client = sdk.OpenAI(
        api_key="k", base_url=f"{server.url}/v1/", organization="org-1", project=None,
        default_headers={"X-Team": "blue"}, default_query={"api-version": "1"},
    )  # fmt: skip
    with client:
        client.chat.completions.create(
            model="m", messages=r.MESSAGES, seed=7, extra_headers={"X-Once": "yes", "x-team": "red"},
            extra_query={"once": "ja"}, extra_body={"top_k": 3}, timeout=30,
        )  # fmt: skip
    request = server.requests[0]
    assert request.path == "/v1/chat/completions?api-version=1&once=ja"
    assert request.headers["authorization"] == "Bearer k"
    assert request.headers["openai-organization"] == "org-1"
    assert "openai-project" not in request.headers
    assert (request.headers["x-team"], request.headers["x-once"]) == ("red", "yes")
    assert json.loads(request.body) == {"model": "m", "messages": r.MESSAGES, "seed": 7, "top_k": 3}


def test_what_is_sent_to_anthropic(server: ReplayServer) -> None:
    server.serve(body=r.WHOLE_MESSAGE)
    with sdk.Anthropic(api_key="k", base_url=server.url) as client:
        client.messages.create(model="m", max_tokens=9, system="s", messages=r.MESSAGES)
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert (request.headers["x-api-key"], request.headers["anthropic-version"]) == ("k", "2023-06-01")
    assert json.loads(request.body) == {"model": "m", "max_tokens": 9, "system": "s", "messages": r.MESSAGES}


def test_the_version_is_in_the_address_once() -> None:
    bases = ("http://x", "http://x/v1", "http://x/api")
    urls = [Settings(vendor=ANTHROPIC, base_url=base).url(ANTHROPIC.path) for base in bases]
    assert urls == ["http://x/v1/messages", "http://x/v1/messages", "http://x/api/v1/messages"]
    assert Settings(vendor=OPENAI, base_url="http://x/v1").url(OPENAI.path) == "http://x/v1/chat/completions"


def test_a_glm_key_signs_and_is_not_sent(server: ReplayServer) -> None:
    server.serve(body=r.WHOLE_ANSWER)
    key = "0123456789abcdef0123456789abcdef.notakeybutlikeone"
    with sdk.ZaiClient(api_key=key, base_url=server.url, source_channel="test", custom_headers={"x-a": "b"}) as client:
        client.chat.completions.create(model="m", messages=r.MESSAGES)
    headers = server.requests[0].headers
    assert headers["authorization"].startswith("Bearer eyJ")
    assert (headers["x-source-channel"], headers["x-a"]) == ("test", "b")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "nonsense"}, "base_url"),
        ({"timeout": "soon"}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": {"never": 1}}, "timeout has no clock 'never'"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": 2.5}, "max_retries"),
        ({"default_headers": {"bad name": "x"}}, "bad name"),
        ({"default_headers": {"x": "a\nb"}}, "'x'"),
        ({"default_headers": ["x"]}, "default_headers is a list"),
        ({"default_query": 3}, "default_query is a int"),
        ({"http_client": object()}, "http_client"),
        ({"transport": object()}, "transport"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(errors.InvalidRequestError, match=says):
        sdk.OpenAI(**{"api_key": "k", **arguments})


@pytest.mark.parametrize("option", ["extra_headers", "extra_query", "extra_body"])
def test_a_wrong_option_of_a_request_is_refused_by_name(option: str) -> None:
    client = SHAPES.OpenAI(api_key="k")
    with pytest.raises(errors.InvalidRequestError, match=option):
        client.chat.completions.create(model="m", messages=r.MESSAGES, **{option: 3})


BASE = Timeouts()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20, {"connect": 20.0, "headers": 20.0, "idle": 20.0, "gap": 300.0, "first_output": 600.0, "total": None}),
        (900, {"connect": 900.0, "headers": 900.0, "idle": 900.0, "gap": 900.0, "first_output": 900.0}),
        (None, dict.fromkeys(("connect", "headers", "idle", "gap", "first_output", "total"))),
        (httpx2.Timeout(60, connect=5), {"connect": 5.0, "headers": 60.0, "idle": 60.0, "gap": 300.0}),
        (httpx2.Timeout(None), dict.fromkeys(("connect", "headers", "idle", "gap", "first_output"))),
        ({"total": 9}, {"total": 9.0, "connect": 10.0}),
        (Timeouts(total=3), {"total": 3.0}),
    ],
)
def test_the_sdks_timeout_bounds_silence(value: Any, expected: dict[str, float | None]) -> None:
    found = sdk_timeouts(value, BASE)
    assert {name: getattr(found, name) for name in expected} == expected


def test_with_options_shares_the_connections(server: ReplayServer) -> None:
    server.serve(body=r.WHOLE_ANSWER)
    with sdk.OpenAI(api_key="k", base_url=server.url) as client:
        client.chat.completions.create(model="m", messages=r.MESSAGES)
        other = client.with_options(api_key="k2", timeout=5, max_retries=0, default_headers={"x-a": "b"})
        other.chat.completions.create(model="m", messages=r.MESSAGES)
        assert (client.max_retries, other.max_retries) == (2, 0)
    first, second = server.requests
    assert first.peer == second.peer
    assert (second.headers["authorization"], second.headers["x-a"]) == ("Bearer k2", "b")
    with pytest.raises(errors.InvalidRequestError, match="no setting 'timeouts'; there are api_key"):
        client.with_options(timeouts=3)


def test_settings_show_no_key() -> None:
    assert "sk-1" not in repr(Settings(vendor=OPENAI, api_key="sk-1", base_url="http://x"))


@pytest.mark.parametrize(
    ("reach", "says"),
    [
        (
            lambda: SHAPES.OpenAI(api_key="k").embeddings,
            "'OpenAI' has no attribute 'embeddings'.*chat.completions",
        ),
        (lambda: SHAPES.OpenAI(api_key="k").chat.threads, "'Chat' has no attribute 'threads'"),
        (lambda: SHAPES.OpenAI(api_key="k").chat.completions.with_raw_response, "'with_raw_response'.*create"),
        (lambda: SHAPES.OpenAI(api_key="k").beta.assistants, "'Beta' has no attribute 'assistants'"),
        (lambda: SHAPES.AsyncOpenAI(api_key="k").chat.completions.parse, "'AsyncCompletions' has no attribute 'parse'"),
        (lambda: SHAPES.AsyncOpenAI(api_key="k").beta.threads, "'AsyncBeta' has no attribute 'threads'"),
        (lambda: SHAPES.AsyncOpenAI(api_key="k").chat.threads, "'AsyncChat' has no attribute 'threads'"),
        (lambda: SHAPES.Anthropic(api_key="k").models, "'Anthropic' has no attribute 'models'.*messages.create"),
        (lambda: SHAPES.Anthropic(api_key="k").messages.count_tokens, "'Messages' has no attribute 'count_tokens'"),
        (lambda: SHAPES.ZhipuAI(api_key="k").videos, "'ZhipuAI' has no attribute 'videos'"),
        (lambda: SHAPES.ZaiClient(api_key="k").chat.asyncCompletions, "'Chat' has no attribute 'asyncCompletions'"),
        (lambda: SHAPES.ZaiClient(api_key="k").chat.completions.stream, "'Completions' has no attribute 'stream'"),
    ],
)
def test_what_is_not_there_says_what_is(reach: Any, says: str) -> None:
    with pytest.raises(AttributeError, match=says):
        reach()
