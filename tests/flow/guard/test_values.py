"""Text inside of values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard.values import screened


def look(text: str) -> str:
    return text.replace("bad", "***")


@dataclass
class Point:
    """A type of a user's."""

    name: str


class Record(msgspec.Struct):
    """Another."""

    name: str
    points: list[Point]


class Odd:
    """One without fields."""

    def __str__(self) -> str:
        return "is bad"


class Model:
    """As pydantic's models look from here."""

    def model_dump(self) -> dict[str, str]:
        return {"name": "bad"}


CLEAN = [None, True, 1, 1.5, "a", b"a", [1, "a"], (1, "a"), {"a": [{"b": "c"}]}, Point("a"), Record("a", [Point("b")])]


@pytest.mark.parametrize("value", [*CLEAN, date(2026, 1, 1), Decimal("1.5"), {1: "a"}, object], ids=repr)
def test_the_same_value_if_nothing_was_found(value: Any) -> None:
    assert screened(value, look) is value
    assert screened(value, look, numbers=True) is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bad", "***"),
        (b"bad\xff", b"***\xef\xbf\xbd"),
        (["bad", 1], ["***", 1]),
        (("bad", 1), ["***", 1]),
        ({"bad": "bad"}, {"***": "***"}),
        ({"a": {"b": ["bad"]}}, {"a": {"b": ["***"]}}),
        (Point("bad"), {"name": "***"}),
        (Record("a", [Point("bad")]), {"name": "a", "points": [{"name": "***"}]}),
        (Odd(), "is ***"),
        ([Odd()], ["is ***"]),
        (Model(), {"name": "***"}),
    ],
    ids=repr,
)
def test_plain_values_with_what_may_be_shown(value: Any, expected: Any) -> None:
    assert screened(value, look) == expected


def test_numbers_only_if_asked() -> None:
    def no_ones(text: str) -> str:
        return text.replace("1", "#")

    assert screened([10, 1.5, True, "1"], no_ones) == [10, 1.5, True, "#"]
    assert screened([10, 1.5, True, 2], no_ones, numbers=True) == ["#0", "#.5", True, 2]


def test_encrypted_fields_only_if_asked() -> None:
    value = {"signature": "bad", "a": {"encrypted_content": "bad"}}
    assert screened(value, look, opaque=True) is value
    assert screened(value, look) == {"signature": "***", "a": {"encrypted_content": "***"}}


@given(
    st.recursive(
        st.none() | st.integers() | st.text("bad "),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("bad"), inner),
    )
)
def test_no_string_is_missed(value: Any) -> None:
    made = screened(value, look)
    assert "bad" not in repr(made)
    if "bad" not in repr(value):
        assert made is value
