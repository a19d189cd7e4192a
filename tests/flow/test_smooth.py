"""Pacing under a fake clock: at once, evenly, never further behind than the bound, and nothing lost."""

from __future__ import annotations

import math
import random
import statistics
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, joined, recordings, text_of, timed

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Heartbeat,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolCall,
    ToolInputStart,
)
from slipstream.flow.smooth import FIRST_PIECE, LEAST_LAG, MAX_FRAME, MAX_LAG, MIN_FRAME, SPANS, UNITS, smooth

Pieces = list[tuple[float, str]]
SLACK = 1e-9  # sums of floats


def paced(pieces: Pieces, **options: Any) -> Pieces:
    """What is shown, and when. The stream stays open long enough for all of it."""
    events: list[Event] = [TextDelta(text) for _, text in pieces]
    times = [at for at, _ in pieces]
    log = timed(smooth(**options), [*events, Heartbeat()], [*times, times[-1] + 60])
    shown = [(at, event.text) for at, event in log if isinstance(event, TextDelta)]
    assert "".join(text for _, text in shown) == "".join(text for _, text in pieces)
    return shown


def by_character(pieces: Pieces) -> list[float]:
    """When each character came, or was shown."""
    return [at for at, text in pieces for _ in text]


def lags(pieces: Pieces, shown: Pieces) -> list[float]:
    """How long each character was held, in seconds."""
    pairs = zip(by_character(pieces), by_character(shown), strict=True)
    return [after - before for before, after in pairs]


def unevenness(pieces: Pieces, start: float, end: float, window: float = 0.1) -> float:
    """The spread of the characters shown in each window, against their mean: 0 is a straight line."""
    counts = [0] * round((end - start) / window)
    for at in by_character(pieces):
        index = math.floor((at - start) / window + SLACK)
        if 0 <= index < len(counts):
            counts[index] += 1
    return statistics.pstdev(counts) / statistics.mean(counts)


def gaps(shown: Pieces) -> list[float]:
    times = [at for at, _ in shown]
    return [after - before for before, after in pairwise(times)]


STEADY: Pieces = [(index * 0.01, "abcd") for index in range(300)]
BURSTS: Pieces = [(index * 0.2, "x" * 40) for index in range(20)]


def clumps() -> Pieces:
    """Tokens as a busy network brings them: several at once, then none."""
    chance = random.Random(7)
    pieces, at = [], 0.0
    for _ in range(60):
        at += chance.uniform(0.02, 0.3)
        pieces += [(at + index * 0.0005, "tokn") for index in range(chance.randint(2, 12))]
    return sorted(pieces)


# ---- by the backlog


@pytest.mark.parametrize(
    "pieces", [STEADY, BURSTS, clumps(), [(0.0, "x" * 5000)]], ids=["steady", "bursts", "clumps", "huge"]
)
def test_it_begins_at_once_and_stays_within_the_longest_span(pieces: Pieces) -> None:
    shown = paced(pieces)
    assert shown[0][0] == pieces[0][0]
    assert max(lags(pieces, shown)) <= SPANS[1] + MAX_FRAME


def test_a_first_token_passes_as_it_is() -> None:
    assert paced([(1.0, "Hello"), (9.0, "!")])[0] == (1.0, "Hello")


def test_a_whole_answer_at_once_is_a_straight_line() -> None:
    shown = paced([(0.0, "x" * 5000)])
    sizes = [len(text) for _, text in shown]
    assert max(sizes[:-1]) == min(sizes[:-1])
    assert SPANS[0] * 0.8 <= shown[-1][0] <= SPANS[1]
    assert all(MIN_FRAME - SLACK <= gap <= MAX_FRAME + SLACK for gap in gaps(shown))


def test_bursts_become_even() -> None:
    shown = paced(BURSTS)
    assert unevenness(BURSTS, 1.0, 3.8) > 0.9
    assert unevenness(shown, 1.0, 3.8) < 0.05
    assert max(gaps(shown)) < 0.05


def test_rare_bursts_are_spread_over_a_longer_span() -> None:
    rare = [(index * 0.4, "x" * 80) for index in range(20)]
    assert unevenness(paced(rare), 2.0, 7.6) < 0.05 < 1.5 < unevenness(rare, 2.0, 7.6)


def test_a_steady_stream_is_followed_and_not_outrun() -> None:
    shown = paced(STEADY)
    assert unevenness(shown, 1.0, 2.9) < 0.05
    assert max(gaps(shown)) <= MAX_FRAME + SLACK
    assert min(gaps(shown)) >= MIN_FRAME - SLACK
    assert statistics.mean(lags(STEADY, shown)) < SPANS[0]


