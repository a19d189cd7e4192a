"""Types and values that nobody thought of: any cut gives what the type's own library gives, and it only grows."""

from __future__ import annotations

import dataclasses
import enum
import json
import types
from datetime import date
from itertools import count, pairwise
from typing import Any, Literal, NotRequired

import msgspec
import pydantic
from hypothesis import given, settings, strategies as st
from tests.codec.cuts import PLACES, cut
from tests.flow.typed.kinds import has_grown, run
from typing_extensions import TypedDict

from slipstream.events import Partial


class Size(enum.Enum):
    S = "s"
    L = "l"


Case = tuple[Any, st.SearchStrategy[Any]]
"""A type, and values of it as JSON has them."""

TEXTS = st.text(st.sampled_from('ab "\\/\n讲é\U0001f600{}[]:,'), max_size=6)
LEAVES: list[Case] = [
    (str, TEXTS),
    (int, st.integers(-(10**20), 10**20)),
    (float, st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)),
    (bool, st.booleans()),
    (Any, st.none() | TEXTS | st.lists(TEXTS, max_size=2)),
    (Size, st.sampled_from(["s", "l"])),
    (Literal["x", "y", 3], st.sampled_from(["x", "y", 3])),
    (date, st.dates().map(str)),
    (str | None, st.none() | TEXTS),
    (int | str | None, st.none() | TEXTS | st.integers(0, 99)),
    (tuple[int, str], st.tuples(st.integers(0, 9), TEXTS).map(list)),
    (set[int], st.sets(st.integers(0, 9), max_size=3).map(list)),
    (list, st.lists(TEXTS, max_size=3)),
    (dict[int, str], st.dictionaries(st.integers(0, 9).map(str), TEXTS, max_size=2)),
]
_numbers = count()


def listed(case: Case) -> Case:
    return types.GenericAlias(list, (case[0],)), st.lists(case[1], max_size=3)


def mapped(case: Case) -> Case:
    return types.GenericAlias(dict, (str, case[0])), st.dictionaries(TEXTS, case[1], max_size=3)


def optional(case: Case) -> Case:
    return case[0] | None, st.none() | case[1]


def record(family: str) -> Any:
    """Makes a class of a family out of the types of its fields: those after the first may be absent."""

    def make(cases: list[Case]) -> Case:
        name = f"Kind{next(_numbers)}"
        names = [f"field{at}" for at in range(len(cases))]
        hints: dict[str, Any] = {each: case[0] for each, case in zip(names, cases, strict=True)}
        values = dict(zip(names, (case[1] for case in cases), strict=True))
        first = {names[0]: values.pop(names[0])}
        return _CLASSES[family](name, hints, names[0]), st.fixed_dictionaries(first, optional=values).flatmap(shuffled)

    return make


def shuffled(value: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(value)).map(lambda names: {name: value[name] for name in names})


def a_struct(name: str, hints: dict[str, Any], first: str) -> Any:
    rest = [(each, hint | None, None) for each, hint in hints.items() if each != first]
    return msgspec.defstruct(name, [(first, hints[first]), *rest], frozen=len(hints) % 2 == 0)


def a_dataclass(name: str, hints: dict[str, Any], first: str) -> Any:
    rest = [(each, hint | None, dataclasses.field(default=None)) for each, hint in hints.items() if each != first]
    return dataclasses.make_dataclass(name, [(first, hints[first]), *rest], slots=len(hints) % 2 == 0)


def a_typed_dict(name: str, hints: dict[str, Any], first: str) -> Any:
    made: Any = TypedDict  # called with what only the test knows
    return made(name, {each: hint if each == first else NotRequired[hint] for each, hint in hints.items()})


def a_model(name: str, hints: dict[str, Any], first: str) -> Any:
    fields: Any = {each: (hint, ...) if each == first else (hint | None, None) for each, hint in hints.items()}
    return pydantic.create_model(name, **fields)


_CLASSES = {"struct": a_struct, "dataclass": a_dataclass, "dict": a_typed_dict, "model": a_model}


def cases(families: list[str]) -> st.SearchStrategy[Case]:
    """Types made of these families of classes."""
    some = st.sampled_from(LEAVES)
    return st.recursive(
        some,
        lambda inner: st.one_of(
            inner.map(listed),
            inner.map(mapped),
            inner.map(optional),
            *(st.lists(inner, min_size=1, max_size=3).map(record(family)) for family in families),
        ),
        max_leaves=6,
    )


def check(kind: Any, text: str, wanted: Any, places: list[int]) -> None:
    for parts in ([text], list(text), cut(text, places)):
        events = run(kind, parts)
        assert events[-1] == Partial(wanted, complete=True)
        shown = [event.value for event in events if isinstance(event, Partial)]
        for before, after in pairwise(shown):
            assert has_grown(before, after), (before, after)


@settings(max_examples=60, deadline=None)
@given(st.data(), cases(["struct", "dataclass", "dict"]), PLACES)
def test_types_of_msgspec(data: st.DataObject, case: Case, places: list[int]) -> None:
    text = json.dumps(data.draw(case[1]), ensure_ascii=data.draw(st.booleans()))
    check(case[0], text, msgspec.json.decode(text, type=case[0]), places)


@settings(max_examples=60, deadline=None)
@given(st.data(), cases(["model", "dataclass", "dict"]), PLACES)
def test_types_of_pydantic(data: st.DataObject, case: Case, places: list[int]) -> None:
    inner, values = case
    kind = record("model")([(inner, values)])[0]
    text = json.dumps({"field0": data.draw(values)}, ensure_ascii=data.draw(st.booleans()))
    check(kind, text, kind.model_validate_json(text), places)
