"""A text typed to its end under a fake clock: what follows waits in order, and never longer than the bound."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from tests.flow.made import answer, joined, recordings, text_of, timed

from slipstream import flow
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Heartbeat,
    Metadata,
    Order,
    Progress,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Retract,
    Retry,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.smooth import LEAST_LAG, MAX_FRAME, MAX_LAG, MIN_FRAME, UNITS, smooth
from slipstream.flow.stage import WorkingStage

Log = list[tuple[float, Event]]
DELTAS = (TextDelta, ReasoningDelta, RefusalDelta)
SLACK = 1e-9  # sums of floats
TYPING: dict[str, Any] = {"rate": 40, "max_lag": 30, "at_end": "drain"}
LONG = "The quick brown fox jumps over the lazy dog; " * 14  # 630 characters
END: list[Event] = [TextEnd(), StepEnd(), Usage(output_tokens=150), Finish()]
OPENING: list[Event] = [Start(), StepStart(), TextStart()]


def typed(events: list[Event], times: list[float] | None = None, **options: Any) -> Log:
    return timed(smooth(**{**TYPING, **options}), events, times or [0.0] * len(events))


def gaps(log: Log) -> list[float]:
    times = [at for at, event in log if isinstance(event, DELTAS)]
    return [after - before for before, after in pairwise(times)]


def time_of(log: Log, kind: type[Event]) -> float:
    return next(at for at, event in log if type(event) is kind)


# ---- the clean end


def test_a_whole_answer_at_once_is_typed_to_its_end() -> None:
    log = typed([*OPENING, TextDelta(LONG), *END])
    assert len(LONG) == 630
    assert joined(event for _, event in log) == [*OPENING, TextDelta(LONG), *END]
    assert {len(event.text) for _, event in log if isinstance(event, TextDelta)} == {1}
    assert gaps(log) == pytest.approx([1 / 40] * 629)
    assert [at for at, _ in log[-5:]] == pytest.approx([629 / 40] * 5)


def test_the_default_still_flushes() -> None:
    for stage in (smooth(rate=40, max_lag=30), smooth(rate=40, max_lag=30, at_end="flush")):
        log = timed(stage, [*OPENING, TextDelta(LONG), *END], [0.0] * 8)
        assert {at for at, _ in log} == {0.0}
        assert joined(event for _, event in log) == [*OPENING, TextDelta(LONG), *END]
    assert not isinstance(smooth(), WorkingStage)


def test_by_the_backlog_the_end_takes_a_span_at_most() -> None:
    log = typed([*OPENING, TextDelta(LONG), *END], rate=None, max_lag=MAX_LAG)
    assert 0.2 <= time_of(log, TextEnd) == log[-1][0] <= 0.25 + MAX_FRAME
    assert len(gaps(log)) >= 8
    assert max(gaps(log)) <= MAX_FRAME + SLACK


def test_the_bound_outweighs_the_rate_to_the_end() -> None:
    log = typed([*OPENING, TextDelta(LONG), *END], max_lag=2.0)
    assert 1.5 <= log[-1][0] <= 2.0
    assert max(gaps(log)) == pytest.approx(min(gaps(log)), rel=1e-6)


def test_what_ends_when_nothing_is_held_ends_at_once() -> None:
    events = [*OPENING, TextDelta("Hello"), *END]
    assert typed(events, [1.0] * 8) == [(1.0, event) for event in events]


def test_the_last_unit_is_whole_at_the_end() -> None:
    for by, text in [
        ("word", "one two three"),
        ("line", "a line\nhalf a line"),
        ("grapheme", "Hi all of you: 👨\u200d"),
    ]:
        log = typed([TextDelta("."), TextDelta(text), TextEnd()], by=by, rate=4)
        units = {"word": 3, "line": 2, "grapheme": len(text) - 1}[by]
        assert len(gaps(log)) == units
        assert log[-1][0] == pytest.approx(MIN_FRAME + (units - 1) / 4)


def test_a_stage_that_was_not_told_of_the_end_of_its_text_drains_too() -> None:
    log = typed([Start(), StepStart(), RefusalDelta("no" * 40), Finish()])
    assert log[-1][1] == Finish()
    assert log[-1][0] == pytest.approx(79 / 40)
    assert gaps(log) == pytest.approx([1 / 40] * 79)


def test_it_is_busy_only_while_it_drains() -> None:
    stage = smooth(**TYPING)
    assert isinstance(stage, WorkingStage)
    pipeline = Pipeline([stage])
    pipeline.feed([*OPENING, TextDelta("Hi"), TextDelta(LONG)], 0.0)
    assert pipeline.feed(END, 0.0) == []
    assert pipeline.waiting
    assert pipeline.jobs() == []
    assert text_of(pipeline.wake(9.0))
    assert pipeline.waiting
    assert pipeline.wake(99.0)[-4:] == END
    assert pipeline.ended
    assert stage.wake_at() is None


def test_a_clock_before_it_does_not_run_out_while_it_drains() -> None:
    bounds = flow.deadlines(first_output=1, gap=1, idle=1, total=2)
    out = flow.apply([bounds, smooth(**TYPING)], [*OPENING, TextDelta(LONG), *END])
    assert joined(out) == [*OPENING, TextDelta(LONG), *END]


# ---- what may pass, what waits


def test_the_connection_and_the_model_speak_meanwhile_and_all_else_waits() -> None:
    passing: list[Event] = [Heartbeat(), Retry(2, 1.0, "x"), Progress("answering")]
    waiting: list[Event] = [Metadata({"a": 1}), TextStart("text-1"), TextDelta("More.", "text-1"), TextEnd("text-1")]
    log = typed([*OPENING, TextDelta("x" * 81), TextEnd(), *passing, *waiting, *END[1:]])
    assert [event for at, event in log if at == 0.0][-3:] == passing
    assert joined(event for at, event in log if at)[1:] == [TextEnd(), *waiting, *END[1:]]
    assert time_of(log, Metadata) == pytest.approx(2.0)


def test_thinking_is_shown_before_the_answer() -> None:
    events: list[Event] = [
        Start(), StepStart(), ReasoningStart(), ReasoningDelta("r" * 400), ReasoningEnd(), TextStart(),
        TextDelta("t" * 400), *END,
    ]  # fmt: skip
    log = typed(events)
    assert joined(event for _, event in log) == events
    assert time_of(log, ReasoningEnd) == time_of(log, TextDelta) == pytest.approx(399 / 40)
    assert log[-1][0] == pytest.approx(798 / 40)


def test_blocks_that_wait_are_one_straight_line_within_the_bound() -> None:
    blocks = [
        event
        for index in range(10)
        for event in (TextStart(f"t{index}"), TextDelta("x" * 100, f"t{index}"), TextEnd(f"t{index}"))
    ]
    log = typed([Start(), StepStart(), *blocks, *END[1:]], max_lag=5.0)  # 25 s at the rate
    Order().check_all(event for _, event in log)
    assert 4.0 <= log[-1][0] <= 5.0
    shown = [(at, len(event.text)) for at, event in log if isinstance(event, TextDelta)]
    sizes = [sum(size for at, size in shown if second <= at < second + 1) for second in range(4)]
    assert max(sizes) - min(sizes) < 0.15 * max(sizes)


@pytest.mark.parametrize("rate", [None, 40])
@pytest.mark.parametrize("size", [2, 17, 60])
@pytest.mark.parametrize("max_lag", [LEAST_LAG, 0.2, MAX_LAG])
def test_blocks_too_many_for_their_frames_are_in_time_all_the_same(
    rate: float | None, size: int, max_lag: float
) -> None:
    blocks = [
        event
        for index in range(100)
        for event in (TextStart(f"t{index}"), TextDelta("x" * size, f"t{index}"), TextEnd(f"t{index}"))
    ]
    log = typed([Start(), StepStart(), *blocks, *END[1:]], rate=rate, max_lag=max_lag)
    assert joined(event for _, event in log) == [Start(), StepStart(), *blocks, *END[1:]]
    assert log[-1][0] <= max_lag + SLACK


def test_a_picture_waits_for_the_text_before_it() -> None:
    log = typed([*OPENING, TextDelta("x" * 41), File("image/png"), TextDelta("y" * 40), *END])
    assert joined(event for _, event in log)[3:6] == [TextDelta("x" * 41), File("image/png"), TextDelta("y" * 40)]
    assert time_of(log, File) == pytest.approx(1.0)
    assert log[-1][0] == pytest.approx(79 / 40)


def test_choices_drain_apart() -> None:
    events: list[Event] = [
        Start(), StepStart(), TextStart(), StepStart(1), TextStart("b", choice=1), TextDelta("a" * 81),
        TextDelta("b" * 41, "b", 1), TextEnd(), TextEnd("b", 1), StepEnd(), StepEnd(choice=1), Usage(), Finish(),
    ]  # fmt: skip
    log = typed(events)
    Order().check_all(event for _, event in log)
    ends = {event.choice: at for at, event in log if isinstance(event, StepEnd)}
    assert ends == {0: pytest.approx(2.0), 1: pytest.approx(1.0)}
    assert [type(event) for _, event in log[-2:]] == [Usage, Finish]
    assert time_of(log, Usage) == pytest.approx(2.0)


# ---- at once


@pytest.mark.parametrize(
    "event", [ToolInputStart("c", "f"), ToolCall("c", "f"), Retract(), Error("x"), Abort()], ids=lambda e: str(e.type)
)
@pytest.mark.parametrize("ended", [0, 1, 2, 3])
def test_what_cannot_wait_has_all_shown_at_once(event: Event, ended: int) -> None:
    ends: list[Event] = [TextEnd(), Usage(), Metadata({"a": 1})]
    events = [TextDelta(LONG), *ends[:ended], event]
    log = typed(events, [0.0] * (ended + 1) + [5.0])
    assert joined(one for _, one in log) == events
    assert [at for at, one in log if not isinstance(one, TextDelta)] == [5.0] * (ended + 1)
    assert len(text_of([one for at, one in log if at < 5])) == pytest.approx(200, abs=2)


def test_a_cancel_after_the_end_of_the_source_shows_the_rest() -> None:
    pipeline = Pipeline([smooth(**TYPING)])
    shown = pipeline.feed([*OPENING, TextDelta(LONG), *END], 0.0)
    shown += pipeline.wake(5.0)
    rest = pipeline.abort(Abort(), 5.0)
    assert 190 < len(text_of(shown)) < 210
    assert joined([*shown, *rest]) == [*OPENING, TextDelta(LONG), *END[:-1], Abort()]
    assert pipeline.ended


def test_a_tool_call_of_one_choice_leaves_the_others_their_pace() -> None:
    events: list[Event] = [
        TextDelta("a" * 81), TextEnd(), TextDelta("b" * 81, "b", 1), TextEnd("b", 1),
        ToolInputStart("c", "f", choice=1), ToolInputEnd("c", 1), ToolCall("c", "f", choice=1),
        StepEnd(choice=1), StepEnd(), Finish(),
    ]  # fmt: skip
    log = typed(events)
    assert time_of(log, ToolCall) == 0.0
    assert [type(event) for at, event in log if at == log[-1][0]] == [TextDelta, TextEnd, StepEnd, Finish]
    assert log[-1][0] == pytest.approx(2.0)


def test_a_restart_voids_the_text_and_keeps_what_was_counted() -> None:
    again: list[Event] = [Restart(), *answer("Anew.")]
    log = typed([*OPENING, TextDelta(LONG), TextEnd(), StepEnd(), Usage(7), *again], [0.0] * 7 + [1.0] * 8)
    after = [event for at, event in log if at >= 1.0]
    assert after[after.index(Usage(7)) :] == [Usage(7), *again]
    assert len(text_of([event for _, event in log])) < 60
    Order().check_all(event for _, event in log)


# ---- properties


def stream(blocks: list[tuple[int, str, str]]) -> list[Event]:
    """An answer of two choices with these blocks: choice, kind, text in pieces of seven."""
    out: list[Event] = [Start(), StepStart(), StepStart(1)]
    for index, (choice, kind, text) in enumerate(blocks):
        id = f"{kind}-{index}"
        pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
        if kind == "text":
            out += [TextStart(id, choice=choice), *(TextDelta(p, id, choice) for p in pieces), TextEnd(id, choice)]
        elif kind == "thought":
            out += [ReasoningStart(id, choice=choice), *(ReasoningDelta(p, id, choice) for p in pieces)]
            out.append(ReasoningEnd(id, choice=choice))
        elif kind == "file":
            out.append(File("image/png", id=id, choice=choice))
        else:
            out.append(Usage(index))
    return [*out, StepEnd(), StepEnd(choice=1), Usage(99), Finish()]


def characters(log: Log, choice: int) -> list[tuple[float, str]]:
    return [(at, char) for at, e in log if isinstance(e, DELTAS) and e.choice == choice for char in e.text]


KINDS = ["text", "text", "thought", "file", "usage"]
BLOCKS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(KINDS), st.text("ab \n你👍🏽", max_size=90)), max_size=8)


@example([(0, "text", "a" * 27), (0, "text", "aa🏽"), (0, "text", "a" * 27)], [0.0], "char", None, LEAST_LAG)
@given(
    BLOCKS,
    st.lists(st.sampled_from([0.0, 0.0, 0.01, 0.3, 2.0]), min_size=1, max_size=9),
    st.sampled_from(UNITS),
    st.sampled_from([None, 3.0, 50.0]),
    st.sampled_from([LEAST_LAG, 0.3, MAX_LAG, 5.0]),
)
def test_nothing_is_late_lost_or_out_of_order(
    blocks: list[tuple[int, str, str]], waits: list[float], by: Any, rate: float | None, max_lag: float
) -> None:
    events = stream(blocks)
    times = [0.0]
    for index in range(1, len(events)):
        times.append(times[-1] + waits[index % len(waits)])
    log = typed(events, times, by=by, rate=rate, max_lag=max_lag)
    out = [event for _, event in log]
    Order().check_all(out)
    assert out[-1] == Finish()
    for choice in (0, 1):
        assert joined(e for e in out if getattr(e, "choice", choice) == choice) == joined(
            e for e in events if getattr(e, "choice", choice) == choice
        )
        came, shown = characters(list(zip(times, events, strict=True)), choice), characters(log, choice)
        assert max((b - a for (a, _), (b, _) in zip(came, shown, strict=True)), default=0.0) <= max_lag + SLACK
    last = max([at for at, event in zip(times, events, strict=True) if isinstance(event, DELTAS)], default=0.0)
    assert log[-1][0] <= max(times[-1], last + max_lag) + SLACK


@given(BLOCKS, st.integers(0, 60), st.sampled_from([Error("x"), Abort()]))
def test_a_break_at_any_place_shows_all_that_came(blocks: list[tuple[int, str, str]], at: int, end: Event) -> None:
    events = [*stream(blocks)[:-1][: at + 1], end]
    out = flow.apply(smooth(**TYPING), events, [index * 0.01 for index in range(len(events))])
    Order().check_all(out)
    assert out[-1] == end
    for choice in (0, 1):
        assert text_of(out, choice=choice) == text_of(events, choice=choice)
        assert text_of(out, ReasoningDelta, choice) == text_of(events, ReasoningDelta, choice)
    assert [e for e in out if isinstance(e, Usage)] == [e for e in events if isinstance(e, Usage)]


def test_recorded_streams_keep_their_text_and_their_order(corpora: Path) -> None:
    for events in recordings(corpora):
        out = flow.apply(
            smooth(rate=200, max_lag=3.0, at_end="drain"), events, [index * 0.002 for index in range(len(events))]
        )
        Order().check_all(out)
        assert _by_choice(out) == _by_choice(events)


def _by_choice(events: list[Event]) -> list[object]:
    """The texts of each choice, and all else in its order."""
    texts = [text_of(events, kind, choice) for kind in DELTAS for choice in range(3)]
    others = [event for event in events if not isinstance(event, (*DELTAS, Heartbeat))]
    return [*texts, *([e for e in others if getattr(e, "choice", 0) == choice] for choice in range(3))]
