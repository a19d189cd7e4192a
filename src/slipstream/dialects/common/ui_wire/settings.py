"""The settings that a page may send beside its messages: our neutral names, and the AI SDK's for the same.

One small reader for each name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from slipstream.dialects.common.checks import list_at, mapping_at, no, text_at, wrong
from slipstream.dialects.common.messages import normalise_thinking, normalise_tools


def take_settings(own: dict[str, Any]) -> dict[str, Any]:
    """The fields of `Request` that a page set, taken out of `own`.

    Raises:
        InvalidRequestError: one of them is wrong; the message names it.
    """
    found: dict[str, Any] = {}
    for key, (name, reader) in _READERS.items():
        if key in own and name not in found:
            found[name] = reader(own.pop(key), key)
    return found


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        raise wrong(where, no(value, "number"), "a number")
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(where, no(value, "whole number"), "a whole number")
    return value


def _positive(value: Any, where: str) -> int:
    if _whole(value, where) < 1:
        raise wrong(where, "below 1", "a whole number above 0")
    return int(value)


def _stops(value: Any, where: str) -> list[str]:
    items = [value] if isinstance(value, str) else list_at(value, where, "a text or a list of texts")
    return [text_at(item, f"{where}[{index}]") for index, item in enumerate(items)]


def _choice(value: Any, where: str) -> str:
    """`auto`, `none`, `required` or a name; the AI SDK has `{"type": "tool", "toolName": ...}` for a name."""
    if isinstance(value, Mapping):
        return text_at(value.get("toolName"), f"{where}.toolName", "the tool's name")
    return text_at(value, where, "auto, none, required, or a tool's name")


def _object(value: Any, where: str) -> dict[str, Any]:
    return mapping_at(value, where, "an object")


_READERS: Final[dict[str, tuple[str, Callable[[Any, str], Any]]]] = {
    "model": ("model", text_at),
    "system": ("system", text_at),
    "tools": ("tools", lambda value, _: normalise_tools(value)),
    "tool_choice": ("tool_choice", _choice),
    "toolChoice": ("tool_choice", _choice),
    "thinking": ("thinking", lambda value, _: normalise_thinking(value)),
    "temperature": ("temperature", _number),
    "top_p": ("top_p", _number),
    "topP": ("top_p", _number),
    "max_tokens": ("max_tokens", _positive),
    "maxOutputTokens": ("max_tokens", _positive),
    "stop": ("stop", _stops),
    "stopSequences": ("stop", _stops),
    "seed": ("seed", _whole),
    "response_format": ("response_format", _object),
}
"""The name in the body -> the field of `Request`, and its reader."""
