"""A value of a wrong type: the message names the place and what is accepted there, and never quotes the value."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
import pydantic
import pydantic.v1
import pytest
from hypothesis import assume, given, settings, strategies as st
from tests.flow.typed.kinds import (
    Checked,
    Circle,
    Drawing,
    Holder,
    Movie,
    Path,
    Person,
    Point,
    Recipe,
    Renamed,
    Shop,
    Square,
    Step,
    Ticket,
    Zoo,
    error_of,
)

from slipstream.errors import InvalidRequestError
from slipstream.flow.partial import elements, partial


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Recipe, '{"name": 3', "$.name does not fit; accepted: a string"),
        (Recipe, '{"name": null', "$.name does not fit; accepted: a string"),
        (Recipe, '{"name": {', "$.name does not fit; accepted: a string"),
        (Recipe, '{"steps": {', "$.steps does not fit; accepted: a list"),
        (Recipe, '{"steps": "', "$.steps does not fit; accepted: a list"),
        (Recipe, '{"steps": [[', "$.steps[0] does not fit; accepted: an object (Step)"),
        (Recipe, '{"steps": [{"title": "a"}, 7]', "$.steps[1] does not fit; accepted: an object (Step)"),
        (Recipe, '{"steps": [{"title": "a", "minutes": "s3cret"',
         "$.steps[0].minutes does not fit; accepted: an integer"),
        (Recipe, '{"steps": [{"minutes": 1}', "$.steps[0] lacks the field 'title'"),
        (Recipe, '{"steps": [{"title": "a", "tags": ["x", 1]', "$.steps[0].tags[1] does not fit; accepted: a string"),
        (Recipe, '{"note": 1 ', "$.note does not fit; accepted: a string or null"),
        (Recipe, '{"colour": "s3cret"', '$.colour does not fit; accepted: one of "blue", "red"'),
        (Recipe, '{"level": "s3cret"', '$.level does not fit; accepted: one of "easy", "hard"'),
        (Recipe, '{"best": "s3cret"', "$.best does not fit; accepted: a string of the format date or null"),
        (Recipe, '{"amounts": {"s3cret": "x"', "$.amounts[...] does not fit; accepted: a number"),
        (Recipe, '{"of": {"name": 1 ', "$.of.name does not fit; accepted: a string"),
        (Recipe, '{"name": "x"}', "$ lacks the field 'steps'"),
        (Recipe, "[", None),
        (Renamed, '{"s3cret": 1', "$ has a field that its type does not know; accepted: firstName, lastName"),
        (Renamed, '{"firstName": "a"}', "$ lacks the field 'lastName'"),
        (Checked, '{"name": "s3cret", "count": -1}', "$ is refused by a check of the type's own"),
        (Drawing, '{"shapes": [{"type": "s3cret"',
         '$.shapes[0].type does not fit; accepted: one of "circle", "square"'),
        (Drawing, '{"shapes": [{"label": "a"}', "$.shapes[0] lacks the field 'type'"),
        (Drawing, '{"shapes": [{"label": 1, "type": "circle"', "$.shapes[0].label does not fit; accepted: a string"),
        (Circle, '{"type": "s3cret"', '$.type does not fit; accepted: "circle"'),
        (Circle | Square, '{"type": "circle", "label": "a", "r": "s3cret"', "$.r does not fit; accepted: a number"),
        (Path, '{"points": [{"label": "a", "x": true', "$.points[0].x does not fit; accepted: a number"),
        (Point, '{"x": 1}', "$ lacks the field 'label'"),
        (Movie, '{"year": "s3cret"', "$.year does not fit; accepted: an integer"),
        (Shop, '{"movies": {"s3cret": {"year": []', "$.movies[...].year does not fit; accepted: an integer"),
        (Shop, '{"movies": {}, "owner": {"age": "s3cret"', "$.owner.age does not fit; accepted: an integer or null"),
        (Holder, '{"movies": 1 ', "$.movies does not fit; accepted: an object"),
        (Person, '{"name": 1 ', "$.name does not fit; accepted: a string"),
        (Person, '{"name": "a", "nick": "s3cret"',
         "$.nick does not fit; accepted: a string of at most so many characters: 5"),
        (Person, '{"friends": [{"name": "b", "born": "s3cret"',
         "$.friends[0].born does not fit; accepted: a string of the format date-time or null"),
        (Person, '{"friends": [{}', "$.friends[0] lacks the field 'name'"),
        (Zoo, '{"s3cret": 1',
         "$ has a field that its type does not know; accepted: zooName, animals, first, where, best"),
        (Zoo, '{"animals": [{"kind": "s3cret"',
         '$.animals[0].kind does not fit; accepted: one of "cat", "dog", "wolf"'),
        (Zoo, '{"where": {"x": "s3cret"', "$.where.x does not fit; accepted: a number"),
        (Ticket, '{"seat": 1 ', "$.seat does not fit; accepted: a string"),
        (tuple[int, str], '["s3cret", "a"]', "$[0] does not fit; accepted: an integer"),
        (dict[int, str], '{"s3cret": "a"}', None),
        (dict, "[", None),
        (int, '"s3cret"', "$ does not fit; accepted: an integer"),
        (int, "1.5", "$ does not fit; accepted: an integer"),
    ],
)  # fmt: skip
def test_the_place_and_what_is_accepted(kind: Any, text: str, message: str | None) -> None:
    said = error_of(kind, text)
    assert "s3cret" not in said
    if message is not None:
        assert said.partition(": ")[2] == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": x', "the answer is no JSON at $, character 9: expected a value"),
        ('{"name": "a" "', "the answer is no JSON at $, character 13: expected , or }"),
        ('{"steps": [{"title": "a\n',
         "the answer is no JSON at $.steps[0].title, character 23: a bare control character in a string"),
        ('{"name": "a", "steps": [', "the answer breaks off at $.steps, character 24: its JSON is not closed"),
        ('{"name": "a', "the answer breaks off at $.name, character 11: its JSON is not closed"),
        ("", "there is no JSON in the answer; accepted: Recipe"),
        ("I cannot do that.", "there is no JSON in the answer; accepted: Recipe"),
    ],
)  # fmt: skip
def test_no_json(text: str, message: str) -> None:
    assert error_of(Recipe, text) == message if text else True


def test_a_constraint_is_held_when_the_value_closes() -> None:
    bound = Annotated[int, msgspec.Meta(ge=1, le=5)]
    assert error_of(list[bound], "[3, 7") != ""
    said = error_of(list[bound], "[3, 7]")
    assert said.endswith("$[1] does not fit; accepted: an integer from 1 to 5")


class Before(pydantic.BaseModel):
    tags: list[str]
    name: str = ""

    @pydantic.field_validator("tags", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    @pydantic.field_validator("name")
    @classmethod
    def no_secret(cls, value: str) -> str:
        if value == "s3cret":
            raise ValueError(f"it is {value}")
        return value.upper()


def test_pydantic_validators_have_the_last_word() -> None:
    from slipstream.events import Partial, TextDelta
    from slipstream.flow import apply

    out = apply(partial(Before), [TextDelta('{"tags": "a b", "name": "x"}')])
    assert out[-1] == Partial(Before(tags=["a", "b"], name="x"), complete=True)
    assert error_of(Before, '{"tags": [], "name": "s3cret"}').endswith("$.name is refused by a check of the type's own")


# --- any place -------------------------------------------------------------------------------------------------------

WHOLE = json.loads(
    '{"name": "n", "steps": [{"title": "t", "minutes": 1, "tags": ["a"]}], "note": "x", "colour": "red",'
    ' "level": "easy", "amounts": {"k": 1}, "of": {"name": "m", "steps": [], "note": null}}'
)
PLACES = [
    ("name",), ("steps",), ("steps", 0), ("steps", 0, "title"), ("steps", 0, "minutes"), ("steps", 0, "tags"),
    ("steps", 0, "tags", 0), ("note",), ("colour",), ("level",), ("amounts",), ("amounts", "k"), ("of",),
    ("of", "name"), ("of", "steps"),
]  # fmt: skip
WRONG: list[Any] = [True, {"s3cret": "s3cret"}, ["s3cret", {}], -1.5]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(WRONG))
def test_a_wrong_type_at_each_place(place: tuple[str | int, ...], wrong: Any) -> None:
    assume((place, wrong) != (("amounts", "k"), -1.5))
    whole: Any = json.loads(json.dumps(WHOLE))
    inner = whole
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = wrong
    said = error_of(Recipe, json.dumps(whole))
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    assert path.replace(".k", "[...]") in said
    assert "s3cret" not in said


# --- types that cannot be used ---------------------------------------------------------------------------------------


class Lost(msgspec.Struct):
    of: Nowhere  # type: ignore[name-defined]  # noqa: F821


class OldModel(pydantic.v1.BaseModel):
    a: int


class Mixed(msgspec.Struct):
    model: OldModel


@pytest.mark.parametrize("stage", [partial, elements])
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (3, "it got an instance of int"),
        ("Recipe", "it got a str"),
        (len, "len is a function"),
        (lambda: 1, "<lambda> is a function"),
        (Step("a"), "it got an instance of Step"),
        (complex, "complex is no type of JSON"),
        (list[complex], "complex is no type of JSON"),
        (OldModel, "OldModel is a model of pydantic v1"),
        (list[OldModel], "OldModel is a model of pydantic v1"),
        (Mixed, "OldModel is a model of pydantic v1"),
        (Lost, "Lost has an annotation that names 'Nowhere', which cannot be found"),
        (Step | Checked, "cannot be validated"),
    ],
)
def test_a_type_that_cannot_be_used_is_refused(stage: Any, kind: Any, why: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        stage(kind)
    assert f"{stage.__name__}(T): " in caught.value.message
    assert why in caught.value.message
    assert "accepted: a msgspec Struct, a dataclass, a TypedDict, a pydantic v2 model" in caught.value.message


@pytest.mark.parametrize("every", [-1, True, float("nan"), float("inf"), "1"])
def test_every_takes_seconds(every: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"every: .*accepted: seconds"):
        partial(Step, every=every)


@pytest.mark.parametrize("tool", ["", 3, ["a"]])
def test_tool_takes_a_name(tool: Any) -> None:
    for stage in (partial, elements):
        with pytest.raises(InvalidRequestError, match=r"tool: .*accepted: the name of a tool"):
            stage(Step, tool=tool)


@pytest.mark.parametrize("path", ["", ".", "a..b", "a[0]", 3])
def test_path_takes_names(path: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"path: .*accepted: names of fields"):
        elements(Step, path)
