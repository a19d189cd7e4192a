"""How the SDK shapes read answers: which dialect, and what of a response that lasts."""

from __future__ import annotations

from typing import Any, Final

from slipstream.client.sdk.keeping import Keeper
from slipstream.dialects.common.face import Dialect

_RESPONSES: Final = "openai_responses"


def dialect(known: Dialect) -> Dialect:
    """The dialect with which an SDK's streams are read."""
    if known.name != _RESPONSES:
        return known
    from slipstream.client.sdk.response_reading import RESPONSES  # chats need none of it

    return RESPONSES


def lasting(request: Any) -> Any:
    """What makes the requests and decoders of a response that is made in the background."""
    from slipstream.client.sdk.response_reading import Lasting

    return Lasting(request)


def keeper(known: Dialect) -> Keeper:
    """The dialect with which a whole answer is read."""
    if known.name != _RESPONSES:
        return Keeper(known)
    from slipstream.client.sdk.response_reading import ResponseKeeper

    return ResponseKeeper(known)
