"""aiohttp's exceptions as ours: typed, and without its texts, which may hold a proxy's password."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from slipstream.errors import ConnectionFailedError, InvalidRequestError, ProtocolError, SlipstreamError, TLSError
from slipstream.run.transport import BrokenConnectionError, HTTPRequest


def broken(error: Exception) -> SlipstreamError:
    """The error of a body that could not be read on."""
    import aiohttp

    if isinstance(error, aiohttp.http_exceptions.HttpProcessingError):
        return ProtocolError("the response body breaks the rules of HTTP", retryable=False)
    return BrokenConnectionError(f"the connection broke ({type(error).__name__})", retryable=True)


def failed(error: Exception, request: HTTPRequest) -> SlipstreamError:
    """The error of a request that got no response."""
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
        (aiohttp.ClientConnectorError, lambda: _unreachable(f"{where} cannot be reached ({_reason(error)})")),
        (aiohttp.ServerDisconnectedError, lambda: _unreachable(f"{where} closed the connection before the response")),
        (aiohttp.ClientResponseError, lambda: ProtocolError(f"{where} does not answer in HTTP")),
        (OSError, lambda: _unreachable(f"the connection to {where} broke before the response")),
        (ValueError, lambda: InvalidRequestError(f"the request to {where} cannot be written as HTTP")),
    )
    return next((make() for kind, make in table if isinstance(error, kind)), None)


def _reason(error: Any) -> str:
    return error.strerror or type(error.os_error).__name__  # asyncio raises some of these without words


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
