"""The provider's failures as our client should hear of them."""

from __future__ import annotations

from typing import Any, Final

from slipstream.errors import AuthenticationError, MissingKeyError, PermissionDeniedError, ServerError
from slipstream.gateway.failures import log

OURS: Final = (AuthenticationError, PermissionDeniedError, MissingKeyError)
"""Refusals that are about the server's own key: the client has another one, and nothing is wrong with that."""


def blamed(error: Any) -> Any:
    """The error to tell: where the provider refuses our key, it is a fault of the server and not of its client."""
    if not isinstance(error, OURS):
        return error
    log.error("the provider %s refuses this server's key: %s", error.provider, type(error).__name__)
    told = ServerError(
        "the provider refuses this server's key", status=502, code="upstream_key_refused", provider=error.provider
    )
    told.request_id = error.request_id
    return told
