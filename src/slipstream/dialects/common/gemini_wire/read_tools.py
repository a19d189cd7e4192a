"""The `tools` and `toolConfig` of a request, read."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.gemini_wire.schema import json_schema
from slipstream.dialects.common.request import Tool

_CHOICES: Final = {"AUTO": "auto", "NONE": "none", "ANY": "required"}
ALLOWED: Final = ("allowedFunctionNames", "allowed_function_names")
"""The functions to choose from, in both spellings."""

_TOOL: Final = '{"functionDeclarations": [...]}, {"googleSearch": {}}, ...'
_MODES: Final = (*_CHOICES, "VALIDATED", "MODE_UNSPECIFIED")


def read_tools(value: Any) -> list[Tool]:
    """The tools: functions, and those that the API runs itself."""
    found: list[Tool] = []
    for index, item in enumerate(list_at([] if value is None else value, "tools", "a list of objects")):
        where = f"tools[{index}]"
        for name, inner in mapping_at(item, where, _TOOL).items():
            if name in ("functionDeclarations", "function_declarations"):
                place = f"{where}.{name}"
                functions = list_at(inner, place, "a list of functions")
                found += [_function(wire, f"{place}[{number}]") for number, wire in enumerate(functions)]
            elif inner is not None:
                found.append(Tool(name=name, raw={name: inner}))
    return found


def _function(value: Any, where: str) -> Tool:
    wire = mapping_at(value, where, '{"name": ..., "description": ..., "parameters": ...}')
    name = filled_at(wire.get("name"), f"{where}.name", "the function's name")
    description = text_at(wire.get("description") or "", f"{where}.description")
    schema = wire.get("parametersJsonSchema", wire.get("parameters_json_schema"))
    if schema is not None:
        return Tool(name, description, mapping_at(schema, f"{where}.parametersJsonSchema", "a JSON Schema"))
    if wire.get("parameters") is not None:
        return Tool(name, description, json_schema(mapping_at(wire["parameters"], f"{where}.parameters", "a schema")))
    return Tool(name, description)


def read_tool_config(value: Any) -> tuple[str | None, dict[str, Any]]:
    """The choice of a tool, and what of it has no neutral form."""
    if value is None:
        return None, {}
    config = mapping_at(value, "toolConfig", "an object")
    names = ("functionCallingConfig", "function_calling_config")
    calling = next((config[name] for name in names if config.get(name) is not None), None)
    choice, own = (None, {}) if calling is None else _calling(calling, "toolConfig.functionCallingConfig")
    beyond = {name: found for name, found in config.items() if name not in names and found is not None}
    return choice, {**beyond, **({"functionCallingConfig": own} if own else {})}


def _calling(value: Any, where: str) -> tuple[str | None, dict[str, Any]]:
    wire = mapping_at(value, where, "an object")
    mode = wire.get("mode")
    if mode is not None and (not isinstance(mode, str) or mode.upper() not in _MODES):
        raise wrong(f"{where}.mode", f"{name_of(mode)} is unknown", ", ".join(_MODES))
    found: Any = next((wire[name] for name in ALLOWED if wire.get(name) is not None), [])
    allowed = list_at(found, f"{where}.allowedFunctionNames", "a list of names")
    allowed = [text_at(name, f"{where}.allowedFunctionNames[{index}]") for index, name in enumerate(allowed)]
    word = (mode or "").upper()
    if word not in _CHOICES or (allowed and not (word == "ANY" and len(allowed) == 1)):
        return None, wire  # several names, or a mode of the API's own: no neutral form
    own = {name: one for name, one in wire.items() if name not in ("mode", *ALLOWED) and one is not None}
    return allowed[0] if allowed else _CHOICES[word], own