def test_clumps_are_half_as_uneven() -> None:
    pieces = clumps()
    end = pieces[-1][0] // 0.1 * 0.1
    assert unevenness(paced(pieces), 0.5, end) < unevenness(pieces, 0.5, end) / 2


def test_a_slow_stream_types_letter_by_letter() -> None:
    shown = paced([(index * 0.2, "abcd") for index in range(30)])
    assert {len(text) for at, text in shown if at > 0.5} == {1}


def test_frames_not_a_timer_a_character() -> None:
    shown = paced([(index * 0.001, "abcd") for index in range(3000)])  # 12,000 characters in three seconds
    assert len(shown) < 3.3 / MIN_FRAME


def test_a_timer_only_while_text_is_held() -> None:
    stage = smooth()
    assert stage.wake_at() is None
    assert list(stage.on_event(TextDelta("Hi"), 0.0)) == [TextDelta("Hi")]
    assert stage.wake_at() is None
    assert list(stage.on_event(TextDelta(" there"), 0.001)) == []
    due = stage.wake_at()
    assert due is not None
    assert 0.001 < due <= 0.001 + MAX_FRAME
    assert list(stage.on_end(0.002)) == [TextDelta(" there")]
    assert stage.wake_at() is None


def test_a_late_timer_makes_up_for_it() -> None:
    stage = smooth()
    list(stage.on_event(TextDelta("x" * 1000), 0.0))
    assert len(text_of(stage.on_wake(0.2))) > 700


# ---- a pace of one's own


def test_a_rate_is_kept_while_the_bound_allows() -> None:
    shown = paced([(0.0, "x"), (0.1, "y" * 20)], rate=30)
    assert shown[0] == (0.0, "x")
    assert {len(text) for _, text in shown} == {1}
    assert gaps(shown)[1:] == pytest.approx([1 / 30] * 19)


def test_delay_is_the_other_way_to_say_it() -> None:
    pieces = [(0.0, "x"), (0.1, "word " * 10)]
    assert paced(pieces, delay=0.05, by="word") == paced(pieces, rate=20, by="word")


def test_the_bound_outweighs_the_rate() -> None:
    shown = paced(STEADY, rate=20, max_lag=0.5)
    assert max(lags(STEADY, shown)) <= 0.5
    assert max(lags(STEADY, paced(STEADY, rate=20, max_lag=8.0))) > 2


def test_words_at_a_rate_above_the_screen_go_several_at_once() -> None:
    shown = paced([(0.0, "a "), (0.1, "b " * 90)], rate=100, by="word", max_lag=9.0)
    assert {text.count("b") for _, text in shown[1:-1]} == {2}
    assert gaps(shown)[1:-1] == pytest.approx([0.02] * (len(shown) - 3))


# ---- units


