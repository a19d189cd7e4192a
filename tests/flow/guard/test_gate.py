"""Row 65, and the order of what waits for a check."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Message,
    Metadata,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    RefusalDelta,
    Restart,
    Retract,
    Source,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolError,
    ToolInputDelta,
    ToolResult,
    Usage,
)
from slipstream.flow.guard import Guard, guard
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Job

from .streams import all_text, call_block, cut, reasoning_block, run, stream, text_block, text_of, without_text


def bad(text: str) -> bool:
    return "bad" in text


class Driven:
    """A guard whose checks are answered when the test says so."""

    def __init__(self, stage: Guard) -> None:
        self.pipeline = Pipeline([stage])
        self.pipeline.start(0.0)
        self.asked: list[tuple[int, Job]] = []
        self.out: list[Event] = []

    def feed(self, *events: Event, now: float = 0.0) -> None:
        self._put(self.pipeline.feed(events, now))

    def answer(self, number: int, verdict: Any, now: float = 0.0) -> None:
        index, job = self.asked[number]
        if isinstance(verdict, Exception):
            self._put(self.pipeline.settle(index, lambda at: job.failed(verdict, at), now))
        else:
            self._put(self.pipeline.settle(index, lambda at: job.done(verdict, at), now))

    def wake(self, now: float) -> None:
        self._put(self.pipeline.wake(now))

    def _put(self, events: list[Event]) -> None:
        self.out += events
        self.asked += self.pipeline.jobs()
        Order().check_all(self.out)

    @property
    def text(self) -> str:
        return text_of(self.out)


def begun(**options: Any) -> Driven:
    driven = Driven(guard(check=bad, **options))
    driven.feed(Start(), StepStart(), TextStart())
    return driven


# ---- what is checked


def test_sentences_are_checked_one_by_one() -> None:
    asked: list[str] = []

    def check(text: str) -> bool:
        asked.append(text)
        return bad(text)

    out = run(guard(check=check), stream(text_block("One. This is ba", "d. Thr", "ee. Four")))
    assert asked == ["One.", " This is bad.", " Three.", " Four"]
    assert text_of(out) == "One. *** Three. Four"


def test_windows_see_what_was_before() -> None:
    asked: list[str] = []

    def check(text: str) -> bool:
        asked.append(text)
        return bad(text)

    out = run(guard(check=check, mode="window", window=6, overlap=2), stream(text_block("0123456b", "ad9abcd")))
    assert asked == ["0123", "23456b", "6bad9a", "9abcd"]
    assert text_of(out) == "0123456b***bcd"


def test_a_whole_text_is_shown_at_its_end() -> None:
    events = stream(text_block("One. ", id="a"), call_block("{}"), text_block("Two. bad", id="b"))
    stage = guard(check=bad, mode="whole")
    out: list[Event] = []
    for event in events[:-2]:
        out += stage.on_event(event, 0.0)
    assert text_of(out) == ""
    out = run(guard(check=bad, mode="whole"), events)
    assert text_of(out) == "***"
    assert without_text(out) == without_text(events)
    clean = [event for event in events if getattr(event, "text", "") != "Two. bad"]
    assert run(guard(check=bad, mode="whole"), clean) == clean


def test_words_are_dealt_with_first() -> None:
    asked: list[str] = []

    def check(text: str) -> bool:
        asked.append(text)
        return False

    out = run(guard(["secret"], check=check), stream(text_block("A sec", "ret. B.")))
    assert asked == ["A ***.", " B."]
    assert text_of(out) == "A ***. B."


def test_a_sentence_goes_on_over_touching_blocks() -> None:
    asked: list[str] = []

    def check(text: str) -> bool:
        asked.append(text)
        return bad(text)

    events = stream(text_block("is b", id="a"), text_block("ad. Fine", id="b"))
    out = run(guard(check=check), events)
    assert asked == ["is bad.", " Fine"]
    assert [block.text for block in Message.of(out).blocks] == ["***", " Fine"]
    assert without_text(out) == without_text(events)


def test_every_channel_and_what_comes_whole() -> None:
    inside = [
        *reasoning_block("bad thought", signature="sig"), *text_block("fine."), *call_block('{"a": "\\u0062ad"}'),
        ToolResult("call-0", {"a": ["bad"]}), ToolError("call-0", "bad"), Source("s", "https://a", "bad"),
        RefusalDelta("so bad"),
    ]  # fmt: skip
    # The input is what the check reads: escapes say nothing to it.
    inside = [
        ToolCall(event.id, event.name, {"a": "bad"}, event.arguments) if isinstance(event, ToolCall) else event
        for event in inside
    ]
    out = run(guard(check=bad), stream(inside))
    assert "bad" not in all_text(out)
    assert "0062" not in all_text(out)
    assert text_of(out, ReasoningDelta) == "***"
    assert next(event for event in out if isinstance(event, ReasoningEnd)).signature is None
    assert text_of(out, ToolInputDelta) == '"***"'
    call = next(event for event in out if isinstance(event, ToolCall))
    assert (call.input, call.arguments, call.error) == (None, "{}", "removed by the guard")
    assert next(event for event in out if isinstance(event, ToolResult)).output == "***"
    assert next(event for event in out if isinstance(event, ToolError)).error == "***"
    assert next(event for event in out if isinstance(event, Source)) == Source("s", "", "***")
    assert text_of(out, RefusalDelta) == "***"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["Fine. This is bad. OK."], "Fine. *** OK."),
        ([*"Fine. This is bad. OK."], "Fine. *** OK."),
        (["\n", " ", "bad\n", "Fine\n"], "\n *\nFine\n".replace("*", "***")),
        (["Fine.\n\nbad one\n\nFine."], "Fine.\n\n***\n\nFine."),
        (["One. b", "ad ", "and \u3000", "\n", "Two"], "One. *** \u3000\nTwo"),
        ([" bad ", "\n"], " *** \n"),
        (["好。坏bad。好。"], "好。***好。"),
    ],
)
def test_the_blanks_around_a_masked_piece_stay(parts: list[str], expected: str) -> None:
    assert text_of(run(guard(check=bad), stream(text_block(*parts)))) == expected


def test_the_blanks_stay_over_blocks_and_in_windows() -> None:
    events = stream(text_block(" ", "b", id="a"), text_block("ad \n", id="b"), reasoning_block("\tbad\n"))
    out = run(guard(check=bad), events)
    assert [block.text for block in Message.of(out).blocks] == [" ***", " \n", "\t***\n"]
    out = run(guard(check=bad, mode="window", window=7, overlap=2), stream(text_block("Fine  bad  ok")))
    assert text_of(out) == "Fine  ***  ok"
    out = run(guard(check=bad, mode="whole"), stream(text_block(" One. "), call_block("{}"), text_block("bad \n")))
    assert text_of(out) == " *** \n"


def test_a_mask_is_told_the_length_of_what_it_stands_for() -> None:
    told: list[int] = []

    def mask(rule: str, length: int) -> str:
        told.append(length)
        return "#" * length

    assert text_of(run(guard(check=bad, mask=mask), stream(text_block("One.  bad, so\n")))) == "One.  #######\n"
    assert told == [7]


@given(st.text("bad. \n", max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_the_blanks_stay_however_the_text_was_cut(text: str, places: list[int]) -> None:
    whole = text_of(run(guard(check=bad), stream(text_block(text))))
    assert text_of(run(guard(check=bad), stream(text_block(*cut(text, places))))) == whole
    assert whole.count("\n") == text.count("\n")


def test_drop_stop_and_retract() -> None:
    events = stream(text_block("One. bad. Two."))
    assert text_of(run(guard(check=bad, on_match="drop"), events)) == "One. Two."
    stopped = run(guard(check=bad, on_match="stop"), events)
    assert text_of(stopped) == "One."
    assert stopped[-1] == Finish("content_filter", "guard")
    retracted = run(guard(check=lambda text: "rude" if bad(text) else "", on_match="retract"), events)
    assert text_of(retracted) == "One."
    assert Retract("rude") in retracted
    assert retracted[-1] == Finish("content_filter", "guard")


def test_a_word_that_stops_lets_what_stands_before_be_checked() -> None:
    events = stream(text_block("One. bad. Two secret. Three."))
    out = run(guard(["secret"], check=bad, on_match="stop"), events)
    assert text_of(out) == "One."
    out = run(guard(["secret"], check=lambda text: False, on_match="stop"), events)
    assert text_of(out) == "One. bad. Two "
    assert out[-1] == Finish("content_filter", "guard")


def test_on_hit_is_told_the_reason() -> None:
    told: list[tuple[str, str]] = []
    stage = guard(check=lambda text: "rude" if bad(text) else False, on_hit=lambda *about: told.append(about))
    run(stage, stream(text_block("bad."), call_block('"bad"')))
    assert told == [("rude", "text"), ("rude", "tool_input")]


def test_async_checks() -> None:
    async def check(text: str) -> dict[str, bool]:
        return {"flagged": "bad" in text}

    assert text_of(run(guard(check=check), stream(text_block("One. bad.")))) == "One. ***"


def test_space_alone_is_not_worth_a_question() -> None:
    asked: list[str] = []
    events = stream(text_block("\n", "\n", " "))
    assert text_of(run(guard(check=lambda text: asked.append(text) or False), events)) == "\n\n "  # type: ignore[func-returns-value]
    assert asked == []


# ---- order


def test_verdicts_come_in_any_order_and_text_in_its_own() -> None:
    driven = begun()
    driven.feed(TextDelta("One. Two. Three. "))
    assert [job.call.args for _, job in driven.asked] == [("One.",), (" Two.",), (" Three.",)]  # type: ignore[attr-defined]
    driven.answer(2, False)
    driven.answer(1, False)
    assert driven.text == ""
    driven.answer(0, False)
    assert driven.text == "One. Two. Three."


def test_no_more_than_so_many_at_once() -> None:
    driven = begun(max_parallel=2)
    driven.feed(TextDelta("1. 2. 3. 4. 5"))
    assert len(driven.asked) == 2
    driven.answer(1, False)
    assert len(driven.asked) == 3
    driven.answer(0, False)
    driven.answer(2, False)
    assert driven.text == "1. 2. 3."


def test_nothing_overtakes_what_waits() -> None:
    driven = begun()
    driven.feed(TextDelta("One"), TextEnd(), *call_block("{}"), File("image/png", b"x"), StepEnd())
    driven.feed(Usage(output_tokens=3), Metadata({"a": 1}))
    assert [event.type for event in driven.out] == ["start", "step-start", "text-start", "usage", "metadata"]
    driven.answer(0, False)
    assert [event.type for event in driven.out[5:]] == ["text-delta", "text-end", "tool-input-start"]
    driven.answer(1, False)
    assert [event.type for event in driven.out[8:]] == [
        "tool-input-delta",
        "tool-input-end",
        "tool-call",
        "file",
        "step-end",
    ]


def test_the_end_waits_for_the_verdicts() -> None:
    driven = begun()
    driven.feed(TextDelta("One"), TextEnd(), StepEnd(), Finish())
    assert driven.pipeline.waiting
    assert [event.type for event in driven.out] == ["start", "step-start", "text-start"]
    driven.answer(0, False)
    assert driven.out[-1] == Finish()
    assert driven.text == "One"


def test_a_step_ends_what_is_asked() -> None:
    driven = begun()
    driven.feed(TextDelta("One"), TextEnd())
    assert len(driven.asked) == 0
    driven.feed(StepEnd())
    assert len(driven.asked) == 1
    driven.answer(0, False)
    assert driven.out[-1] == StepEnd()


def test_behind_a_word_that_stops_nothing_counts() -> None:
    driven = Driven(guard(["secret"], check=bad, on_match="stop"))
    driven.feed(Start(), StepStart(), StepStart(1), TextStart(), TextStart("b", choice=1))
    driven.feed(TextDelta("One. secret"), TextDelta("Two. ", "b", 1), Usage(output_tokens=3))
    assert len(driven.asked) == 1
    driven.answer(0, False)
    assert driven.out[-1] == Finish("content_filter", "guard")
    assert text_of(driven.out) == "One. "
    assert text_of(driven.out, choice=1) == ""


def test_answers_do_not_wait_for_each_other() -> None:
    driven = begun()
    driven.feed(StepStart(1), TextStart("b", choice=1), TextDelta("One."), TextDelta("Two.\n", "b", 1), TextEnd())
    driven.feed(TextEnd("b", 1))
    assert len(driven.asked) == 1
    driven.answer(0, False)
    assert text_of(driven.out, choice=1) == "Two.\n"
    assert driven.text == ""


@pytest.mark.parametrize("end", [Error("it broke"), Abort()])
def test_what_was_not_judged_is_dropped_when_the_stream_breaks(end: Event) -> None:
    driven = begun()
    driven.feed(TextDelta("One. Two"))
    driven.feed(end)
    assert driven.out[-1] == end
    assert driven.text == ""
    driven.answer(0, False)
    assert driven.out[-1] == end


def test_a_restart_makes_outcomes_mean_nothing() -> None:
    driven = begun()
    driven.feed(TextDelta("One. "))
    driven.feed(Restart(), Start(), StepStart(), TextStart(), TextDelta("Two. "))
    driven.answer(0, True)
    assert driven.text == ""
    driven.answer(1, False)
    assert driven.text == "Two."


def test_a_restart_forgets_which_thinking_was_masked() -> None:
    events = [*stream(reasoning_block("bad", signature="sig"), end=False), Restart()]
    out = run(guard(check=bad), [*events, *stream(reasoning_block("fine", signature="sig"))])
    assert [event.signature for event in out if isinstance(event, ReasoningEnd)] == ["sig"]
    out = run(guard(check=bad), stream(reasoning_block("bad", signature="sig"), text_block("fine")))
    assert [event.signature for event in out if isinstance(event, ReasoningEnd)] == [None]


# ---- row 65: the service fails


@pytest.mark.parametrize("failure", [RuntimeError("503 bad"), None, 7, {"flagged": "maybe"}, [True]])
def test_row_65_a_failure_closes(failure: Any, caplog: pytest.LogCaptureFixture) -> None:
    driven = begun()
    with caplog.at_level(logging.WARNING, "slipstream"):
        driven.feed(TextDelta("One. Two. "))
        driven.answer(0, False)
        driven.answer(1, failure)
    assert driven.text == "One."
    assert driven.out[-3:] == [
        TextEnd(), StepEnd("content_filter", "guard_check_failed"), Finish("content_filter", "guard_check_failed"),
    ]  # fmt: skip
    assert "guard(check=)" in caplog.text
    assert "bad" not in caplog.text
    assert "Two" not in caplog.text


@pytest.mark.parametrize("failure", [RuntimeError("503"), None])
def test_row_65_a_failure_lets_pass_if_asked(failure: Any) -> None:
    driven = begun(on_failure="open")
    driven.feed(TextDelta("One. Two. "), TextEnd(), StepEnd(), Finish())
    driven.answer(0, failure)
    driven.answer(1, True)
    assert driven.text == "One. *** "
    assert driven.out[-1] == Finish()


def test_row_65_a_slow_service_is_not_waited_for() -> None:
    driven = begun()
    driven.feed(TextDelta("One. "), now=10.0)
    assert driven.pipeline.wake_at() == 12.0
    driven.wake(11.9)
    assert not driven.pipeline.ended
    driven.wake(12.0)
    assert driven.out[-1] == Finish("content_filter", "guard_check_failed")
    assert driven.text == ""
    driven.answer(0, False, now=13.0)
    assert driven.text == ""


def test_row_65_a_slow_service_and_open() -> None:
    driven = begun(on_failure="open", check_timeout=0.5, max_parallel=1)
    driven.feed(TextDelta("One. Two. "), now=1.0)
    assert driven.pipeline.wake_at() == 1.5
    driven.wake(1.5)
    assert driven.text == "One."
    driven.answer(0, True, now=1.6)
    assert driven.pipeline.wake_at() == 2.0
    driven.wake(2.0)
    assert driven.text == "One. Two."


def test_row_65_flapping() -> None:
    driven = begun()
    for number in range(3):
        driven.feed(TextDelta(f"{number}. "))
        driven.answer(number, False)
    driven.feed(TextDelta("bad. 4. "))
    driven.answer(3, RuntimeError())
    assert driven.text == "0. 1. 2."
    assert driven.pipeline.ended


def test_a_late_failure_of_a_judged_piece_means_nothing() -> None:
    driven = begun()
    driven.feed(TextDelta("One. "))
    driven.answer(0, False)
    driven.answer(0, RuntimeError())
    driven.wake(100.0)
    assert driven.text == "One."
    assert not driven.pipeline.ended


def test_the_last_check_may_run_out_of_time_at_the_end() -> None:
    driven = begun()
    driven.feed(TextDelta("One"), TextEnd(), StepEnd(), Finish(), now=1.0)
    assert driven.pipeline.waiting
    driven.wake(3.0)
    assert driven.out[-1] == Finish("content_filter", "guard_check_failed")


def test_timers_with_times() -> None:
    """`flow.apply` does jobs at once, so no timer is due, whatever the times."""
    events = stream(text_block("One. ", "Two. ", "bad. "))
    out = run(guard(check=bad), events, [float(at * 5) for at in range(len(events))])
    assert text_of(out) == "One. Two. *** "


class Never:
    """Waits for ever."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def test_an_async_check_that_waits_needs_a_loop() -> None:
    async def check(text: str) -> bool:
        await Never()
        return False

    with pytest.raises(InvalidRequestError, match="event loop"):
        run(guard(check=check), stream(text_block("One.")))


