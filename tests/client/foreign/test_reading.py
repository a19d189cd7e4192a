"""The pure half of `wrap()`: items in, events out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.client.sdk import recorded as r

from slipstream import errors
from slipstream.client.foreign.reading import Reading
from slipstream.events import Abort, Error, Event, Finish, Message, Order
from slipstream.run.metrics import Metrics


def read(items: list[Any]) -> tuple[list[Event], Reading]:
    metrics = Metrics()
    metrics.started(0.0)
    reading = Reading([], metrics)
    events: list[Event] = []
    for number, item in enumerate(items):
        if not reading.done:
            events += reading.take(item, float(number))
    if not reading.done:
        events += reading.ended(float(len(items)))
    return events, reading


@pytest.mark.parametrize("body", [r.ANSWER, r.MESSAGE])
def test_a_whole_stream(body: bytes) -> None:
    events, reading = read(r.frames(body))
    assert isinstance(events[-1], Finish)
    assert reading.failure is None
    Order().check_all(events)
    assert Message.of(events).complete


def test_metrics_follow_the_items() -> None:
    metrics = Metrics()
    metrics.started(10.0)
    reading = Reading([], metrics)
    for number, frame in enumerate(r.frames(r.ANSWER)):
        reading.take(frame, 11.0 + number)
    reading.ended(20.0)
    assert metrics.time_to_first_output == 2.0  # the first frame has the role alone
    assert metrics.gap_max == 1.0
    assert metrics.total == 10.0


@given(st.integers(0, 5))
def test_a_stream_that_ends_early_is_interrupted(length: int) -> None:
    events, reading = read(r.frames(r.ANSWER)[:length])
    whole = length >= 5  # the finish reason has come, and the usage may be missing
    assert isinstance(events[-1], Finish if whole else Error)
    assert isinstance(reading.failure, type(None) if whole else errors.StreamInterruptedError)
    Order().check_all(events)


def test_a_break_keeps_what_came() -> None:
    reading = Reading([], Metrics())
    events = reading.take(r.chunk("half"), 0.0)
    events += reading.broke(ConnectionResetError(), 1.0)
    assert reading.done
    assert isinstance(reading.failure, errors.StreamInterruptedError)
    assert Message.of(events).text == "half"
    assert isinstance(events[-1], Error)


def test_a_break_before_the_first_item() -> None:
    reading = Reading([], Metrics())
    assert [type(event) for event in reading.broke(ConnectionResetError(), 1.0)] == [Error]


def test_a_cancel_ends_once() -> None:
    reading = Reading([], Metrics())
    reading.take(r.chunk("half"), 0.0)
    assert reading.stopped("enough", 1.0) == [Abort("enough")]
    assert reading.stopped("again", 2.0) == []


def test_an_unknown_item_is_the_callers_mistake() -> None:
    events, reading = read([3])
    assert isinstance(reading.failure, errors.InvalidRequestError)
    assert isinstance(events[-1], Error)


def test_raw_comes_when_it_is_asked_for() -> None:
    frames = r.frames(r.ANSWER)
    assert all(event.raw is None for event in read(frames)[0])
    reading = Reading([], Metrics(), include_raw=True)
    assert {id(event.raw) for event in reading.take(frames[1], 0.0)} != {id(None)}
