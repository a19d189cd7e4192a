"""Files in the UI protocol: a data URL with the content, or an address."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

DEFAULT_TYPE = "application/octet-stream"


def file_url(data: bytes, url: str, media_type: str) -> str:
    """The address of a file: its content as a data URL, or where it is."""
    if url and not data:
        return url
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def of_data_url(url: str) -> tuple[str, bytes] | None:
    """The media type and the content of a data URL (RFC 2397), or None if it is none.

    Raises:
        ValueError: the content is no base64.
    """
    if not url.startswith("data:"):
        return None
    head, comma, body = url[5:].partition(",")
    if not comma:
        raise ValueError("a data URL without a comma")
    media_type, *parameters = head.split(";")
    if "base64" not in parameters:
        return media_type, unquote_to_bytes(body)
    try:
        return media_type, base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a data URL that is no base64") from None
