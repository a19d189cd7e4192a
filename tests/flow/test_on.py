"""Callbacks: called for what was asked, in order, and unable to harm the stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.flow.made import answer, recordings

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import EVENT_TYPES, Error, Event, Finish, Heartbeat, ReasoningDelta, TextDelta, TextEnd
from slipstream.flow.callbacks import PATIENCE
from slipstream.flow.event_types import BY_TAG
from slipstream.flow.on import on
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import WorkingStage


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (TextDelta, {TextDelta}), ("text-delta", {TextDelta}), ([TextDelta, "finish"], {TextDelta, Finish}),
        (("text-delta", "text-end"), {TextDelta, TextEnd}), (Event, set(EVENT_TYPES)),
    ],
)  # fmt: skip
def test_it_is_called_for_these_in_order_and_all_passes(wanted: Any, kinds: set[type[Event]]) -> None:
    seen: list[Event] = []
    given = [*answer("a", "b")[:-1], Heartbeat(), Finish()]
    assert flow.apply(on(wanted, seen.append), given) == given
    assert seen == [event for event in given if type(event) in kinds]


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: str(kind.__name__))
def test_every_event_has_a_tag_and_a_class(kind: type[Event]) -> None:
    tag = str(kind.__struct_config__.tag)
    assert BY_TAG[tag] is kind
    assert on(tag, print)._kinds == on(kind, print)._kinds == {kind}


def test_an_event_of_ones_own() -> None:
    class Mine(Event, frozen=True, gc=False, tag="mine"):
        pass

    seen: list[Event] = []
    flow.apply(on(Mine, seen.append), [Mine(), TextDelta("x")])
    assert seen == [Mine()]


def test_an_async_callback_is_awaited_before_the_next() -> None:
    seen: list[str] = []

    async def note(event: TextDelta) -> None:
        seen.append(event.text)

    flow.apply(on(TextDelta, note), answer("a", "b", "c"))
    assert seen == ["a", "b", "c"]


def test_a_failing_callback_is_reported_and_kills_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def fail(event: TextDelta) -> None:
        seen.append(event.text)
        raise RuntimeError("mine")

    assert flow.apply(on(TextDelta, fail), answer("a", "b")) == answer("a", "b")
    assert seen == ["a", "b"]
    assert "on(TextDelta): a callback failed" in caplog.text


def test_the_end_is_seen_before_it_is_over() -> None:
    seen: list[Event] = []
    stage = on(["finish", "error"], seen.append)
    pipeline = Pipeline([stage])
    assert pipeline.feed([Finish()], 0.0) == [Finish()]
    assert [job.call() for _, job in pipeline.jobs()] == [None]
    assert seen == [Finish()]
    flow.apply(on("error", seen.append), [Error("x")])
    assert seen == [Finish(), Error("x")]


def test_a_callback_that_does_not_return_holds_the_end_for_a_while_only(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = Pipeline([on("text-delta", print)])
    assert pipeline.feed([TextDelta("x")], 0.0) == [TextDelta("x")]
    assert len(pipeline.jobs()) == 1  # and nobody brings the outcome
    assert pipeline.feed([Finish()], 1.0) == []
    assert pipeline.waiting
    assert pipeline.wake_at() == 1.0 + PATIENCE
    assert pipeline.wake(1.0 + PATIENCE) == [Finish()]
    assert "did not return" in caplog.text


def test_without_callbacks_at_work_nothing_waits() -> None:
    stage = on("tool-call", print)
    assert isinstance(stage, WorkingStage)
    assert list(stage.on_event(TextDelta("x"), 0)) == [TextDelta("x")]
    assert not stage.busy
    assert stage.jobs() == []
    assert stage.wake_at() is None


def test_recorded_streams_pass_untouched(corpora: Path) -> None:
    for events in recordings(corpora):
        seen: list[Event] = []
        assert flow.apply(on([TextDelta, ReasoningDelta], seen.append), events) == events
        assert seen == [event for event in events if type(event) in (TextDelta, ReasoningDelta)]


NOT_A_FUNCTION: Any = 3


@pytest.mark.parametrize(
    ("wanted", "callback", "where"),
    [
        ("text-detla", print, "there is no event 'text-detla'; did you mean text-delta"),
        ("TextDelta", print, "did you mean text-delta"), ("text_delta", print, "did you mean text-delta"),
        ("qqq", print, "there is no event 'qqq'; accepted: abort, box"), (int, print, "int is no event"),
        (3, print, "a int is no event"), ([], print, "there is none"), ([TextDelta, "nope-x"], print, "'nope-x'"),
        (None, print, "a NoneType is no event"), (TextDelta("x"), print, "a TextDelta is no event"),
        ("text-delta", NOT_A_FUNCTION, r"on\(callback\) is a int"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(wanted: Any, callback: Callable[[Any], Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        on(wanted, callback)
