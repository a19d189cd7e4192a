"""The headers of our responses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from slipstream.dialects.common.face import Encoder
from slipstream.errors import InvalidRequestError
from slipstream.events import Error

Pairs = list[tuple[bytes, bytes]]

STREAMING: Final = {
    "cache-control": "no-store, no-transform",  # no cache keeps an answer, and no proxy packs it into blocks
    "x-accel-buffering": "no",  # nginx passes each piece on at once
    "connection": "keep-alive",
}
"""What every streamed answer says, unless its dialect says otherwise. There is no length: nobody knows it."""

JSON: Final = {"content-type": "application/json", "cache-control": "no-store"}

NO_RETRY: Final = {"x-should-retry": "false"}
"""Official clients repeat any 5xx; this header, which they honour, tells them when that is of no use."""


def stream_headers(encoder: Encoder, further: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of a streamed answer.

    Args:
        encoder: whose headers win over ours.
        further: the caller's, which win over both.
    """
    own = {name.lower(): value for name, value in encoder.headers.items()}
    return {"content-type": encoder.content_type, **STREAMING, **own, **checked(further)}


def error_headers(error: Error, body: bytes, retry_at: float | None = None) -> dict[str, str]:
    """The headers of an answer that is nothing but an error.

    Args:
        error: the error.
        body: how the dialect tells it: as JSON, or in plain words.
        retry_at: seconds after which to try again, or None if that is not known.
    """
    headers = JSON if body[:1] == b"{" else JSON | {"content-type": "text/plain; charset=utf-8"}
    if retry_at is not None:
        headers = headers | {"retry-after": str(max(0, math.ceil(retry_at)))}
    return dict(headers) if error.retryable else headers | NO_RETRY


def _is_latin(value: str) -> bool:
    return all(character < "\u0100" for character in value)


def checked(headers: Any) -> dict[str, str]:
    """The caller's headers, with names in lower case.

    Raises:
        InvalidRequestError: one of them could end the head of the response, or is no text.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise InvalidRequestError(f"headers is a {type(headers).__name__}; it takes a mapping", argument="headers")
    for name, value in headers.items():
        good = isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum() and name.isascii()
        if not good or not isinstance(value, str) or not value.isprintable() or not _is_latin(value):
            raise InvalidRequestError(
                f"headers[{name!r}] is no HTTP header; it takes printable text in Latin-1", argument="headers"
            )
    return {name.lower(): value for name, value in headers.items()}


def pairs(headers: Mapping[str, str]) -> Pairs:
    """The headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]


def without(headers: Iterable[tuple[bytes, bytes]], names: Iterable[str]) -> Pairs:
    """The headers but those of these names."""
    dropped = {name.encode("latin-1") for name in names}
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def may_keep_alive(scope: Mapping[str, Any]) -> bool:
    """True if the connection outlives the answer: HTTP/1.1, and the client has not said otherwise.

    In HTTP/2 the header `connection` is forbidden; to an older client, or one that closes, it would be a lie.
    """
    if scope.get("http_version") != "1.1":
        return False
    return not any(name == b"connection" and b"close" in value.lower() for name, value in scope["headers"])
