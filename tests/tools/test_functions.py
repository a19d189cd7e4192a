"""Arguments: what models give, converted by the annotations, and refused in words that help."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import msgspec
import pydantic
import pytest

from slipstream.errors import InvalidRequestError
from slipstream.tools import split_tools
from slipstream.tools.failure import CallFailedError
from slipstream.tools.functions import Function


class Unit(enum.Enum):
    """A unit."""

    CELSIUS = "C"
    FAHRENHEIT = "F"


@dataclass
class Place:
    """Where."""

    city: str
    floor: int = 0


class Point(msgspec.Struct):
    """A point."""

    x: float
    y: float


class Options(TypedDict, total=False):
    """Options."""

    verbose: bool


class Person(pydantic.BaseModel):
    """Somebody."""

    name: str
    age: int = pydantic.Field(ge=0)


def everything(
    text: str,
    n: Annotated[int, msgspec.Meta(ge=0)],
    unit: Unit,
    place: Place,
    points: list[Point],
    options: Options,
    mode: Literal["a", "b"] = "a",
    day: datetime.date | None = None,
    table: dict[int, str] | None = None,
    anything: Any = None,
) -> None:
    """A tool with arguments of every kind."""


def someone(person: Person, others: list[Person] | None = None) -> None:
    """A tool that takes a pydantic model."""


FUNCTION = Function("everything", everything)
GIVEN: dict[str, Any] = {
    "text": "héllo 北京", "n": 3, "unit": "C", "place": {"city": "Oslo"}, "points": [{"x": 1, "y": 2.5}],
    "options": {"verbose": True}, "mode": "b", "day": "2026-01-31", "table": {"1": "one"}, "anything": [None],
}  # fmt: skip


def test_arguments_become_what_the_annotations_say() -> None:
    found = FUNCTION.arguments(GIVEN)
    assert found == {
        **GIVEN, "unit": Unit.CELSIUS, "place": Place("Oslo"), "points": [Point(1.0, 2.5)],
        "day": datetime.date(2026, 1, 31), "table": {1: "one"},
    }  # fmt: skip


def test_what_is_left_out_is_the_functions_default() -> None:
    given = {name: GIVEN[name] for name in ("text", "n", "unit", "place", "points", "options")}
    assert set(FUNCTION.arguments(given)) == set(given)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"n": "x"}, "the argument 'n' is wrong: Expected `int`, got `str`; it takes {"),
        ({"n": -1}, 'Expected `int` >= 0; it takes {"type":"integer","minimum":0}'),
        ({"n": True}, "the argument 'n' is wrong: Expected `int`, got `bool`"),
        ({"unit": "K"}, "the argument 'unit' is wrong: Invalid enum value 'K'; it takes"),
        ({"unit": "K"}, '"enum":["C","F"]'),
        ({"place": {"floor": 1}}, "Object missing required field `city`"),
        ({"points": [{"x": 1, "y": "far"}]}, "Expected `float`, got `str` - at `$[0].y`"),
        ({"mode": "c"}, "the argument 'mode' is wrong: Invalid enum value 'c'"),
        ({"day": "soon"}, "the argument 'day' is wrong: Invalid RFC3339"),
        ({"extra": 1}, "there is no argument 'extra'; everything takes text, n, unit,"),
    ],
)
def test_a_refusal_names_the_argument_and_what_it_takes(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(CallFailedError) as caught:
        FUNCTION.arguments({**GIVEN, **changed})
    assert told in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(CallFailedError) as caught:
        FUNCTION.arguments({**{k: v for k, v in GIVEN.items() if k != "text"}, "n": [], "mode": 1})
    assert [part.split(":")[0] for part in str(caught.value).split("; ")][::2] == [
        "the argument 'text' is missing", "the argument 'n' is wrong", "the argument 'mode' is wrong",
    ]  # fmt: skip


@pytest.mark.parametrize(("given", "n"), [("3", 3), (3.0, 3), (" 4", None), ("3.5", None)])
def test_numbers_as_text_are_taken_as_meant(given: Any, n: int | None) -> None:
    if n is not None:
        assert FUNCTION.arguments({**GIVEN, "n": given})["n"] == n
        return
    with pytest.raises(CallFailedError, match="'n' is wrong"):
        FUNCTION.arguments({**GIVEN, "n": given})


@pytest.mark.parametrize(("given", "kind"), [([1], "array"), ("x", "string"), (3, "number"), (True, "boolean")])
def test_arguments_that_are_no_object(given: Any, kind: str) -> None:
    with pytest.raises(CallFailedError, match=f"the arguments are a JSON {kind}; everything takes an object"):
        FUNCTION.arguments(given)


def test_no_arguments_at_all() -> None:
    def ping() -> str:
        return "pong"

    assert Function("ping", ping).arguments(None) == {}
    with pytest.raises(CallFailedError, match="there is no argument 'x'; ping takes none"):
        Function("ping", ping).arguments({"x": 1})


def test_pydantic_models_read_themselves() -> None:
    function = Function("someone", someone)
    found = function.arguments({"person": {"name": "Ada", "age": "36"}, "others": [{"name": "Bob", "age": 1}]})
    assert found == {"person": Person(name="Ada", age=36), "others": [Person(name="Bob", age=1)]}
    with pytest.raises(CallFailedError) as caught:
        function.arguments({"person": {"name": "Ada", "age": -1, "x": "SECRET"}})
    assert "the argument 'person' is wrong: age: Input should be greater than or equal to 0" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_bound_methods_and_functions_without_annotations() -> None:
    class Shop:
        def buy(self, what, count=1):  # type: ignore[no-untyped-def]
            return what, count

    assert Function("buy", Shop().buy).arguments({"what": [1]}) == {"what": [1]}


def test_tools_are_split_into_functions_and_the_rest() -> None:
    wire = {"type": "function", "function": {"name": "ask_person", "parameters": {}}}
    functions, rest = split_tools([everything, wire, {"type": "web_search"}])
    assert functions == {"everything": everything}
    assert rest == {"ask_person", "web_search"}
    assert split_tools(None) == ({}, frozenset())
    with pytest.raises(InvalidRequestError, match="tools\\[0\\]"):
        split_tools([3])