@pytest.mark.parametrize("by", UNITS)
def test_every_unit_is_shown_whole(by: Any) -> None:
    text = "Fünf 你好，世界。 👨‍👩‍👧 und e\u0301 so\nweiter, bis hierhin.\n" * 6
    pieces = [(index * 0.03, text[index * 3 : index * 3 + 3]) for index in range(len(text) // 3)]
    shown = paced(pieces, by=by, max_lag=60.0)
    ends = {"char": None, "grapheme": "👨‍👩‍👧", "word": " \n", "cjk": None, "line": "\n"}[by]
    after_first = shown[1:-1]
    if by == "grapheme":
        assert not any(text.endswith(("\u200d", "👨", "👩")) or text.startswith("\u0301") for _, text in after_first)
    elif ends is not None:
        assert all(text[-1] in ends for _, text in after_first)


def test_half_an_emoji_waits_for_its_rest_but_not_for_ever() -> None:
    assert paced([(0.0, "👨\u200d"), (0.1, "👩"), (5.0, "!")])[0][0] == pytest.approx(0.25)
    assert paced([(0.0, "a👨\u200d"), (0.1, "👩 b")])[0] == (0.0, "a")


def test_an_unfinished_line_goes_on_when_its_time_has_come() -> None:
    shown = paced([(0.0, "a first line that is long\n"), (0.1, "half a line")], by="line", max_lag=1.0)
    assert shown[-1][1] == "half a line"
    assert 0.5 <= shown[-1][0] <= 1.1


# ---- the end, and what must not be overtaken


HELD = "y" * 100
ENDS: list[Event] = [
    TextEnd(), StepEnd(), ToolInputStart("c", "f"), ToolCall("c", "f"), File("image/png"), Error("x"), Abort(),
    Finish(),
]  # fmt: skip


@pytest.mark.parametrize("event", ENDS, ids=lambda event: str(event.type))
def test_all_that_is_held_comes_at_once_before(event: Event) -> None:
    log = timed(smooth(), [TextDelta("x"), TextDelta(HELD), event], [0.0, 0.1, 0.11])
    assert text_of([one for _, one in log]) == "x" + HELD
    assert log[-1] == (0.11, event)
    assert max(at for at, _ in log) == 0.11


def test_a_restart_voids_what_is_held() -> None:
    log = timed(smooth(), [TextDelta("x"), TextDelta(HELD), Restart(), Heartbeat()], [0.0, 0.1, 0.11, 9.0])
    assert len(text_of([one for _, one in log])) < 20


def test_texts_are_paced_apart() -> None:
    events: list[Event] = [
        ReasoningStart(), ReasoningDelta("a" * 30), TextDelta("b" * 30, choice=1), RefusalDelta("c" * 30, choice=2),
        ReasoningEnd(), Heartbeat(),
    ]  # fmt: skip
    log = timed(smooth(), events, [0.0, 0.0, 0.0, 0.0, 0.05, 9.0])
    out = [event for _, event in log]
    assert text_of(out, ReasoningDelta) == "a" * 30
    assert text_of(out, TextDelta, choice=1) == "b" * 30
    assert text_of(out, RefusalDelta, choice=2) == "c" * 30
    assert text_of(out[: out.index(ReasoningEnd())], ReasoningDelta) == "a" * 30
    assert log[-2][0] > 0.2


@given(
    st.lists(st.tuples(st.floats(0, 0.7), st.text("ab c\n你。👍🏽\u0301\u200d", max_size=60)), min_size=1, max_size=30),
    st.sampled_from(UNITS),
    st.sampled_from([None, 3.0, 50.0, 900.0]),
    st.sampled_from([LEAST_LAG, 0.3, MAX_LAG, 5.0]),
)
def test_nothing_is_late_lost_or_out_of_order(waits: Pieces, by: Any, rate: float | None, max_lag: float) -> None:
    pieces, at = [], 0.0
    for wait, text in waits:
        at += wait
        pieces.append((at, text))
    shown = paced(pieces, by=by, rate=rate, max_lag=max_lag)  # which checks the text
    assert max(lags(pieces, shown), default=0.0) <= max_lag + SLACK
    first = next(((at, text) for at, text in pieces if text), None)
    if first is not None and first[1][0].isascii() and first[1].isascii():
        assert shown[0][0] == first[0]


def test_recorded_streams_keep_their_text_and_their_order(corpora: Path) -> None:
    for events in recordings(corpora):
        times = [index * 0.007 for index in range(len(events))]
        out = flow.apply(smooth(), events, times)
        Order().check_all(out)
        for choice in range(3):
            assert text_of(out, choice=choice) == text_of(events, choice=choice)
        others = [event for event in joined(out) if not isinstance(event, (TextDelta, ReasoningDelta, RefusalDelta))]
        assert others == [e for e in events if not isinstance(e, (TextDelta, ReasoningDelta, RefusalDelta))]


def test_without_a_clock_all_comes_at_the_end() -> None:
    text = "a" * (FIRST_PIECE + 1)
    assert joined(flow.apply(smooth(), answer("Hi, ", text))) == answer("Hi, " + text)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"rate": 10, "delay": 0.1}, "rate and delay contradict"),
        ({"rate": 0}, "rate: 0; accepted: units a second"), ({"rate": -1}, "rate: -1"), ({"rate": True}, "rate: True"),
        ({"rate": float("nan")}, "rate: nan"), ({"rate": float("inf")}, "rate: inf"), ({"rate": "fast"}, "rate: a str"),
        ({"delay": 0}, "delay: 0"), ({"max_lag": 0}, "max_lag: 0"),
        ({"max_lag": None}, "max_lag: None"), ({"max_lag": 0.09}, "0.1 or more"),
        ({"by": "letter"}, "by: 'letter'; accepted: char, grapheme, word, cjk, line"), ({"by": 3}, "by: a int"),
        ({"at_end": "stop"}, "at_end: 'stop'; accepted: flush, drain"), ({"at_end": None}, "at_end: a NoneType"),
        ({"at_end": "drain", "rate": 0}, "rate: 0"), ({"at_end": "drain", "max_lag": 0.09}, "0.1 or more"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        smooth(**options)
