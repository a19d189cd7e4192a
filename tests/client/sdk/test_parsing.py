"""Answers of a given class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pydantic
import pytest
from openai.lib._parsing._completions import type_to_response_format_param

from slipstream import errors
from slipstream.client.sdk.parsing import parse, response_format_of, strict


class City(pydantic.BaseModel):
    name: str
    people: int | None = None
    parts: list[City] = []


class Packed(msgspec.Struct):
    name: str
    people: int | None = None


@dataclass
class Data:
    name: str
    people: int


class Typed(TypedDict):
    name: str


def test_a_mapping_is_sent_as_it_is() -> None:
    assert response_format_of({"type": "json_object"}) == {"type": "json_object"}


@pytest.mark.parametrize("kind", [Packed, Data, Typed])
def test_a_class_becomes_a_strict_schema(kind: type[Any]) -> None:
    found = response_format_of(kind)
    assert found["type"] == "json_schema"
    assert (found["json_schema"]["name"], found["json_schema"]["strict"]) == (kind.__name__, True)
    schema = found["json_schema"]["schema"]
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert schema["required"] == list(schema["properties"])


def test_a_pydantic_schema_is_that_of_the_official_sdk() -> None:
    class Plain(pydantic.BaseModel):
        name: str
        tags: list[str]

    assert response_format_of(Plain) == type_to_response_format_param(Plain)


def test_nested_objects_are_strict_too() -> None:
    schema = response_format_of(City)["json_schema"]["schema"]
    assert schema["$defs"]["City"]["additionalProperties"] is False
    assert schema["$defs"]["City"]["required"] == ["name", "people", "parts"]
    assert "default" not in schema["$defs"]["City"]["properties"]["people"]
    assert strict({"type": "object", "additionalProperties": True}) == {"type": "object", "additionalProperties": True}


@pytest.mark.parametrize("answer", [3, "json", object()])
def test_what_is_no_format_is_refused_by_name(answer: Any) -> None:
    with pytest.raises(errors.InvalidRequestError, match=f"response_format is a {type(answer).__name__}"):
        response_format_of(answer)


def test_a_class_without_a_schema_is_refused_by_name() -> None:
    class Plain:
        def __init__(self, x: Any) -> None:
            self.x = x

    with pytest.raises(errors.InvalidRequestError, match="class Plain"):
        response_format_of(Plain)


@pytest.mark.parametrize("kind", [City, Packed, Data])
def test_the_object_of_an_answer(kind: type[Any]) -> None:
    assert parse(kind, '{"name": "Oslo", "people": 7}').people == 7
    with pytest.raises(errors.ProtocolError, match=f"no {kind.__name__}") as caught:
        parse(kind, '{"people": "many"}')
    assert caught.value.__cause__ is not None
    with pytest.raises(errors.ProtocolError):
        parse(kind, "half {")
