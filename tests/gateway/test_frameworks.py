"""`respond` inside FastAPI and behind Starlette's middleware."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from tests.client.answers import KEY
from tests.faults.hostile import HostileServer, read_request, send, silence
from tests.faults.wire import chunk, frame, head
from tests.gateway.asgi import Exchange
from tests.gateway.plain import PLAIN
from tests.gateway.questions import CHAT, as_json

from slipstream import AsyncClient
from slipstream.events import Finish, TextDelta
from slipstream.gateway import create_app, respond

ONE = [read_request, send(head() + chunk(frame({"content": "one"}))), silence]


async def passed_on(request: Request, call_next: Any) -> Response:
    """A middleware that does nothing but stand in the way."""
    answer: Response = await call_next(request)
    return answer


def app_with(client: AsyncClient, *middleware: Middleware) -> Starlette:
    async def answer(request: Request) -> Response:
        return respond(client.stream("Hi", model="m"), PLAIN)

    return Starlette(routes=[Route("/", answer, methods=["POST"])], middleware=list(middleware))


@pytest.mark.parametrize(
    "middleware",
    [(), (Middleware(BaseHTTPMiddleware, dispatch=passed_on),), (Middleware(GZipMiddleware, minimum_size=1),)],
    ids=["none", "base", "gzip"],
)
async def test_middleware_lets_each_piece_through_and_the_end_of_the_client_too(
    middleware: tuple[Middleware, ...],
) -> None:
    with HostileServer(ONE) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            exchange = Exchange("POST", headers={"accept-encoding": "gzip"})
            running = asyncio.ensure_future(exchange.run(app_with(client, *middleware)))
            await exchange.until(lambda: len(exchange.pieces) >= 2)
            exchange.leave()
            assert await asyncio.to_thread(provider.lines[0].gone.wait, 0.5)
            with contextlib.suppress(OSError):  # `BaseHTTPMiddleware` ends the body for a client that has gone
                await running


async def test_fastapi_returns_it_and_keeps_its_background_tasks() -> None:
    app = FastAPI()
    done: list[int] = []

    @app.post("/")
    async def answer(tasks: BackgroundTasks) -> Any:
        tasks.add_task(done.append, 1)
        made = respond([TextDelta("one"), Finish()], PLAIN)
        made.headers["x-own"] = "1"
        made.set_cookie("seen", "yes")
        return made

    exchange = await Exchange("POST").run(app)
    assert exchange.body == b"\none\n[finish]\n"
    assert exchange.headers["x-own"] == "1"
    assert exchange.headers["set-cookie"].startswith("seen=yes")
    assert "content-length" not in exchange.headers
    assert done == [1]


async def test_the_whole_server_can_be_mounted() -> None:
    with HostileServer(ONE) as provider:
        inner = create_app(AsyncClient(base_url=provider.url, api_key=KEY))
        app = Starlette(routes=[Mount("/llm", inner)])
        exchange = Exchange("POST", "/llm/v1/chat/completions", as_json({**CHAT, "stream": True}))
        running = asyncio.ensure_future(exchange.run(app))
        await exchange.until(lambda: b"one" in exchange.body)
        exchange.leave()
        await running
