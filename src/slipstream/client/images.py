"""Pictures for a request: a path, an address, bytes, or what messages already hold."""

from __future__ import annotations

import base64
import os
from typing import Any

from slipstream.client.paths import read_path
from slipstream.dialects.common.request import ImagePart
from slipstream.errors import InvalidRequestError
from slipstream.sinks.picture_sizes import picture_size
from slipstream.sinks.picture_types import KINDS, picture_type

MAX_IMAGE = 20 * 1024 * 1024
"""Bytes of one picture: the largest that any provider takes (OpenAI 20 MB; Zhipu and Anthropic 5 MB)."""

Image = str | bytes | os.PathLike[str]
"""What `images=` takes, each: an http(s) address, a `data:` address, the path of a file, or the bytes of one."""


def load(image: Any, position: int) -> tuple[ImagePart, tuple[int, int] | None]:
    """The part of a message for a picture, and its width and height where they are known.

    Args:
        image: an `Image`.
        position: its place in `images`, for messages.

    Raises:
        InvalidRequestError: no such file, no picture, too large, or of the wrong type.
    """
    name = f"images[{position}]"
    if isinstance(image, (bytes, bytearray, memoryview)):
        return of_bytes(bytes(image), name)
    if isinstance(image, str):
        if image.startswith(("http://", "https://")):
            return ImagePart(url=image), None
        if image.startswith("data:"):
            return _from_data_url(image, name)
    if not isinstance(image, (str, os.PathLike)):
        raise InvalidRequestError(f"{name} is a {type(image).__name__}; it takes a path, an http(s) address or bytes")
    return of_bytes(read_path(image, name, MAX_IMAGE + 1), name)


def of_bytes(data: bytes, name: str) -> tuple[ImagePart, tuple[int, int] | None]:
    """The part of a message for the bytes of a picture, and its width and height where they are known.

    Args:
        data: the bytes; their beginning says of which kind they are.
        name: the place they came in, for messages.

    Raises:
        InvalidRequestError: no picture, or too large.
    """
    kind = picture_type(data)
    if kind is None:
        raise InvalidRequestError(f"{name} is no picture that can be sent; it takes {KINDS}")
    if len(data) > MAX_IMAGE:
        raise InvalidRequestError(f"{name} is larger than {MAX_IMAGE // 2**20} MiB, the most any provider takes")
    return ImagePart(data=base64.b64encode(data).decode("ascii"), media_type=kind), picture_size(data)


def _from_data_url(url: str, name: str) -> tuple[ImagePart, tuple[int, int] | None]:
    _, _, encoded = url.partition(";base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        data = b""
    if not data:
        raise InvalidRequestError(f"{name} is a data: address without base64 content")
    return of_bytes(data, name)
