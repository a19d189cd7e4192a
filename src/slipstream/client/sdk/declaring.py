"""Classes of wire objects out of tables: one row names a class and its fields.

Strategy: the Responses API has some hundred kinds of objects that hold fields and do nothing. A row of a table says as
much of one as a class statement would. A row: `"ResponseOutputMessage": "id content:Part[] role status type phase"`; a
field with a class after a colon holds objects of that class, with `[]` a list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import new_class
from typing import Any

from slipstream.client.sdk.wire import OpenObject, WireObject

Row = tuple[str, str]
"""The name of a class, and its fields."""


def declare(scope: dict[str, Any], base: type[WireObject], rows: Mapping[str, Row]) -> None:
    """Make the classes of a family, each known by the `type` that its objects carry.

    Args:
        scope: the module's names; the classes are added to it, and those that fields mention are looked up in it.
        base: the family.
        rows: tag -> name and fields.
    """
    for tag, row in rows.items():
        _declare(scope, base, row, {"tag": tag})


def declare_plain(scope: dict[str, Any], rows: Mapping[str, str]) -> None:
    """Make classes that belong to no family; rows: name -> fields."""
    for row in rows.items():
        _declare(scope, WireObject, row, {})


def _declare(scope: dict[str, Any], base: type[WireObject], row: Row, options: dict[str, Any]) -> None:
    name, fields = row
    hints = {field: _hint(scope, kind) for field, _, kind in (word.partition(":") for word in fields.split())}

    def fill(body: dict[str, Any]) -> None:
        body |= {"__annotations__": hints, "__module__": scope["__name__"], "__slots__": (), "__doc__": f"`{name}`."}

    scope[name] = new_class(name, (base,), options, fill)


def _hint(scope: dict[str, Any], kind: str) -> Any:
    if not kind:
        return Any
    name = kind.removesuffix("[]")
    found: Any = OpenObject if name == "Open" else scope[name]
    return list[found] if kind.endswith("[]") else found
