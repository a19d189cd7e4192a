"""A request of this API for a provider that speaks another one.

Only a choice among some of the functions needs to be said in another way: other APIs choose among all tools that they
are sent, so they are sent only those.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.gemini_wire.read_tools import ALLOWED
from slipstream.dialects.common.reply import Asked

_CONFIG: Final = "functionCallingConfig"
_WHERE: Final = f"toolConfig.{_CONFIG}.allowedFunctionNames"
_MODES: Final = {"ANY": "required", "NONE": "none"}
"""What the modes are elsewhere; all others leave it to the model whether to call."""


def for_others(asked: Asked) -> Asked:
    """What is asked, with a choice among some of the functions said plainly.

    Raises:
        InvalidRequestError: one of these is no function of the request.
    """
    config = asked.own.get("toolConfig", {}).get(_CONFIG, {})
    allowed = next((config[name] for name in ALLOWED if config.get(name)), None)
    if allowed is None:
        return asked
    mode = (config.get("mode") or "").upper()
    tools = _chosen(asked.request.tools, allowed, forced=mode == "ANY")
    request = replace(asked.request, tools=tools, tool_choice=_MODES.get(mode, "auto"))
    return replace(asked, request=request, own=_without(asked.own, mode))


def _chosen(tools: list[r.Tool], allowed: list[str], *, forced: bool) -> list[r.Tool]:
    """The functions that are allowed; tools that Google runs only where no function must be called."""
    known = [tool.name for tool in tools if tool.raw is None]
    for index, name in enumerate(allowed):
        if name not in known:
            raise wrong(f"{_WHERE}[{index}]", f"{name_of(name)} is none of the functions", ", ".join(known))
    return [tool for tool in tools if (tool.name in allowed if tool.raw is None else not forced)]


def _without(own: dict[str, Any], mode: str) -> dict[str, Any]:
    """The API's own fields, without what has been said plainly."""
    settings = own["toolConfig"]
    taken = (*ALLOWED, "mode") if mode in ("ANY", "AUTO", "NONE") else ALLOWED  # VALIDATED says more than `auto`
    inner = {name: value for name, value in settings[_CONFIG].items() if name not in taken and value is not None}
    rest = {name: value for name, value in settings.items() if name != _CONFIG}
    settings = {**rest, **({_CONFIG: inner} if inner else {})}
    found = {name: value for name, value in own.items() if name != "toolConfig"}
    return {**found, **({"toolConfig": settings} if settings else {})}
