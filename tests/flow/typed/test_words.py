"""What a schema accepts, in words; and the way that a library reports."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.flow.typed.failure import path_text
from slipstream.flow.typed.words import walk, words

ROOT: dict[str, Any] = {
    "type": "object",
    "title": "Top",
    "properties": {
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
        "pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
        "any": {"anyOf": [{"type": "object", "additionalProperties": {"type": "boolean"}}, {"type": "null"}]},
    },
    "$defs": {"Step": {"type": "object", "properties": {"n": {"type": "number", "minimum": 1, "exclusiveMaximum": 9}}}},
}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "an integer"),
        ({"type": "string", "format": "date-time"}, "a string of the format date-time"),
        ({"enum": ["a", 1, None, True]}, 'one of "a", 1, null, true'),
        ({"const": "a"}, '"a"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "string"}]}, "a string or null"),
        ({"$ref": "#/$defs/Step"}, "an object"),
        ({"type": "array", "minItems": 2}, "a list of at least so many items: 2"),
        (ROOT, "an object (Top)"),
        ({}, "any JSON value"),
    ],
)
def test_words(schema: dict[str, Any], text: str) -> None:
    assert words(schema, ROOT) == text


@pytest.mark.parametrize(
    ("parts", "path", "accepted"),
    [
        ([], "$", "an object (Top)"),
        (["steps", 3, "n"], "$.steps[3].n", "a number from 1 below 9"),
        (["pair", 1], "$.pair[1]", "a string"),
        (["any", "secret"], "$.any[...]", "true or false"),
        (["any", "dict[str,bool]", "secret"], "$.any[...]", "true or false"),
        (["secret"], "$", "an object (Top)"),
        (["steps", "function-after[x]", 0], "$.steps[0]", "an object"),
    ],
)
def test_walk(parts: list[str | int], path: str, accepted: str) -> None:
    found, schema = walk(ROOT, parts)
    assert path_text(found) == path
    assert words(schema, ROOT) == accepted
