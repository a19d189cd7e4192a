"""The clients: what they send, what they refuse before sending, and that they hold no secret in the open."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.client import answers
from tests.replay_server import ReplayServer

import slipstream
from slipstream import AsyncClient, Client
from slipstream._version import __version__
from slipstream.errors import InvalidRequestError, MissingKeyError, StreamClosedError, UnknownModelError
from slipstream.run.transport import HTTPRequest


def ask(server: ReplayServer, settings: dict[str, Any] | None = None, **options: Any) -> tuple[dict[str, Any], Any]:
    """The body and the headers that one call sends."""
    server.serve(body=answers.TEXT)
    with Client(**{"base_url": server.url, "api_key": answers.KEY, **(settings or {})}) as client:
        client.stream("hi", **options).until_done()
    request = server.requests[-1]
    return json.loads(request.body), request


def test_what_is_sent(server: ReplayServer) -> None:
    body, request = ask(server, model="m-1", system="Be brief.", temperature=0.5, max_tokens=9, stop="END", seed=3)
    assert request.method == "POST"
    assert request.path == "/chat/completions"
    assert request.headers["authorization"] == f"Bearer {answers.KEY}"
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"slipstream/{__version__}"
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    assert (body["model"], body["stream"], body["temperature"], body["seed"]) == ("m-1", True, 0.5, 3)
    assert body["stop"] in ("END", ["END"])


def test_the_base_url_keeps_its_path(server: ReplayServer) -> None:
    _, request = ask(server, {"base_url": f"{server.url}/v1/"})
    assert request.path == "/v1/chat/completions"


def test_headers_of_client_and_call_are_added_and_the_call_wins(server: ReplayServer) -> None:
    settings = {"headers": {"X-Team": "blue", "X-Trace": "1"}}
    _, request = ask(server, settings, headers={"x-trace": "2"})
    assert (request.headers["x-team"], request.headers["x-trace"]) == ("blue", "2")


def test_extra_fields_win(server: ReplayServer) -> None:
    body, _ = ask(server, extra={"top_k": 4, "stream_options": {"include_usage": False}})
    assert body["top_k"] == 4
    assert body["stream_options"] == {"include_usage": False}


def test_the_key_of_the_call_wins(server: ReplayServer) -> None:
    _, request = ask(server, api_key="sk-other")
    assert request.headers["authorization"] == "Bearer sk-other"


def test_no_key_sends_none(server: ReplayServer) -> None:
    _, request = ask(server, {"api_key": None})
    assert "authorization" not in request.headers


@pytest.mark.parametrize("is_async", [False, True])
def test_complete_gives_the_same_message_in_one_piece(server: ReplayServer, is_async: bool) -> None:
    server.serve(body=answers.WHOLE)

    async def ask_async() -> slipstream.Message:
        async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
            return await client.complete("hi")

    if is_async:
        message = asyncio.run(ask_async())
    else:
        with Client(base_url=server.url, api_key=answers.KEY) as client:
            message = client.complete("hi")
    assert (message.text, message.finish_reason, message.complete) == ("Whole.", "stop", True)
    assert message.usage is not None
    assert message.usage.total_tokens == 8
    assert json.loads(server.requests[0].body)["stream"] is False
    assert server.requests[0].headers["accept"] == "application/json"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "localhost:8000"}, "base_url 'localhost:8000' has no http"),
    ({"base_url": "https://user:pw@host/v1"}, "base_url holds a user name or password"),
    ({"base_url": "https://host/v1?x=1"}, "base_url holds a query"),
    ({"base_url": 5}, "base_url is a int"),
    ({"api_key": ""}, "api_key is malformed"),
    ({"api_key": "sk-a\nb"}, "api_key is malformed"),
    ({"api_key": "sk-ключ"}, "api_key is malformed"),
    ({"api_key": 5}, "api_key is a int"),
    ({"timeout": -1}, "timeout is -1"),
    ({"timeout": {"read": 1}}, "no clock 'read'"),
    ({"max_retries": 99}, "max_retries is 99"),
    ({"headers": {"x y": "z"}}, r"headers\['x y'\] is no HTTP header"),
    ({"headers": {"x": "a\r\nevil: 1"}}, r"headers\['x'\] is no HTTP header"),
    ({"provider": "opnai"}, "openai"),
    ({"transport": object()}, "transport is a object"),
    ({"models": "/no/such/file.toml"}, "cannot be read"),
]


@pytest.mark.parametrize(("settings", "named"), REFUSED)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_wrong_setting_is_refused_by_name(
    kind: type[Client] | type[AsyncClient], settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidRequestError, match=named) as caught:
        kind(**settings)
    assert "sk-" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_unknown_setting_is_a_type_error_like_any_unknown_argument(kind: type[Client]) -> None:
    with pytest.raises(TypeError, match="colour"):
        kind(colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_repr_holds_no_key(kind: type[Client]) -> None:
    client = kind(base_url="http://host/v1", api_key=answers.KEY, model="m")
    assert answers.KEY not in repr(client)
    assert "http://host/v1" in repr(client)
    assert answers.KEY not in repr(HTTPRequest("http://host", {"authorization": answers.KEY}, b"secret prompt"))
    assert "secret" not in repr(HTTPRequest("http://host", {}, b"secret prompt"))


def test_nobody_asked_is_refused() -> None:
    with Client(base_url="http://host/v1") as client, pytest.raises(InvalidRequestError, match="nothing is asked"):
        client.stream()


def test_a_missing_key_says_where_to_put_it() -> None:
    with Client(provider="openai") as client, pytest.raises(MissingKeyError) as caught:
        client.stream("hi")
    assert "OPENAI_API_KEY" in str(caught.value)
    assert "https://" in str(caught.value)


def test_an_unknown_model_lists_near_names() -> None:
    with Client(api_key="k") as client, pytest.raises(UnknownModelError, match="openai"):
        client.stream("hi", model="openay/gpt-4o")


def test_a_closed_client_gives_no_streams(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT)
    client = Client(base_url=server.url)
    stream = client.stream("hi")
    client.close()
    client.close()
    with pytest.raises(StreamClosedError, match="client is closed"):
        client.stream("hi")
    with pytest.raises(StreamClosedError, match="client is closed"):
        stream.until_done()
    assert server.requests == []


def test_the_model_of_the_client_is_the_default(server: ReplayServer) -> None:
    body, _ = ask(server, {"model": "m-default"})
    assert body["model"] == "m-default"
    body, _ = ask(server, {"model": "m-default"}, model="m-call")
    assert body["model"] == "m-call"


def test_a_registry_of_ones_own(server: ReplayServer, tmp_path: Any) -> None:
    file = tmp_path / "models.toml"
    file.write_text(f'[providers.mine]\nbase_url = "{server.url}"\nkeys = ["MINE_KEY"]\ndefault_model = "m-mine"\n')
    body, _ = ask(server, {"base_url": None, "models": file, "provider": "mine"})
    assert body["model"] == "m-mine"
