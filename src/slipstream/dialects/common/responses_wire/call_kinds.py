"""The kinds of calls of this API: what each is named, who runs it, and what of its item are the arguments.

Strategy: our arguments are JSON text, and so are those of functions. Code, patches, shell commands and the input of
custom tools stream as plain text. They become JSON as they come: an opening (`{"container_id":"c","code":"`), the text
escaped, and what closes it. Escaped piece by piece the text is the same as escaped whole, so what has been streamed is
always a prefix of the arguments, and a reader of partial JSON sees the code grow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from slipstream.dialects.common.responses_wire.chunks import stated
from slipstream.dialects.common.wire import Wire, obj, text


class Kind(NamedTuple):
    """A kind of call.

    Args:
        name: the tool's name; "" if the item has its own.
        input_of: what the model gave the tool, from the item.
        own: True if the provider runs it, by the item.
        closing: how many characters close the arguments of an empty input, for kinds whose input streams as plain
            text; 0 if it streams as JSON text or not at all.
    """

    name: str
    input_of: Callable[[Wire], Any]
    own: Callable[[Wire], bool]
    closing: int = 0


def _ours(item: Wire) -> bool:  # noqa: ARG001
    return False


def _theirs(item: Wire) -> bool:  # noqa: ARG001
    return True


def _hosted_shell(item: Wire) -> bool:
    return obj(item, "environment").get("type") not in (None, "local")


def _server_side(item: Wire) -> bool:
    return item.get("execution") == "server"


def _fields(*names: str) -> Callable[[Wire], Any]:
    return lambda item: {name: item[name] for name in names if item.get(name) is not None}


def _action(item: Wire) -> Any:
    action = stated(obj(item, "action"))
    return {"commands": action.pop("commands"), **action} if "commands" in action else action


def _search(item: Wire) -> Any:
    return stated(obj(item, "action"), "sources")


def _operation(item: Wire) -> Any:
    operation = stated(obj(item, "operation"))
    diff = operation.pop("diff", None)
    return operation if diff is None else {**operation, "diff": diff}


def _code(item: Wire) -> Any:
    return {**_fields("container_id")(item), "code": text(item, "code")}


_PICTURE: Final = ("action", "prompt", "revised_prompt", "size", "quality", "background", "output_format")

KINDS: Final[dict[str, Kind]] = {
    "function_call": Kind("", lambda item: text(item, "arguments"), _ours),
    "mcp_call": Kind("", lambda item: text(item, "arguments"), _theirs),
    "custom_tool_call": Kind("", lambda item: text(item, "input"), _ours, closing=1),
    "code_interpreter_call": Kind("code_interpreter", _code, _theirs, closing=2),
    "apply_patch_call": Kind("apply_patch", _operation, _ours, closing=2),
    "shell_call": Kind("shell", _action, _hosted_shell, closing=3),
    "local_shell_call": Kind("local_shell", _action, _ours),
    "computer_call": Kind("computer", _fields("action", "actions", "pending_safety_checks"), _ours),
    "web_search_call": Kind("web_search", _search, _theirs),
    "file_search_call": Kind("file_search", _fields("queries"), _theirs),
    "image_generation_call": Kind("image_generation", _fields(*_PICTURE), _theirs),
    "tool_search_call": Kind("tool_search", lambda item: item.get("arguments"), _server_side),
}
"""The `type` of an item -> its kind."""

JSON_TEXT: Final = frozenset(("function_call", "mcp_call"))
"""Kinds whose arguments are JSON text already."""


def arguments_of(kind: str, item: Wire) -> str:
    """The arguments of a call, as JSON text."""
    value = KINDS[kind].input_of(item)
    return value if kind in JSON_TEXT else encoded(value)


def opening_of(kind: str, item: Wire) -> str:
    """The arguments of a call up to the text that streams."""
    empty: Any = {**item, "input": "", "code": ""}
    if kind == "shell_call":
        empty["action"] = {"commands": [""]}
    if kind == "apply_patch_call":
        empty["operation"] = {**obj(item, "operation"), "diff": ""}
    return arguments_of(kind, empty)[: -KINDS[kind].closing]


def encoded(value: Any) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value).decode()


def escaped(piece: str) -> str:
    """A piece of text as it stands inside a JSON string."""
    return encoded(piece)[1:-1]
