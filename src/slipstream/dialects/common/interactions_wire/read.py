"""A request body of the Interactions API, read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import body_at, filled_at, kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.interactions_wire.read_input import read_input
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.wire import Wire

_FIELDS: Final = ("model", "input", "system_instruction", "tools", "stream", "generation_config", "response_format")
_CONFIG: Final = (
    "temperature", "top_p", "max_output_tokens", "stop_sequences", "seed", "tool_choice", "thinking_level",
    "thinking_summaries",
)  # fmt: skip
_CHOICES: Final = {"auto": "auto", "none": "none", "any": "required"}
_EFFORTS: Final[tuple[r.Effort, ...]] = ("minimal", "low", "medium", "high", "xhigh")
_JSON: Final = "application/json"


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
    """Read a body; see `face.Dialect.read`. The API's own default is no stream."""
    wire = body_at(body)
    named = text_at(wire.get("model") or "", "model", "a model's name")
    if not (model or named or wire.get("agent")):
        raise wrong("model", "missing", "a model's name, or an agent")
    instruction = wire.get("system_instruction")
    system = (
        [r.ChatMessage("system", [r.TextPart(filled_at(instruction, "system_instruction"))])] if instruction else []
    )
    found = wire.get("generation_config")
    config = {} if found is None else mapping_at(found, "generation_config", "an object")
    choice, own_choice = _choice(config.get("tool_choice"))
    format_, own_format = _format(wire.get("response_format"))
    own = {name: value for name, value in wire.items() if name not in _FIELDS and value is not None}
    own_config = {name: value for name, value in config.items() if name not in _CONFIG and value is not None}
    own_config |= {} if own_choice is None else {"tool_choice": own_choice}
    own |= {"generation_config": own_config} if own_config else {}
    own |= {} if own_format is None else {"response_format": own_format}
    request = r.Request(
        model=model or named.removeprefix("models/"),
        messages=system + read_input(wire.get("input")),
        tools=_tools(wire.get("tools")),
        tool_choice=choice,
        thinking=_thinking(config),
        temperature=_number(config, "temperature"),
        top_p=_number(config, "top_p"),
        max_tokens=_whole(config, "max_output_tokens", 1),
        stop=_texts(config.get("stop_sequences")),
        seed=_whole(config, "seed", -(2**63)),
        response_format=format_,
        stream=_flag(wire.get("stream"), "stream") if stream is None else stream,
    )
    return Asked(request=request, reply=Reply(), own=own)


def _flag(value: Any, where: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise wrong(where, kind_of(value), "true or false")
    return bool(value)


def _number(config: Wire, name: str) -> float | None:
    value = config.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise wrong(f"generation_config.{name}", f"{kind_of(value)} is no such number", "a number")
    return float(value)


def _whole(config: Wire, name: str, least: int) -> int | None:
    value = config.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**63):
        raise wrong(f"generation_config.{name}", f"{kind_of(value)} is no such number", "a whole number")
    return value


def _texts(value: Any) -> list[str]:
    where = "generation_config.stop_sequences"
    items = list_at([] if value is None else value, where, "a list of texts")
    return [text_at(item, f"{where}[{index}]") for index, item in enumerate(items)]


def _thinking(config: Wire) -> r.Thinking | None:
    level, shown = config.get("thinking_level"), config.get("thinking_summaries")
    if level is None and shown is None:
        return None
    where = "generation_config.thinking_level"
    effort = next((word for word in _EFFORTS if word == level), None)
    if level is not None and effort is None:
        raise wrong(where, f"{name_of(level)} is unknown", ", ".join(_EFFORTS))
    if shown not in (None, "auto", "none"):
        raise wrong("generation_config.thinking_summaries", f"{name_of(shown)} is unknown", "auto, none")
    # Without a word on summaries none are told; `enabled` would ask for them.
    return r.Thinking(enabled=True if shown == "auto" else None, effort=effort, extra=_unshown(shown))


def _unshown(shown: Any) -> Wire | None:
    return {"thinking_summaries": "none"} if shown == "none" else None


def _choice(value: Any) -> tuple[str | None, Any]:
    """The choice of a tool, and what of it has no neutral form."""
    if value is None:
        return None, None
    where = "generation_config.tool_choice"
    if isinstance(value, str):
        if value not in (*_CHOICES, "validated"):
            raise wrong(where, f"{name_of(value)} is unknown", ", ".join((*_CHOICES, "validated")))
        return (_CHOICES[value], None) if value in _CHOICES else (None, value)
    config = mapping_at(value, where, 'auto, any, none, validated, {"allowed_tools": {...}}')
    allowed = config.get("allowed_tools")
    wire = {} if allowed is None else mapping_at(allowed, f"{where}.allowed_tools", '{"mode": ..., "tools": [...]}')
    names = list_at(wire.get("tools") or [], f"{where}.allowed_tools.tools", "a list of names")
    if len(names) == 1 and wire.get("mode") == "any" and isinstance(names[0], str):
        return names[0], None
    return None, config


def _format(value: Any) -> tuple[Wire | None, Any]:
    """The form of the answer, and what of it has no neutral form."""
    if value is None:
        return None, None
    if isinstance(value, list):
        return None, value
    wire = mapping_at(value, "response_format", '{"type": "text", "mime_type": ..., "schema": {...}}')
    if wire.get("type", "text") != "text" or wire.get("mime_type", _JSON) != _JSON:
        return None, wire
    schema = wire.get("schema")
    if schema is None:
        return ({"type": "json_object"}, None) if "mime_type" in wire else (None, None)
    schema = mapping_at(schema, "response_format.schema", "a JSON Schema")
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}, None


def _tools(value: Any) -> list[r.Tool]:
    found: list[r.Tool] = []
    for index, item in enumerate(list_at([] if value is None else value, "tools", "a list of objects")):
        where = f"tools[{index}]"
        wire = mapping_at(item, where, '{"type": "function", "name": ..., "parameters": {...}}')
        kind = filled_at(wire.get("type"), f"{where}.type", "function, google_search, ...")
        found.append(_function(wire, where) if kind == "function" else r.Tool(name=kind, raw=wire))
    return found


def _function(wire: Wire, where: str) -> r.Tool:
    name = filled_at(wire.get("name"), f"{where}.name", "the function's name")
    description = text_at(wire.get("description") or "", f"{where}.description")
    schema = wire.get("parameters")
    if schema is None:
        return r.Tool(name, description)
    return r.Tool(name, description, mapping_at(schema, f"{where}.parameters", "a JSON Schema"))
