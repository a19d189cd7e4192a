"""The body of a chat completion request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.openai_shape.messages import MessageWriter
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.errors import UnsupportedError

CHOICES: Final = ("auto", "none", "required")

_SAMPLING: Final = ("temperature", "top_p", "n", "seed", "response_format")


def build_body(request: Request, writer: MessageWriter) -> dict[str, Any]:
    """The JSON body of a request.

    Args:
        request: what is asked.
        writer: writes its messages.

    Raises:
        InvalidRequestError: something in it cannot be said in this dialect; the message names it.
    """
    body: dict[str, Any] = {"model": request.model, "messages": writer.write(request), "stream": request.stream}
    if request.stream and request.traits.stream_usage == "ask":
        body["stream_options"] = {"include_usage": True}
    body |= {name: getattr(request, name) for name in _SAMPLING if getattr(request, name) is not None}
    if request.max_tokens is not None:
        body[request.traits.max_tokens_field] = request.max_tokens
    if request.stop:
        body["stop"] = list(request.stop)
    body |= tool_fields(request)
    body |= thinking_fields(request.thinking, request.traits.thinking_style)
    body |= request.extra
    return body


def tool_fields(request: Request) -> dict[str, Any]:
    """`tools` and `tool_choice`."""
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in request.tools]} if request.tools else {}
    choice = request.tool_choice
    if choice is None:
        return fields
    names = [tool.name for tool in request.tools]
    if not names and choice != "none":
        raise wrong("tool_choice", f"{name_of(choice)} without tools", "tools to choose from, or no tool_choice")
    if choice in CHOICES:
        return {**fields, "tool_choice": choice} if names else fields
    if choice not in names:
        raise wrong("tool_choice", f"{name_of(choice)} is none of the tools", ", ".join((*CHOICES, *names)))
    return {**fields, "tool_choice": {"type": "function", "function": {"name": choice}}}


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.raw is not None:
        return dict(tool.raw)
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def thinking_fields(thinking: Thinking | None, style: str) -> dict[str, Any]:
    """How thinking is switched, in this provider's words.

    Args:
        thinking: what is asked, or None.
        style: `Traits.thinking_style`.

    Raises:
        UnsupportedError: this provider has no word for it.
        InvalidRequestError: it has a word for thinking, but none for this part of it.
    """
    if thinking is None:
        return {}
    return _STYLES.get(style, _no_style)(thinking)


def _no_style(thinking: Thinking) -> dict[str, Any]:
    if thinking.enabled or thinking.budget is not None or thinking.effort not in (None, "none"):
        raise UnsupportedError(
            "thinking: this model has no known switch; accepted: None, False, or the provider's own field in extra"
        )
    return dict(thinking.extra or {})


def _effort(thinking: Thinking) -> dict[str, Any]:
    _refuse("budget", thinking.budget, "effort")
    effort = "none" if thinking.enabled is False else thinking.effort
    if effort is None and thinking.enabled:
        effort = "medium"  # asked to think and not how hard; some models do not think at all unless told
    return {**({"reasoning_effort": effort} if effort else {}), **(thinking.extra or {})}


def _object(thinking: Thinking) -> dict[str, Any]:
    _refuse("budget", thinking.budget, "effort, or budget_tokens in extra")
    fields: dict[str, Any] = {}
    if thinking.enabled is not None:
        fields["thinking"] = {"type": "enabled" if thinking.enabled else "disabled", **(thinking.extra or {})}
    elif thinking.extra:
        fields["thinking"] = dict(thinking.extra)
    if thinking.effort not in (None, "none"):
        fields["reasoning_effort"] = thinking.effort
    return fields


def _boolean(thinking: Thinking) -> dict[str, Any]:
    if thinking.effort != "none":
        _refuse("effort", thinking.effort, "True, False or a budget")
    fields: dict[str, Any] = {}
    if thinking.enabled is not None:
        fields["enable_thinking"] = thinking.enabled
    if thinking.budget is not None:
        fields["thinking_budget"] = thinking.budget
    return {**fields, **(thinking.extra or {})}


def _openrouter(thinking: Thinking) -> dict[str, Any]:
    if thinking.budget is not None:
        _refuse("effort beside a budget", thinking.effort, "one of them")
    fields: dict[str, Any] = {}
    if thinking.enabled is False:
        fields["enabled"] = False
    elif thinking.budget is not None:
        fields["max_tokens"] = thinking.budget
    elif thinking.effort is not None:
        fields["effort"] = thinking.effort
    elif thinking.enabled:
        fields["enabled"] = True
    fields |= thinking.extra or {}
    return {"reasoning": fields} if fields else {}


def _refuse(what: str, value: Any, accepted: str) -> None:
    if value is not None:
        raise wrong("thinking", f"{what} has no word at this provider", accepted)


_STYLES: Final[dict[str, Callable[[Thinking], dict[str, Any]]]] = {
    "effort": _effort,
    "object": _object,
    "enable_thinking": _boolean,
    "openrouter": _openrouter,
    "none": _no_style,
}
