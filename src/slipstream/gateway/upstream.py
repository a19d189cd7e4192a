"""The provider's failures as our client should hear of them."""

from __future__ import annotations

from typing import Any, Final

from slipstream.errors import (
    AuthenticationError,
    ConnectionFailedError,
    MissingKeyError,
    PermissionDeniedError,
    ServerError,
    StreamTimeoutError,
)
from slipstream.gateway.failures import log

OURS: Final = (AuthenticationError, MissingKeyError)
"""Refusals of the server's own key: the client has another one, and nothing is wrong with that."""

UNREACHED: Final = (ConnectionFailedError, StreamTimeoutError)
"""Failures of the way to the provider, which whoever runs the server wants to know of."""


def blamed(error: Any) -> Any:
    """The error to tell: where the provider refuses our key, it is a fault of the server and not of its client."""
    if isinstance(error, UNREACHED):
        log.warning("the provider %s: %s", error.provider, error.message)  # our own words: an address, a clock
    if isinstance(error, PermissionDeniedError):
        what, code = f"the provider does not let this server do that: {error.message}", "upstream_denied"
    elif isinstance(error, OURS):
        what, code = "the provider refuses this server's key", "upstream_key_refused"
    else:
        return error
    log.error("%s (%s, %s)", what, error.provider, type(error).__name__)
    told = ServerError(what, status=502, code=code, provider=error.provider)
    told.request_id = error.request_id
    return told
