"""A client with an HTTP library: it asks, and has the whole answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass
class Got:
    """An answer; `headers` is the library's, which looks names up in any case."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)


async def call(url: str, body: Any = None, headers: Mapping[str, str] | None = None, *, method: str = "POST") -> Got:
    """Ask.

    Args:
        url: where.
        body: bytes, or what becomes JSON; None sends none.
        headers: beside those of JSON.
        method: of HTTP.
    """
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    async with (
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        session.request(method, url, data=data, headers=sent) as response,
    ):
        return Got(response.status, response.headers, await response.read())


async def get(url: str, headers: Mapping[str, str] | None = None) -> Got:
    """Ask for what is there."""
    return await call(url, None, headers, method="GET")
