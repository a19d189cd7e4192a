"""The HTTP status of an error, for those who answer our clients: the inverse of `error_kinds`."""

from __future__ import annotations

from typing import Final

from slipstream.events import Error

STATUS_OF: Final = {
    "InvalidRequestError": 400, "BadRequestError": 400, "UnsupportedError": 400, "ContentFilteredError": 400,
    "AuthenticationError": 401, "MissingKeyError": 401, "QuotaExceededError": 402, "PermissionDeniedError": 403,
    "NotFoundError": 404, "UnknownModelError": 404, "RateLimitError": 429, "OverloadedError": 503,
    "StreamTimeoutError": 504, "ConnectionFailedError": 502, "TLSError": 502, "ServerError": 502,
    "LocalModelError": 503,
}  # fmt: skip

FAILED: Final = 502
"""Whatever else: the one behind us failed."""


def status_of(error: Error) -> int:
    """The status to answer with: the provider's own where it is an error, else that of the kind."""
    if error.status is not None and 400 <= error.status < 600:
        return error.status
    return STATUS_OF.get(error.kind, FAILED)
