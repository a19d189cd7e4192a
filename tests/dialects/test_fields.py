"""The fields of a body, taken with their types."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.dialects.common.fields import Fields
from slipstream.errors import InvalidRequestError


def test_fields_are_taken_once_and_the_rest_stays() -> None:
    fields = Fields({"a": "x", "b": True, "c": 3.0, "d": [1], "e": None, "f": {"g": 1}, "h": "y"})
    assert ("a" in fields, "e" in fields, "z" in fields) == (True, False, False)
    assert (fields.text("a"), fields.flag("b"), fields.whole("c"), fields.number("z")) == ("x", True, 3, None)
    assert (fields.texts("h"), fields.texts("z"), fields.mapping("f")) == (["y"], [], {"g": 1})
    assert fields.text("a") is None
    assert fields.rest() == {"d": [1]}


def test_fields_inside_have_their_place() -> None:
    inner = Fields({"options": {"x": "y"}}).inner("options")
    with pytest.raises(InvalidRequestError) as caught:
        inner.number("x")
    assert caught.value.argument == "options.x"
    assert Fields({}).inner("options").rest() == {}


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("text", 1), ("text", "\0"), ("text", "\ud800"), ("needed", ""), ("needed", None), ("flag", 1), ("whole", 1.5),
        ("whole", True), ("whole", "1"), ("number", float("inf")), ("number", float("nan")), ("number", False),
        ("texts", 1), ("texts", [1]), ("mapping", []), ("mapping", {1: 2}), ("inner", 7),
    ],
)  # fmt: skip
def test_wrong_types_are_refused_by_name(method: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        getattr(Fields({"x": value}), method)("x")
    assert str(caught.value.argument).startswith("x")


def test_only_an_object_has_fields() -> None:
    values: list[Any] = [None, 7, "x", [], {1: 2}]
    for value in values:
        with pytest.raises(InvalidRequestError):
            Fields(value)
