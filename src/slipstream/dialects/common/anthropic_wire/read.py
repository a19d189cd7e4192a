"""A body of `POST /v1/messages`, read (platform.claude.com/docs/en/api/messages).

Strategy: the common readers of conversations and tools know Anthropic's forms, and OpenAI's as well. What is not
Anthropic's is therefore refused here, before they see it, with the field named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.documents import document_part
from slipstream.dialects.common.anthropic_wire.request import EFFORTS
from slipstream.dialects.common.checks import (
    body_at,
    filled_at,
    kind_of,
    known_keys,
    list_at,
    mapping_at,
    name_of,
    no,
    text_at,
    wrong,
)
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.parts import parts_at
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools

ROLES: Final = "user, assistant, system"
_SYSTEM: Final = "a text, or a list of text blocks"
_BLOCKS: Final = frozenset(
    ("text", "image", "document", "search_result", "thinking", "redacted_thinking", "tool_use", "tool_result",
     "server_tool_use", "mcp_tool_use", "container_upload", "compaction", "fallback")
)  # fmt: skip
_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none", "tool": ""}
# OpenAI's bound is half as long; see `tools.NAME`.
_MAX_NAME: Final = 128

_Check = Callable[[Any, str], Any]


def read_body(body: Mapping[str, Any]) -> Asked:
    """What this body asks; see `face.Dialect.read`."""
    try:
        return _read(body_at(body))
    except RecursionError:
        raise wrong("body", "objects in objects, too deep", "JSON of sane depth") from None
    except UnicodeEncodeError:  # inside a call's input, which is written as JSON text
        raise wrong("messages", "a lone surrogate in a tool_use's input", "text that is valid Unicode") from None


def _read(body: dict[str, Any]) -> Asked:
    given = {key: value for key, value in body.items() if value is not None}
    own = {key: value for key, value in given.items() if key not in _NEUTRAL}
    for key, check in _OWN.items():
        if key in own:
            check(own[key], key)
    tools = _tools(given.get("tools"))
    thinking = _thinking(given, own)
    request = r.Request(
        model=filled_at(given.get("model"), "model", "the model's name"),
        messages=_messages(given),
        tools=tools,
        tool_choice=_tool_choice(given.get("tool_choice"), tools, own),
        thinking=thinking,
        temperature=_number(given.get("temperature"), "temperature"),
        top_p=_number(given.get("top_p"), "top_p"),
        max_tokens=_max_tokens(given.get("max_tokens")),
        stop=_stop(given.get("stop_sequences")),
        response_format=_format(given, own),
        stream=_bool(given.get("stream", False), "stream"),
    )
    return Asked(request=request, reply=Reply(model=request.model), own=own)


# The conversation.


def _messages(given: dict[str, Any]) -> list[r.ChatMessage]:
    system = given.get("system")
    items = list_at(given.get("messages"), "messages", "a list of messages")
    found = [_message(item, f"messages[{index}]") for index, item in enumerate(items)]
    if found and found[-1]["role"] == "assistant" and not found[-1]["content"]:
        found.pop()  # the one message that may be empty: an answer that has not begun
    chat = normalise(found)
    return chat if system in (None, "", []) else [r.ChatMessage("system", _system(system, "system")), *chat]


def _system(content: Any, where: str) -> list[r.Part]:
    if not isinstance(content, (str, list)):
        raise wrong(where, no(content, "text"), _SYSTEM)
    for index, block in enumerate(content if isinstance(content, list) else ()):
        kind = mapping_at(block, f"{where}[{index}]", _SYSTEM).get("type")
        if kind != "text":
            raise wrong(f"{where}[{index}].type", "missing" if kind is None else f"{name_of(kind)} is unknown", "text")
    return parts_at(content, where)


def _message(item: Any, where: str) -> dict[str, Any]:
    wire = mapping_at(item, where, '{"role": ..., "content": ...}')
    role = wire.get("role")
    if role not in ("user", "assistant", "system"):
        raise wrong(f"{where}.role", "missing" if role is None else f"{name_of(role)} is unknown", ROLES)
    known_keys(wire, ("role", "content"), where)
    content = wire.get("content")
    if role == "system":
        return {"role": role, "content": _system(content, f"{where}.content")}
    if isinstance(content, str):
        return {"role": role, "content": text_at(content, f"{where}.content")}
    blocks = list_at(content, f"{where}.content", "a text, or a list of content blocks")
    return {"role": role, "content": [_block(block, f"{where}.content[{i}]") for i, block in enumerate(blocks)]}


def _block(value: Any, where: str) -> Any:
    wire = mapping_at(value, where, "content blocks: objects with a `type`")
    kind = wire.get("type")
    if not isinstance(kind, str) or not (kind in _BLOCKS or kind.endswith("_tool_result")):
        what = no(kind, "text") if not isinstance(kind, str) else f"{name_of(kind)} is unknown"
        raise wrong(f"{where}.type", what, ", ".join(sorted(_BLOCKS)))
    if kind == "document":
        return document_part(wire, where)
    if kind == "tool_use":
        mapping_at(wire.get("input"), f"{where}.input", "the arguments, an object")
    return wire


# Tools.


def _tools(value: Any) -> list[r.Tool]:
    items = list_at([] if value is None else value, "tools", "a list of tools")
    return normalise_tools([_tool(item, f"tools[{index}]") for index, item in enumerate(items)])


def _tool(value: Any, where: str) -> Any:
    """A tool for `normalise_tools`, if it is of Anthropic's form; one with a long name goes as it is."""
    wire = mapping_at(value, where, '{"name": ..., "input_schema": ...}')
    kind = wire.get("type")
    if kind not in (None, "custom"):
        if not isinstance(kind, str) or kind == "function" or not kind:
            raise wrong(
                f"{where}.type", no(kind, "type of a tool"), 'custom, or a server tool, as "web_search_20250305"'
            )
        return wire
    schema = mapping_at(wire.get("input_schema"), f"{where}.input_schema", "a JSON Schema")
    name = wire.get("name")
    if isinstance(name, str) and 64 < len(name) <= _MAX_NAME:
        description = wire.get("description") or ""
        return r.Tool(text_at(name, f"{where}.name"), text_at(description, f"{where}.description"), schema, raw=wire)
    return wire


