"""The application: every path, streaming and not, from any dialect to a provider of another; and every refusal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.client.answers import KEY, TEXT, WHOLE as WHOLE_ANSWER
from tests.faults.hostile import HostileServer, read_request, refused, send, silence, vanish, wait_for
from tests.faults.wire import chunk, frame, head, refusal
from tests.gateway.asgi import Exchange
from tests.gateway.asking import app_for, ask, folded, gateway_of
from tests.gateway.questions import CHAT, STREAMED, WHOLE, as_json
from tests.replay_server import ReplayServer

from slipstream import dialects
from slipstream.client import AsyncClient
from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.gateway import create_app
from slipstream.gateway.gateway import Manner

# ---- answers


@pytest.mark.parametrize("path", STREAMED)
async def test_every_dialect_gets_its_stream(server: ReplayServer, path: str) -> None:
    dialect, body = STREAMED[path]
    server.serve(body=TEXT)
    exchange = await ask(app_for(server.url), path, body)
    assert exchange.status == 200, exchange.body
    assert exchange.ended
    message = folded(dialect, exchange.body, whole=False)
    assert message.text == "Three hearts."
    assert message.finish_reason == "stop"
    assert exchange.headers["x-request-id"].startswith("req_")
    assert exchange.headers["x-accel-buffering"] == "no"
    assert "content-length" not in exchange.headers
    assert json.loads(server.requests[0].body)["stream"] is True


@pytest.mark.parametrize("path", WHOLE)
async def test_every_dialect_gets_its_whole_answer(server: ReplayServer, path: str) -> None:
    dialect, body = WHOLE[path]
    server.serve(body=WHOLE_ANSWER)
    exchange = await ask(app_for(server.url), path, body)
    assert exchange.status == 200, exchange.body
    message = folded(dialect, exchange.body, whole=True)
    assert message.text == "Whole."
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (5, 3)
    assert exchange.headers["content-type"] == "application/json"
    assert exchange.headers["content-length"] == str(len(exchange.body))
    assert json.loads(server.requests[0].body).get("stream", False) is False


async def test_gemini_gets_an_array_where_it_does_not_ask_for_an_event_stream(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    path = "/v1beta/models/default:streamGenerateContent"
    exchange = await ask(app_for(server.url), path, STREAMED[f"{path}?alt=sse"][1])
    assert exchange.headers["content-type"].startswith("application/json")
    assert isinstance(json.loads(exchange.body), list)


async def test_settings_travel_and_an_id_is_made_up_where_there_is_none(server: ReplayServer) -> None:
    server.serve(body=TEXT.replace(b"chatcmpl-7", b""))
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    asked = {"temperature": 0.5, "max_tokens": 9, "stop": ["x"], "tools": [tool], "tool_choice": "required", "seed": 3}
    exchange = await ask(app_for(server.url), "/v1/chat/completions", {**CHAT, **asked, "stream": True})
    sent = json.loads(server.requests[0].body)
    assert {name: sent[name] for name in asked if name != "tools"} == {k: v for k, v in asked.items() if k != "tools"}
    assert sent["tools"][0]["function"]["name"] == "weather"
    assert b'"id":"chatcmpl-' in exchange.body


async def test_fields_of_the_same_dialect_go_through_and_those_of_another_are_named(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    app = app_for(server.url)
    await ask(app, "/v1/chat/completions", {**CHAT, "stream": True, "store": True, "x_own": 1})
    sent = json.loads(server.requests[0].body)
    assert (sent["store"], sent["x_own"]) == (True, 1)
    body = {**CHAT, "max_tokens": 9, "stream": True, "x_own": 1, "x\r\nset-cookie: a": 2}
    exchange = await ask(app, "/v1/messages", body)
    assert exchange.headers["x-slipstream-ignored"] == "x_own"
    assert "x_own" not in json.loads(server.requests[1].body)


async def test_a_client_cannot_say_where_the_request_goes_or_with_which_key(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    elsewhere = {"base_url": "http://10.0.0.1", "api_base": "http://10.0.0.1", "api_key": "x", "provider": "openai"}
    headers = {"extra_headers": {"authorization": "Bearer evil"}, "headers": {"authorization": "Bearer evil"}}
    for path in ("/v1/stream", "/v1/messages", "/v1/chat/completions"):
        await ask(app_for(server.url), path, {**STREAMED[path][1], **elsewhere, **headers})
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in server.requests)
    assert server.requests


# ---- which model


async def test_names_that_mean_no_model_here_are_refused_with_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gpt-4o", "no-such-model", "lmstudio/anything", "x" * 5000, "a/b/c", "\u2028"):
        exchange = await ask(create_app(), "/v1/chat/completions", {**CHAT, "model": name})
        assert exchange.status == 404
        error = json.loads(exchange.body)["error"]
        assert error["code"] == "model_not_found"
        assert "there are: smollm2-135m-instruct" in error["message"]
        assert len(exchange.body) < 1000


async def test_without_a_configuration_the_local_model_is_the_default() -> None:
    app = create_app()
    assert gateway_of(app).catalogue.default.model.name == "local/smollm2-135m-instruct"
    listed = json.loads((await ask(app, "/v1/models", method="GET")).body)
    assert [model["id"] for model in listed["data"]] == ["smollm2-135m-instruct"]


async def test_patterns_narrow_what_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIPUAI_API_KEY", "id.secretsecret")
    app = create_app(model="glm-4.7-flash", allow=["zhipu/glm-4-*", "local"])
    catalogue = gateway_of(app).catalogue
    assert catalogue.find("glm-4-flash-250414").model.provider == "zhipu"
    assert catalogue.find("").model.id == catalogue.find("default").model.id == "glm-4.7-flash"
    assert catalogue.find("glm-4.7-flash").model.id == "glm-4.7-flash"  # the default may be named
    assert catalogue.find("local").plugin is not None
    for name in ("glm-4.5", "smollm2-135m-instruct"):
        assert (await ask(app, "/v1/messages", {**CHAT, "max_tokens": 1, "model": name})).status == 404


def test_a_pattern_of_no_provider_is_refused_and_one_without_a_key_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InvalidRequestError, match="there is no provider 'nonsense'"):
        create_app(allow=["nonsense/*"])
    create_app(allow=["zhipu/*"])
    assert "zhipu/* is allowed, and there is no key" in caplog.text


async def test_every_model_whose_key_is_there_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIPUAI_API_KEY", "id.secretsecret")
    catalogue = gateway_of(create_app()).catalogue
    names = [name for name, _ in catalogue.listed()]
    assert {"glm-4.7-flash", "smollm2-135m-instruct"} <= set(names)
    assert len(names) == len(set(names))
    for name, model in catalogue.listed():
        assert catalogue.find(name).model.name == model.name


LISTS: dict[str, tuple[dict[str, str], Callable[[Any], str]]] = {
    "/v1/models": ({}, lambda body: body["data"][0]["id"]),
    "/v1/models?limit=5": ({"anthropic_version": "2023-06-01"}, lambda body: body["first_id"]),
    "/v1beta/models": ({}, lambda body: body["models"][0]["name"].removeprefix("models/")),
    "/api/tags": ({}, lambda body: body["models"][0]["model"]),
}


@pytest.mark.parametrize("path", LISTS)
async def test_the_models_are_listed_in_each_dialects_form(path: str) -> None:
    headers, name = LISTS[path]
    exchange = await ask(create_app(), path, method="GET", **headers)
    assert exchange.status == 200
    assert name(json.loads(exchange.body)) == "smollm2-135m-instruct"


async def test_one_model_can_be_looked_up() -> None:
    app = create_app()
    found = json.loads((await ask(app, "/v1/models/local/smollm2-135m-instruct", method="GET")).body)
    assert found == {"id": "local/smollm2-135m-instruct", "object": "model", "created": 0, "owned_by": "local"}
    assert (await ask(app, "/v1/models/none", method="GET")).status == 404
    assert "version" in json.loads((await ask(app, "/api/version", method="GET")).body)


# ---- refusals


BAD = {path: json.loads(json.dumps(body).replace('"Hi"', "7")) for path, (_, body) in {**STREAMED, **WHOLE}.items()}


@pytest.mark.parametrize("path", BAD)
async def test_a_wrong_request_gets_the_dialects_own_error(path: str) -> None:
    exchange = await ask(app_for(refused()), path, BAD[path])
    assert exchange.status == 400
    dialect = {**STREAMED, **WHOLE}[path][0]
    error = dialects.get(dialect).decode_error(400, exchange.body, headers={})
    assert error.kind in ("BadRequestError", "InvalidRequestError")
    assert error.message


async def test_the_field_that_is_wrong_is_named() -> None:
    body = {"messages": [{"role": "wizard", "content": "Hi"}]}
    exchange = await ask(app_for(refused()), "/v1/chat/completions", body)
    assert json.loads(exchange.body)["error"]["param"] == "messages[0].role"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"messages": 7}']
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/api/chat", "/v1/stream"])
async def test_a_body_that_is_no_request_is_refused(path: str, body: bytes) -> None:
    assert (await ask(app_for(refused()), path, body)).status == 400


async def test_half_an_emoji_is_no_reason_to_refuse(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    body = rb'{"stream": true, "messages": [{"role": "user", "content": "half \ud83d"}]}'
    assert (await ask(app_for(server.url), "/v1/chat/completions", body)).status == 200
    assert json.loads(server.requests[0].body)["messages"][0]["content"] == "half \ufffd"


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read() -> None:
    app = app_for(refused(), manner=Manner(max_request=1000))
    exchange = await ask(app, "/v1/chat/completions", b"x" * 10, content_length="1001")
    assert exchange.status == 413
    assert exchange.headers["connection"] == "close"
    assert json.loads(exchange.body)["error"]["code"] == "request_too_large"
    assert (await ask(app, "/v1/messages", b"x" * 1001)).status == 413
    for length in ("-1", "1e3", "9" * 30, "\u0661"):
        assert (await ask(app, "/v1/messages", b"x", content_length=length)).status == 413


async def test_a_packed_body_is_refused() -> None:
    assert (await ask(app_for(refused()), "/v1/responses", b"x", content_encoding="gzip")).status == 415


@pytest.mark.parametrize("path", STREAMED)
async def test_a_missing_or_wrong_key_is_refused_in_the_dialects_shape(path: str) -> None:
    app = app_for(refused(), keys=["a-good-key"])
    dialect, body = STREAMED[path]
    for headers in ({}, {"x_api_key": "a-bad-key"}, {"authorization": "Bearer a-bad-key"}):
        exchange = await ask(app, path, body, **headers)
        assert exchange.status == 401
        assert exchange.headers["www-authenticate"] == "Bearer"
        assert b"a-bad-key" not in exchange.body
        assert dialects.get(dialect).decode_error(401, exchange.body, headers={}).kind == "AuthenticationError"


async def test_a_good_key_is_let_in_and_never_sent_on(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    app = app_for(server.url, keys={"alice": "a-good-key"})
    for header in ("authorization", "x_api_key", "x_goog_api_key", "api_key"):
        value = "Bearer a-good-key" if header == "authorization" else "a-good-key"
        exchange = await ask(
            app, "/v1/messages", STREAMED["/v1/messages"][1], host="api.example.com", **{header: value}
        )
        assert exchange.status == 200
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in server.requests)


async def test_lists_need_a_key_and_health_does_not() -> None:
    app = create_app(keys=["a-good-key"])
    assert (await ask(app, "/v1/models", method="GET")).status == 401
    assert (await ask(app, "/healthz", method="GET")).status == 200


async def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPSTREAM_KEYS", "a-good-key")
    assert (await ask(create_app(), "/v1/models", method="GET")).status == 401


async def test_a_web_page_cannot_use_a_server_without_keys() -> None:
    app = app_for(refused())
    for headers in ({"host": "evil.example"}, {"host": "localhost", "origin": "https://evil.example"}):
        exchange = await ask(app, "/v1/messages", STREAMED["/v1/messages"][1], **headers)
        assert exchange.status == 403
        assert json.loads(exchange.body)["error"]["type"] == "permission_error"


async def test_pages_that_are_allowed_are_answered_and_told_so(server: ReplayServer) -> None:
    server.serve(body=TEXT)
    app = app_for(server.url, cors=["https://chat.example.com"])
    origin = {"host": "localhost", "origin": "https://chat.example.com"}
    wanted = {"access_control_request_method": "POST", "access_control_request_headers": "content-type"}
    assert (await ask(app, "/v1/messages", method="OPTIONS", **origin, **wanted)).status == 200
    exchange = await ask(app, "/v1/messages", STREAMED["/v1/messages"][1], **origin)
    assert exchange.headers["access-control-allow-origin"] == "https://chat.example.com"
    assert len(exchange.pieces) > 1
    other = await ask(app, "/v1/messages", STREAMED["/v1/messages"][1], host="localhost", origin="https://evil.example")
    assert other.status == 403


async def test_other_paths_and_methods_are_refused_as_json() -> None:
    app = create_app()
    nowhere = await ask(app, "/v2/nothing", method="GET")
    assert nowhere.status == 404
    assert json.loads(nowhere.body)["error"]["code"] == "no_route"
    exchange = await ask(app, "/v1/messages", method="GET")
    assert exchange.status == 405
    assert exchange.headers["allow"] == "POST"
    assert json.loads(exchange.body)["type"] == "error", "in the dialect of the path"


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/messages/count_tokens", "anthropic"),
        ("/v1beta/models/x/y:countTokens", "gemini"),
        ("/api/show", "ollama"),
        ("/api/paas/v4/images", "zhipu"),
        ("/v1/embeddings", "openai_chat"),
        ("/", "openai_chat"),
    ],
)
async def test_a_path_that_is_none_is_refused_as_those_nearby_speak_and_logged(
    path: str, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    exchange = await ask(create_app(), path, {})
    assert exchange.status in (404, 405)
    told = dialects.get(dialect).decode_error(exchange.status, exchange.body)
    assert "is not answered here" in told.message or "nothing is answered at this path" in told.message
    assert exchange.headers["x-request-id"] in caplog.text


async def test_a_path_that_is_none_asks_for_the_key_too() -> None:
    assert (await ask(create_app(keys=["a-key-of-12345"]), "/v1/embeddings", {})).status == 401


async def test_the_root_lists_the_paths() -> None:
    exchange = await ask(create_app(keys=["a-key-of-12345"]), "/", method="GET")
    assert exchange.status == 200
    assert b"/v1/messages\n" in exchange.body


@pytest.mark.parametrize("header", ["x_goog_api_client", "x_goog_api_key"])
async def test_googles_clients_are_known_by_their_headers_where_they_list_models(header: str) -> None:
    app = create_app()
    listed = json.loads((await ask(app, "/v1/models", method="GET", **{header: "x"})).body)
    assert listed["models"][0]["name"] == "models/smollm2-135m-instruct"
    one = json.loads((await ask(app, "/v1/models/local", method="GET", **{header: "x"})).body)
    assert one["name"] == "models/local"


async def test_what_a_client_of_anthropics_asks_for_in_a_header_goes_to_anthropic_or_is_named(
    server: ReplayServer,
) -> None:
    server.serve(body=TEXT)
    body = {**CHAT, "max_tokens": 9, "stream": True}
    exchange = await ask(app_for(server.url), "/v1/messages", body, anthropic_beta="files-api-2025-04-14")
    assert "anthropic-beta" in exchange.headers["x-slipstream-ignored"]
    known = AsyncClient(provider="anthropic", base_url=server.url, api_key=KEY, model="claude-haiku-4-5")
    await ask(create_app(known), "/v1/messages", body, anthropic_beta="files-api-2025-04-14")
    assert server.requests[-1].headers["anthropic-beta"] == "files-api-2025-04-14"
    await known.close()


async def test_a_refusal_is_told_at_once_and_asked_for_once() -> None:
    with HostileServer([read_request, send(refusal(429, retry_after=7)), silence]) as server:
        exchange = await ask(app_for(server.url), "/v1/chat/completions", {**CHAT, "stream": True})
        assert len(server.requests) == 1
    assert exchange.status == 429
    assert exchange.headers["retry-after"] in ("6", "7")


# ---- what the provider refuses


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/api/chat"])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_providers_refusal_keeps_its_status(path: str, whole: bool) -> None:
    dialect, body = (WHOLE if whole else STREAMED)[path]
    with HostileServer([read_request, send(refusal(429, retry_after=3)), silence]) as server:
        exchange = await ask(app_for(server.url), path, body)
    assert exchange.status == 429
    assert exchange.headers["retry-after"] == "3"
    assert exchange.headers["content-type"] == "application/json"
    assert dialects.get(dialect).decode_error(429, exchange.body, headers={}).kind == "RateLimitError"


@pytest.mark.parametrize(("status", "code"), [(401, "upstream_key_refused"), (403, "upstream_denied")])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_refused_key_of_ours_is_not_blamed_on_the_client(
    status: int, code: str, whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    body = (WHOLE if whole else STREAMED)["/v1/chat/completions"][1]
    with HostileServer([read_request, send(refusal(status)), silence]) as server:
        exchange = await ask(app_for(server.url), "/v1/chat/completions", body)
    assert exchange.status == 502
    assert exchange.headers["x-should-retry"] == "false"
    assert json.loads(exchange.body)["error"]["code"] == code
    assert "the provider" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("whole", [False, True])
async def test_a_provider_that_is_not_there_is_a_bad_gateway(whole: bool) -> None:
    body = (WHOLE if whole else STREAMED)["/v1/messages"][1]
    assert (await ask(app_for(refused()), "/v1/messages", body)).status == 502


@pytest.mark.parametrize("path", STREAMED)
async def test_what_breaks_later_is_an_error_in_the_stream(path: str) -> None:
    dialect, body = STREAMED[path]
    script = [
        read_request,
        send(head() + chunk(frame({"content": "one"}))),
        wait_for("break"),
        vanish,
    ]
    with HostileServer(script) as server:
        exchange = Exchange("POST", path, as_json(body))
        running = asyncio.ensure_future(exchange.run(app_for(server.url)))
        await exchange.until(lambda: b"one" in exchange.body)
        server.go("break")
        await running
    assert exchange.status == 200
    assert exchange.ended
    message = folded(dialect, exchange.body, whole=False)
    assert message.text == "one"
    assert message.finish_reason in ("error", "interrupted")


# ---- clients that go


@pytest.mark.parametrize("whole", [False, True])
async def test_a_client_that_goes_cancels_the_request(whole: bool) -> None:
    body = (WHOLE if whole else STREAMED)["/v1/chat/completions"][1]
    with HostileServer([read_request, silence]) as server:
        exchange = Exchange("POST", "/v1/chat/completions", as_json(body))
        app = app_for(server.url)
        running = asyncio.ensure_future(exchange.run(app))
        while not server.requests:
            await asyncio.sleep(0.002)
        assert gateway_of(app).running == 1
        exchange.leave()
        assert await asyncio.to_thread(server.lines[0].gone.wait, 0.1)
        await running
    assert gateway_of(app).running == 0
    assert exchange.sent == []


# ---- bad input of ours


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"cors": "https://a.example"}, "cors"),
        ({"cors": ["a.example"]}, "cors"),
        ({"cors": ["https://a.example/"]}, "cors"),
        ({"cors": ["*"]}, "cors"),
        ({"allow": [""]}, "allow"),
        ({"allow": [7]}, "allow"),
        ({"keys": []}, "keys"),
        ({"keys": "a-good-key"}, "keys"),
    ],
)
def test_a_bad_argument_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named) as caught:
        create_app(**arguments)
    assert caught.value.argument == named


def test_a_default_model_without_a_key_is_refused_at_the_start() -> None:
    with pytest.raises(InvalidRequestError, match="OPENAI_API_KEY"):
        create_app(model="openai/gpt-4o")
    with pytest.raises(UnknownModelError):
        create_app(model="no-such-model")


async def test_the_applications_own_client_is_closed_with_it() -> None:
    app = create_app()
    async with app.router.lifespan_context(app):
        pass
    assert gateway_of(app).client._closed
