"""The endpoints: raw ASGI, as an answer is told while its client is watched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from msgspec.structs import replace

from slipstream import dialects
from slipstream.client.endpoint import Endpoint as Place
from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.errors import InvalidRequestError, NotFoundError, OverloadedError
from slipstream.gateway import lists
from slipstream.gateway.access import Entry
from slipstream.gateway.asking import ignored_header, options_of
from slipstream.gateway.body import ClientLeft, parse, read_body
from slipstream.gateway.carrier import Carrier, Receive, Scope, Send, Telling
from slipstream.gateway.catalogue import DEFAULT
from slipstream.gateway.exchange import Exchange, respond_whole
from slipstream.gateway.failures import SHUTTING_DOWN
from slipstream.gateway.feeds import AsyncStreamFeed
from slipstream.gateway.gateway import Gateway
from slipstream.gateway.head import JSON, pairs, stream_headers
from slipstream.gateway.naming import renamed
from slipstream.gateway.routes import HEADERS, NOWHERE, Route
from slipstream.gateway.upstream import blamed
from slipstream.gateway.whole import Whole

BETA: Final = b"anthropic-beta"
"""A header that belongs to the request: it is passed on to Anthropic, and named where another provider answers."""

NAMELESS: Final = ("ag_ui",)
"""Dialects whose requests name no model at the top of the body."""


class Endpoint:
    """What every endpoint does: lets the request in, answers or refuses in the client's dialect, and logs it.

    Attributes:
        METHODS: those that it answers.
    """

    METHODS: ClassVar[tuple[str, ...]] = ("GET", "HEAD")

    def __init__(self, gateway: Gateway, route: Route) -> None:
        self._gateway = gateway
        self._route = route

    def dialect(self, scope: Scope) -> Dialect:
        """What the client speaks."""
        if self._route.shared:
            for name, _ in scope["headers"]:
                if name in HEADERS:
                    return dialects.get(HEADERS[name])
        return dialects.get(self._route.dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        dialect = self.dialect(scope)
        exchange = Exchange(scope, receive, send, dialect, Entry(scope, dialect.name), self.METHODS)
        try:
            exchange.entry.key = self._gateway.gate.enter(scope)
            self._check_method(scope["method"])
            await self._answer(exchange)
        except ClientLeft:
            exchange.entry.ended = "gone"
        except Exception as error:
            await exchange.refuse(error)
        finally:
            exchange.entry.write()

    def _check_method(self, method: str) -> None:
        if method not in self.METHODS:
            raise NotFoundError(f"{method} is not answered here", status=405)

    async def _answer(self, exchange: Exchange) -> None:
        raise NotImplementedError


class AnswerEndpoint(Endpoint):
    """Where an answer is asked for."""

    METHODS = ("POST",)

    async def _answer(self, exchange: Exchange) -> None:
        carrier = self._carrier(exchange, await self._read(exchange))
        entry = exchange.entry
        with self._gateway.counted(carrier):
            try:
                await carrier(exchange.scope, exchange.receive, exchange.send)
            finally:
                entry.status, entry.events, entry.ended = carrier.status, carrier.events, carrier.ended

    async def _read(self, exchange: Exchange) -> Asked:
        """The request."""
        if self._gateway.draining:
            raise OverloadedError(SHUTTING_DOWN.message, status=503, code=SHUTTING_DOWN.code, retryable=True)
        body = parse(await read_body(exchange.scope, exchange.receive, self._gateway.manner.max_request))
        if isinstance(body, dict) and not exchange.model and body.get("model") in (None, ""):
            body |= {} if exchange.dialect.name in NAMELESS else {"model": DEFAULT}  # else most dialects refuse it
        return exchange.dialect.read(body, model=exchange.model, stream=self._route.stream)

    def _carrier(self, exchange: Exchange, asked: Asked) -> Carrier:
        """What will bring the answer."""
        gateway, entry, dialect = self._gateway, exchange.entry, exchange.dialect
        endpoint = gateway.catalogue.find(asked.request.model)
        name = "" if endpoint is gateway.catalogue.default else asked.request.model
        entry.model, entry.streaming = endpoint.model.name, asked.request.stream
        try:
            options, ignored = _options(exchange.scope, asked, endpoint, dialect)
            entry.stream = gateway.ask(name, options, streaming=entry.streaming)
        except InvalidRequestError as error:
            raise renamed(error, dialect) from None
        ours = {"x-request-id": entry.id, **ignored_header(ignored)}
        reply = self._reply(exchange, asked)

        def blame(error: Exception) -> Exception:
            return renamed(blamed(error), dialect)

        if not entry.streaming:
            return Whole(entry.stream, Telling(dialect=dialect, reply=reply, headers=pairs(ours), blame=blame))
        encoder, manner = dialect.encoder(reply), gateway.manner
        headers = pairs(stream_headers(encoder, ours))
        telling = Telling(
            dialect=dialect, reply=reply, encoder=encoder, headers=headers, heartbeat=manner.heartbeat,
            wait=manner.wait, stall=manner.stall, blame=blame,
        )  # fmt: skip
        return gateway.carry(AsyncStreamFeed(entry.stream), telling)

    def _reply(self, exchange: Exchange, asked: Asked) -> Reply:
        """How it is told: with an id and a time, should the provider tell none."""
        reply, query = asked.reply, exchange.scope["query_string"]
        return replace(
            reply,
            id=reply.id or self._route.id + exchange.entry.id.removeprefix("req_"),
            created=reply.created or int(time.time()),
            options=reply.options | _form(query) if self._route.stream else reply.options,
        )


def _options(scope: Scope, asked: Asked, endpoint: Place, dialect: Dialect) -> tuple[dict[str, Any], tuple[str, ...]]:
    """As `options_of`, with what Anthropic's clients ask for in a header."""
    options, ignored = options_of(asked, endpoint, dialect)
    beta = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == BETA)
    if not beta:
        return options, ignored
    if endpoint.dialect != dialect.name:
        return options, (*ignored, BETA.decode())
    return {**options, "headers": {BETA.decode(): beta}}, ignored