def _tool_choice(value: Any, tools: list[r.Tool], own: dict[str, Any]) -> str | None:
    if value is None:
        return None
    wire = mapping_at(value, "tool_choice", '{"type": "auto"}, any, none, or tool with a name')
    kind = wire.get("type")
    if not isinstance(kind, str) or kind not in _CHOICES:
        raise wrong(
            "tool_choice.type", "missing" if kind is None else f"{name_of(kind)} is unknown", ", ".join(_CHOICES)
        )
    known_keys(wire, ("type", "name", "disable_parallel_tool_use"), "tool_choice")
    if _bool(wire.get("disable_parallel_tool_use", False), "tool_choice.disable_parallel_tool_use"):
        own["tool_choice"] = wire
    if kind != "tool":
        return _CHOICES[kind]
    name = filled_at(wire.get("name"), "tool_choice.name", "the name of a tool")
    names = [tool.name for tool in tools]
    if name not in names:
        raise wrong("tool_choice.name", f"{name_of(name)} is no tool of this request", ", ".join(names))
    return name


# Thinking, and the form of the answer.


def _thinking(given: dict[str, Any], own: dict[str, Any]) -> r.Thinking | None:
    effort = _effort(given, own)
    value = given.get("thinking")
    if value is None:
        return None if effort is None else r.Thinking(effort=effort)
    wire = mapping_at(value, "thinking", '{"type": "enabled", "budget_tokens": ...}, adaptive, disabled')
    if wire.get("type") == "between_tools":  # no other API has it, and ours need not know it
        own["thinking"] = wire
        return None if effort is None else r.Thinking(effort=effort)
    if "type" not in wire:
        raise wrong("thinking.type", "missing", "enabled, adaptive, disabled")
    thinking = normalise_thinking({key: value for key, value in wire.items() if value is not None})
    return thinking if thinking is None or effort is None else msgspec.structs.replace(thinking, effort=effort)


def _config(given: dict[str, Any]) -> dict[str, Any]:
    config = mapping_at(given.get("output_config", {}), "output_config", '{"effort": ..., "format": ...}')
    return {key: value for key, value in config.items() if value is not None}


def _effort(given: dict[str, Any], own: dict[str, Any]) -> Any:
    config = _config(given)
    if any(key not in ("effort", "format") for key in config):
        own["output_config"] = config
    effort = config.get("effort")
    if effort is not None and effort not in EFFORTS:
        raise wrong("output_config.effort", f"{name_of(effort)} is unknown", ", ".join(EFFORTS))
    return effort


def _format(given: dict[str, Any], own: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of the answer; `output_format` is what it was called while it was a beta."""
    found = _config(given).get("format")
    where = "output_config.format"
    if found is None and (found := own.pop("output_format", None)) is not None:
        where = "output_format"
    if found is None:
        return None
    wire = mapping_at(found, where, '{"type": "json_schema", "schema": {...}}')
    if wire.get("type") != "json_schema":
        raise wrong(f"{where}.type", f"{name_of(wire.get('type'))} is unknown", "json_schema")
    schema = mapping_at(wire.get("schema"), f"{where}.schema", "a JSON Schema")
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


# Plain values.


def _bool(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(where, no(value, "bool"), "true or false")
    return value


def _number(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise wrong(where, "no number from 0 to 1", "0 to 1")
    return float(value)


def _whole(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong(where, no(value, "whole number"), "a whole number, 0 and more")


def _max_tokens(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wrong("max_tokens", no(value, "number of tokens"), "a whole number, 1 and more")
    return value


def _stop(value: Any) -> list[str]:
    items = list_at([] if value is None else value, "stop_sequences", "a list of texts")
    return [filled_at(item, f"stop_sequences[{index}]") for index, item in enumerate(items)]


def _object(value: Any, where: str) -> None:
    mapping_at(value, where, "an object")


def _objects(value: Any, where: str) -> None:
    for index, item in enumerate(list_at(value, where, "a list of objects")):
        mapping_at(item, f"{where}[{index}]", "an object")


def _texts(value: Any, where: str) -> None:
    for index, item in enumerate(list_at(value, where, "a list of texts")):
        text_at(item, f"{where}[{index}]")


def _text_or_object(value: Any, where: str) -> None:
    if not isinstance(value, (str, Mapping)):
        raise wrong(where, kind_of(value), "a text, or an object")


_NEUTRAL: Final = frozenset(
    ("model", "messages", "system", "tools", "tool_choice", "thinking", "temperature", "top_p", "max_tokens",
     "stop_sequences", "stream", "output_config")
)  # fmt: skip
_OWN: Final[dict[str, _Check]] = {
    "top_k": _whole, "metadata": _object, "service_tier": text_at, "mcp_servers": _objects, "betas": _texts,
    "container": _text_or_object, "context_management": _object, "cache_control": _object, "inference_geo": text_at,
    "speed": text_at, "diagnostics": _object,
}  # fmt: skip
"""Documented fields without a neutral form, and what they must be; unknown fields pass unchecked."""
