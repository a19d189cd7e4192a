"""The neutral request as the body of generateContent (https://ai.google.dev/api/generate-content).

Schemas go out as JSON Schema, in `parametersJsonSchema` and `responseJsonSchema`, which take what our tools and types
are written in; the older `parameters` and `responseSchema` take a part of OpenAPI 3.0, without references.
"""

from __future__ import annotations

import re
from typing import Any, Final

from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.gemini_wire.conversation import ContentsWriter, system_of
from slipstream.dialects.common.request import Request, Thinking, Tool

MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
LEVELS: Final = {"none": "MINIMAL", "max": "XHIGH"}
"""Efforts that the API has another word for; the others are their own, in capitals. There is nothing below MINIMAL."""

# What Google's OpenAI-compatible endpoint makes of each effort: https://ai.google.dev/gemini-api/docs/openai
BUDGETS: Final = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576}

_NEEDS_SIGNATURE: Final = re.compile(r"(?:.*/)?gemini-(?:[3-9]|\d\d|flash-latest|pro-latest)")
"""Models that refuse a call without a signature: Gemini 3 and later; older ones take it or leave it."""

_NESTED: Final = ("generationConfig", "toolConfig")
"""Objects of the body that hold fields of ours and of `extra`: those of `extra` are added, and win."""


def body_of(request: Request) -> dict[str, Any]:
    """The JSON body; whether it streams stands in the path.

    Raises:
        InvalidRequestError: something in the request cannot be said in this API; the message names it.
    """
    writer = ContentsWriter(needs_signature=bool(_NEEDS_SIGNATURE.match(request.model)))
    found = {
        "contents": writer.write(request.messages),
        "systemInstruction": system_of(request.messages),
        "tools": _tools(request.tools),
        "toolConfig": _tool_config(request),
        "generationConfig": _config(request),
    }
    return merged({name: value for name, value in found.items() if value}, request.extra)


def merged(body: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """The body with the caller's own fields; also inside the objects that both may fill."""
    found = {**body, **extra}
    for name in _NESTED:
        ours, own = body.get(name), extra.get(name)
        if isinstance(ours, dict) and isinstance(own, dict):
            found[name] = {**ours, **own}
            for inner in ("thinkingConfig", "functionCallingConfig"):
                if isinstance(ours.get(inner), dict) and isinstance(own.get(inner), dict):
                    found[name][inner] = {**ours[inner], **own[inner]}
    return found


def _config(request: Request) -> dict[str, Any]:
    config = {
        "temperature": request.temperature,
        "topP": request.top_p,
        "maxOutputTokens": request.max_tokens,
        "stopSequences": list(request.stop) or None,
        "candidateCount": request.n,
        "seed": request.seed,
        "thinkingConfig": _thinking(request.thinking, request.traits.thinking_style),
    }
    config |= _format(request.response_format)
    return {name: value for name, value in config.items() if value is not None}


# Thinking.


def _thinking(thinking: Thinking | None, style: str) -> dict[str, Any] | None:
    """`thinkingConfig`. Models up to 2.5 take a budget (style `budget`), later ones a level."""
    if thinking is None:
        return None
    own = {name: value for name, value in (thinking.extra or {}).items() if name != "type"}
    if thinking.enabled is None and thinking.effort is None and thinking.budget is None:
        return own or None
    off = thinking.enabled is False or thinking.effort == "none"
    found: dict[str, Any] = {} if off else {"includeThoughts": True}
    if thinking.budget is not None:
        found["thinkingBudget"] = thinking.budget
    elif off:
        found |= {"thinkingBudget": 0} if style == "budget" else {"thinkingLevel": LEVELS["none"]}
    elif thinking.effort is not None and style == "budget":
        found["thinkingBudget"] = BUDGETS[thinking.effort]
    elif thinking.effort is not None:
        found["thinkingLevel"] = LEVELS.get(thinking.effort, thinking.effort.upper())
    return {**found, **own}


# The form of the answer.


def _format(wanted: dict[str, Any] | None) -> dict[str, Any]:
    if wanted is None or wanted.get("type") == "text":
        return {}
    kind = wanted.get("type")
    if kind == "json_object":
        return {"responseMimeType": "application/json"}
    if kind != "json_schema":
        raise wrong("response_format.type", f"{name_of(kind)} is unknown", "text, json_object, json_schema")
    stated = wanted.get("json_schema")
    schema = stated.get("schema") if isinstance(stated, dict) else wanted.get("schema")
    if not isinstance(schema, dict):
        raise wrong("response_format.json_schema.schema", "missing", "a JSON Schema")
    return {"responseMimeType": "application/json", "responseJsonSchema": schema}


# Tools.


def _tools(tools: list[Tool]) -> list[dict[str, Any]]:
    """All functions in one object, as the API wants them, and its own tools behind it."""
    functions = [_function(tool) for tool in tools if _is_function(tool)]
    own = [_own(tool, index) for index, tool in enumerate(tools) if not _is_function(tool)]
    return ([{"functionDeclarations": functions}] if functions else []) + own


def _is_function(tool: Tool) -> bool:
    raw = tool.raw
    return raw is None or raw.get("type") == "function" or "parameters" in raw or "input_schema" in raw


def _function(tool: Tool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": tool.name}
    if tool.description:
        found["description"] = tool.description
    if tool.parameters.get("properties") or len(tool.parameters) > 2:
        found["parametersJsonSchema"] = tool.parameters
    return found


def _own(tool: Tool, index: int) -> dict[str, Any]:
    raw = tool.raw or {}
    if "type" in raw:
        said = f"{name_of(raw['type'])} is a tool of another API"
        raise wrong(f"tools[{index}]", said, 'functions, {"googleSearch": {}}, {"codeExecution": {}}, ...')
    return dict(raw)


def _tool_config(request: Request) -> dict[str, Any] | None:
    choice = request.tool_choice
    if choice is None:
        return None
    names = [tool.name for tool in request.tools if _is_function(tool)]
    if not request.tools and choice != "none":
        raise wrong("tool_choice", f"{name_of(choice)} without tools", "tools to choose from, or no tool_choice")
    if choice in MODES:
        return {"functionCallingConfig": {"mode": MODES[choice]}} if names else None
    if choice not in names:
        raise wrong("tool_choice", f"{name_of(choice)} is none of the tools", ", ".join((*MODES, *names)))
    return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [choice]}}
