"""What a client is told of a failure, and what the log is.

A `SlipstreamError` was written for people and holds no key and no prompt: its words go to the client. Any other
exception may hold anything: the client hears that something went wrong inside, and the log gets the exception's type
and where it was raised, but not its words.
"""

from __future__ import annotations

import logging
import traceback
from typing import Final

from slipstream.errors import SlipstreamError
from slipstream.events import Error
from slipstream.run import failures

log: Final = logging.getLogger("slipstream.gateway")

INTERNAL: Final = Error("an internal error ended the answer", kind="InternalError", code="internal_error", status=500)

SHUTTING_DOWN: Final = Error(
    "the server is shutting down", kind="OverloadedError", code="shutting_down", status=503, retryable=True
)

_FRAMES: Final = 8  # the innermost ones say where it happened


def event_of(error: BaseException | None) -> Error:
    """The event that tells of this exception; one that is not ours is logged."""
    if error is None:
        return INTERNAL
    if isinstance(error, SlipstreamError):
        return failures.event(error)
    log.error("%s", described(error))
    return INTERNAL


def described(error: BaseException) -> str:
    """The exception without its words: its type, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"an unexpected {type(error).__name__} at {where}"
