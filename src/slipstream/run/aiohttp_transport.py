"""The library's own transport, on aiohttp.

Strategy: the session is made when the first request is sent, one for each event loop, because importing aiohttp costs
120 ms and a session belongs to the loop that made it. Redirects are never followed (a key must not travel to another
host); the engine holds the clocks, so aiohttp's are off. After an answer's end mark the connection returns to the
pool by itself when the body ends within `LINGER` seconds; waiting for that would delay the reader, closing at once
would waste the connection.
"""

from __future__ import annotations

import asyncio
import functools
import io
import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from slipstream.errors import SlipstreamError
from slipstream.run import forked
from slipstream.run.aiohttp_errors import broken, failed
from slipstream.run.aiohttp_pool import Opening, Pool
from slipstream.run.inflate import Inflater, inflater
from slipstream.run.proxies import proxy_for
from slipstream.run.transport import HTTPRequest

if TYPE_CHECKING:
    import aiohttp


LARGE_BODY = 1 << 20
"""Bytes of a request beyond which aiohttp does not want them in one piece."""


PACKED_READ = 16 * 1024
"""Bytes of a packed body that are unpacked at once: at the worst ratio that is allowed they become 3 MiB."""


READ = 32 * 1024
"""Bytes that are taken at once. A fast host brings 512 KiB before it can be stopped, and everything between here and a
reader that has stopped would hold its own form of them."""


class AiohttpResponse:
    """A response whose body is read as it comes."""

    def __init__(self, response: aiohttp.ClientResponse, pool: Pool) -> None:
        self._response = response
        self._pool = pool
        self._inflater: Inflater | None = None
        self._take: Callable[[], Awaitable[bytes]] = functools.partial(response.content.read, READ)
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        """The next bytes; see `Response.read`."""
        if self._inflater is None:  # not before, as an unknown coding must not hide the status of a refusal
            encoding = self.headers.get("content-encoding", "")
            self._inflater = inflater(encoding)
            if encoding:
                self._take = functools.partial(self._response.content.read, PACKED_READ)
        try:
            while data := await self._take():
                if plain := self._inflater.feed(data):
                    break
        except SlipstreamError:
            raise
        except Exception as error:
            failure = broken(error)
        else:
            return plain if data else b""
        raise failure  # out here, as aiohttp's error, which holds the request's headers, would be its context

    def close(self) -> None:
        """Close the socket now."""
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        self._response.close()
        abort = getattr(transport, "abort", None)  # uvloop's transports are no asyncio.Transport
        if abort is not None:
            abort()  # close() would wait for a peer that does not read

    def release(self) -> None:
        """Leave the connection to the pool if its body ends soon."""
        self._pool.linger(self._response)


class AiohttpTransport:
    """Opens requests over pooled connections; proxies and certificates come from the environment.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured as `proxies` says, SSL_CERT_FILE and SSL_CERT_DIR as
    Python's `ssl` does.

    Args:
        ssl_context: the certificates to trust; Python's default if None.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self._ssl = ssl_context
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()
        self._watches: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = WeakKeyDictionary()

        _transports.add(self)

    def forget(self) -> None:
        """In a forked child: every pool is the parent's."""
        for loop, pool in list(self._pools.items()):
            forked.drop(list(pool.sockets), (loop, pool, self._watches.get(loop)))
        self._pools = WeakKeyDictionary()
        self._watches = WeakKeyDictionary()

    async def open(self, request: HTTPRequest, connected: Callable[[], None]) -> AiohttpResponse:
        """Send the request; see `Transport.open`."""
        pool = await self._pool()
        return AiohttpResponse(await _send(pool.session, request, Opening(connected)), pool)

    async def close(self) -> None:
        """Close the sessions of all loops: here, or in the thread where their loop runs."""
        here = asyncio.get_running_loop()
        for loop, pool in list(self._pools.items()):
            del self._pools[loop]
            watch = self._watches.pop(loop, None)
            if loop is here and watch is not None:
                await watch.aclose()  # which closes the pool
            elif loop.is_closed():
                await pool.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(pool.close(), loop))

    async def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None or pool.session.closed:
            pool = self._pools[loop] = Pool(self._ssl)
            watch = self._watches[loop] = _closed_with_loop(pool)
            await anext(watch)
        return pool


_transports: WeakSet[AiohttpTransport] = WeakSet()


def _forget_all() -> None:
    for transport in list(_transports):
        transport.forget()


os.register_at_fork(after_in_child=_forget_all)


async def _closed_with_loop(pool: Pool) -> AsyncGenerator[None, None]:
    """Closes a pool that nobody closed: a loop that shuts down ends its open async generators, while it still runs.

    So a program that never closes its client (as most do) leaves no socket, and aiohttp nothing to complain of.
    """
    try:
        yield
    finally:
        await pool.close()


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """Large bodies (pictures) as a file: aiohttp writes it in pieces, and warns of bytes that hold up the loop."""
    return io.BytesIO(body) if len(body) > LARGE_BODY else body or None


async def _send(session: aiohttp.ClientSession, request: HTTPRequest, opening: Opening) -> aiohttp.ClientResponse:
    proxy = proxy_for(request.url)
    Opening.current.set(opening)
    while True:
        try:
            return await session.request(
                request.method,
                request.url,
                data=_payload(request.body),
                headers=request.headers,
                allow_redirects=False,
                proxy=proxy,
                trace_request_ctx=opening,
            )
        except Exception as error:
            failure = None if opening.was_stale(error) else failed(error, request)
        except BaseException:
            opening.abort()
            raise
        if failure is not None:
            raise failure  # out here, as aiohttp's error, which holds the key, would be its context
