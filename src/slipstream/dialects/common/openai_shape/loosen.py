"""Chunks whose fields have unexpected types: what fits is kept, what can be mended is mended, the rest is absent.

A number where a text belongs, a text where a number belongs, one object where a list of them belongs: servers have sent
each of these, and none is worth an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import fields

from slipstream.dialects.common.openai_shape import chunks as c

S = TypeVar("S", bound=Struct)


def loosen(wire: dict[str, Any]) -> c.WholeChunk:
    """The chunk of a JSON object, whatever the types of its fields."""
    return _fit(c.WholeChunk, wire)


def _fit(kind: type[S], wire: dict[str, Any]) -> S:
    values: dict[str, Any] = {}
    for field in fields(kind):
        value = wire.get(field.encode_name)
        if value is not None:
            _put(values, field, value)
    return kind(**values)


def _put(values: dict[str, Any], field: msgspec.structs.FieldInfo, value: Any) -> None:
    mend = _MENDERS.get(field.encode_name)
    if mend is not None:
        values[field.name] = mend(value)
        return
    for candidate in (value, str(value) if type(value) in (int, float) else None):
        for strict in (True, False):
            try:
                values[field.name] = msgspec.convert(candidate, field.type, strict=strict)
            except ValueError:
                continue
            return


def _list_of(kind: type[Struct]) -> Callable[[Any], list[Any]]:
    def mend(value: Any) -> list[Any]:
        items = value if isinstance(value, list) else [value]
        return [_fit(kind, item) for item in items if isinstance(item, dict)]

    return mend


def _one(kind: type[Struct]) -> Callable[[Any], Struct | None]:
    return lambda value: _fit(kind, value) if isinstance(value, dict) else None


def _filters(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value)) if isinstance(value, dict) else c.NO_FILTERS


def _arguments(value: Any) -> Any:
    return value if isinstance(value, (str, dict)) else msgspec.json.encode(value).decode()


def _content(value: Any) -> Any:
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, (str, list)) else str(value)


_MENDERS: Final[dict[str, Callable[[Any], Any]]] = {
    "choices": _list_of(c.WholeChoice),
    "delta": _one(c.Delta),
    "message": _one(c.Delta),
    "tool_calls": _list_of(c.ToolDelta),
    "function": _one(c.Function),
    "custom": _one(c.Custom),
    "function_call": _one(c.Function),
    "content_filter_results": _filters,
    "arguments": _arguments,
    "content": _content,
    "error": lambda value: value,
}
