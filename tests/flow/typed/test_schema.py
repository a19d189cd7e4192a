"""The JSON Schema of a type in the strict form, which openai's own function agrees with where it knows the type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pydantic
import pytest
from openai.lib._pydantic import to_strict_json_schema
from tests.flow.typed.kinds import Drawing, Movie, Path, Person, Recipe, Shop, Step, Ticket, Zoo

from slipstream.errors import InvalidRequestError
from slipstream.flow.typed.schema import schema_of

KINDS = [Recipe, Drawing, Path, Movie, Shop, Person, Zoo, Ticket]


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object and list of a schema."""
    if isinstance(schema, list):
        for each in schema:
            yield from objects(each)
    if isinstance(schema, dict):
        yield schema
        for each in schema.values():
            yield from objects(each)


@pytest.mark.parametrize("kind", KINDS)
def test_the_strict_form(kind: Any) -> None:
    schema = schema_of(kind)
    assert schema["type"] == "object"
    for each in objects(schema):
        if each.get("type") == "object":
            assert "additionalProperties" in each
        if isinstance(each.get("properties"), dict) and "type" in each:
            assert each["required"] == list(each["properties"])
        assert not {"default", "oneOf", "discriminator"} & {name for name in each if name not in schema["properties"]}
        if "$ref" in each:
            assert list(each) == ["$ref"]
            assert each["$ref"].rpartition("/")[2] in schema["$defs"]


class Small(msgspec.Struct):
    """A thing."""

    step: Step
    size: Annotated[int, msgspec.Meta(ge=1, description="in cm")] = 3
    word: str | None = None


def test_a_schema() -> None:
    assert schema_of(Small) == {
        "title": "Small",
        "description": "A thing.",
        "type": "object",
        "properties": {
            "step": {"$ref": "#/$defs/Step"},
            "size": {"type": "integer", "minimum": 1, "description": "in cm"},
            "word": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["step", "size", "word"],
        "additionalProperties": False,
        "$defs": {
            "Small": schema_of(Small)["$defs"]["Small"],
            "Step": {
                "title": "Step",
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "minutes": {"type": "integer"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["title", "minutes", "tags"],
                "additionalProperties": False,
            },
        },
    }


class Inner(pydantic.BaseModel):
    word: str
    other: Inner | None = None


class Outer(pydantic.BaseModel):
    inner: Inner = pydantic.Field(description="the first")
    numbers: list[int]


def test_it_is_what_openai_makes_of_a_model() -> None:
    assert _plain(schema_of(Outer)) == _plain(to_strict_json_schema(Outer))


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the definitions of the top, which one keeps and the other leaves out."""
    return {**schema, "$defs": {name: each for name, each in schema["$defs"].items() if name != "Outer"}}


def test_a_list_stays_a_list() -> None:
    assert schema_of(list[int]) == {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize("kind", [3, len, complex, "Recipe"])
def test_what_is_no_type_is_refused(kind: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"schema_of\(T\): .*accepted: a msgspec Struct"):
        schema_of(kind)
