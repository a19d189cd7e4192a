"""The stage `lines()`: whole lines with their ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, ReasoningDelta, TextDelta, TextEnd
from slipstream.flow.lines import lines

TEXTS = st.lists(st.sampled_from(["a", "bc ", "中", "\n", "\r\n", "\r", "\u2028", "\x0b"]), max_size=30).map("".join)


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(1, 5), min_size=1))
def test_the_cuts_do_not_matter(text: str, sizes: list[int]) -> None:
    events, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        events.append(TextDelta(text[at : at + size]))
        at, turn = at + size, turn + 1
    expected = [line + "\n" for line in text.split("\n")[:-1]] + [line for line in text.split("\n")[-1:] if line]
    assert texts(flow.apply(lines(), events)) == expected
    assert texts(flow.apply(lines(), [TextDelta(text)])) == expected


def test_line_ends_stay_with_their_lines_wherever_they_are_cut() -> None:
    events = [TextDelta("a\r"), TextDelta("\nb\n"), TextDelta("\n"), TextDelta("c"), TextEnd()]
    assert flow.apply(lines(), events) == [
        TextDelta("a\r\n"), TextDelta("b\n"), TextDelta("\n"), TextDelta("c"), TextEnd(),
    ]  # fmt: skip


def test_a_line_goes_the_moment_it_ends() -> None:
    stage = lines()
    assert list(stage.on_event(ReasoningDelta("a"), 0.0)) == []
    assert list(stage.on_event(ReasoningDelta("b\nc"), 0.0)) == [ReasoningDelta("ab\n")]
    assert list(stage.on_end(0.0)) == [ReasoningDelta("c")]


def test_the_time_bound_lets_go_what_is_held_but_for_half_a_line_end() -> None:
    stage = lines(seconds=1.0)
    stage.on_event(TextDelta("abc\r"), 0.0)
    assert stage.wake_at() == 1.0
    assert list(stage.on_wake(1.0)) == [TextDelta("abc")]
    assert stage.wake_at() == 2.0
    assert list(stage.on_event(TextDelta("\nd"), 1.5)) == [TextDelta("\r\n")]
    assert stage.wake_at() == 2.5


@pytest.mark.parametrize("seconds", [0, -1, True, float("nan"), float("inf"), "1"])
def test_wrong_arguments_are_refused_by_name(seconds: Any) -> None:
    with pytest.raises(InvalidRequestError, match="seconds"):
        lines(seconds=seconds)
