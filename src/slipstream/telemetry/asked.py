"""What is known of a request before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from slipstream.dialects.common.request import ChatMessage


class Asked(Struct, frozen=True, kw_only=True):
    """One request, as telemetry sees it.

    Args:
        model, provider: by our names; "" if they are not known.
        url: the base URL; "" if it is not known before the request (the embedded model).
        streaming: False when the answer comes whole.
        options: those of the call, as in `Ask`.
        messages: gives the conversation; called only when content is asked for.
    """

    model: str = ""
    provider: str = ""
    url: str = ""
    streaming: bool = True
    options: Mapping[str, Any] = {}
    messages: Callable[[], Sequence[ChatMessage]] | None = None
