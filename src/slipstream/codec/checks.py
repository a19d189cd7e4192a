"""What the decoders share: the check of what they are fed, the errors, and the judgement of an unfinished end."""

from __future__ import annotations

import json
from typing import TypeAlias

from slipstream.errors import EventTooLargeError, InvalidRequestError, StreamClosedError

Bytes: TypeAlias = bytes | bytearray | memoryview

BOM = b"\xef\xbb\xbf"
DONE = b"[DONE]"

_NUMBER_START = b"-0123456789"


def as_bytes(data: object, caller: str) -> bytes:
    """The data as bytes.

    Raises:
        InvalidRequestError: the data is not bytes, bytearray or memoryview.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise InvalidRequestError(f"{caller} takes bytes, bytearray or memoryview, not {type(data).__name__}")


def check_limit(limit: object) -> int:
    """The limit, if it is one.

    Raises:
        InvalidRequestError: `max_event_bytes` is not a positive whole number.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise InvalidRequestError(f"max_event_bytes takes a whole number of bytes, 1 or more, not {limit!r}")
    return limit


def too_large(limit: int) -> EventTooLargeError:
    """The error of an event that has grown beyond the limit."""
    return EventTooLargeError(
        f"an event of the stream is larger than max_event_bytes={limit}",
        hint="Raise max_event_bytes if the provider sends such events, pictures for example.",
    )


def closed(caller: str) -> StreamClosedError:
    """The error of a decoder that is fed after its end."""
    return StreamClosedError(f"{caller} was called after end()")


def is_whole(payload: bytes, *, line_ended: bool) -> bool:
    """True if a payload at the end of the body, whose event was not closed, is plainly all of it.

    That is `[DONE]`, or a JSON text: an array, object, string or literal shows its own end. A number does not (`12` may
    be the start of `123`), so it counts only when its line was ended.
    """
    if payload.strip() == DONE:
        return True
    try:
        # The standard library's decoder, as it takes what real servers send: lone surrogates, NaN. parse_int: no
        # limit of digits.
        json.loads(payload.decode("utf-8", "replace"), parse_int=float)
    except (ValueError, RecursionError):
        return False
    return line_ended or payload.strip()[:1] not in _NUMBER_START
