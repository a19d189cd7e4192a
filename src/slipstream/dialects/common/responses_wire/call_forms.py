"""Calls as items of an answer: from our arguments and results back to what each kind of item has of its own.

`call_kinds` and `results` read what is written here. A call that the provider ran and that is none of the API's own
tools is told as `mcp_call`: the one form that has any name, and that no client takes for a call to run itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from slipstream.dialects.common.openai_shape.forms import call_extra
from slipstream.dialects.common.responses_wire.call_kinds import KINDS
from slipstream.dialects.common.responses_wire.plain_input import CODE, CUSTOM, PATCH
from slipstream.dialects.common.responses_wire.telling import fixed
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.dialects.common.wire import Wire, text
from slipstream.events import ToolCall

FUNCTION: Final = "function_call"
MCP: Final = "mcp_call"
PICTURE: Final = "image_generation_call"

OWN_KINDS: Final = {
    kind.name: name for name, kind in KINDS.items()
    if name in ("code_interpreter_call", "web_search_call", "file_search_call", PICTURE, "tool_search_call")
}  # fmt: skip
"""The tool's name -> the kind of its call, for the tools that the provider runs."""

_TOOLS: Final = {
    "custom": CUSTOM, "apply_patch": PATCH, "shell": "shell_call", "local_shell": "local_shell_call",
    "computer": "computer_call", "computer_use_preview": "computer_call",
}  # fmt: skip


class Outcome(NamedTuple):
    """What a call returned.

    Args:
        output: the result.
        error: why it failed, or "".
        picture: a picture that it made, in base64 or its address, or "".
    """

    output: Any = None
    error: str = ""
    picture: str = ""


def caller_kinds(tools: Any) -> dict[str, str]:
    """The client's own tools that are no functions: name -> the kind of their calls, from its request's `tools`."""
    found: dict[str, str] = {}
    for tool in tools if isinstance(tools, list) else ():
        kind = _TOOLS.get(str(tool.get("type"))) if isinstance(tool, dict) else None
        if kind is not None:
            found[KINDS[kind].name or str(tool.get("name"))] = kind
    return found


def kind_of_call(call: ToolCall) -> str:
    """The kind of a whole call that the caller runs, if it says so and its input is fit for it."""
    kind = (call.metadata or {}).get("type")
    fits = isinstance(call.input, str if kind == CUSTOM else dict) and kind in _TOOLS.values()
    return str(kind) if fits else FUNCTION


def fields_of(kind: str, call: ToolCall, outcome: Outcome) -> Wire:
    """The fields of an item beside id, type and status."""
    return _FORMS.get(kind, _function)(call, outcome)


def streamed_text(kind: str, call: ToolCall) -> str:
    """The plain text in a call's input that the API streams: code, a patch, what a custom tool gets."""
    if kind == CUSTOM:
        return call.input if isinstance(call.input, str) else call.arguments
    return text(_object(call), "code" if kind == CODE else "diff")


def is_held(kind: str, output: Any) -> bool:
    """True if the item of this kind holds all of the result."""
    return kind == MCP or (isinstance(output, dict) and set(output) <= _HELD.get(kind, _STATUS))


def status_of(outcome: Outcome) -> str:
    """The status of a call that has returned."""
    if outcome.error:
        return "failed"
    status = outcome.output.get("status") if isinstance(outcome.output, dict) else None
    return status if isinstance(status, str) and status in _STATUSES else "completed"


def output_text(output: Any) -> str:
    """A result as text: JSON for anything else than text."""
    return output if isinstance(output, str) else json_bytes(output).decode()


_STATUS: Final = frozenset(("status",))
_STATUSES: Final = frozenset(
    ("in_progress", "searching", "interpreting", "generating", "completed", "incomplete", "failed")
)
_HELD: Final = {
    "web_search_call": frozenset(("status", "sources")),
    "file_search_call": frozenset(("status", "results")),
    "code_interpreter_call": frozenset(("status", "outputs")),
    PICTURE: frozenset(("status", "revised_prompt", "svg_usage")),
}


