"""Any value in so many characters, whatever it is."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, strategies as st

from slipstream.sinks.brief import arguments, brief, text_of
from slipstream.sinks.notebook.markup import written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.integers(0, 60))
def test_a_value_is_json_as_far_as_there_is_room(value: Any, room: int) -> None:
    whole = brief(value, 10_000)
    assert msgspec.json.decode(whole) == value
    short = brief(value, room)
    assert len(short) <= room + 2 * 62 + 4  # one piece over: a key or a string with all of it escaped
    if len(whole) <= room:
        assert short == whole


def test_a_large_value_costs_its_room() -> None:
    assert len(brief("x" * 10_000_000, 80)) < 100
    assert len(brief([0] * 1_000_000, 80)) < 100
    assert brief([[[[[[[[[[1]]]]]]]]]], 80) == "[[[[[[[[[...]]]]]]]]]"
    assert brief(object, 80).startswith('"<class')


def test_arguments_read_like_python() -> None:
    assert arguments({"city": "Paris", "days": 3, "so": None}, 80) == 'city="Paris", days=3, so=null'
    assert arguments(["a"], 80) == '["a"]'
    assert arguments({}, 80) == ""


class Broken:
    """An object that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


LONG = math.factorial(2000)  # more digits than Python writes
SIZE = "an integer of 19,053 bits"


def test_an_integer_that_python_does_not_write_is_named_by_its_size() -> None:
    assert brief(LONG, 80) == SIZE
    assert brief([1, -LONG, {LONG: 2}], 80) == f'[1, {SIZE}, {{"{SIZE}": 2}}]'
    assert arguments({LONG: LONG}, 80) == f"{SIZE}={SIZE}"
    assert brief(10**600, 700) == "1" + "0" * 600
    assert brief(10**600, 10) == "1" + "0" * 10


def test_what_an_object_raises_does_not_get_out() -> None:
    assert brief([Broken()], 80) == '["<Broken>"]'
    assert arguments({Broken(): Broken()}, 80) == '<Broken>="<Broken>"'
    assert brief(Fraction(LONG), 80) == '"<Fraction>"'  # its `__str__` writes an integer
    assert text_of(Path("a"), repr) == repr(Path("a"))


def test_what_json_lacks_is_written_in_its_room() -> None:
    assert brief({3}, 80) == brief(frozenset((3,)), 80) == "[3]"
    assert brief(b"ab", 80) == "\"b'ab'\""
    assert len(brief(bytes(10_000_000), 80)) < 200
    assert len(brief(set(range(1_000_000)), 80)) < 100


def test_a_notebook_names_them_too() -> None:
    assert written(LONG) == SIZE
    assert written({"a": [LONG]}) == f'{{"a": [{SIZE}]}}'
    assert written(["\ud800", Broken()]) == '["\ud800", "<Broken>"]'
    assert written([Broken()]) == '[\n  "<Broken>"\n]'
    assert written({"a": 1}) == '{\n  "a": 1\n}'
