"""A server that answers every dialect's clients with the scenarios, through `slipstream.respond`, on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.clients.scenarios import SCENARIOS

from slipstream import dialects
from slipstream.dialects.common.request import TextPart
from slipstream.events import Event
from slipstream.gateway import respond

PATHS = {
    "/v1/chat/completions": "openai_chat",
    "/v1/responses": "openai_responses",
    "/v1/messages": "anthropic",
    "/api/chat": "ollama",
    "/api/ui/chat": "ui",
    "/api/ag-ui": "ag_ui",
    "/api/paas/v4/chat/completions": "zhipu",
    "/v1beta/models/{model}:streamGenerateContent": "gemini",
    "/v1/models/{model}:streamGenerateContent": "gemini",
}


async def _told(events: Sequence[Event]) -> AsyncIterator[Event]:
    """The events, one a turn of the loop, so that they leave in several pieces."""
    for event in events:
        await asyncio.sleep(0)
        yield event


async def _answer(request: Request) -> Response:
    name = PATHS[request.scope["route"].path]
    dialect = dialects.get(name)
    model = request.path_params.get("model", "")
    asked = dialect.read(await request.json(), model=model, stream=True if name == "gemini" else None)
    last = asked.request.messages[-1]
    scenario = "".join(part.text for part in last.parts if isinstance(part, TextPart))
    return respond(_told(SCENARIOS[scenario]), dialect=name, reply=asked.reply)


async def _events(request: Request) -> Response:
    """For `EventSource`, which can only GET."""
    return respond(_told(SCENARIOS[request.query_params["scenario"]]), dialect="sse")


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def app() -> Starlette:
    """The application."""
    routes = [Route(path, _answer, methods=["POST"]) for path in PATHS]
    return Starlette(routes=[*routes, Route("/events", _events), Route("/healthz", _health)])


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of the running server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app(), log_level="warning", lifespan="off", timeout_keep_alive=60))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
