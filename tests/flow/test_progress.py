"""Progress: every change of state at once, figures seldom, and before anything has come."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, recordings, timed

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Heartbeat,
    Order,
    Progress,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Retry,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    ToolResult,
    Usage,
)
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.progress import INTERVAL, SLOW_INTERVAL, progress

CALL: list[Event] = [ToolInputStart("c", "f"), ToolInputDelta("{}", "c"), ToolInputEnd("c"), ToolCall("c", "f")]


def reports(events: list[Event], times: list[float] | None = None, **options: Any) -> list[Progress]:
    out = flow.apply(progress(**options), events, times)
    assert [event for event in out if not isinstance(event, Progress)] == events
    return [event for event in out if isinstance(event, Progress)]


def states(events: list[Event], times: list[float] | None = None, **options: Any) -> list[str]:
    return [report.state for report in reports(events, times, **options)]


def test_waiting_is_told_before_anything_arrives() -> None:
    pipeline = Pipeline([progress(max_tokens=10)])
    pipeline.start(50.0)
    assert pipeline.wake_at() == 50.0
    assert pipeline.wake(50.0) == [Progress("waiting", 0.0, 0, 0.0)]
    assert pipeline.wake_at() is None
    assert pipeline.feed([Heartbeat(), Start()], 51.0) == [Heartbeat(), Start()]


def test_waiting_is_told_once_even_if_the_first_event_is_quicker() -> None:
    pipeline = Pipeline([progress()])
    pipeline.start(50.0)
    assert pipeline.feed([Retry(2, 0.5, "ServerError")], 50.0) == [Progress("waiting"), Retry(2, 0.5, "ServerError")]
    assert pipeline.wake_at() is None


def test_the_states_of_a_whole_answer() -> None:
    events: list[Event] = [
        Start(), StepStart(), ReasoningStart(), ReasoningDelta("hm"), ReasoningEnd(), TextStart(), TextDelta("I"),
        TextEnd(), *CALL, StepEnd("tool_calls"), ToolResult("c"), StepStart(), RefusalDelta("no"), StepEnd(), Finish(),
    ]  # fmt: skip
    assert states(events) == ["waiting", "thinking", "answering", "calling", "waiting", "answering", "done"]
    Order().check_all(flow.apply(progress(), events))


def test_a_report_stands_before_what_it_tells_of() -> None:
    log = timed(progress(), answer("a"), [0.0] * 7)
    kinds = [type(event) for _, event in log]
    assert kinds == [Progress, Start, StepStart, Progress, TextStart, TextDelta, TextEnd, StepEnd, Progress, Finish]


def test_deltas_alone_will_do() -> None:
    assert states([ReasoningDelta("a"), TextDelta("b"), ReasoningDelta("c")]) == [
        "waiting", "thinking", "answering", "thinking", "done",
    ]  # fmt: skip


@pytest.mark.parametrize("end", [Error("x"), Abort()], ids=lambda event: str(event.type))
def test_what_failed_is_not_done(end: Event) -> None:
    assert states([*answer("a")[:4], end]) == ["waiting", "answering"]


def test_a_restart_waits_anew() -> None:
    found = reports([*answer("a" * 40)[:4], Restart(), *answer("b" * 4)])
    assert [report.state for report in found] == ["waiting", "answering", "waiting", "answering", "done"]
    assert found[-1].tokens == 1


def test_the_lowest_open_choice_gives_the_state() -> None:
    events: list[Event] = [
        Start(), StepStart(0), StepStart(1), ReasoningStart("a"), TextStart("b", choice=1), TextDelta("x", "b", 1),
        ReasoningDelta("y", "a"), ReasoningEnd("a"), TextStart("c"), TextEnd("c"), StepEnd(choice=0),
        ReasoningStart("d", choice=1), Finish(),
    ]  # fmt: skip
    assert states(events) == ["waiting", "thinking", "answering", "thinking", "done"]


# ---- figures


def deltas(count: int, wait: float, text: str = "four") -> tuple[list[Event], list[float]]:
    """A text of so many tokens."""
    events = [*answer(*[text] * count)]
    begin = [0.0] * 3
    return events, [*begin, *(index * wait for index in range(count)), *[count * wait] * 3]


def test_a_fraction_grows_to_what_was_used() -> None:
    events, times = deltas(100, 0.05)
    found = reports(events, times, max_tokens=200)
    fractions = [report.fraction for report in found if report.fraction is not None]
    assert fractions == sorted(fractions)
    assert (found[-1].state, found[-1].fraction, found[-1].tokens, found[-1].seconds) == ("done", 0.5, 100, 5.0)


def test_no_more_than_ten_a_second() -> None:
    events, times = deltas(3000, 0.001)
    moments = [report.seconds for report in reports(events, times, max_tokens=3000) if report.state == "answering"]
    assert len(moments) <= 3.0 / INTERVAL + 1
    assert min(after - before for before, after in pairwise(moments)) >= INTERVAL - 1e-9


def test_a_move_of_less_than_a_hundredth_is_not_told() -> None:
    events, times = deltas(100, 0.009)
    assert states(events, times, max_tokens=100_000) == ["waiting", "answering", "done"]


def test_without_a_bound_the_tokens_are_told_each_second() -> None:
    events, times = deltas(100, 0.05)
    found = [report for report in reports(events, times) if report.state == "answering"]
    assert {report.fraction for report in found} == {None}
    assert [report.seconds for report in found][1:] == pytest.approx([SLOW_INTERVAL * n for n in range(1, 5)], abs=0.11)


def test_the_fraction_ends_at_one() -> None:
    assert reports(answer("word " * 100), max_tokens=3)[-1].fraction == 1.0


def test_the_provider_knows_better() -> None:
    events: list[Event] = [
        Start(), StepStart(), Usage(10, 1), TextStart(), TextDelta("four" * 3), TextEnd(), Usage(10, 55),
        StepEnd(), Finish(),
    ]  # fmt: skip
    found = reports(events)
    assert found[-1].tokens == 55
    assert reports(events[:-4] + events[-2:])[-1].tokens == 1 + 3


def test_what_is_shown_never_falls() -> None:
    """The estimate was too high: the provider counts 60, then 70 where 72 were shown."""
    events: list[Event] = [
        Start(), StepStart(), TextStart(), TextDelta("four" * 72), TextEnd(), ReasoningStart(), Usage(10, 60),
        ReasoningDelta("four" * 2), ReasoningEnd(), TextStart("b"), Usage(10, 71), TextDelta("four" * 9, "b"),
        TextEnd("b"), StepEnd(), Finish(),
    ]  # fmt: skip
    found = reports(events, [float(at) for at in range(len(events))], max_tokens=400)
    assert [report.tokens for report in found] == [0, 0, 72, 72, 72, 80, 80]
    assert [report.fraction for report in found] == [0.0, 0.0, 0.18, 0.18, 0.18, 0.2, 0.2]


def test_a_count_below_what_is_shown_is_no_news() -> None:
    events: list[Event] = [TextDelta("four" * 50), Usage(10, 20), *[TextDelta("four")] * 31]
    times = [0.0, 0.0, *(2.0 * at for at in range(1, 32))]
    found = [report for report in reports(events, times) if report.state == "answering"]
    assert [(report.tokens, report.seconds) for report in found] == [(50, 0.0), (51, 62.0)]


AMOUNTS = st.lists(st.tuples(st.sampled_from(["text", "usage", "think", "call"]), st.integers(0, 300)), max_size=20)


@given(AMOUNTS, st.one_of(st.none(), st.integers(1, 500)), st.integers(0, 30))
def test_no_figure_falls(amounts: list[tuple[str, int]], bound: int | None, tenths: int) -> None:
    make: dict[str, Callable[[int], Event]] = {
        "text": lambda amount: TextDelta("x" * amount),
        "think": lambda amount: ReasoningDelta("好" * amount),
        "call": lambda amount: ToolInputDelta("x" * amount, "c"),
        "usage": lambda amount: Usage(1, amount),
    }
    events = [*(make[kind](amount) for kind, amount in amounts), Finish()]
    found = reports(events, [at * tenths / 10 for at in range(len(events))], max_tokens=bound)
    for before, after in pairwise(found):
        assert before.tokens <= after.tokens
        assert before.seconds <= after.seconds
        assert bound is None or (before.fraction or 0.0) <= (after.fraction or 0.0) <= 1.0


def test_only_a_restart_counts_anew() -> None:
    """It voids the answer: what was counted is no part of the new one."""
    found = reports([TextDelta("four" * 9), Restart(), TextDelta("four")], max_tokens=10)
    assert [(report.state, report.fraction) for report in found] == [
        ("waiting", 0.0), ("answering", 0.9), ("waiting", 0.0), ("answering", 0.1), ("done", 0.1),
    ]  # fmt: skip


def test_recorded_streams(corpora: Path) -> None:
    for events in recordings(corpora):
        times = [index * 0.02 for index in range(len(events))]
        out = flow.apply(progress(max_tokens=1000), events, times)
        Order().check_all(out)
        assert [event for event in out if not isinstance(event, Progress)] == events
        told = [event for event in out if isinstance(event, Progress)]
        assert told[0].state == "waiting"
        assert (told[-1].state == "done") == isinstance(events[-1], Finish)


@pytest.mark.parametrize("value", [0, -5, True, 2.5, "9", float("nan")])
def test_wrong_bounds_are_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"max_tokens: .*; accepted: tokens, a whole number of 1 or more"):
        progress(value)
