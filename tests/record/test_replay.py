"""A recording as a stream: its pace, its lenses and stages, and how it ends."""

from __future__ import annotations

import asyncio
import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.record.conftest import Put
from tests.record.recordings import EVENTS, TIMES, event_lines, timed_lines

import slipstream
from slipstream import record
from slipstream.errors import InvalidRequestError, RateLimitError, StreamClosedError
from slipstream.events import Abort, Error, Event, Finish, Start, StepStart, TextDelta, TextStart
from slipstream.record.pace import Pace

OPENING: list[Event] = [Start(), StepStart(), TextStart()]


def test_the_events_come_at_their_times(put: Put) -> None:
    began = time.monotonic()
    with record.replay(put(b"".join(timed_lines())), speed=4) as stream:
        arrived = [(time.monotonic() - began, event) for event in stream]
    assert [event for _, event in arrived] == EVENTS
    for (at, _), due in zip(arrived, TIMES, strict=True):
        assert at >= due / 4 - 0.01  # a busy machine may be late at any of them, never early
    assert (stream.metrics.total or 0.0) >= TIMES[-1] / 4 - 0.01


@pytest.mark.parametrize("speed", ["max", 0, float("inf")])
def test_the_greatest_speed_waits_for_nothing(put: Put, speed: float | str) -> None:
    hours = [3600.0 * number for number in range(len(EVENTS))]  # the test ends at all
    stream = record.replay(put(b"".join(timed_lines(times=hours))), speed=speed).until_done()
    assert stream.message.text == "天空 is blue.\n"
    assert stream.message.files[0].data == b"\x89PNG"
    assert stream.usage is not None
    assert stream.usage.output_tokens == 4
    assert stream.finish_reason == "stop"


def test_a_recording_without_times_goes_by_the_rate() -> None:
    pace = Pace(speed=2, rate=10)
    due = [pace.due((None, event)) for event in (*OPENING, TextDelta("four"), TextDelta("天空"), Finish())]
    assert due == pytest.approx([0, 0, 0, 0.05, 0.05 + 0.07, 0.12])  # a token has 4 characters; a wide one is 0.7


def test_a_recording_with_times_goes_by_them() -> None:
    timed = Pace(speed=0.5)
    assert [timed.due((at, Finish())) for at in (0.5, 1.0, 2.0)] == [1.0, 2.0, 4.0]


def test_stages_and_lenses_work(put: Put) -> None:
    path = put(b"".join(timed_lines()))
    with record.replay(path, speed="max").sentences() as stream:
        assert list(stream.text_stream) == ["天空 is blue.\n"]
    kept: list[tuple[float, Event]] = []
    first, second = record.replay(path, speed="max").record(kept).tee(2)
    assert first.get_final_text() == second.get_final_text() == "天空 is blue.\n"
    assert [event for _, event in kept] == EVENTS
    merged = slipstream.merge([record.replay(path, speed="max"), record.replay(path, speed="max")])
    assert sum(isinstance(event, TextDelta) for _, event in merged) == 4
    stream = record.replay(path, speed="max")
    assert stream.until_done().regenerate().get_final_text() == "天空 is blue.\n"


def test_the_async_door(put: Put) -> None:
    async def main() -> None:
        path = put(b"".join(timed_lines()))
        async with record.replay_async(path, speed="max") as stream:
            assert [event async for event in stream] == EVENTS
        assert await stream.regenerate().sentences().get_final_text() == "天空 is blue.\n"
        slow = record.replay_async(path, speed=0.01)
        async with slow:
            async for event in slow:
                assert isinstance(event, Start)
                asyncio.get_running_loop().call_later(0.05, slow.cancel)
        assert slow.finish_reason == "cancelled"

    asyncio.run(main())


def test_a_cancel_from_another_thread_frees_the_reader(put: Put) -> None:
    with record.replay(put(b"".join(timed_lines())), speed=0.001) as stream:
        threading.Timer(0.1, stream.cancel).start()
        assert len(list(stream)) >= 1  # the whole would take twenty minutes
    assert stream.finish_reason == "cancelled"


def test_a_pipe_that_stays_silent_can_be_left() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb", buffering=0) as reader, os.fdopen(write, "wb", buffering=0) as writer:
        writer.write(event_lines()[0])
        with record.replay(reader, name="a pipe") as stream:
            events: Iterator[Event] = iter(stream)
            assert isinstance(next(events), Start)
            threading.Timer(0.1, stream.cancel).start()
            assert list(events) == []
        assert stream.finish_reason == "cancelled"
        with pytest.raises(StreamClosedError):
            stream.regenerate()


def test_a_recorded_error_is_raised_with_what_came_before(put: Put) -> None:
    lines = timed_lines([*OPENING, TextDelta("so far"), Error("slow down", "RateLimitError", status=429)])
    with record.replay(put(b"".join(lines)), speed="max") as stream, pytest.raises(RateLimitError) as caught:
        stream.until_done()
    assert caught.value.partial.text == "so far"
    assert caught.value.status == 429


def test_a_recorded_stop_stays_one(put: Put) -> None:
    lines = timed_lines([*OPENING, TextDelta("so far"), Abort()])
    message = record.replay(put(b"".join(lines)), speed="max").get_final_message()
    assert (message.text, message.finish_reason) == ("so far", "cancelled")


def test_a_broken_line_raises_after_what_came_before_it(put: Put) -> None:
    lines = timed_lines()
    stream = record.replay(put(b"".join((*lines[:7], b"{oops\n"))), speed="max")
    with pytest.raises(InvalidRequestError, match=r"answer\.jsonl: line 8 is no event") as caught:
        stream.until_done()
    assert caught.value.partial.text == "天空 is "


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed": -1}, "speed is -1; accepted: a number above 0"),
        ({"speed": "fast"}, "speed is 'fast'; accepted"),
        ({"speed": True}, "speed is True"),
        ({"speed": float("nan")}, "speed is nan"),
        ({"rate": 0}, "rate: 0; accepted: tokens a second"),
        ({"rate": "50"}, "rate: a str"),
    ],
)
def test_wrong_arguments_are_refused_at_once(put: Put, options: dict[str, Any], words: str) -> None:
    path = put(b"".join(timed_lines()))
    for door in (record.replay, record.replay_async):
        with pytest.raises(InvalidRequestError, match=words):
            door(path, **options)


def test_a_stream_that_nobody_reads_holds_nothing_open(put: Put, tmp_path: Path) -> None:
    path = put(b"".join(timed_lines()))
    record.replay(path)
    path.unlink()
    file = io.BytesIO(b"".join(timed_lines()))
    assert record.replay(file, speed="max").get_final_text() == "天空 is blue.\n"
    assert not file.closed  # it is the caller's
    assert list(tmp_path.iterdir()) == []
