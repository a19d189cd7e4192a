"""A request of this API for a provider that speaks another one.

Its own items mean nothing there; `plain_items` says what becomes of each. Its tools, and what only a name in the
request stands for, are refused, because leaving them out would ask for something else.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import list_at, mapping_at, name_of, wrong
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.responses_wire.plain_items import WHOLE, PlainItems

KEPT: Final = ("previous_response_id", "conversation", "prompt")
"""Fields that name what a provider has kept."""

_ALLOWED: Final = "allowed_tools"
_MODES: Final = ("auto", "required")


def for_others(asked: Asked) -> Asked:
    """What is asked, without what only a provider of this API understands.

    Returns:
        The request; of its conversation, what was left out stands in `own` by the name of `input.mcp_call` and the
        like, for the client to be told.

    Raises:
        InvalidRequestError: it names something that only the provider that has kept it knows, or rests on something
            that no other API has.
    """
    for name in KEPT:
        if name in asked.own:
            raise wrong(name, "only the provider that has kept it knows it", WHOLE)
    request, own = _with_allowed(asked.request, dict(asked.own))
    tools = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(request.tools)]
    items = PlainItems()
    messages = items.conversation(request.messages)
    return replace(asked, request=replace(request, tools=tools, messages=messages), own={**own, **items.left_out})


def _tool(tool: r.Tool, where: str) -> r.Tool:
    """A function without the fields that only this API has; its own tools nobody else runs."""
    if tool.raw is None or "parameters" in tool.raw:
        return replace(tool, raw=None)
    raise wrong(f"{where}.type", f"{name_of(tool.raw.get('type'))} is a tool of the Responses API's own", "function")


# A choice among some of the tools, which elsewhere is a choice among all: so only those are sent.


def _with_allowed(request: r.Request, own: dict[str, Any]) -> tuple[r.Request, dict[str, Any]]:
    choice = own.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") != _ALLOWED:
        return request, own
    mode = choice.get("mode", "auto")
    if mode not in _MODES:
        raise wrong("tool_choice.mode", f"{name_of(mode)} is unknown", ", ".join(_MODES))
    tools = _allowed(choice.get("tools"), request.tools)
    if mode == "required" and not tools:
        raise wrong("tool_choice.tools", "one of no tools is required", "at least one of the tools")
    del own["tool_choice"]
    return replace(request, tools=tools, tool_choice=mode if tools else None), own


def _allowed(value: Any, tools: list[r.Tool]) -> list[r.Tool]:
    """The tools that the list names, in the order of the request."""
    where = "tool_choice.tools"
    wanted = [
        mapping_at(entry, f"{where}[{index}]", '{"type": "function", "name": ...}')
        for index, entry in enumerate(list_at(value, where, "a list of tools"))
    ]
    for index, entry in enumerate(wanted):
        if not any(_is(tool, entry) for tool in tools):
            raise wrong(f"{where}[{index}]", "none of the tools", "tools of this request")
    return [tool for tool in tools if any(_is(tool, entry) for entry in wanted)]


def _is(tool: r.Tool, entry: dict[str, Any]) -> bool:
    known = {"type": "function", **(tool.raw or {}), "name": tool.name}
    return bool(entry) and all(known.get(name) == value for name, value in entry.items())
