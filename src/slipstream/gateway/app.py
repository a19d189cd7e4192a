"""`create_app`: the server, as an ASGI application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route as Path
from starlette.types import ASGIApp

from slipstream.client import AsyncClient
from slipstream.errors import InvalidRequestError
from slipstream.gateway.carrier import Receive, Scope, Send
from slipstream.gateway.catalogue import Catalogue
from slipstream.gateway.endpoints import (
    AnswerEndpoint,
    HealthEndpoint,
    IndexEndpoint,
    ListEndpoint,
    NowhereEndpoint,
    VersionEndpoint,
)
from slipstream.gateway.gate import Gate
from slipstream.gateway.gateway import Gateway, Manner
from slipstream.gateway.keys import Keys, keys_in_environment, read_keys
from slipstream.gateway.routes import LISTS, ROUTES, Route

RETRIES: Final = 0
"""Of the server's own requests: its clients repeat what was refused, as they were told to."""

EXPOSED: Final = ("x-request-id", "x-slipstream-ignored", "retry-after")
"""Response headers that pages of other origins may read."""


def create_app(
    client: AsyncClient | None = None,
    *,
    model: str | None = None,
    allow: Sequence[str] = (),
    keys: Keys | Mapping[str, str] | Iterable[str] | None = None,
    cors: Sequence[str] = (),
    manner: Manner | None = None,
) -> Starlette:
    """A server that answers clients of every dialect with any provider's models; it relays, and keeps nothing.

    It can be mounted in another application, or run by any ASGI server. `slipstream serve` runs it on uvicorn, refuses
    to be reached from other machines without keys, and ends its answers properly when it is stopped.

    Args:
        client: asks providers, with its own stages, timeouts and telemetry; None makes one. Close your own yourself.
        model: where requests go that name no model; None takes SLIPSTREAM_MODEL, the first provider whose key is in
            the environment, or the local model. Not together with `client`, which has one.
        allow: patterns of models that clients may name, such as `zhipu/*`; none allows those whose provider's key the
            server has, and the local one.
        keys: who may ask: keys, or names and keys; None takes SLIPSTREAM_KEYS. Without any, only requests to a name of
            this machine are answered, and of web pages none but those of `cors`.
        cors: origins of web pages that may ask, such as `https://chat.example.com`; `*` for all, with keys only.
        manner: heartbeats, waits and bounds; see `Manner`.

    Returns:
        The application; `app.state.gateway` is its `Gateway`.

    Raises:
        InvalidRequestError: an argument is wrong, or the default model has no key.
    """
    if client is not None and model is not None:
        raise InvalidRequestError("model is given beside client; give the client its model", argument="model")
    own = client is None
    asking = AsyncClient(model=model, max_retries=RETRIES) if client is None else client
    known = read_keys(keys) or keys_in_environment()
    origins = _origins(cors, known)
    gateway = Gateway(asking, Catalogue(asking._settings, allow), Gate(known, origins), manner or Manner())
    nowhere = NowhereEndpoint(gateway)
    answers = {route.path: AnswerEndpoint(gateway, route) for route in ROUTES}
    app = Application(
        answers,
        routes=_paths(gateway, answers, nowhere),
        middleware=[_cors(origins)] if origins else [],
        lifespan=lambda _: _closing(asking if own else None),
    )
    app.router.default = _nowhere(nowhere, app.router.default)
    app.state.gateway = gateway
    return app


class Application(Starlette):
    """A Starlette application with a short way to its answers.

    Strategy: the endpoints handle all their errors, and send once for every arrival of events. So a POST to one of
    their paths goes to them without the router (30 us a request) and the middleware that waits for exceptions of
    endpoints (two coroutines for every `send`). Anything else goes the usual way.

    Args:
        direct: path -> endpoint.
        options: see `Starlette`.
    """

    def __init__(self, direct: Mapping[str, AnswerEndpoint], **options: Any) -> None:
        super().__init__(**options)
        self._direct = dict(direct)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = self._direct.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if endpoint is None or self.user_middleware:
            await super().__call__(scope, receive, send)
            return
        scope["app"], scope["path_params"] = self, {}
        await endpoint(scope, receive, send)


def _paths(gateway: Gateway, endpoints: Mapping[str, AnswerEndpoint], nowhere: NowhereEndpoint) -> list[Path]:
    answers = [Path(path, endpoint) for path, endpoint in endpoints.items()]
    listed = [Path(route.path, ListEndpoint(gateway, route)) for route in LISTS]
    return [
        *answers,
        *listed,
        Path("/api/version", VersionEndpoint(gateway, Route("/api/version", "ollama"))),
        Path("/", IndexEndpoint([route.path for route in (*ROUTES, *LISTS)], nowhere)),
        Path("/healthz", HealthEndpoint(gateway, ready=False), methods=["GET"]),
        Path("/readyz", HealthEndpoint(gateway, ready=True), methods=["GET"]),
    ]


def _nowhere(endpoint: NowhereEndpoint, otherwise: ASGIApp) -> ASGIApp:
    """What the router calls when it knows no path; what is no HTTP goes on to its own."""

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        await (endpoint if scope["type"] == "http" else otherwise)(scope, receive, send)

    return default


def _origins(cors: Any, keys: Keys | None) -> tuple[str, ...]:
    """The origins, checked."""
    accepted = "it takes origins such as https://chat.example.com"
    if isinstance(cors, str) or not isinstance(cors, Sequence) or not all(isinstance(item, str) for item in cors):
        raise InvalidRequestError(f"cors is no list of texts; {accepted}", argument="cors")
    for origin in cors:
        if origin == "*" and keys is None:
            raise InvalidRequestError(
                "cors: '*' without keys would let every web page use this server; name the origins, or set keys",
                argument="cors",
            )
        if origin != "*" and ("://" not in origin or origin.endswith("/") or not origin.isprintable()):
            raise InvalidRequestError(f"cors: {origin!r} is no origin; {accepted}, without a path", argument="cors")
    return tuple(cors)


def _cors(origins: Sequence[str]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=list(EXPOSED),
    )


@contextlib.asynccontextmanager
async def _closing(client: AsyncClient | None) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if client is not None:
            await client.close()
