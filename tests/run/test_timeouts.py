"""The bounds a caller may give, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.run.timeouts import CLOCKS, Timeouts, parse


def test_nothing_given_keeps_the_base() -> None:
    assert parse(None) == Timeouts()
    assert parse(None, Timeouts(gap=1)) == Timeouts(gap=1)


def test_a_number_bounds_the_total_and_nothing_else() -> None:
    assert parse(7) == Timeouts(total=7.0)
    assert parse(0.5, Timeouts(gap=1)) == Timeouts(gap=1, total=0.5)


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_mapping_changes_the_clock_it_names(clock: str) -> None:
    changed = parse({clock: 3})
    assert getattr(changed, clock) == 3.0
    assert all(getattr(changed, other) == getattr(Timeouts(), other) for other in CLOCKS if other != clock)


def test_none_in_a_mapping_lifts_a_bound() -> None:
    assert parse({"idle": None}).idle is None


def test_timeouts_are_taken_as_they_are() -> None:
    assert parse(Timeouts(gap=1), Timeouts(total=9)) == Timeouts(gap=1)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (0, "timeout is 0"),
        (-1, "timeout is -1"),
        (float("inf"), "timeout is inf"),
        (float("nan"), "timeout is nan"),
        (True, "timeout is a bool"),
        ("5", "timeout is a str"),
        ([5], "timeout is a list"),
        ({"read": 5}, "no clock 'read'; it takes connect, headers, first_output, gap, idle, total"),
        ({"gap": 0}, r"timeout\['gap'\] is 0"),
        ({"gap": "5"}, r"timeout\['gap'\] is a str"),
        (Timeouts(gap=-1), r"timeout\['gap'\] is -1"),
    ],
)
def test_nonsense_is_refused_by_name(value: Any, named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        parse(value)
