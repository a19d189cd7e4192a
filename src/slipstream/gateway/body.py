"""A request's body, within bounds of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.errors import BadRequestError
from slipstream.gateway.carrier import Receive

MAX_REQUEST: Final = 32 * 1024 * 1024
"""Bytes of a request: what Anthropic takes, and room for several pictures in base64. Other providers take less."""

BODY_SECONDS: Final = 60.0
"""Seconds that a body may take: 32 MiB over 5 Mbit/s. Who sends a byte now and then holds nothing for long."""


class ClientLeft(Exception):  # noqa: N818 - nothing is wrong
    """The client went away before its request was whole."""


async def read_body(scope: Mapping[str, Any], receive: Receive, limit: int) -> bytes:
    """The body of a request.

    Raises:
        BadRequestError: it is longer than the limit (413), packed (415), or too slow (408).
        ClientLeft: the client has gone.
    """
    _check_head(scope, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, limit)
    except TimeoutError:
        raise BadRequestError(
            f"the body did not come within {BODY_SECONDS:g} s", status=408, code="slow_body"
        ) from None


def _check_head(scope: Mapping[str, Any], limit: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or len(value) > 18 or int(value) > limit):
            raise too_large(limit)
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise BadRequestError("the body is packed; send it as it is", status=415, code="packed_body")


async def _read(receive: Receive, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def too_large(limit: int) -> BadRequestError:
    """The refusal of a body that is longer than the limit."""
    return BadRequestError(f"the body is longer than {limit} bytes", status=413, code="request_too_large")


def parse(body: bytes) -> Any:
    """The JSON in a body. Lone surrogates, which browsers write for half an emoji, become U+FFFD.

    Raises:
        BadRequestError: it is no JSON, or nested too deep.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise BadRequestError("the body is nested too deep", status=400, code="invalid_json") from None
    try:
        return parse_loosely(body)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is no JSON", status=400, code="invalid_json") from None