# ---- any cut


@given(
    st.lists(st.sampled_from(["One.", " bad", "!", " fine", "。", "\n", " x"]), max_size=12).map("".join),
    st.lists(st.integers(0, 60), max_size=5),
    st.sampled_from(["sentence", "window", "whole"]),
    st.sampled_from(["mask", "drop", "stop", "retract"]),
)
def test_any_cut_is_as_the_whole(text: str, places: list[int], mode: Any, on_match: Any) -> None:
    options: dict[str, Any] = {"check": bad, "mode": mode, "on_match": on_match}
    if mode == "window":
        options |= {"window": 8, "overlap": 3}
    whole = run(guard(["secret"], **options), stream(text_block(text)))
    out = run(guard(["secret"], **options), stream(text_block(*cut(text, places))))
    assert text_of(out) == text_of(whole)
    assert without_text(out) == without_text(whole)
    if "bad" not in text:
        assert text_of(out) == text


@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_any_order_of_verdicts(order: list[int], flags: list[bool]) -> None:
    driven = begun(max_parallel=6)
    driven.feed(TextDelta("0. 1. 2. 3. 4. 5"), TextEnd(), StepEnd(), Finish())
    expected = [
        text if not flag else text.replace(text.strip(), "***")
        for text, flag in zip(["0.", " 1.", " 2.", " 3.", " 4.", " 5"], flags, strict=True)
    ]
    for number in order:
        assert "".join(expected).startswith(driven.text)
        driven.answer(number, flags[number])
    assert driven.text == "".join(expected)
    assert driven.out[-1] == Finish()
