"""The body of `POST /v1/responses`, read (platform.openai.com/docs/api-reference/responses/create).

What has a neutral form becomes the request; every other field, known or not, stands in `own` as it came. Fields that
are null say nothing, as in the API itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import body_at, filled_at, list_at, mapping_at, name_of, no, text_at, wrong
from slipstream.dialects.common.openai_shape.request import CHOICES
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.responses_wire.input_items import conversation_at
from slipstream.dialects.common.responses_wire.response_object import REPEATED
from slipstream.dialects.common.thinking import EFFORTS
from slipstream.dialects.common.tools import normalise_tools
from slipstream.dialects.common.wire import Wire

_NEUTRAL: Final = frozenset(
    ("model", "input", "instructions", "stream", "tools", "temperature", "top_p", "max_output_tokens")
)  # fmt: skip
"""Fields that the neutral request holds whole. `text`, `reasoning` and `tool_choice` it may hold in part."""

_BOOLS: Final = ("background", "parallel_tool_calls", "store")
_TEXTS: Final = (
    "previous_response_id", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier",
    "truncation", "user",
)  # fmt: skip
_OBJECTS: Final = ("metadata", "prompt", "stream_options", "text", "reasoning")
_COUNTS: Final = ("max_tool_calls", "top_logprobs")

_TOOL_CHOICE: Final = 'auto, none, required, or an object such as {"type": "function", "name": ...}'


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
    """Read a body; see `face.Dialect.read`.

    Raises:
        InvalidRequestError: it is not of this API; `.argument` names the field.
    """
    given = body_at(body)
    wire = {name: value for name, value in given.items() if value is not None}
    _check_own(wire)
    stored = wire.get("store") is not False  # OpenAI keeps what nobody asked it not to
    messages = conversation_at(wire["input"], stored=stored) if "input" in wire else _no_input()
    if "instructions" in wire:
        messages.insert(0, r.ChatMessage("system", [r.TextPart(filled_at(wire["instructions"], "instructions"))]))
    own = {name: value for name, value in wire.items() if name not in _NEUTRAL}
    tools = normalise_tools([_tool(tool) for tool in list_at(wire.get("tools", []), "tools", "a list of tools")])
    request = r.Request(
        model=model or filled_at(wire.get("model"), "model", "the name of a model"),
        messages=messages,
        tools=tools,
        tool_choice=_tool_choice(wire.get("tool_choice"), tools, own),
        thinking=_thinking(own),
        response_format=_format(own),
        temperature=_number(wire, "temperature"),
        top_p=_number(wire, "top_p"),
        max_tokens=_count(wire, "max_output_tokens", 1),
        stream=_bool(wire, "stream", default=bool(stream)),
    )
    return Asked(request=request, reply=Reply(options={name: wire[name] for name in REPEATED if name in wire}), own=own)


def _no_input() -> list[r.ChatMessage]:
    raise wrong("input", "missing", "a text, or a list of items")


def _check_own(wire: Wire) -> None:
    for name in _BOOLS:
        _bool(wire, name, default=False)
    for name in _TEXTS:
        text_at(wire.get(name, ""), name)
    for name in _OBJECTS:
        mapping_at(wire.get(name, {}), name, "an object")
    for name in _COUNTS:
        _count(wire, name, 0)
    for index, entry in enumerate(list_at(wire.get("include", []), "include", "a list of names")):
        text_at(entry, f"include[{index}]")


def _bool(wire: Wire, name: str, *, default: bool) -> bool:
    value = wire.get(name, default)
    if not isinstance(value, bool):
        raise wrong(name, no(value, "bool"), "true or false")
    return value


def _number(wire: Wire, name: str) -> float | None:
    value = wire.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9):
        raise wrong(name, no(value, "number from 0"), "a number from 0")
    return value


def _count(wire: Wire, name: str, least: int) -> int | None:
    value = wire.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise wrong(name, no(value, f"whole number from {least}"), f"a whole number from {least}")
    return value


# Thinking and the form of the answer: of both objects the neutral part is taken out of `own`.


def _thinking(own: Wire) -> r.Thinking | None:
    reasoning = own.get("reasoning", {})
    effort = reasoning.get("effort")
    _keep(own, "reasoning", {name: value for name, value in reasoning.items() if name != "effort"})
    if effort is None:
        return None
    for known in EFFORTS:
        if effort == known:
            return r.Thinking(enabled=known != "none", effort=known)  # type: ignore[arg-type]  # EFFORTS is its type
    raise wrong("reasoning.effort", f"{name_of(effort)} is unknown", ", ".join(EFFORTS))


def _format(own: Wire) -> dict[str, Any] | None:
    settings = own.get("text", {})
    _keep(own, "text", {name: value for name, value in settings.items() if name != "format"})
    if settings.get("format") is None:
        return None
    wire = mapping_at(settings["format"], "text.format", '{"type": "json_schema", "name": ..., "schema": {...}}')
    kind = wire.get("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": kind}
    if kind != "json_schema":
        what = "missing" if kind is None else f"{name_of(kind)} is unknown"
        raise wrong("text.format.type", what, "text, json_object, json_schema")
    filled_at(wire.get("name"), "text.format.name", "a name for the schema")
    mapping_at(wire.get("schema"), "text.format.schema", "a JSON Schema")
    fields = {name: value for name, value in wire.items() if name != "type" and value is not None}
    return {"type": kind, kind: fields}


def _keep(own: Wire, name: str, rest: Wire) -> None:
    own.pop(name, None)
    rest = {key: value for key, value in rest.items() if value is not None}
    if rest:
        own[name] = rest


# Tools.


def _tool(value: Any) -> Any:
    """A tool without the fields that are null, as SDKs write them."""
    if not isinstance(value, Mapping):
        return value if value is not None and not callable(value) else {}
    return {name: field for name, field in value.items() if field is not None}


def _tool_choice(value: Any, tools: list[r.Tool], own: Wire) -> str | None:
    """The choice, taken out of `own` if it has a neutral form."""
    if value is None:
        return None
    if isinstance(value, str):
        if value not in CHOICES:
            raise wrong("tool_choice", f"{name_of(value)} is unknown", _TOOL_CHOICE)
        del own["tool_choice"]
        return value if tools or value == "none" else None
    wire = mapping_at(value, "tool_choice", _TOOL_CHOICE)
    if not isinstance(wire.get("type"), str):
        raise wrong("tool_choice.type", no(wire.get("type"), "text"), _TOOL_CHOICE)
    if wire["type"] != "function":
        return None
    name = filled_at(wire.get("name"), "tool_choice.name", "the name of one of the tools")
    if name not in {tool.name for tool in tools}:
        raise wrong("tool_choice.name", f"{name_of(name)} is none of the tools", "the name of one of the tools")
    del own["tool_choice"]
    return name
