"""The neutral request as the body of `POST interactions` (https://ai.google.dev/api/interactions).

What the API cannot say is refused by name, but for other providers' thinking. Whether it keeps the interaction
(`store`), works on without a reader (`background`) or goes on from an earlier one (`previous_interaction_id`) is left
to its defaults and to `extra`: the conversation is sent whole.
"""

from __future__ import annotations

import re
from typing import Any, Final

from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.interactions_wire.conversation import steps_of, system_of
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.dialects.common.wire import Wire

CHOICES: Final = {"auto": "auto", "none": "none", "required": "any"}
LEVELS: Final = {"none": "minimal", "max": "xhigh"}
"""Efforts that the API has another word for; there is nothing below `minimal`."""

_CAPITAL: Final = re.compile(r"(?<!^)([A-Z])")


def body_of(request: Request) -> Wire:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this API; the message names it.
    """
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all the Interactions API gives")
    found = {
        "model": request.model.removeprefix("models/"),
        "input": steps_of(request.messages),
        "system_instruction": system_of(request.messages),
        "tools": [_tool(tool, index) for index, tool in enumerate(request.tools)],
        "generation_config": _config(request),
        "response_format": _format(request.response_format),
    }
    body: Wire = {**{name: value for name, value in found.items() if value}, "stream": request.stream}
    merged = {**body, **request.extra}
    ours, own = body.get("generation_config"), request.extra.get("generation_config")
    if isinstance(ours, dict) and isinstance(own, dict):
        merged["generation_config"] = {**ours, **own}
    return merged


def _config(request: Request) -> Wire:
    config = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_output_tokens": request.max_tokens,
        "stop_sequences": list(request.stop) or None,
        "seed": request.seed,
        "tool_choice": _choice(request),
        **_thinking(request.thinking),
    }
    return {name: value for name, value in config.items() if value is not None}


def _thinking(thinking: Thinking | None) -> Wire:
    """How hard to think, and to tell of it in summary."""
    if thinking is None:
        return {}
    if thinking.budget is not None:
        raise wrong("thinking", "budget has no word in the Interactions API", "effort")
    off = thinking.enabled is False or thinking.effort == "none"
    effort = "none" if off else thinking.effort
    level = {"thinking_level": LEVELS.get(effort, effort)} if effort else {}
    shown = {"thinking_summaries": "auto"} if thinking.enabled and not off else {}
    return {**level, **shown, **{name: value for name, value in (thinking.extra or {}).items() if name != "type"}}


def _format(wanted: dict[str, Any] | None) -> Wire | None:
    if wanted is None or wanted.get("type") == "text":
        return None
    kind = wanted.get("type")
    found: Wire = {"type": "text", "mime_type": "application/json"}
    if kind == "json_object":
        return found
    if kind != "json_schema":
        raise wrong("response_format.type", f"{name_of(kind)} is unknown", "text, json_object, json_schema")
    stated = wanted.get("json_schema")
    schema = stated.get("schema") if isinstance(stated, dict) else wanted.get("schema")
    if not isinstance(schema, dict):
        raise wrong("response_format.json_schema.schema", "missing", "a JSON Schema")
    return {**found, "schema": schema}


def _is_function(tool: Tool) -> bool:
    raw = tool.raw
    return raw is None or raw.get("type") == "function" or "parameters" in raw or "input_schema" in raw


def _tool(tool: Tool, index: int) -> Wire:
    if not _is_function(tool):
        return _own(tool.raw or {}, index)
    described = {"description": tool.description} if tool.description else {}
    return {"type": "function", "name": tool.name, **described, "parameters": tool.parameters}


def _own(raw: Wire, index: int) -> Wire:
    """A tool that Google runs, in this API's form or in that of generateContent: `{"googleSearch": {}}`."""
    if "type" in raw:
        return dict(raw)
    (kind, fields), *others = raw.items()
    if others or not isinstance(fields, dict):
        raise wrong(f"tools[{index}]", "an object that is no tool", 'functions, {"type": "google_search"}, ...')
    return {"type": _CAPITAL.sub(r"_\1", kind).lower(), **fields}


def _choice(request: Request) -> str | Wire | None:
    choice = request.tool_choice
    if choice is None:
        return None
    if not request.tools and choice != "none":
        raise wrong("tool_choice", f"{name_of(choice)} without tools", "tools to choose from, or no tool_choice")
    if choice in CHOICES:
        return CHOICES[choice] if request.tools else None
    names = [tool.name for tool in request.tools]
    if choice not in names:
        raise wrong("tool_choice", f"{name_of(choice)} is none of the tools", ", ".join((*CHOICES, *names)))
    return {"allowed_tools": {"mode": "any", "tools": [choice]}}
