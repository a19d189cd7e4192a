"""`RunAgentInput`, read and written: `{threadId, runId, messages, tools, context, state, forwardedProps}`.

`context` is what the page tells the agent of itself; a model can only be told of it in words, so it becomes a system
message. `forwardedProps` may ask for a model and its settings, under the names that `ui_wire.settings` reads. State,
and the answers to interrupts, are an agent's own business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.ag_ui_wire.conversation import messages_of, wires_of
from slipstream.dialects.common.ag_ui_wire.encoder import RUN, THREAD
from slipstream.dialects.common.ag_ui_wire.version import is_version
from slipstream.dialects.common.checks import body_at, filled_at, kind_of, list_at, mapping_at, text_at, wrong
from slipstream.dialects.common.messages import normalise_tools
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.ui_wire.body import settings_of
from slipstream.dialects.common.ui_wire.settings import take_settings

FORM: Final = "a list of AG-UI messages"
TOOL: Final = '{"name": ..., "description": ..., "parameters": {...}}'
_TOOL_KEYS: Final = ("name", "description", "parameters", "strict")  # the last is ours; agents ignore it
CONTEXT: Final = '{"description": ..., "value": ...}'


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
    """Read a body; see `face.Dialect.read`."""
    wire = body_at(body, "a JSON object (RunAgentInput)")
    thread = filled_at(wire.pop("threadId", None), "threadId", "the thread's id")
    run = filled_at(wire.pop("runId", None), "runId", "the run's id")
    chat = _conversation(wire)
    tools = _tools(wire.pop("tools", None))
    version = wire.pop("protocolVersion", None)
    own = {key: value for key, value in wire.items() if value is not None and value not in ({}, [])}
    fields = _settings(own)
    system = fields.pop("system", "")
    if system:
        chat.insert(0, r.ChatMessage("system", [r.TextPart(system)]))
    fields["tools"] = tools + fields.get("tools", [])
    streamed = fields.pop("stream", True)
    request = r.Request(
        model=fields.pop("model", "") or model, messages=chat, stream=streamed if stream is None else stream, **fields
    )
    told = version if isinstance(version, str) and is_version(version) else ""
    return Asked(request=request, reply=Reply(version=told, options={THREAD: thread, RUN: run}), own=own, chat=thread)


def _conversation(wire: dict[str, Any]) -> list[r.ChatMessage]:
    chat = messages_of(list_at(wire.pop("messages", None), "messages", FORM))
    context = _context(wire.pop("context", None))
    if context:
        first = next((at for at, message in enumerate(chat) if message.role != "system"), len(chat))
        chat.insert(first, r.ChatMessage("system", [r.TextPart(context)]))
    if not any(message.role != "system" for message in chat):
        raise wrong("messages", "nothing in them that a model answers", FORM)
    return chat


def _context(value: Any) -> str:
    lines = []
    for index, item in enumerate(list_at([] if value is None else value, "context", f"a list of {CONTEXT}")):
        where = f"context[{index}]"
        entry = mapping_at(item, where, CONTEXT)
        description = text_at(entry.get("description"), f"{where}.description")
        lines.append(f"{description}: {text_at(entry.get('value'), f'{where}.value')}")
    return "\n".join(lines)


def _tools(value: Any) -> list[r.Tool]:
    items = list_at([] if value is None else value, "tools", f"a list of {TOOL}")
    functions = []
    for index, item in enumerate(items):
        where = f"tools[{index}]"
        wire = mapping_at(item, where, TOOL)
        text_at(wire.get("name"), f"{where}.name")
        functions.append({key: wire[key] for key in _TOOL_KEYS if wire.get(key) is not None})
    return normalise_tools(functions)


def _settings(own: dict[str, Any]) -> dict[str, Any]:
    """The settings in `forwardedProps`; what else stands there stays."""
    forwarded = own.get("forwardedProps")
    if not isinstance(forwarded, Mapping) or not all(isinstance(key, str) for key in forwarded):
        return {}
    rest = {key: value for key, value in forwarded.items() if value is not None}
    found = take_settings(rest)
    streamed = rest.pop("stream", True)
    if not isinstance(streamed, bool):
        raise wrong("forwardedProps.stream", kind_of(streamed), "true or false")
    own["forwardedProps"] = rest
    if not rest:
        del own["forwardedProps"]
    return found | {"stream": streamed}


def body_of(request: r.Request) -> dict[str, Any]:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this protocol; the message names it.
    """
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all a run gives")
    forwarded = settings_of(request)
    own = [tool.raw for tool in request.tools if tool.raw is not None]
    forwarded.pop("tools", None)
    if own:
        forwarded["tools"] = own
    body = {
        "threadId": "thread",
        "runId": "run",
        "state": {},
        "messages": wires_of(request.messages),
        "tools": [_tool(tool) for tool in request.tools if tool.raw is None],
        "context": [],
        "forwardedProps": forwarded,
    }
    return body | request.extra


def _tool(tool: r.Tool) -> dict[str, Any]:
    strict = {} if tool.strict is None else {"strict": tool.strict}
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters, **strict}