def _form(query: bytes) -> dict[str, str]:
    """Google's `alt`: an event stream if it says `sse`, a JSON array if it says nothing."""
    return {"alt": parse_qs(query.decode("latin-1")).get("alt", ["json"])[-1]}


class ListEndpoint(Endpoint):
    """Where the models are listed, all of them or one by its name."""

    async def _answer(self, exchange: Exchange) -> None:
        several, one = lists.FORMS[exchange.dialect.name]
        catalogue, name = self._gateway.catalogue, exchange.model
        found = one(name, catalogue.find(name).model) if name else several(catalogue.listed())
        await exchange.answer(json_bytes(found))


class VersionEndpoint(Endpoint):
    """Which release of Ollama this speaks like; its clients ask before anything else."""

    async def _answer(self, exchange: Exchange) -> None:
        await exchange.answer(json_bytes({"version": lists.VERSION}))


class NowhereEndpoint(Endpoint):
    """What is asked at a path that nothing is answered at: refused in the dialect that is spoken nearby, and logged."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway, Route("", "openai_chat", shared=True))

    def dialect(self, scope: Scope) -> Dialect:
        """See `Endpoint.dialect`."""
        near = next((dialect for start, dialect in NOWHERE if scope["path"].startswith(start)), None)
        return super().dialect(scope) if near is None else dialects.get(near)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the router knows no path of it."""
        scope.setdefault("path_params", {})
        await super().__call__(scope, receive, send)

    def _check_method(self, method: str) -> None:  # noqa: ARG002 - with any
        raise NotFoundError("nothing is answered at this path; GET / lists those that are", status=404, code="no_route")


class IndexEndpoint:
    """`GET /`: what can be asked here, for whoever opens the address in a browser. It asks for no key."""

    def __init__(self, paths: Sequence[str], otherwise: Endpoint) -> None:
        self._otherwise = otherwise
        self._body = "".join(f"{path}\n" for path in ("slipstream serve answers at", *paths)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a request that does not read is sent to what has no path."""
        if scope["method"] not in Endpoint.METHODS:
            await self._otherwise(scope, receive, send)
            return
        await respond_whole(send, 200, {"content-type": "text/plain; charset=utf-8"}, self._body)


class HealthEndpoint:
    """Whether the server lives (`/healthz`), or takes requests (`/readyz`). It asks for no key and is not logged.

    Args:
        gateway: the server's state.
        ready: True to be told of readiness, which ends when the server begins to shut down.
    """

    def __init__(self, gateway: Gateway, *, ready: bool) -> None:
        self._gateway = gateway
        self._ready = ready

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer."""
        gateway = self._gateway
        body = json_bytes({"status": "draining" if gateway.draining else "ok", "running": gateway.running})
        await respond_whole(send, 503 if self._ready and gateway.draining else 200, JSON, body)
