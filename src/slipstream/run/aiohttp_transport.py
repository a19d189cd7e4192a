"""The library's own transport, on aiohttp.

Strategy: the session is made when the first request is sent, one for each event loop, because importing aiohttp costs
120 ms and a session belongs to the loop that made it. Redirects are never followed (a key must not travel to another
host); the engine holds the clocks, so aiohttp's are off. After an answer's end mark the connection returns to the
pool by itself when the body ends within `LINGER` seconds; waiting for that would delay the reader, closing at once
would waste the connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from slipstream.errors import ConnectionFailedError, InvalidRequestError, ProtocolError, SlipstreamError, TLSError
from slipstream.run.inflate import inflater
from slipstream.run.proxies import proxy_for
from slipstream.run.transport import BrokenConnectionError, HTTPRequest

if TYPE_CHECKING:
    import aiohttp

LINGER = 0.25
"""Seconds that a finished answer's connection may take to end its body. Servers send the end with the last event."""

KEEPALIVE = 20.0
"""Seconds an idle connection stays in the pool: below the 30 s after which common proxies drop it in silence."""

MAX_HEADER = 64 * 1024
"""Bytes of one response header line. aiohttp's 8,190 is too small for the cookies and policies some gateways add."""


class AiohttpResponse:
    """A response whose body is read as it comes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._inflater = inflater(response.headers.get("content-encoding", ""))
        self.status = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}

    async def read(self) -> bytes:
        """The next bytes; see `Response.read`."""
        while True:
            try:
                data = await self._response.content.readany()
            except Exception as error:
                raise _broken(error) from None
            if self._inflater is None or not data:
                return data
            plain = self._inflater.feed(data)
            if plain:
                return plain

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
        if not self._response.closed:
            asyncio.get_running_loop().call_later(LINGER, self._response.close)


class Opening:
    """What one request learns of its connection, from aiohttp's tracing."""

    def __init__(self, connected: Callable[[], None]) -> None:
        self.connected = connected
        self._reused = False
        self._again = False

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


class AiohttpTransport:
    """Opens requests over pooled connections; proxies and certificates come from the environment.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured as `proxies` says, SSL_CERT_FILE and SSL_CERT_DIR as
    Python's `ssl` does.

    Args:
        ssl_context: the certificates to trust; Python's default if None.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self._ssl = ssl_context
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()

    async def open(self, request: HTTPRequest, connected: Callable[[], None]) -> AiohttpResponse:
        """Send the request; see `Transport.open`."""
        response = await self._request(request, Opening(connected))
        try:
            return AiohttpResponse(response)
        except ProtocolError:
            response.close()
            raise

    async def _request(self, request: HTTPRequest, opening: Opening) -> aiohttp.ClientResponse:
        proxy = proxy_for(request.url)
        while True:
            try:
                return await self._session().request(
                    request.method,
                    request.url,
                    data=request.body or None,
                    headers=request.headers,
                    allow_redirects=False,
                    proxy=proxy,
                    trace_request_ctx=opening,
                )
            except Exception as error:
                if not opening.was_stale(error):
                    raise _failed(error, request) from None

    async def close(self) -> None:
        """Close the sessions of all loops: here, or in the thread where their loop runs."""
        here = asyncio.get_running_loop()
        for loop, session in list(self._sessions.items()):
            del self._sessions[loop]
            if loop is here or loop.is_closed():
                await session.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(session.close(), loop))

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = _new_session(self._ssl)
        return session


def _new_session(ssl_context: ssl.SSLContext | None) -> aiohttp.ClientSession:
    import aiohttp

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_on_created)
    trace.on_connection_reuseconn.append(_on_reused)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE, ssl=ssl_context or True),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        trace_configs=[trace],
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )


async def _on_created(_session: Any, context: Any, _params: Any) -> None:
    context.trace_request_ctx.on_connection(reused=False)


async def _on_reused(_session: Any, context: Any, _params: Any) -> None:
    context.trace_request_ctx.on_connection(reused=True)


def _is_partial_head(error: Exception) -> bool:
    message = getattr(error, "message", None)
    return message is not None and not isinstance(message, str)  # aiohttp puts the head it could not finish there


def _broken(error: Exception) -> SlipstreamError:
    import aiohttp

    if isinstance(error, aiohttp.http_exceptions.HttpProcessingError):
        return ProtocolError("the response body breaks the rules of HTTP", retryable=False)
    return BrokenConnectionError(f"the connection broke ({type(error).__name__})", retryable=True)


def _failed(error: Exception, request: HTTPRequest) -> SlipstreamError:
    """Our error for one of aiohttp's; its own text is dropped, because it may hold a proxy's password."""
    import aiohttp

    where = _host(request.url)
    if isinstance(error, aiohttp.InvalidURL):
        return InvalidRequestError(f"the base URL is no valid address: {where}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectionFailedError(f"the proxy refused to connect to {where} (HTTP {error.status})")
    known = _by_kind(error, where)
    return known or _unreachable(f"the request to {where} failed ({type(error).__name__})")


def _by_kind(error: Any, where: str) -> SlipstreamError | None:
    """The rows of the table are tried in order: the classes of aiohttp inherit from each other."""
    import aiohttp

    table: tuple[tuple[type[Exception], Callable[[], SlipstreamError]], ...] = (
        (aiohttp.ClientConnectorCertificateError, lambda: _tls(where, _certificate(error))),
        (aiohttp.ClientSSLError, lambda: _tls(where, "the TLS handshake failed")),
        (ssl.SSLError, lambda: _tls(where, "the TLS handshake failed")),
        (aiohttp.ClientProxyConnectionError, lambda: _unreachable(f"the proxy for {where} cannot be reached")),
        (aiohttp.ClientConnectorDNSError, lambda: _unreachable(f"the name of {where} cannot be resolved")),
        (aiohttp.ClientConnectorError, lambda: _unreachable(f"{where} cannot be reached ({error.strerror})")),
        (aiohttp.ServerDisconnectedError, lambda: _unreachable(f"{where} closed the connection before the response")),
        (aiohttp.ClientResponseError, lambda: ProtocolError(f"{where} does not answer in HTTP")),
        (OSError, lambda: _unreachable(f"the connection to {where} broke before the response")),
        (ValueError, lambda: InvalidRequestError(f"the request to {where} cannot be written as HTTP")),
    )
    return next((make() for kind, make in table if isinstance(error, kind)), None)


def _tls(where: str, why: str) -> TLSError:
    hint = "SSL_CERT_FILE names a file of certificates to trust, where a company's proxy signs its own"
    return TLSError(f"{where}: {why}", hint=hint)


def _certificate(error: Any) -> str:
    reason = getattr(error.certificate_error, "verify_message", "") or "not valid"
    return f"the certificate is refused ({reason})"


def _unreachable(text: str) -> ConnectionFailedError:
    return ConnectionFailedError(text, retryable=True)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
