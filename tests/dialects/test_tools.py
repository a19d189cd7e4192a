"""Tools in every form, and schemas from Python functions."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Literal

import pytest

from slipstream.dialects.common.request import Tool
from slipstream.dialects.common.tools import function_tool, normalise_tools
from slipstream.errors import InvalidRequestError

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}


class Unit(enum.Enum):
    C = "c"
    F = "f"


@dataclasses.dataclass
class Place:
    lat: float
    lon: float = 0.0


def get_weather(
    city: str, unit: Literal["c", "f"] = "c", days: int | None = None, tags: list[str] | None = None, depth: float = 1.0
) -> str:
    """The weather
    of a city.

    It never rains there.

    Args:
        city: the city, as people
            call it.
        unit (str): of the temperature.
        days: how many.

    Returns:
        city: not a parameter's description.
    """
    return f"{city}{unit}{days}{tags}{depth}"


def test_a_function() -> None:
    tool = function_tool(get_weather)
    assert tool.name == "get_weather"
    assert tool.description == "The weather of a city."
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "the city, as people call it."},
            "unit": {"enum": ["c", "f"], "description": "of the temperature."},
            "days": {"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "how many."},
            "tags": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
            "depth": {"type": "number"},
        },
        "required": ["city"],
    }


def test_a_function_without_anything() -> None:
    def now():  # type: ignore[no-untyped-def]
        ...

    assert function_tool(now) == Tool("now")


def test_a_function_without_annotations_takes_anything() -> None:
    async def look(what, deep=False): ...  # type: ignore[no-untyped-def]

    schema = {"type": "object", "properties": {"what": {}, "deep": {}}, "required": ["what"]}
    assert function_tool(look).parameters == schema


def test_types_of_their_own_are_defined_beside() -> None:
    def go(place: Place, unit: Unit, options: dict[str, int]) -> None: ...

    schema = function_tool(go).parameters
    assert schema["properties"]["place"] == {"$ref": "#/$defs/Place"}
    assert schema["$defs"]["Place"]["required"] == ["lat"]
    assert schema["$defs"]["Unit"]["enum"] == ["c", "f"]
    assert schema["properties"]["options"]["type"] == "object"


def test_a_method_leaves_self_out() -> None:
    class Shop:
        def buy(self, item: str) -> None: ...

    assert list(function_tool(Shop().buy).parameters["properties"]) == ["item"]


CACHED = {"name": "f", "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}}
SEARCH = {"type": "web_search", "web_search": {"enable": True}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}},
         Tool("f", "d", SCHEMA, strict=True)),
        ({"type": "function", "function": {"name": "f"}}, Tool("f")),
        ({"type": "function", "name": "f", "parameters": SCHEMA}, Tool("f", "", SCHEMA)),
        ({"name": "f", "description": "d", "input_schema": SCHEMA}, Tool("f", "d", SCHEMA)),
        ({"type": "custom", "name": "f", "input_schema": SCHEMA}, Tool("f", "", SCHEMA)),
        ({"name": "f", "parameters": SCHEMA}, Tool("f", "", SCHEMA)),
        (CACHED, Tool("f", "", SCHEMA, raw=CACHED)),
        (SEARCH, Tool("web_search", raw=SEARCH)),
        ({"google_search": {}}, Tool("google_search", raw={"google_search": {}})),
        (Tool("f"), Tool("f")),
    ],
)  # fmt: skip
def test_forms(given: Any, expected: Tool) -> None:
    assert normalise_tools([given]) == [expected]


def test_fields_around_a_function_are_kept_as_they_are() -> None:
    wire = {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}}
    assert normalise_tools([wire])[0].raw == wire
    inner = {"type": "function", "function": {"name": "f", "cache_control": {"type": "ephemeral"}}}
    assert normalise_tools([inner])[0].raw == inner


def test_none_is_no_tools() -> None:
    assert normalise_tools(None) == []


def variadic(*cities: str) -> None: ...


def by_position(city: str, /) -> None: ...


def odd(number: complex) -> None: ...


def unknown(thing: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("tools", "where"),
    [
        ({"name": "f"}, "tools: a dict is no list"),
        (["f"], r"tools\[0\]: a str is no object"),
        ([7], r"tools\[0\]: an int is no object"),
        ([{}], r"tools\[0\]: an object that is no tool"),
        ([{"temperature": 1}], r"tools\[0\]: an object that is no tool"),
        ([{"name": "two words", "input_schema": {}}], r"tools\[0\]\.name: 'two words' is no name of a tool"),
        ([{"name": "f" * 65, "input_schema": {}}], r"tools\[0\]\.name"),
        ([{"type": "function", "function": {}}], r"tools\[0\]\.function\.name: nothing is no name"),
        ([{"type": "function", "function": []}], r"tools\[0\]\.function: a list is no object"),
        ([{"name": "f", "input_schema": [1]}], r"tools\[0\]\.input_schema: a list is no object"),
        ([{"name": "f", "description": 1, "input_schema": {}}], r"tools\[0\]\.description: an int is no text"),
        ([{"name": "f", "strict": "yes", "input_schema": {}}], r"tools\[0\]\.strict: a str"),
        ([Tool("f"), Tool("f")], r"tools\[1\]\.name: 'f' stands twice"),
        ([Tool("no good")], r"tools\[0\]\.name"),
        ([variadic], r"tools\[0\] \(variadic\)\.cities: cannot be given by name"),
        ([by_position], r"tools\[0\] \(by_position\)\.city: cannot be given by name"),
        ([odd], r"tools\[0\] \(odd\)\.number: the annotation"),
        ([unknown], r"tools\[0\] \(unknown\): an annotation cannot be read"),
        ([lambda: 0], r"tools\[0\]\.__name__: '<lambda>' is no name"),
    ],
)
def test_wrong_tools_are_refused_by_name(tools: Any, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        normalise_tools(tools)
