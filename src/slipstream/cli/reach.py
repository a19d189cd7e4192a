"""Whether a provider can be reached: one small request by the library's own transport, proxies and certificates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from slipstream.client.prepare import USER_AGENT
from slipstream.errors import SlipstreamError
from slipstream.run.aiohttp_transport import AiohttpTransport
from slipstream.run.transport import HTTPRequest

BOUND: Final = 5.0
"""Seconds for name look-up, connection and an answer: whoever needs longer is not usable in a conversation."""


class Reach(Struct, frozen=True):
    """What came of it.

    Args:
        status: the HTTP status; any of them shows that the provider is there. None if nothing answered.
        seconds: how long it took.
        problem: why nothing answered, or "".
    """

    status: int | None
    seconds: float
    problem: str = ""


async def probe(transport: AiohttpTransport, url: str, bound: float) -> Reach:
    """Ask for the address with GET, without a key."""
    began = time.perf_counter()
    request = HTTPRequest(url, {"user-agent": USER_AGENT}, method="GET")
    try:
        async with asyncio.timeout(bound):
            response = await transport.open(request, lambda: None)
        response.close()
    except TimeoutError:
        return Reach(None, time.perf_counter() - began, f"no answer within {bound:g} s")
    except SlipstreamError as error:
        return Reach(None, time.perf_counter() - began, error.message)
    return Reach(response.status, time.perf_counter() - began)


async def _probe_all(urls: Sequence[str], bound: float) -> list[Reach]:
    transport = AiohttpTransport()
    try:
        return await asyncio.gather(*(probe(transport, url, bound) for url in urls))
    finally:
        await transport.close()


def reach(urls: Sequence[str], bound: float = BOUND) -> list[Reach]:
    """Try all addresses at once.

    Args:
        urls: http(s) addresses.
        bound: seconds for each.
    """
    return asyncio.run(_probe_all(urls, bound)) if urls else []
