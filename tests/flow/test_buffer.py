"""The stage `buffer()`: pieces of a size, or of a time."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from wcwidth import iter_graphemes

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Error,
    Event,
    Finish,
    Order,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
)
from slipstream.flow.buffer import SizeCutter, buffer
from slipstream.flow.graphemes import MAX_CLUSTER

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
TEXTS = st.lists(st.sampled_from(["a", "bc ", "中文", "。", FAMILY, "👍🏽", "🇨🇳", "\r\n", "क्षि", "e", "\n", "❤\ufe0f",
"x" * 9]), max_size=30).map(
    "".join
)  # fmt: skip
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def cut(text: str, sizes: list[int], size: int | None) -> list[str]:
    cutter = SizeCutter(size, None)
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        step = sizes[turn % len(sizes)]
        out += cutter.feed(text[at : at + step], 0.0)
        at, turn = at + step, turn + 1
    return out + cutter.end(0.0)


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


@settings(deadline=None)
@given(TEXTS, SIZES, st.integers(1, 12))
def test_the_cuts_do_not_matter_and_no_character_is_torn(text: str, sizes: list[int], size: int) -> None:
    whole = cut(text, [len(text) + 1], size)
    assert "".join(whole) == text
    assert cut(text, sizes, size) == cut(text, [1], size) == whole
    assert set(accumulate(map(len, whole))) <= {0, *accumulate(len(cluster) for cluster in iter_graphemes(text))}
    for piece in whole:
        assert len(piece) <= size or len(list(iter_graphemes(piece))) == 1
    for piece in whole[:-1]:
        assert len(piece) > size - 12


@settings(deadline=None)
@given(st.text(alphabet="a\u0301👍🏽\u200d中\r\n\U0001f1e8", max_size=200), SIZES, st.integers(1, 8))
def test_any_text_comes_through(text: str, sizes: list[int], size: int) -> None:
    whole = cut(text, [len(text) + 1], size)
    assert "".join(whole) == text
    assert cut(text, sizes, size) == cut(text, [1], size) == whole
    assert max(map(len, whole), default=0) <= size + MAX_CLUSTER + 1


def test_plain_text_goes_the_moment_the_size_is_reached() -> None:
    stage = buffer(size=200)
    assert list(stage.on_event(TextDelta("a" * 199), 0.0)) == []
    assert list(stage.on_event(TextDelta("中"), 0.0)) == [TextDelta("a" * 199 + "中")]
    assert list(stage.on_event(TextDelta("b" * 450), 0.0)) == [TextDelta("b" * 200), TextDelta("b" * 200)]
    assert list(stage.on_end(0.0)) == [TextDelta("b" * 50)]


def test_the_time_bound_needs_nothing_to_arrive() -> None:
    stage = buffer(seconds=0.1)
    assert stage.wake_at() is None
    assert list(stage.on_event(TextDelta("a"), 5.0)) == []
    assert list(stage.on_event(TextDelta("b"), 5.05)) == []
    assert stage.wake_at() == pytest.approx(5.1)
    assert list(stage.on_wake(5.1)) == [TextDelta("ab")]
    assert stage.wake_at() is None
    assert list(stage.on_end(6.0)) == []


def test_time_counts_from_the_first_held_character() -> None:
    stage = buffer(size=4, seconds=1.0)
    stage.on_event(TextDelta("abc"), 0.0)
    assert list(stage.on_event(TextDelta("de"), 0.5)) == [TextDelta("abcd")]
    assert stage.wake_at() == 1.5
    assert list(stage.on_event(TextDelta("fgh"), 0.75)) == [TextDelta("efgh")]
    assert stage.wake_at() is None


def test_half_a_character_waits_once_more() -> None:
    stage = buffer(seconds=1.0)
    stage.on_event(TextDelta("ok 👨\u200d"), 0.0)
    assert list(stage.on_wake(1.0)) == [TextDelta("ok ")]
    assert stage.wake_at() == 2.0
    assert list(stage.on_wake(2.0)) == [TextDelta("👨\u200d")]
    assert stage.wake_at() is None


def test_the_last_piece_stands_right_before_the_end_of_its_block() -> None:
    """EXAMPLES row 17: at 200 characters, after 100 ms, and which piece is the last."""
    events: list[Event] = [
        Start(),
        StepStart(),
        TextStart(),
        *[TextDelta("word ")] * 50,
        TextEnd(),
        StepEnd(),
        Finish(),
    ]
    out = flow.apply(buffer(size=200, seconds=0.1), events)
    Order().check_all(out)
    assert out == [*events[:3], TextDelta("word " * 40), TextDelta("word " * 10), *events[-3:]]


def test_each_text_for_itself() -> None:
    events = [
        TextDelta("ab"),
        TextDelta("12", id="b", choice=1),
        TextDelta("cd"),
        TextDelta("34", id="b", choice=1),
        TextEnd("b", 1),
    ]
    out = flow.apply(buffer(size=3), events)
    assert out == [
        TextDelta("abc"), TextDelta("123", id="b", choice=1), TextDelta("4", id="b", choice=1), TextEnd("b", 1),
        TextDelta("d"),
    ]  # fmt: skip


def test_an_error_comes_behind_what_is_held_and_a_restart_voids_it() -> None:
    assert flow.apply(buffer(size=9), [TextDelta("ab"), Error("x")]) == [TextDelta("ab"), Error("x")]
    assert texts(flow.apply(buffer(size=9), [TextDelta("ab"), Restart(), TextDelta("cd")])) == ["cd"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "size=, seconds="), ({"size": 0}, "size"), ({"size": -1}, "size"), ({"size": True}, "size"),
        ({"size": 2.0}, "size"),
        ({"seconds": 0}, "seconds"), ({"seconds": True}, "seconds"), ({"seconds": float("nan")}, "seconds"),
        ({"seconds": "1"}, "seconds"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        buffer(**options)
