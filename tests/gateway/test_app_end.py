"""The application when it is stopped, and what it logs."""

from __future__ import annotations

import asyncio
import logging

import pytest
from tests.client.answers import KEY, TEXT
from tests.faults.hostile import HostileServer, read_request, refused, send, silence
from tests.faults.wire import chunk, frame, head
from tests.gateway.asgi import Exchange
from tests.gateway.asking import app_for, ask, folded, gateway_of
from tests.gateway.questions import STREAMED, WHOLE, as_json
from tests.replay_server import ReplayServer

from slipstream.gateway import create_app

PROMPT = "canary question 4711"


# ---- the end


@pytest.mark.parametrize("path", STREAMED)
async def test_draining_ends_running_answers_in_their_dialect(path: str) -> None:
    dialect, body = STREAMED[path]
    with HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server:
        app = app_for(server.url)
        exchange = Exchange("POST", path, as_json(body))
        running = asyncio.ensure_future(exchange.run(app))
        await exchange.until(lambda: b"one" in exchange.body)
        assert await gateway_of(app).drain(0.05)
        await running
    assert exchange.ended
    message = folded(dialect, exchange.body, whole=False)
    assert (message.text, message.finish_reason) == ("one", "error")
    told = b"no room now" if dialect == "ui" else b"the server is shutting down"  # whose words are for people
    assert told in exchange.body


async def test_draining_lets_answers_finish_that_can(server: ReplayServer) -> None:
    server.serve(body=TEXT, chunks=[300], pause=0.03)
    app = app_for(server.url)
    exchange = Exchange("POST", "/v1/chat/completions", as_json(STREAMED["/v1/chat/completions"][1]))
    running = asyncio.ensure_future(exchange.run(app))
    await exchange.until(lambda: b"Octopuses" in exchange.body)
    assert await gateway_of(app).drain(5)
    await running
    assert exchange.body.endswith(b"data: [DONE]\n\n")
    assert b"shutting down" not in exchange.body


async def test_a_server_that_drains_is_not_ready_and_takes_nothing_more() -> None:
    app = app_for(refused())
    assert (await ask(app, "/readyz", method="GET")).status == 200
    await gateway_of(app).drain(0)
    assert (await ask(app, "/readyz", method="GET")).status == 503
    assert (await ask(app, "/healthz", method="GET")).status == 200
    assert (await ask(app, "/v1/responses", STREAMED["/v1/responses"][1])).status == 503


async def test_whole_answers_are_ended_too() -> None:
    with HostileServer([read_request, silence]) as server:
        app = app_for(server.url)
        exchange = Exchange("POST", "/v1/responses", as_json(WHOLE["/v1/responses"][1]))
        running = asyncio.ensure_future(exchange.run(app))
        while not server.requests:
            await asyncio.sleep(0.002)
        assert await gateway_of(app).drain(0.01)
        await running
    assert exchange.status == 503


# ---- the log


async def test_a_request_is_one_line_without_content_and_keys(
    server: ReplayServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(body=TEXT)
    app = app_for(server.url, keys={"alice": "a-good-key"})
    body = {"stream": True, "messages": [{"role": "user", "content": PROMPT}]}
    with caplog.at_level(logging.DEBUG, "slipstream"):
        exchange = await ask(app, "/v1/chat/completions", body, x_api_key="a-good-key")
        await ask(app, "/v1/chat/completions", body, x_api_key="a-bad-key-1")
    good, bad = [record.getMessage() for record in caplog.records if record.name == "slipstream.access"]
    assert good.startswith(f"POST /v1/chat/completions 200 id={exchange.headers['x-request-id']} dialect=openai_chat")
    for field in ("key=alice", "stream=True", "first=0.", "in=5", "out=3", "end=stop", "seconds=0.", "events="):
        assert field in good
    assert " 401 " in bad
    for secret in (PROMPT, "hearts", "a-good-key", "a-bad-key-1", KEY):
        assert secret not in caplog.text


async def test_a_path_cannot_write_lines_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "slipstream.access"):
        await ask(create_app(), "/v1/models/a\x1b[2J\rb 200 x", method="GET")
    assert caplog.messages[0].startswith("GET /v1/models/a?[2J?b?200?x 404 ")
