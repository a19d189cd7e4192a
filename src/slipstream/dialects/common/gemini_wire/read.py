"""A request body of generateContent, read. Names in snake case, which the API takes as well, are read as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import body_at, kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.gemini_wire.read_parts import ContentsReader
from slipstream.dialects.common.gemini_wire.read_tools import read_tool_config, read_tools
from slipstream.dialects.common.gemini_wire.schema import json_schema
from slipstream.dialects.common.reply import Asked, Reply

_FIELDS: Final = ("contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "model")
_CONFIG: Final = (
    "temperature", "topP", "maxOutputTokens", "stopSequences", "candidateCount", "seed", "thinkingConfig",
    "responseMimeType", "responseSchema", "responseJsonSchema",
)  # fmt: skip
_JSON: Final = "application/json"

Wire = dict[str, Any]


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
    """Read a body; see `face.Dialect.read`. Without `stream`, no stream is asked for."""
    wire = camel(body_at(body), _FIELDS)
    named = text_at(wire.get("model") or "", "model").removeprefix("models/")
    config = _object(wire.get("generationConfig"), "generationConfig", _CONFIG)
    reader = ContentsReader()
    messages = reader.system(wire.get("systemInstruction")) + reader.contents(wire.get("contents"))
    choice, own_config = read_tool_config(wire.get("toolConfig"))
    format_, taken = _format(config)
    own: Wire = {name: value for name, value in wire.items() if name not in _FIELDS and value is not None}
    own_generation = {
        name: value for name, value in config.items() if name not in _CONFIG or (name in _JSON_FIELDS and not taken)
    }
    own |= {name: value for name, value in (("toolConfig", own_config), ("generationConfig", own_generation)) if value}
    request = r.Request(
        model=model or named,
        messages=messages,
        tools=read_tools(wire.get("tools")),
        tool_choice=choice,
        thinking=_thinking(config.get("thinkingConfig")),
        temperature=_number(config, "temperature"),
        top_p=_number(config, "topP"),
        max_tokens=_count(config, "maxOutputTokens"),
        stop=_texts(config.get("stopSequences"), "generationConfig.stopSequences"),
        n=_count(config, "candidateCount"),
        seed=_whole(config, "seed"),
        response_format=format_,
        stream=bool(stream),
    )
    return Asked(request=request, reply=Reply(), own=own)


_JSON_FIELDS: Final = ("responseMimeType", "responseSchema", "responseJsonSchema")


def camel(wire: Wire, known: tuple[str, ...]) -> Wire:
    """The object with the snake-case names of known fields in camel case."""
    names = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): name for name in known}
    return {names.get(name, name): value for name, value in wire.items()}


def _object(value: Any, where: str, known: tuple[str, ...]) -> Wire:
    return {} if value is None else camel(mapping_at(value, where, "an object"), known)


def _number(config: Wire, name: str) -> float | None:
    value = config.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise wrong(f"generationConfig.{name}", f"{kind_of(value)} is no such number", "a number")
    return float(value)


def _whole(config: Wire, name: str) -> int | None:
    value = config.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**63):
        raise wrong(f"generationConfig.{name}", f"{kind_of(value)} is no such number", "a whole number")
    return value


def _count(config: Wire, name: str) -> int | None:
    value = _whole(config, name)
    if value is not None and value < 1:
        raise wrong(f"generationConfig.{name}", f"{value} is out of range", "a whole number from 1")
    return value


def _texts(value: Any, where: str) -> list[str]:
    items = list_at([] if value is None else value, where, "a list of texts")
    return [text_at(item, f"{where}[{index}]") for index, item in enumerate(items)]


def _format(config: Wire) -> tuple[Wire | None, bool]:
    """The form of the answer, and whether it has a neutral form; the others (enums, XML) stay the API's own."""
    kind = config.get("responseMimeType")
    schema = config.get("responseJsonSchema")
    if schema is None and config.get("responseSchema") is not None:
        schema = json_schema(mapping_at(config["responseSchema"], "generationConfig.responseSchema", "a schema"))
    if kind is not None:
        text_at(kind, "generationConfig.responseMimeType", "text/plain, application/json, text/x.enum")
    if kind in (None, "text/plain") and schema is None:
        return None, kind is None
    if kind not in (_JSON, None):
        return None, False
    if schema is None:
        return {"type": "json_object"}, True
    if not isinstance(schema, dict):
        raise wrong("generationConfig.responseJsonSchema", f"{kind_of(schema)} is no schema", "a JSON Schema")
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}, True


def _thinking(value: Any) -> r.Thinking | None:
    """`thinkingConfig`; a budget of -1 lets the model decide, and 0 is no thinking."""
    if value is None:
        return None
    where = "generationConfig.thinkingConfig"
    wire = _object(value, where, ("includeThoughts", "thinkingBudget", "thinkingLevel"))
    level = wire.pop("thinkingLevel", None)
    if level is not None:
        level = text_at(level, f"{where}.thinkingLevel", "minimal, low, medium, high").lower()
    effort = next((word for word in _EFFORTS if word == level), None)
    if level not in (None, "thinking_level_unspecified") and effort is None:
        raise wrong(f"{where}.thinkingLevel", f"{name_of(level)} is unknown", ", ".join(_EFFORTS))
    budget = wire.pop("thinkingBudget", None)
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < -1):
        raise wrong(f"{where}.thinkingBudget", f"{kind_of(budget)} is no budget", "-1, 0, or a number of tokens")
    shown = wire.pop("includeThoughts", None)
    if shown is not None and not isinstance(shown, bool):
        raise wrong(f"{where}.includeThoughts", kind_of(shown), "true or false")
    extra = {**wire, **({"thinkingBudget": budget} if budget == -1 else {})}
    extra |= {"includeThoughts": False} if shown is False and (effort or (budget or 0) > 0) else {}
    enabled = False if budget == 0 else True if shown or effort or budget else None
    return r.Thinking(
        enabled=enabled, effort=effort, budget=budget if budget and budget > 0 else None, extra=extra or None
    )


_EFFORTS: Final[tuple[r.Effort, ...]] = ("minimal", "low", "medium", "high", "xhigh")
