"""Reads a file whose path the caller gave, or says why it cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

from slipstream.errors import InvalidRequestError


def read_path(path: str | os.PathLike[str], place: str, most: int = -1) -> bytes:
    """The content of a file.

    Args:
        path: where it is.
        place: the argument it came in, for messages.
        most: bytes that are read; -1 reads all.

    Raises:
        InvalidRequestError: it cannot be read; the message gives the place, the path and the reason.
    """
    try:
        with Path(path).open("rb") as file:
            return file.read(most)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequestError(
            f"{place}: the file {os.fspath(path)!r} cannot be read ({reason(error)})", argument=place
        ) from None


def reason(error: Exception) -> str:
    """Why a path could not be opened: what the system says, or that it is none (a zero byte in it, or bytes)."""
    return getattr(error, "strerror", None) or "not a path"
