"""Calls and what they returned, as items of a request.

A call of a function is the same everywhere. The API's other calls (custom tools, shell, patches, the screen) go back in
their own form, which `ToolCall.metadata` names, and so do their results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.openai_shape.calls import parse_arguments

_Item = dict[str, Any]

# What a call's metadata may hold beside its type, of which this API made it.
_ECHOED: Final = ("namespace", "caller")


def _action(value: Any) -> _Item:
    return {"action": value, "status": "completed"}


_FORMS: Final[dict[str, Callable[[Any], _Item]]] = {
    "custom_tool_call": lambda value: {"input": value},
    "shell_call": _action,
    "local_shell_call": _action,
    "apply_patch_call": lambda value: {"operation": value, "status": "completed"},
    "computer_call": lambda value: {"pending_safety_checks": [], **value, "status": "completed"},
}
"""The calls that the caller runs and that are no functions -> their item, from their input."""


class CallWriter:
    """Writes calls and results; it remembers which call a result belongs to.

    Calls of the old function form have no ids; they get numbers, and each result goes to the last call of its name.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._last: dict[str, str] = {}

    def call(self, part: r.ToolCallPart) -> _Item:
        """The item of a call."""
        id = self._id_of(part)
        metadata = part.metadata or {}
        kind = metadata.get("type")
        value, error = parse_arguments(part.arguments)
        echoed = {name: metadata[name] for name in _ECHOED if metadata.get(name)}
        fits = isinstance(value, str if kind == "custom_tool_call" else dict)
        if kind not in _FORMS or error is not None or not fits:
            arguments = {"name": part.name, "arguments": part.arguments or "{}"}
            return {"type": "function_call", "call_id": id, **arguments, **echoed}
        self._kinds[id] = kind
        name = {"name": part.name} if kind == "custom_tool_call" else {}
        return {"type": kind, "call_id": id, **name, **_FORMS[kind](value), **echoed}

    def result(self, part: r.ToolResultPart, where: str) -> _Item:
        """The item of what a call returned.

        Raises:
            InvalidRequestError: the call wants an object (a screenshot), and this is none.
        """
        id = part.id or self._last.get(part.name, "function_0")
        kind = self._kinds.get(id, "function_call")
        found: _Item = {"type": f"{kind}_output", "call_id": id, "output": part.output}
        if kind == "shell_call":
            found["output"] = _shell_output(part)
        elif kind == "apply_patch_call":
            found["status"] = "failed" if part.is_error else "completed"
        elif kind == "computer_call":
            found["output"] = _screenshot(part, where)
        elif kind == "local_shell_call":
            found["id"] = found.pop("call_id")
        return found

    def _id_of(self, part: r.ToolCallPart) -> str:
        if part.id:
            return part.id
        self._last[part.name] = f"function_{len(self._last)}"
        return self._last[part.name]


def _shell_output(part: r.ToolResultPart) -> list[Any]:
    """What commands printed: in the API's form if it came so, else as the output of one."""
    value, error = parse_arguments(part.output)
    if error is None and isinstance(value, list):
        return value
    outcome = {"type": "exit", "exit_code": int(part.is_error)}
    return [{"stdout": part.output, "stderr": "", "outcome": outcome}]


def _screenshot(part: r.ToolResultPart, where: str) -> Any:
    value, error = parse_arguments(part.output)
    if error is None and isinstance(value, dict) and value:
        return value
    raise wrong(where, "no screenshot", '{"type": "computer_screenshot", "image_url": ...} as the result of `computer`')
