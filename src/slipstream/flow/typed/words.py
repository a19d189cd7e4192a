"""What a JSON Schema accepts, in words, and the part of a schema that a path leads to.

Both libraries that validate (msgspec, pydantic) describe a type as JSON Schema, so one reader serves both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from slipstream.flow.typed.failure import ANY_KEY, Path

Schema = Mapping[str, Any]

_TYPES: Final = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
_BOUNDS: Final = {
    "format": "of the format",
    "contentEncoding": "in",
    "pattern": "that matches",
    "minimum": "from",
    "maximum": "to",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "multipleOf": "in steps of",
    "minLength": "of at least so many characters:",
    "maxLength": "of at most so many characters:",
    "minItems": "of at least so many items:",
    "maxItems": "of at most so many items:",
}
_UNIONS: Final = ("anyOf", "oneOf", "allOf")


def words(schema: Schema, root: Schema) -> str:
    """What a schema accepts.

    Args:
        schema: the schema.
        root: where its references lead: the schema that has the `$defs`.
    """
    schema = resolved(schema, root)
    if "enum" in schema:
        return one_of(schema["enum"])
    if "const" in schema:
        return one_of([schema["const"]])
    for union in _UNIONS:
        if union in schema:
            return " or ".join(dict.fromkeys(words(part, root) for part in schema[union]))
    kind = schema.get("type")
    if not isinstance(kind, str):
        return "any JSON value"
    title = f" ({schema['title']})" if kind == "object" and "title" in schema else ""
    bounds = (f"{text} {schema[name]}" for name, text in _BOUNDS.items() if name in schema)
    return " ".join((_TYPES.get(kind, kind) + title, *bounds))


def one_of(values: Iterable[Any]) -> str:
    """These values, as JSON has them."""
    names = [json.dumps(value, ensure_ascii=False) for value in values]
    return f"one of {', '.join(names)}" if len(names) != 1 else names[0]


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema behind a reference."""
    seen = 0
    while "$ref" in schema and seen < 10:  # a chain of references is one long; a circle would be a bug of the library
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = root.get("$defs", {}).get(name, {})
        seen += 1
    return schema


def walk(root: Schema, parts: Iterable[str | int]) -> tuple[Path, Schema]:
    """Follow a path that a library reports.

    Returns:
        The path with what the schema does not know left out (names of union members) or hidden (keys that the model
        chose), and the schema it leads to.
    """
    schema, path = root, []
    for part in parts:
        step = next(_steps(schema, root, part), None)
        if step is not None:
            path.append(step[0])
            schema = step[1]
    return tuple(path), schema


def _steps(schema: Schema, root: Schema, part: str | int) -> Iterator[tuple[str | int, Schema]]:
    schema = resolved(schema, root)
    for union in _UNIONS:
        for member in schema.get(union, ()):
            yield from _steps(member, root, part)
    if isinstance(part, int):
        items = schema.get("prefixItems", ())
        if part < len(items):
            yield part, items[part]
        elif "array" in (kind := schema.get("type", ""), kind):
            yield part, schema.get("items") or {}
    elif part in schema.get("properties", {}):
        yield part, schema["properties"][part]
    elif isinstance(more := schema.get("additionalProperties"), Mapping):
        yield ANY_KEY, more
