"""The fields of a provider's JSON objects, read without trust: what has the wrong type counts as absent."""

from __future__ import annotations

from typing import Any

Wire = dict[str, Any]


def text(wire: Wire, name: str) -> str:
    """The field, if it is text; "" otherwise."""
    value = wire.get(name)
    return value if isinstance(value, str) else ""


def number(wire: Wire, name: str) -> int | None:
    """The field, if it is a whole number from 0; None otherwise."""
    value = wire.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def obj(wire: Wire, name: str) -> Wire:
    """The field, if it is an object; an empty one otherwise."""
    value = wire.get(name)
    return value if isinstance(value, dict) else {}


def objects(wire: Wire, name: str) -> list[Wire]:
    """The objects in the field, if it is a list; none otherwise."""
    value = wire.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
