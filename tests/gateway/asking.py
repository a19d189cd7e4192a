"""An application before a provider, and one request to it."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from tests.client.answers import KEY
from tests.gateway.asgi import Exchange
from tests.gateway.questions import as_json

from slipstream import AsyncClient, dialects
from slipstream.events import Message
from slipstream.gateway import create_app
from slipstream.gateway.gateway import Gateway


def client(url: str, **options: Any) -> AsyncClient:
    return AsyncClient(base_url=url, api_key=KEY, max_retries=0, **options)


def app_for(url: str, **options: Any) -> Starlette:
    return create_app(client(url), **options)


async def ask(app: Starlette, url: str, body: Any = None, method: str = "POST", **headers: str) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else b"" if body is None else as_json(body)
    return await Exchange(method, url, data, headers=named).run(app)


def gateway_of(app: Starlette) -> Gateway:
    gateway: Gateway = app.state.gateway
    return gateway


def folded(dialect: str, body: bytes, *, whole: bool) -> Message:
    """What a client of this dialect reads."""
    spoken = dialects.get(dialect)
    if whole:
        events = spoken.decode_body(body)
    else:
        decoder = spoken.decoder()
        events = decoder.feed(body) + decoder.end()
    message = Message()
    message.fold_all(events)
    return message
