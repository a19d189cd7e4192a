"""The neutral request as the body of `POST /v1/responses` (platform.openai.com/docs/api-reference/responses/create).

What the API cannot say is refused by name, but for the names of messages and for other providers' thinking. Whether the
provider keeps the response (`store`) is left to its default and to `extra`: what an answer needs to go on from it - the
encrypted thinking - is asked for, and the conversation is sent whole.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.openai_shape.request import CHOICES
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.dialects.common.responses_wire.conversation import InputWriter, split_instructions
from slipstream.errors import UnsupportedError

ENCRYPTED: Final = "reasoning.encrypted_content"

# The API demands a name for a schema; who gave none does not look at it.
_SCHEMA_NAME: Final = "answer"

_NESTED: Final = ("reasoning", "text")
"""Objects of the body that hold fields of ours and of `extra`: those of `extra` are added, and win."""


def body_of(request: Request) -> dict[str, Any]:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this API; the message names it.
    """
    _refuse_unknown(request)
    instructions, messages = split_instructions(request.messages)
    writer = InputWriter(request.traits.system_role)
    body: dict[str, Any] = {"model": request.model, "input": writer.write(messages), "stream": request.stream}
    optional = {
        "instructions": instructions,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "reasoning": _reasoning(request.thinking),
        "text": None if request.response_format is None else {"format": _format(request.response_format)},
        "include": [ENCRYPTED] if _thinks(request.thinking, echoed=writer.thought) else None,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    body |= _tool_fields(request)
    return _with_extra(body, request.extra)


def _with_extra(body: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    merged = {**body, **extra}
    for name in _NESTED:
        if isinstance(body.get(name), dict) and isinstance(extra.get(name), dict):
            merged[name] = {**body[name], **extra[name]}
    if isinstance(body.get("include"), list) and isinstance(extra.get("include"), list):
        merged["include"] = [*extra["include"], *(entry for entry in body["include"] if entry not in extra["include"])]
    return merged


def _refuse_unknown(request: Request) -> None:
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all the Responses API gives")
    if request.seed is not None:
        raise UnsupportedError("seed: the Responses API has none; leave it out")
    if request.stop:
        raise UnsupportedError("stop: the Responses API has no stop texts; leave it out, or cut with a stage")


# Thinking.


def _thinks(thinking: Thinking | None, *, echoed: bool) -> bool:
    """True if the encrypted thinking is worth asking for; a model that does not think answers that with an error."""
    if thinking is None:
        return echoed
    return thinking.enabled is not False and thinking.effort != "none" and (echoed or bool(_reasoning(thinking)))


def _reasoning(thinking: Thinking | None) -> dict[str, Any] | None:
    """`reasoning`: the effort, and the API's own fields (`summary`, without which nothing of the thinking is shown)."""
    if thinking is None:
        return None
    if thinking.budget is not None:
        raise wrong("thinking", "budget has no word in the Responses API", "effort")
    effort = "none" if thinking.enabled is False else thinking.effort
    if effort is None and thinking.enabled:
        effort = "medium"  # asked to think and not how hard; some models do not think at all unless told
    own = {name: value for name, value in (thinking.extra or {}).items() if name != "type"}
    return {**({"effort": effort} if effort else {}), **own} or None


# The form of the answer.


def _format(wanted: dict[str, Any]) -> dict[str, Any]:
    """The chat form, or this API's own, in which the fields of `json_schema` stand beside the type."""
    kind = wanted.get("type")
    if kind in ("text", "json_object"):
        return {"type": kind}
    if kind != "json_schema":
        raise wrong("response_format.type", f"{name_of(kind)} is unknown", "text, json_object, json_schema")
    stated = wanted.get("json_schema")
    fields = dict(stated) if isinstance(stated, dict) else {key: wanted[key] for key in wanted if key != "type"}
    if not isinstance(fields.get("schema"), dict):
        raise wrong("response_format.json_schema.schema", "missing", "a JSON Schema")
    return {"name": _SCHEMA_NAME, **fields, "type": "json_schema"}


# Tools.


def _tool_fields(request: Request) -> dict[str, Any]:
    """`tools` and `tool_choice`."""
    tools = [_tool(tool) for tool in request.tools]
    fields: dict[str, Any] = {"tools": tools} if tools else {}
    choice = request.tool_choice
    if choice is None:
        return fields
    if not tools and choice != "none":
        raise wrong("tool_choice", f"{name_of(choice)} without tools", "tools to choose from, or no tool_choice")
    if choice in CHOICES:
        return {**fields, "tool_choice": choice} if tools else fields
    chosen = next((wire for tool, wire in zip(request.tools, tools, strict=True) if tool.name == choice), None)
    if chosen is None:
        names = [tool.name for tool in request.tools]
        raise wrong("tool_choice", f"{name_of(choice)} is none of the tools", ", ".join((*CHOICES, *names)))
    return {**fields, "tool_choice": _chosen(chosen)}


def _chosen(tool: dict[str, Any]) -> dict[str, Any]:
    """The one tool that must be used: a function by its name, an MCP server by its label, another by its type."""
    return {name: tool[name] for name in ("type", "name", "server_label") if name in tool}


def _tool(tool: Tool) -> dict[str, Any]:
    raw = tool.raw
    if raw is not None and not (raw.get("type") == "function" or "parameters" in raw or "input_schema" in raw):
        return dict(raw)
    # Functions are strict here unless it is said that they are not, and everywhere else the other way round.
    found = {"type": "function", "name": tool.name, "parameters": tool.parameters, "strict": bool(tool.strict)}
    if tool.description:
        found["description"] = tool.description
    return {**_beyond(raw or {}), **found}


def _beyond(raw: dict[str, Any]) -> dict[str, Any]:
    """What a tool's own object says beside the fields of a function (`defer_loading`, ...)."""
    function = raw.get("function")
    known = ("type", "name", "description", "parameters", "input_schema", "strict", "function")
    inner = function if isinstance(function, dict) else {}
    return {key: value for key, value in {**raw, **inner}.items() if key not in known}
