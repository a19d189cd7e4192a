"""The neutral request as the body of `POST /api/chat` (docs.ollama.com/api/chat).

What the API cannot say is refused by name, but for the names of messages, which change nothing a model would see, and
for thinking's signatures, which belong to another provider.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.ollama_wire.conversation import messages_of
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.errors import UnsupportedError

LEVELS: Final = ("low", "medium", "high", "max")
"""Words that `think` takes beside true and false; other levels take the nearest of them."""

_NEAREST: Final = {"minimal": "low", "xhigh": "max"}


def body_of(request: Request) -> dict[str, Any]:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this API; the message names it.
    """
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all that Ollama gives")
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages_of(request.messages),
        "stream": request.stream,  # said either way: the default here is true
    }
    tools = _tools(request)
    if tools:
        body["tools"] = tools
    if request.thinking is not None:
        body |= _think(request.thinking)
    if request.response_format is not None:
        body["format"] = _format(request.response_format)
    extra = dict(request.extra)
    options = _options(request)
    if isinstance(extra.get("options"), dict):
        options |= extra.pop("options")  # `num_ctx` and its like stand beside ours, not in their place
    if options:
        body["options"] = options
    return body | extra


def _options(request: Request) -> dict[str, Any]:
    found = {
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _tools(request: Request) -> list[dict[str, Any]]:
    """The tools. The API has no `tool_choice`: none is no tools, and a model cannot be made to call one."""
    choice = request.tool_choice
    if choice == "none":
        return []
    if choice not in (None, "auto"):
        raise UnsupportedError(
            "tool_choice: Ollama cannot make a model call a tool; accepted: auto, none", argument="tool_choice"
        )
    return [_tool(tool) for tool in request.tools]


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.raw is not None:
        return dict(tool.raw)
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": {**function, "parameters": tool.parameters}}


def _think(thinking: Thinking) -> dict[str, Any]:
    if thinking.budget is not None:
        raise wrong("thinking.budget_tokens", "Ollama takes no budget", f"True, False, {', '.join(LEVELS)}")
    extra = {name: value for name, value in (thinking.extra or {}).items() if name != "type"}
    if thinking.enabled is False or thinking.effort == "none":
        return {"think": False, **extra}
    if thinking.effort is not None:
        return {"think": _NEAREST.get(thinking.effort, thinking.effort), **extra}
    return {"think": True, **extra} if thinking.enabled else extra


def _format(wanted: dict[str, Any]) -> str | dict[str, Any]:
    kind = wanted.get("type")
    if kind == "json_object":
        return "json"
    stated = wanted.get("json_schema")
    schema = stated.get("schema") if isinstance(stated, dict) else wanted.get("schema")
    if kind != "json_schema" or not isinstance(schema, dict):
        raise wrong(
            "response_format",
            "no such format at Ollama",
            '{"type": "json_object"}, {"type": "json_schema", "json_schema": {"schema": {...}}}',
        )
    return schema
