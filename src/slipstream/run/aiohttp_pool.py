"""The connections of one event loop: aiohttp's session, and the answers whose bodies have not quite ended."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.connector import Connection

LINGER = 0.25
"""Seconds that a finished answer's connection may take to end its body. Servers send the end with the last event."""

KEEPALIVE = 20.0
"""Seconds an idle connection stays in the pool: below the 30 s after which common proxies drop it in silence."""

MAX_HEADER = 64 * 1024
"""Bytes of one response header line. aiohttp's 8,190 is too small for the cookies and policies some gateways add."""


class Pool:
    """A session, and what must be closed before it. All of it belongs to one event loop.

    Args:
        ssl_context: the certificates to trust; Python's default if None.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self.sockets: WeakSet[socket.socket] = WeakSet()
        self.session = _new_session(ssl_context, self._socket)
        self._lingering: set[aiohttp.ClientResponse] = set()

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for aiohttp, which we know, so that a forked child can let go of it."""
        family, kind, protocol = address[:3]
        sock = socket.socket(family, kind, protocol)
        self.sockets.add(sock)
        return sock

    def linger(self, response: aiohttp.ClientResponse) -> None:
        """Give a finished answer's connection back if its body ends soon; else close it."""
        if not response.closed:
            self._lingering.add(response)
            asyncio.get_running_loop().call_later(LINGER, self._end, response)

    def _end(self, response: aiohttp.ClientResponse) -> None:
        self._lingering.discard(response)
        response.close()

    async def close(self) -> None:
        """Close all connections."""
        for response in list(self._lingering):
            self._end(response)
        await self.session.close()


class Opening:
    """What one request learns of its connection, from aiohttp's tracing and connector."""

    current: ContextVar[Opening] = ContextVar("current")
    """The request that the running task sends."""

    def __init__(self, connected: Callable[[], None]) -> None:
        self.connected = connected
        self.transport: asyncio.Transport | None = None
        self._reused = False
        self._again = False

    def abort(self) -> None:
        """Close the socket now. aiohttp alone would keep it open until the peer has read what was to be sent."""
        if self.transport is not None:
            self.transport.abort()

    def on_connection(self, *, reused: bool) -> None:
        """The connection stands, new or from the pool."""
        self._reused = reused
        self.connected()

    def was_stale(self, error: Exception) -> bool:
        """True, once, if a pooled connection turned out to be closed before a byte of the response came.

        The server closed it while it was idle, and our request crossed its FIN on the way: nothing is wrong, and the
        reader need not wait for a retry (RFC 9112 section 9.3.1).
        """
        import aiohttp

        closed = isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError))
        if not closed or not self._reused or self._again or _is_partial_head(error):
            return False
        self._again = True
        return True


def _new_session(
    ssl_context: ssl.SSLContext | None, make_socket: Callable[[tuple[Any, ...]], socket.socket]
) -> aiohttp.ClientSession:
    import aiohttp

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_on_created)
    trace.on_connection_reuseconn.append(_on_reused)
    return aiohttp.ClientSession(
        connector=_connector_class()(
            limit=0, keepalive_timeout=KEEPALIVE, ssl=ssl_context or True, socket_factory=make_socket
        ),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        trace_configs=[trace],
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )


@functools.cache
def _connector_class() -> type[aiohttp.TCPConnector]:
    import aiohttp

    class Connector(aiohttp.TCPConnector):
        """Tells a request which connection it got."""

        async def connect(self, *args: Any, **kwargs: Any) -> Connection:
            connection = await super().connect(*args, **kwargs)
            Opening.current.get().transport = connection.transport
            return connection

    return Connector


async def _on_created(_session: Any, context: Any, _params: Any) -> None:
    context.trace_request_ctx.on_connection(reused=False)


async def _on_reused(_session: Any, context: Any, _params: Any) -> None:
    context.trace_request_ctx.on_connection(reused=True)


def _is_partial_head(error: Exception) -> bool:
    message = getattr(error, "message", None)
    return message is not None and not isinstance(message, str)  # aiohttp puts the head it could not finish there
