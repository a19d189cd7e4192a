"""Calls of custom tools, whose input is free text: in this shape a call of the type `custom` instead of `function`.

Between the dialects such a call is what the Responses API makes of its own: arguments that are one JSON string, and
`ToolCall.metadata` that names the kind. See https://platform.openai.com/docs/guides/function-calling (custom tools).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common.checks import filled_at, mapping_at, text_at
from slipstream.dialects.common.openai_shape.forms import WRAP, call_extra, unwrap
from slipstream.dialects.common.responses_wire.plain_input import CUSTOM, PlainInput
from slipstream.events import ToolCall

TOOLS: Final = "custom_tools"
"""In `Reply.options`: the names of the client's custom tools. A stream must know before a call's first piece."""

_CALL: Final = '{"id": ..., "type": "custom", "custom": {"name": ..., "input": ...}}'


def custom_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """The metadata of a call, with its kind."""
    return {**(metadata or {}), "type": CUSTOM}


def is_custom(metadata: Mapping[str, Any] | None, arguments: str) -> bool:
    """True for a call of a custom tool whose arguments are free text, or the beginning of one."""
    return (metadata or {}).get("type") == CUSTOM and arguments.lstrip().startswith('"')


def without_kind(metadata: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The metadata without the kind, which the form of the call says."""
    return {name: value for name, value in (metadata or {}).items() if name != "type"} or None


def plain(arguments: str) -> str:
    """The free text in a call's arguments."""
    return PlainInput(CUSTOM).feed(arguments)


def custom_wire(name: str, arguments: str) -> dict[str, Any]:
    """What stands in a call for its kind, its name and its input."""
    return {"type": "custom", "custom": {"name": name, "input": plain(arguments)}}


def call_wire(call: ToolCall) -> dict[str, Any]:
    """What stands in a call, whole, beside its id: its kind, and what its provider wants back with it."""
    if is_custom(call.metadata, call.arguments):
        return custom_wire(call.name, call.arguments) | extra_of(call)
    function = {"name": call.name, "arguments": call.arguments}
    return {"type": "function", "function": function, **call_extra(call)}


def extra_of(call: ToolCall) -> dict[str, Any]:
    """What its provider wants back with a custom call, beside its kind."""
    return call_extra(msgspec.structs.replace(call, metadata=without_kind(call.metadata)))


def as_function(call: Any, where: str) -> Any:
    """A custom call of a conversation in the form of a function's, its kind beside it; any other as it is.

    Raises:
        InvalidRequestError: it is a custom call, and its name or its input is missing or no text.
    """
    if not isinstance(call, Mapping) or call.get("type") != "custom":
        return call
    custom = mapping_at(call.get("custom"), f"{where}.custom", _CALL)
    name = filled_at(custom.get("name"), f"{where}.custom.name", "the tool's name")
    given = text_at(custom.get("input"), f"{where}.custom.input", "free text")
    known = {key: value for key, value in call.items() if key not in ("id", "type", "custom", "index")}
    return {
        "id": call.get("id"),
        "type": "function",
        "function": {"name": name, "arguments": msgspec.json.encode(given).decode()},
        "extra_content": {WRAP: custom_metadata(unwrap(known))},
    }


def tool_name(tool: Any) -> str | None:
    """The name of a custom tool, as this API and as the Responses API state it; None for any other tool."""
    if not isinstance(tool, Mapping) or tool.get("type") != "custom" or "input_schema" in tool:
        return None
    inner = tool.get("custom")
    name = (inner if isinstance(inner, Mapping) else tool).get("name")
    return name if isinstance(name, str) and name else None
