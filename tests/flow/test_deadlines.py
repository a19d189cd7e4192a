"""Every clock alone, under a fake clock: it fires at its bound, names itself, and keeps quiet when it is met."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, timed

from slipstream import flow
from slipstream.errors import InvalidRequestError, StreamTimeoutError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Heartbeat,
    ReasoningDelta,
    Restart,
    Start,
    StepStart,
    TextDelta,
    TextStart,
    ToolCall,
)
from slipstream.flow.deadlines import WHAT, Deadlines, deadlines
from slipstream.flow.pipeline import Pipeline
from slipstream.run import failures
from slipstream.run.driver import CLOCK_NAMES

QUIET: list[Event] = [Start(), StepStart(), TextStart(), Heartbeat(), TextDelta("")]
"""What is no output."""


def expiry(stage: Deadlines, events: list[Event], times: list[float]) -> tuple[float, Error] | None:
    """When the stage ended the stream, and how; None if it did not."""
    at, last = timed(stage, events, times)[-1]
    return (at, last) if isinstance(last, Error) else None


def fired(stage: Deadlines, events: list[Event], times: list[float]) -> tuple[float, str | None] | None:
    found = expiry(stage, events, times)
    return None if found is None else (found[0], found[1].code)


# ---- each alone


@pytest.mark.parametrize("clock", ["first_output", "idle", "total"])
def test_it_fires_even_when_nothing_at_all_arrives(clock: str) -> None:
    pipeline = Pipeline([deadlines(**{clock: 2.0})])  # type: ignore[arg-type]
    pipeline.start(100.0)
    assert pipeline.wake_at() == 102.0
    assert pipeline.wake(101.9) == []
    (error,) = pipeline.wake(102.0)
    assert isinstance(error, Error)
    assert (error.code, error.seconds) == (clock, 2.0)
    assert pipeline.ended
    assert pipeline.wake_at() is None


@pytest.mark.parametrize("quiet", QUIET, ids=lambda event: str(event.type))
def test_first_output_is_met_by_output_alone(quiet: Event) -> None:
    assert fired(deadlines(first_output=1), [quiet, TextDelta("x")], [0.9, 1.1]) == (1.0, "first_output")


@pytest.mark.parametrize("output", [TextDelta("x"), ReasoningDelta("x"), ToolCall("c", "f")], ids=lambda e: str(e.type))
def test_first_output_is_met_once_for_all(output: Event) -> None:
    assert fired(deadlines(first_output=1), [output, Heartbeat()], [0.9, 60.0]) is None


def test_a_gap_begins_with_the_first_output() -> None:
    late: list[Event] = [Heartbeat(), TextDelta("x")]
    assert fired(deadlines(gap=1), [*late, TextDelta("y")], [5.0, 9.0, 9.9]) is None
    assert fired(deadlines(gap=1), [*late, *QUIET], [5.0, 9.0, 9.2, 9.4, 9.6, 9.8, 10.0 + 1]) == (10.0, "gap")


def test_any_event_keeps_idle_quiet() -> None:
    assert fired(deadlines(idle=1), [Heartbeat()] * 9, [index * 0.9 for index in range(9)]) is None
    assert fired(deadlines(idle=1), [Heartbeat(), Heartbeat()], [0.5, 1.6]) == (1.5, "idle")


def test_nothing_keeps_total_quiet() -> None:
    events: list[Event] = [TextDelta("x") for _ in range(50)]
    assert fired(deadlines(total=3), events, [index * 0.1 for index in range(50)]) == (3.0, "total")


def test_the_nearest_fires_alone_and_names_itself() -> None:
    stage = deadlines(first_output=5, gap=1, idle=3, total=30)
    assert fired(stage, [TextDelta("x"), Heartbeat()], [0.5, 9.0]) == (1.5, "gap")
    stage = deadlines(first_output=5, gap=1, idle=3, total=30)
    assert fired(stage, [Heartbeat()], [40.0]) == (3.0, "idle")
    stage = deadlines(first_output=2, gap=2, idle=2, total=2)
    assert fired(stage, [Heartbeat()], [40.0]) == (2.0, "total")


@pytest.mark.parametrize("end", [Finish(), Abort(), Error("x")], ids=lambda event: str(event.type))
def test_all_clocks_stop_at_the_end(end: Event) -> None:
    stage = deadlines(first_output=1, gap=1, idle=1, total=1)
    stage.on_start(0.0)
    assert list(stage.on_event(end, 0.5)) == [end]
    assert stage.wake_at() is None
    assert list(stage.on_wake(9.0)) == []


def test_a_restart_goes_on_with_the_same_clocks() -> None:
    events: list[Event] = [TextDelta("x"), Restart(), Start()]
    assert fired(deadlines(gap=1), events, [0.0, 0.5, 1.2]) == (1.0, "gap")


def test_what_was_let_through_stays_and_nothing_follows() -> None:
    out = flow.apply(deadlines(total=1), answer("a", "b", "c"), [0, 0, 0, 0.5, 1.5, 1.6, 1.7, 1.8, 1.9])
    assert out[:-1] == answer("a", "b", "c")[:4]
    assert isinstance(out[-1], Error)


# ---- what it says


@pytest.mark.parametrize("clock", WHAT)
def test_the_error_becomes_a_timeout_that_names_its_clock(clock: str) -> None:
    found = expiry(deadlines(**{clock: 2.5}), [TextDelta("x"), TextDelta("")], [1.0, 99.0])  # type: ignore[arg-type]
    if clock == "first_output":
        assert found is None
        return
    assert found is not None
    error = failures.exception(found[1], {}, provider=None, model=None)
    assert isinstance(error, StreamTimeoutError)
    assert error.clock == clock
    assert f"within 2.5 s (the {clock} timeout)" in error.message
    assert not error.retryable


def test_the_words_are_the_engines() -> None:
    assert {clock: what for clock, what in WHAT.items() if clock != "idle"}.items() <= CLOCK_NAMES.items()


# ---- the callback


def test_the_callback_is_told_once() -> None:
    seen: list[tuple[str, float]] = []
    stage = deadlines(total=1, idle=2, on_expire=lambda clock, seconds: seen.append((clock, seconds)))
    flow.apply(stage, [Heartbeat(), Heartbeat()], [0.5, 3.0])
    assert seen == [("total", 1.0)]


def test_an_async_callback_is_awaited() -> None:
    seen: list[str] = []

    async def note(clock: str, seconds: float) -> None:
        seen.append(clock)

    flow.apply(deadlines(idle=1, on_expire=note), [Heartbeat()], [3.0])
    assert seen == ["idle"]


def test_a_failing_callback_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(clock: str, seconds: float) -> None:
        raise RuntimeError("mine")

    assert fired(deadlines(idle=1, on_expire=fail), [Heartbeat()], [3.0]) == (1.0, "idle")
    assert "deadlines(on_expire=)" in caplog.text


def test_a_stream_that_keeps_its_bounds_calls_nothing() -> None:
    stage = deadlines(total=9, on_expire=lambda clock, seconds: pytest.fail("not expired"))
    assert flow.apply(stage, answer("a")) == answer("a")


# ---- against a second reading of the rules

BOUND = st.one_of(st.none(), st.sampled_from([0.5, 1.0, 2.0, 5.0]))


def expected(bounds: dict[str, float | None], events: list[Event], times: list[float]) -> tuple[float, str] | None:
    """The earliest clock to run out, looked up event by event; at one time, in the order of `WHAT`."""
    start = [0.0, *times]
    outputs = [at for event, at in zip(events, times, strict=True) if isinstance(event, TextDelta) and event.text]
    due: list[tuple[float, str]] = []
    for clock in WHAT:
        bound = bounds.get(clock)
        if bound is None:
            continue
        marks = {"total": [0.0], "first_output": [0.0], "gap": outputs, "idle": start}[clock]
        over = {"total": [], "first_output": outputs[:1], "gap": outputs[1:], "idle": times}[clock]
        for index, at in enumerate(marks):
            met = over[index] if index < len(over) else None
            if met is None or met >= at + bound:
                due.append((at + bound, clock))
                break
    return min(due, key=lambda one: one[0], default=None)


@given(
    st.fixed_dictionaries(dict.fromkeys(WHAT, BOUND)).filter(lambda bounds: any(bounds.values())),
    st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]), st.sampled_from(["", "x", None])), max_size=12),
)
def test_it_does_what_the_rules_say(bounds: dict[str, Any], steps: list[tuple[float, str | None]]) -> None:
    events: list[Event] = [Heartbeat() if text is None else TextDelta(text) for _, text in steps]
    times = [sum(wait for wait, _ in steps[: index + 1]) for index in range(len(steps))]
    events.append(Heartbeat())
    times.append((times[-1] if times else 0.0) + 100.0)
    assert fired(deadlines(**bounds), events, times) == expected(bounds, events, times)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, "deadlines: no bound"), ({"gap": 0}, "gap: 0; accepted: seconds"), ({"idle": -1}, "idle: -1"),
        ({"total": True}, "total: True"), ({"first_output": "5"}, "first_output: a str"),
        ({"total": float("nan")}, "total: nan"), ({"total": float("inf")}, "total: inf"),
        ({"total": 1, "on_expire": 3}, "on_expire is a int"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        deadlines(**options)
