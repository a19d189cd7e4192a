"""The doors: `Client` and `AsyncClient`, the streams they give, `merge` for several, `wrap` for those of other SDKs.

Each is loaded when it is first named, so that sync code never loads asyncio before its first request.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slipstream.client.async_client import AsyncClient
    from slipstream.client.async_stream import AsyncStream
    from slipstream.client.client import Client
    from slipstream.client.merging import merge
    from slipstream.client.options import Ask
    from slipstream.client.stream import Stream
    from slipstream.client.wrapping import wrap

__all__ = ["Ask", "AsyncClient", "AsyncStream", "Client", "Stream", "merge", "wrap"]

_HOME = {
    "Ask": "options",
    "AsyncClient": "async_client",
    "AsyncStream": "async_stream",
    "Client": "client",
    "Stream": "stream",
    "merge": "merging",
    "wrap": "wrapping",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'slipstream.client' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"slipstream.client.{_HOME[name]}"), name)
    globals()[name] = value
    return value
