"""Answers for the clients of ours: a stream as an HTTP response, and a server for every dialect.

    return respond(stream, "openai")             # in a Starlette or FastAPI endpoint
    body = encode(stream, "openai")              # for Django, Flask, aiohttp: an iterator of bytes
    app = create_app(model="glm-4.7-flash")      # the whole server, as an ASGI application

It needs `pip install 'slipstream[gateway]'`; `encode` needs nothing more than the library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from slipstream.gateway.app import create_app as create_app
    from slipstream.gateway.encoding import encode as encode
    from slipstream.gateway.response import respond as respond

_HOME: Final = {"create_app": "app", "encode": "encoding", "respond": "response"}

__all__ = ["create_app", "encode", "respond"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'slipstream.gateway' has no attribute {name!r}")
    try:
        module = importlib.import_module(f"slipstream.gateway.{_HOME[name]}")
    except ModuleNotFoundError as error:
        if error.name != "starlette":
            raise
        raise ModuleNotFoundError(
            f"{name}() needs starlette: pip install 'slipstream[gateway]'", name=error.name
        ) from None
    globals()[name] = getattr(module, name)
    return globals()[name]
