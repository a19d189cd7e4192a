"""From a request that was read to what is asked of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.reply import Asked
from slipstream.gateway.thinking import thinking_for

PASSED: Final = (
    "messages", "tools", "tool_choice", "thinking", "temperature", "top_p", "max_tokens", "stop", "n", "seed",
    "response_format",
)  # fmt: skip
"""The fields of a neutral request that a client decides. Where it goes, with which key and headers, is not among them:
who could set an address would be sent the server's keys (CVE-2024-6587)."""

LONGEST_LIST: Final = 1024
"""Characters of `x-slipstream-ignored`: proxies refuse heads of more than some KiB."""


def options_of(asked: Asked, endpoint: Endpoint, dialect: Dialect) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The options of the call, and the names of what could not be passed on.

    Args:
        asked: the request.
        endpoint: where it goes.
        dialect: what the client speaks; a provider that speaks the same gets the fields that only they know.

    Raises:
        InvalidRequestError: the request rests on something that only a provider of the client's dialect has.
    """
    same = endpoint.dialect == dialect.name
    plainly = None if same else getattr(dialect, "elsewhere", None)  # `face.Peculiar`, without 40 us of `isinstance`
    if plainly is not None:
        asked = plainly(asked)
    request = asked.request
    given = {name: value for name in PASSED if (value := getattr(request, name)) not in (None, [])}
    if same:
        return {**given, "extra": asked.own} if asked.own else given, ()
    if (most := endpoint.model.output or endpoint.model.context) and "max_tokens" in given:
        given["max_tokens"] = min(given["max_tokens"], most)  # it will not give more, and would refuse to be asked
    wanted = given.pop("thinking", None)
    suited = thinking_for(endpoint, wanted)
    if suited is not None:
        return {**given, "thinking": suited}, tuple(asked.own)
    return given, tuple(asked.own) if wanted is None else ("thinking", *asked.own)


def ignored_header(names: tuple[str, ...]) -> Mapping[str, str]:
    """The header that names what was ignored; a name that is no word of ASCII is left out of it."""
    shown = ", ".join(name for name in names if name.isascii() and name.replace("_", "").isalnum())
    return {"x-slipstream-ignored": shown[:LONGEST_LIST]} if shown else {}
