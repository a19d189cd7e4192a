"""Tools in every form people write them, made neutral: OpenAI's, Anthropic's, a provider's own, a Python function.

A function's schema comes from its annotations (`msgspec` writes it) and its descriptions from its docstring: the first
paragraph for the tool, the lines under `Args:` for the parameters.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, get_type_hints

import msgspec

from slipstream.dialects.common.checks import kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.request import Tool

ACCEPTED: Final = (
    'functions, Tool, {"type": "function", "function": {...}}, {"name": ..., "input_schema": {...}}, '
    'or a provider\'s own {"type": ...}'
)
# OpenAI's rule; Anthropic allows twice the length, and who needs that sends the tool in Anthropic's form with `raw`.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
REF: Final = "#/$defs/{name}"
NO_PARAMETERS: Final[dict[str, Any]] = {"type": "object", "properties": {}}

_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
_ARGUMENT: Final = re.compile(r"\s+\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)")


def normalise_tools(tools: Sequence[Any] | None) -> list[Tool]:
    """Tools in neutral form.

    Args:
        tools: functions, `Tool`s and dictionaries, mixed; None for none.

    Raises:
        InvalidRequestError: one of them is wrong; the message says which and what is accepted.
    """
    items = list_at([] if tools is None else tools, "tools", f"a list of {ACCEPTED}")
    found = [_tool_at(item, f"tools[{index}]") for index, item in enumerate(items)]
    names: set[str] = set()
    for index, tool in enumerate(found):
        if tool.name in names and tool.raw is None:
            raise wrong(f"tools[{index}].name", f"{name_of(tool.name)} stands twice", "names that differ")
        names.add(tool.name)
    return found


def function_tool(function: Callable[..., Any], *, where: str = "tools") -> Tool:
    """The `Tool` of a Python function.

    Args:
        function: a function, method or async function whose parameters can be given by name. Annotations say their
            types (str, int, float, bool, list, dict, Literal, Optional, Enum, dataclass, pydantic model, ...);
            without, anything goes.
        where: its place, for refusals.

    Raises:
        InvalidRequestError: a parameter cannot be described; the message names it.
    """
    name = _name_at(getattr(function, "__name__", None), f"{where}.__name__")
    parameters = _parameters(function, f"{where} ({name})")
    hints = _hints(function, f"{where} ({name})")
    description, texts = _documentation(inspect.getdoc(function) or "")
    schemas, components = _schemas([hints.get(p.name, Any) for p in parameters], parameters, f"{where} ({name})")
    properties = {p.name: _described(schema, texts.get(p.name)) for p, schema in zip(parameters, schemas, strict=True)}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    required = [p.name for p in parameters if p.default is inspect.Parameter.empty]
    schema |= {"required": required} if required else {}
    schema |= {"$defs": components} if components else {}
    return Tool(name=name, description=description, parameters=schema)


def _tool_at(item: Any, where: str) -> Tool:
    if isinstance(item, Tool):
        if item.raw is None:
            _name_at(item.name, f"{where}.name")
        return item
    if callable(item):
        return function_tool(item, where=where)
    wire = mapping_at(item, where, ACCEPTED)
    if wire.get("type") == "function":
        return _openai_tool(wire, where)
    if "input_schema" in wire and wire.get("type") in (None, "custom"):
        return _schema_tool(wire, where, "input_schema")
    if "type" not in wire and "name" in wire:
        return _schema_tool(wire, where, "parameters")  # OpenAI's old `functions`
    return _own_tool(wire, where)


def _openai_tool(wire: dict[str, Any], where: str) -> Tool:
    if "function" not in wire:  # the Responses API has the fields of `function` beside `type`
        return _schema_tool({key: value for key, value in wire.items() if key != "type"}, where, "parameters")
    function = mapping_at(
        wire["function"], f"{where}.function", '{"name": ..., "description": ..., "parameters": {...}}'
    )
    tool = _schema_tool(function, f"{where}.function", "parameters")
    beyond = any(key not in ("type", "function") for key in wire)
    return _as_sent(tool, wire) if beyond or tool.raw is not None else tool


def _schema_tool(wire: dict[str, Any], where: str, schema_key: str) -> Tool:
    """A tool with name, description and schema. With keys beyond these (`cache_control`) it is sent as it is."""
    name = _name_at(wire.get("name"), f"{where}.name")
    description = wire.get("description")
    schema = wire.get(schema_key)
    strict = wire.get("strict")
    if strict is not None and not isinstance(strict, bool):
        raise wrong(f"{where}.strict", kind_of(strict), "True or False")
    tool = Tool(
        name=name,
        description="" if description is None else text_at(description, f"{where}.description"),
        parameters=dict(NO_PARAMETERS) if not schema else mapping_at(schema, f"{where}.{schema_key}", "a JSON Schema"),
        strict=strict,
    )
    beyond = any(key not in ("type", "name", "description", "strict", schema_key) for key in wire)
    return _as_sent(tool, wire) if beyond else tool


def _as_sent(tool: Tool, wire: dict[str, Any]) -> Tool:
    return msgspec.structs.replace(tool, raw=wire)


def _own_tool(wire: dict[str, Any], where: str) -> Tool:
    """A provider's own tool: `{"type": "web_search", ...}`, or Google's `{"google_search": {}}`."""
    kind = wire.get("type", next(iter(wire), None))
    if not isinstance(kind, str) or not kind or ("type" not in wire and not isinstance(wire[kind], Mapping)):
        raise wrong(where, "an object that is no tool", ACCEPTED)
    name = wire.get("name")
    return Tool(name=name if isinstance(name, str) else kind, raw=wire)


def _name_at(value: Any, where: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise wrong(where, f"{name_of(value)} is no name of a tool", "1 to 64 letters, digits, _ and -")
    return value


def _parameters(function: Callable[..., Any], where: str) -> list[inspect.Parameter]:
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise wrong(where, "its parameters cannot be read", "a function written in Python") from None
    for parameter in found:
        if parameter.kind in _VARIADIC:
            raise wrong(f"{where}.{parameter.name}", "cannot be given by name", "parameters with a name")
    return found


def _hints(function: Callable[..., Any], where: str) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise wrong(
            where, f"an annotation cannot be read ({error})", "annotations that exist where the function stands"
        ) from None


def _schemas(
    types: list[Any], parameters: Iterable[inspect.Parameter], where: str
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    inner: dict[str, Any] = {}
    try:
        schemas, components = msgspec.json.schema_components(
            types, schema_hook=lambda kind: _own_schema(kind, inner), ref_template=REF
        )
    except (TypeError, NotImplementedError, RecursionError):
        for kind, parameter in zip(types, parameters, strict=True):
            _schema_or_refuse(kind, f"{where}.{parameter.name}")
        raise
    return schemas, {**components, **inner}


def _own_schema(kind: type, inner: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type that writes its own, as pydantic models do; the types inside it go into `inner`."""
    write = getattr(kind, "model_json_schema", None)
    if write is None:
        raise NotImplementedError
    schema: dict[str, Any] = write(ref_template=REF.replace("name", "model"))
    inner.update(schema.pop("$defs", {}))
    return schema


def _schema_or_refuse(kind: Any, where: str) -> None:
    try:
        msgspec.json.schema(kind, schema_hook=lambda own: _own_schema(own, {}))
    except (TypeError, NotImplementedError, RecursionError):
        raise wrong(
            where, f"the annotation {kind!r} has no JSON Schema", "str, int, float, bool, list, dict, Literal, ..."
        ) from None


def _described(schema: dict[str, Any], text: str | None) -> dict[str, Any]:
    return schema if text is None else {**schema, "description": text}


def _documentation(doc: str) -> tuple[str, dict[str, str]]:
    """A docstring's first paragraph, and its parameters' descriptions from the lines under `Args:`."""
    summary = " ".join(doc.split("\n\n")[0].split())
    texts: dict[str, str] = {}
    name = ""
    for line in doc.partition("\nArgs:\n")[2].splitlines():
        found = _ARGUMENT.fullmatch(line)
        if line and not line[0].isspace():
            break  # the next section
        if found:
            name = found[1]
            texts[name] = found[2]
        elif name and line.strip():
            texts[name] += f" {line.strip()}"
    return summary, texts
