"""Pictures and sounds inside a page: which bytes may stand there, as `data:` addresses.

A picture's type is that of its bytes, never what somebody says of it: only formats that hold pixels and nothing that
runs. SVG and PDF hold scripts and links and are not among them.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.sinks.picture_types import KINDS, picture_type

_BASE64: Final = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE).match


def data_url(data: bytes, media_type: str) -> str:
    """The `data:` address of these bytes."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def picture_url(image: Any, name: str) -> str:
    """The `data:` address of a picture.

    Args:
        image: its bytes, or a `data:` address of it.
        name: what the argument is called.

    Raises:
        InvalidRequestError: it is no picture, or an address of another kind.
    """
    data = _of_address(image) if isinstance(image, str) else image
    kind = picture_type(bytes(data)) if isinstance(data, (bytes, bytearray, memoryview)) else None
    if kind is None:
        raise InvalidRequestError(
            f"{name} is no picture to embed; accepted: the bytes of a {KINDS}, or a base64 data: address of them",
            argument=name,
        )
    return data_url(bytes(data), kind)


def _of_address(address: str) -> bytes:
    head = _BASE64(address)
    try:
        return base64.b64decode(address[head.end() :], validate=True) if head else b""
    except ValueError:
        return b""