def _object(call: ToolCall) -> Wire:
    return call.input if isinstance(call.input, dict) else {}


def _said(values: Wire, names: Iterable[str]) -> Wire:
    return {name: fixed(values[name]) for name in names if values.get(name) is not None}


def _echoed(call: ToolCall) -> Wire:
    return _said(call.metadata or {}, ("namespace", "caller"))


def _function(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    echoed = _echoed(call)
    beyond = {name: value for name, value in (call.metadata or {}).items() if name not in echoed and name != "type"}
    extra = call_extra(msgspec.structs.replace(call, metadata=beyond or None))
    found = {"call_id": fixed(call.id), "name": fixed(call.name), "arguments": fixed(call.arguments), **echoed}
    return found | {name: fixed(value) for name, value in extra.items()}


def _custom(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    return {
        "call_id": fixed(call.id),
        "name": fixed(call.name),
        "input": fixed(streamed_text(CUSTOM, call)),
        **_echoed(call),
    }


def _mcp(call: ToolCall, outcome: Outcome) -> Wire:
    label = text(call.metadata or {}, "server_label")
    error = {"type": "mcp_protocol_error", "code": 0, "message": fixed(outcome.error)} if outcome.error else None
    output = None if outcome.output is None else fixed(output_text(outcome.output))
    return {
        "approval_request_id": None, "name": fixed(call.name), "server_label": fixed(label), "error": error,
        "output": output, "arguments": fixed(call.arguments),
    }  # fmt: skip


def _web_search(call: ToolCall, outcome: Outcome) -> Wire:
    action = _object(call)
    if not text(action, "type"):
        action = {"type": "search", "query": text(action, "query"), **action}
    sources = outcome.output.get("sources") if isinstance(outcome.output, dict) else None
    return {"action": fixed({**action, "sources": sources} if sources else action)}


def _file_search(call: ToolCall, outcome: Outcome) -> Wire:
    queries = _object(call).get("queries")
    results = outcome.output.get("results") if isinstance(outcome.output, dict) else None
    return {"queries": fixed(queries if isinstance(queries, list) else []), "results": fixed(results)}


def _code(call: ToolCall, outcome: Outcome) -> Wire:
    given = _object(call)
    outputs = outcome.output.get("outputs") if isinstance(outcome.output, dict) else None
    return {
        "code": fixed(text(given, "code")), "container_id": fixed(text(given, "container_id")),
        "outputs": fixed(outputs),
    }  # fmt: skip


def _picture(call: ToolCall, outcome: Outcome) -> Wire:
    said = outcome.output if isinstance(outcome.output, dict) else {}
    given = _said(
        _object(call), ("action", "prompt", "revised_prompt", "size", "quality", "background", "output_format")
    )
    return {**given, "result": fixed(outcome.picture or None), **_said(said, ("revised_prompt", "svg_usage"))}


def _tool_search(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    return {"arguments": fixed(call.input), "call_id": fixed(call.id), "execution": "server"}


def _shell(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    return {"call_id": fixed(call.id), "action": fixed(_object(call)), **_echoed(call)}


def _patch(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    return {"call_id": fixed(call.id), "operation": fixed(_object(call)), **_echoed(call)}


def _computer(call: ToolCall, outcome: Outcome) -> Wire:  # noqa: ARG001
    given = _object(call)
    checks = given.get("pending_safety_checks")
    return {
        "call_id": fixed(call.id), **_said(given, ("action", "actions")),
        "pending_safety_checks": fixed(checks if isinstance(checks, list) else []),
    }  # fmt: skip


_FORMS: Final[dict[str, Callable[[ToolCall, Outcome], Wire]]] = {
    FUNCTION: _function,
    CUSTOM: _custom,
    MCP: _mcp,
    "web_search_call": _web_search,
    "file_search_call": _file_search,
    CODE: _code,
    PICTURE: _picture,
    "tool_search_call": _tool_search,
    "shell_call": _shell,
    "local_shell_call": _shell,
    PATCH: _patch,
    "computer_call": _computer,
}
