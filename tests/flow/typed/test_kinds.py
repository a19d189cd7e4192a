"""Every kind of type: any cut gives the object its own library makes, and on the way there it only grows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from tests.codec.cuts import PLACES, cut
from tests.flow.typed.kinds import (
    VALUES,
    Checked,
    Circle,
    Movie,
    Person,
    Point,
    Recipe,
    Shop,
    Square,
    Step,
    Zoo,
    decoded,
    has_grown,
    run,
)

from slipstream.events import Partial

CASES = pytest.mark.parametrize(("kind", "text"), VALUES, ids=lambda each: str(each)[:40])


@CASES
@settings(max_examples=10, deadline=None)
@given(places=PLACES)
def test_any_cut_gives_what_the_library_gives(kind: Any, text: str, places: list[int]) -> None:
    wanted = decoded(kind, text)
    for parts in ([text], list(text), cut(text, places)):
        events = run(kind, parts)
        assert events[-1] == Partial(wanted, complete=True)
        assert type(events[-1].value) is type(wanted)
        assert [event.complete for event in events if isinstance(event, Partial)] == [False] * (len(events) - 1) + [
            True
        ]


@CASES
def test_it_only_grows(kind: Any, text: str) -> None:
    shown = [event.value for event in run(kind, text) if isinstance(event, Partial)]
    for before, after in pairwise(shown):
        assert has_grown(before, after), (before, after)


def shown(kind: Any, text: str) -> Any:
    """The value after this much text."""
    events = run_open(kind, text)
    return events[-1].value if events else None


def run_open(kind: Any, text: str) -> list[Any]:
    from slipstream.events import TextDelta
    from slipstream.flow.partial import partial

    stage = partial(kind)
    return [event for part in text for event in stage.on_event(TextDelta(part), 0.0) if isinstance(event, Partial)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Recipe, "{", Recipe(None, None)),  # type: ignore[arg-type]
        (Recipe, '{"name": "Te', Recipe("Te", None)),  # type: ignore[arg-type]
        (Recipe, '{"steps": [', Recipe(None, [])),  # type: ignore[arg-type]
        (Recipe, '{"steps": [{"ti', Recipe(None, [Step(None)])),  # type: ignore[arg-type]
        (Recipe, '{"steps": [{"title": "a", "minutes": 12', Recipe(None, [Step("a")])),  # type: ignore[arg-type]
        (Recipe, '{"best": "2024-05', Recipe(None, None)),  # type: ignore[arg-type]
        (Recipe, '{"level": "ea', Recipe(None, None)),  # type: ignore[arg-type]
        (Recipe, '{"of": {"name": "x', Recipe(None, None, of=Recipe("x", None))),  # type: ignore[arg-type]
        (Recipe, '{"name": "a\\u8b', Recipe("a", None)),  # type: ignore[arg-type]
        (Point, '{"label": "a", "x": 1,', Point("a", 1.0)),
        (Movie, "{", {}),
        (Movie, '{"title": "M', {"title": "M"}),
        (Circle | Square, '{"label": "x", "ty', None),
        (Circle | Square, '{"label": "x", "type": "square", "s', Square("x", None)),  # type: ignore[arg-type]
        (tuple[int, str], '[1, "a"', None),
        (Any, '{"a": [1, "x', {"a": [1, "x"]}),
        (Any, '{"a": 12', {}),
        (list[str], '["a", "b', ["a", "b"]),
        (str, '"ab', "ab"),
    ],
)  # fmt: skip
def test_what_is_shown(kind: Any, text: str, value: Any) -> None:
    got = shown(kind, text)
    assert got == value
    assert type(got) is type(value)


def test_frozen_objects_are_the_live_ones() -> None:
    events = run_open(Point, '{"label": "abc", "x": 1')
    assert len({id(event.value) for event in events}) == 1
    assert events[0].value.label == "abc"


def test_pydantic_keeps_book_of_the_fields_that_came() -> None:
    value = shown(Person, '{"name": "Wei", "friends": [{"name": "L')
    assert value.model_fields_set == {"name", "friends"}
    assert (value.name, value.age, value.nick) == ("Wei", None, "?")
    assert value.friends[0].name == "L"
    assert shown(Zoo, '{"zooName": "z').name == "z"


def test_no_init_of_the_users_runs_on_half_an_object() -> None:
    """`Checked` refuses a missing name; only the whole object is checked."""
    assert shown(Checked, '{"count": 3').name is None
    assert shown(Shop, '{"owner": {"na').owner.name is None


def test_each_object_has_defaults_of_its_own() -> None:
    one, two = shown(list[Step], '[{"title": "a", "tags": ["x"]}, {"title": "b')
    assert (one.tags, two.tags) == (["x"], [])
