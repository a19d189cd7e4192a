"""Refusals by name: what is wrong, and what is accepted."""

from __future__ import annotations

import math
from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import flag, one_of, positive, whole


@pytest.mark.parametrize("value", [1, 0.5, 1e-9])
def test_positive_numbers(value: float) -> None:
    assert positive("x", value, "seconds") == value


@pytest.mark.parametrize("value", [0, -1, True, math.nan, math.inf, "1", None, [1]])
def test_what_is_no_positive_number(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"x: .*; accepted: seconds, a number above 0"):
        positive("x", value, "seconds")


@pytest.mark.parametrize("value", [1, -1, 0.0, True, math.nan, "2", None])
def test_what_is_no_whole_number_of_two_or_more(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"x: .*; accepted: items, a whole number of 2 or more"):
        whole("x", value, "items", 2)


def test_a_text_is_not_shown() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        whole("x", "a secret prompt", "items")
    assert "secret" not in str(caught.value)


def test_words_and_flags() -> None:
    assert one_of("x", "a", ("a", "b")) == "a"
    assert flag("x", False) is False
    with pytest.raises(InvalidRequestError, match="x: 'c'; accepted: a, b"):
        one_of("x", "c", ("a", "b"))
    with pytest.raises(InvalidRequestError, match="x: 0; accepted: True or False"):
        flag("x", 0)
