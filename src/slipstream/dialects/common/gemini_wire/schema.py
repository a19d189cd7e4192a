"""Google's own dialect of schemas (a part of OpenAPI 3.0) as JSON Schema.

Ours go out as JSON Schema, in `parametersJsonSchema` and `responseJsonSchema`; this is for requests that we read.
"""

from __future__ import annotations

from typing import Any, Final

# Deeper schemas than this nobody writes; the bound keeps a hostile one from filling the stack.
_MAX_DEPTH: Final = 64
_COUNTS: Final = ("minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength")


def json_schema(wire: Any, depth: int = 0) -> Any:
    """The JSON Schema of a `Schema`: types in lower case, `nullable` as a type of its own, counts as numbers."""
    if isinstance(wire, list) and depth < _MAX_DEPTH:
        return [json_schema(item, depth + 1) for item in wire]
    if not isinstance(wire, dict) or depth >= _MAX_DEPTH:
        return wire
    found: dict[str, Any] = {}
    for name, value in wire.items():
        if name == "properties" and isinstance(value, dict):
            found[name] = {key: json_schema(schema, depth + 2) for key, schema in value.items()}
        elif name in ("items", "anyOf"):
            found[name] = json_schema(value, depth + 1)
        elif name in _COUNTS and isinstance(value, str) and value.isascii() and value.isdigit():
            found[name] = int(value[:18])
        elif name not in ("type", "nullable", "propertyOrdering"):
            found[name] = value
    return {**_type(wire), **found}


def _type(wire: dict[str, Any]) -> dict[str, Any]:
    kind = wire.get("type")
    if not isinstance(kind, str) or kind.upper() == "TYPE_UNSPECIFIED":
        return {} if kind is None or isinstance(kind, str) else {"type": kind}
    return {"type": [kind.lower(), "null"] if wire.get("nullable") is True else kind.lower()}
