"""What the engine needs of a network: open a request, iterate byte chunks, close.

The library's own is `aiohttp_transport`; a replay, a fault injector and a test's in-process application implement the
same three methods, and a user may pass one as `Client(transport=...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from slipstream.errors import SlipstreamError


class HTTPRequest(Struct, frozen=True):
    """One request.

    Args:
        url: absolute http or https address.
        headers: all of them, the key's included; never logged.
        body: the bytes to send.
        method: `POST`, or `GET` with an empty body.
    """

    url: str
    headers: dict[str, str]
    body: bytes = b""
    method: str = "POST"

    def __repr__(self) -> str:
        return f"HTTPRequest({self.method} {self.url}, {len(self.body)} bytes)"  # no key, no prompt


class BrokenConnectionError(SlipstreamError):
    """The connection ended in mid-body. Internal: the driver makes it a retry or a `StreamInterruptedError`."""


@runtime_checkable
class Response(Protocol):
    """An open response.

    Attributes:
        status: the HTTP status.
        headers: looked up by names in lower case.
    """

    status: int
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        """The next bytes, as soon as there are any; b"" at the end. A cancelled read loses nothing.

        Raises:
            BrokenConnectionError: the body was cut.
            ProtocolError: the body breaks HTTP, or is packed beyond reason.
        """
        ...

    def close(self) -> None:
        """Close the socket now; a pending `read` ends. May be called twice."""
        ...

    def release(self) -> None:
        """The answer is whole: keep the connection for the next request if the body ends soon, else close it."""
        ...


@runtime_checkable
class Transport(Protocol):
    """Opens requests. All calls come from one event loop at a time."""

    async def open(self, request: HTTPRequest, connected: Callable[[], None]) -> Response:
        """Send the request and return when the response headers are in.

        Args:
            request: what to send.
            connected: called once the connection stands, new or from the pool: the `connect` clock stops.

        Raises:
            ConnectionFailedError: it could not be sent, or no headers came back.
            ProtocolError: what came back is no HTTP.
        """
        ...

    async def close(self) -> None:
        """Close everything that is open."""
        ...
