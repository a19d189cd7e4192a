"""The JSON Schema of a type, in the form that strict structured answers want.

Source: OpenAI's guide to structured outputs, "supported schemas": every object forbids further properties and requires
all it has, a field that may be absent is one that may be null, unions are `anyOf`, a reference stands alone. Anthropic
and GLM take the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.flow.typed.plan import checked_engine
from slipstream.flow.typed.words import resolved

# What says nothing of the form, or is refused in the strict form.
_LEFT_OUT: Final = frozenset(("default", "discriminator", "examples", "$defs"))
_SCHEMAS: Final = ("items", "additionalProperties", "not")
_LISTS_OF_SCHEMAS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type, for `response_format`.

    Args:
        kind: what `partial` takes: a msgspec Struct, a dataclass, a TypedDict, a pydantic model, a type made of these.

    Returns:
        The schema. Providers want an object at the top; of a list there comes a list. A dict of any keys stays one
        (`additionalProperties` is its values' schema): OpenAI's strict form refuses that, others take it.

    Raises:
        InvalidRequestError: no schema can be made of it; the message names it and says what is accepted.
    """
    schema = checked_engine(kind, "schema_of").schema(kind)
    defs = _hoisted(schema)
    made: dict[str, Any] = _strict(resolved(schema, {"$defs": defs}), defs)  # the top must be no reference
    if "$ref" in str(made):
        made["$defs"] = {name: _strict(each, defs) for name, each in defs.items()}
    return made


def _hoisted(schema: Any) -> dict[str, Any]:
    """All `$defs`, also those of a pydantic model within a msgspec type, which stand within its schema."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found |= {name: part for name, part in each.get("$defs", {}).items() if name not in found}
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


def _strict(schema: Any, defs: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    made = {
        name: _part(name, value, defs) for name, value in schema.items() if name not in _LEFT_OUT and name != "$defs"
    }
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if len(made.get("allOf", ())) == 1:
        made |= made.pop("allOf")[0]
    if "$ref" in made and len(made) > 1:  # a reference stands alone
        beside = {name: value for name, value in made.items() if name != "$ref"}
        made = {**_strict(resolved({"$ref": made["$ref"]}, {"$defs": defs}), defs), **beside}
    if made.get("type") == "object" and "additionalProperties" not in made:
        made["additionalProperties"] = False
    if isinstance(made.get("properties"), dict):
        made["required"] = list(made["properties"])
    return made


def _part(name: str, value: Any, defs: Mapping[str, Any]) -> Any:
    if name == "properties" and isinstance(value, Mapping):
        return {key: _strict(each, defs) for key, each in value.items()}
    if name in _LISTS_OF_SCHEMAS and isinstance(value, list):
        return [_strict(each, defs) for each in value]
    return _strict(value, defs) if name in _SCHEMAS else value
