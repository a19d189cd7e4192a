"""From a request that was read to what is asked of a provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.request import FilePart, Request
from slipstream.gateway.naming import THINKING
from slipstream.gateway.thinking import thinking_for

PASSED: Final = (
    "messages", "tools", "tool_choice", "thinking", "temperature", "top_p", "max_tokens", "stop", "n", "seed",
    "response_format",
)  # fmt: skip
"""The fields of a neutral request that a client decides. Where it goes, with which key and headers, is not among them:
who could set an address would be sent the server's keys (CVE-2024-6587)."""

NESTED: Final = ("options", "generationConfig", "toolConfig", "text")
"""Objects of a body that hold settings of which some are taken: what is left of them is named one by one."""

NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")

LONGEST_LIST: Final = 1024
"""Characters of `x-slipstream-ignored`: proxies refuse heads of more than some KiB."""

NATIVE: Final = {"openai_chat": ("effort",), "zhipu": ("object",)}
"""Styles of `Provider.thinking_style` that are the dialect's own words; many hosts of OpenAI's dialect have others."""

SEEDLESS: Final = ("anthropic", "openai_responses")
"""APIs without a seed: it never promised more than an attempt, so it is ignored there and named."""

SHARED: Final = {
    ("openai_chat", "openai_responses"): (
        "metadata", "parallel_tool_calls", "prompt_cache_key", "safety_identifier", "service_tier", "store", "user",
    ),
}  # fmt: skip
"""Fields of two APIs that have the same name and meaning in both."""

SHARING: Final = ("openai", "openai-responses", "azure", "azure-responses", "azure-deployments")
"""Providers that know them; strict hosts of the same dialect refuse them."""


def options_of(asked: Asked, endpoint: Endpoint, dialect: Dialect) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The options of the call, and the names of what could not be passed on.

    Args:
        asked: the request.
        endpoint: where it goes.
        dialect: what the client speaks; a provider that speaks the same gets the fields that only they know.

    Raises:
        InvalidRequestError: the request rests on something that only a provider of the client's dialect has.
    """
    if endpoint.dialect == dialect.name:
        return _of_the_same(asked, endpoint)
    plainly = getattr(dialect, "elsewhere", None)  # `face.Peculiar`, without 40 us of `isinstance`
    return _of_another(asked if plainly is None else plainly(asked), endpoint, dialect)


def _given(asked: Asked) -> dict[str, Any]:
    request = asked.request
    return {name: value for name in PASSED if (value := getattr(request, name)) not in (None, [])}


def _of_the_same(asked: Asked, endpoint: Endpoint) -> tuple[dict[str, Any], tuple[str, ...]]:
    """For a provider of the client's own API: everything as it is, but the words of thinking, which hosts differ in."""
    given, own = _given(asked), dict(asked.own)
    style = endpoint.model.thinking_style or endpoint.provider.thinking_style
    wanted = given.get("thinking")
    ignored: tuple[str, ...] = ()
    if wanted is not None and (
        endpoint.model.thinking == "none" or style not in NATIVE.get(endpoint.dialect, (style,))
    ):
        suited = thinking_for(endpoint, given.pop("thinking"))
        if suited is not None:
            given["thinking"] = suited
        elif endpoint.model.thinking is None and wanted.effort is not None:
            own["reasoning_effort"] = wanted.effort  # nobody knows the host's words: the client's may be right
        else:
            ignored = (THINKING.get(endpoint.dialect, "thinking"),)
    return {**given, "extra": own} if own else given, ignored


def _of_another(asked: Asked, endpoint: Endpoint, dialect: Dialect) -> tuple[dict[str, Any], tuple[str, ...]]:
    """For a provider of another API: what both can say."""
    _check_own(asked.request, dialect)
    given, ignored = _given(asked), []
    if (most := endpoint.model.output or endpoint.model.context) and "max_tokens" in given:
        given["max_tokens"] = min(given["max_tokens"], most)  # it will not give more, and would refuse to be asked
    if given.get("seed") is not None and endpoint.dialect in SEEDLESS:
        ignored.append("seed")
        del given["seed"]
    wanted = given.pop("thinking", None)
    suited = thinking_for(endpoint, wanted)
    if suited is not None:
        given["thinking"] = suited
    elif wanted is not None:
        ignored.append(THINKING.get(dialect.name, "thinking"))
    shared = _shared(dialect.name, endpoint)
    extra = {name: value for name, value in asked.own.items() if name in shared}
    if extra:
        given["extra"] = extra
    return given, (*ignored, *_names({name: value for name, value in asked.own.items() if name not in shared}))


def _shared(spoken: str, endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.provider.name not in SHARING:
        return ()
    return SHARED.get((spoken, endpoint.dialect)) or SHARED.get((endpoint.dialect, spoken)) or ()


def _check_own(request: Request, dialect: Dialect) -> None:
    """Refuse what only a provider of the client's API can understand: its own tools, and files that it keeps."""
    for index, tool in enumerate(request.tools):
        if tool.raw is not None:
            kind = tool.raw.get("type") or next(iter(tool.raw), "")
            raise wrong(f"tools[{index}]", f"{name_of(kind)} is a tool of providers of {dialect.name}", "functions")
    for index, message in enumerate(request.messages):
        for part in message.parts:
            if isinstance(part, FilePart) and part.id and message.role == "user":
                where = f"messages[{index}]"
                raise wrong(where, "a file by its id, which only the provider that keeps it knows", "its content")


def _names(own: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of what only the client's API knows, those inside `NESTED` with their path."""
    names: list[str] = []
    for name, value in own.items():
        inner = value if name in NESTED and isinstance(value, Mapping) else None
        names += [name] if inner is None else [f"{name}.{key}" for key in inner]
    return tuple(names)


def ignored_header(names: tuple[str, ...]) -> Mapping[str, str]:
    """The header that names what was ignored; a name that is no word of ASCII is left out of it."""
    shown = ", ".join(name for name in names if NAME.fullmatch(name))
    return {"x-slipstream-ignored": shown[:LONGEST_LIST]} if shown else {}
