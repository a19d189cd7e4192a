"""The stage `words()`: Latin words with a space behind them, CJK characters one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, TextDelta
from slipstream.flow.words import WordCutter, words

PIECES = [
    "a",
    "bc",
    " ",
    "  ",
    "\n",
    "中",
    "文",
    "，",
    "。",
    "don't",
    "-",
    "👍🏽",
    "é",
    "\u3000",
    "한국",
    "カ",
    "https://a.b/c?d=e",
    "\r\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


def cut(text: str, sizes: list[int]) -> list[str]:
    cutter = WordCutter(None)
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += cutter.feed(text[at : at + size], 0.0)
        at, turn = at + size, turn + 1
    return out + cutter.end(0.0)


@pytest.mark.parametrize(
    "case",
    [
        "Hello |world, |it's |me!", "one\n|two|", "one |  two |\n\nthree", "你|好|，|世|界|。",
        "我|用|Python |写|代|码|！", "Node.js|很|好",
        "see |https://a.b/c?d=e,f |now", "한국어 |단어", "ok👍🏽 |👍🏽", "a|，|b", "  lead", "１|２|ｶ|ﾅ", "“|你|好|”",
    ],
)  # fmt: skip
def test_cases(case: str) -> None:
    expected = [word for word in case.split("|") if word]
    text = "".join(expected)
    assert cut(text, [1]) == cut(text, [3, 2]) == cut(text, [99]) == expected


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(1, 7), min_size=1))
def test_the_cuts_do_not_matter(text: str, sizes: list[int]) -> None:
    whole = cut(text, [len(text) + 1])
    assert "".join(whole) == text
    assert cut(text, sizes) == cut(text, [1]) == whole
    assert all(len(piece.split()) == 1 for piece in whole[:-1])


def test_a_word_goes_with_its_space_and_a_cjk_character_at_once() -> None:
    stage = words()
    assert list(stage.on_event(TextDelta("Hel"), 0.0)) == []
    assert list(stage.on_event(TextDelta("lo "), 0.0)) == [TextDelta("Hello ")]
    assert list(stage.on_event(TextDelta("你"), 0.0)) == [TextDelta("你")]


def test_a_long_run_of_white_space_is_not_read_again_and_again() -> None:
    cutter = WordCutter(None)
    for _ in range(1000):
        assert cutter.feed("  ", 0.0) == []
    assert len(cutter._held) > 900
    assert cutter.feed("a ", 0.0) == ["  " * 1000 + "a "]


def test_a_long_word_is_not_read_again_and_again() -> None:
    """Reading it from each of its characters would take minutes."""
    assert cut("a " + "b" * 300_000, [300_002]) == ["a ", "b" * 300_000]


def test_the_time_bound() -> None:
    out = flow.apply(
        words(seconds=1.0), [TextDelta("one tw"), TextDelta("o th"), TextDelta("ree")], times=[0.0, 0.5, 2.0]
    )
    assert texts(out) == ["one ", "two ", "th", "ree"]


@pytest.mark.parametrize("seconds", [0, -1, True, float("nan"), float("inf"), "1"])
def test_wrong_arguments_are_refused_by_name(seconds: Any) -> None:
    with pytest.raises(InvalidRequestError, match="seconds"):
        words(seconds=seconds)
