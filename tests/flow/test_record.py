"""What is recorded comes back: every event, every value, at its time."""

from __future__ import annotations

import io
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, recordings, text_of

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    EVENT_TYPES,
    Box,
    Error,
    Event,
    File,
    Finish,
    Metadata,
    Partial,
    Progress,
    Raw,
    Start,
    TextDelta,
)
from slipstream.flow.boxes import boxes
from slipstream.flow.record import record, recorded


def round_trip(events: list[Event]) -> list[Event]:
    """What comes back from a file."""
    file = io.StringIO()
    stage = record(file)
    for index, event in enumerate(events):
        assert list(stage.on_event(event, index / 8)) == [event]
    back, times = recorded(file.getvalue())
    assert times == [index / 8 for index in range(len(events))]
    return back


def test_a_list_gets_pairs() -> None:
    rows: list[tuple[float, Event]] = []
    flow.apply(record(rows), [Start(), TextDelta("x"), Finish()], [0.0, 0.25, 0.5])
    assert rows == [(0.0, Start()), (0.25, TextDelta("x")), (0.5, Finish())]
    assert recorded(rows) == ([Start(), TextDelta("x"), Finish()], [0.0, 0.25, 0.5])


def test_a_file_gets_lines() -> None:
    file = io.StringIO()
    flow.apply(record(file), [TextDelta("好\n"), Finish()], [0.0, 1.5])
    assert file.getvalue() == (
        '{"at":0.000000,"event":{"type":"text-delta","text":"好\\n"}}\n{"at":1.500000,"event":{"type":"finish"}}\n'
    )


def test_times_count_from_the_start_of_the_stream() -> None:
    rows: list[tuple[float, Event]] = []
    stage = record(rows)
    stage.on_start(1000.0)
    list(stage.on_event(TextDelta("x"), 1002.5))
    assert rows == [(2.5, TextDelta("x"))]


def test_a_real_file_is_written_out_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    with path.open("w", encoding="utf-8") as file:
        flow.apply(record(file), answer("你好", " world"))
        assert path.read_text(encoding="utf-8").count("\n") == len(answer("a", "b"))
    with path.open(encoding="utf-8") as lines:
        assert recorded(lines)[0] == answer("你好", " world")
    assert recorded(path.read_bytes())[0] == answer("你好", " world")


VALUES: list[Event] = [
    TextDelta('quotes " and \\ and \u2028 and "$bytes"'), TextDelta("half a pair \ud83d"),
    TextDelta("x", raw={"b": b"1"}), File("image/png", data=bytes(range(256))),
    Metadata({"big": 2**80, "$bytes": "AA==", "none": None}),
    Metadata({"$bytes": "AA=="}), Metadata({"$dict": {"$float": "nan"}}), Metadata({"$x": [{"$y": b"\xff"}]}),
    Raw(data=[1.5, True, {"deep": [math.inf, -math.inf]}]), Progress("done", 1.0, 3, math.inf),
    Error("x", seconds=2.5, status=500), Metadata({"n": 2**80}), Raw(data="\ud800"), Raw(data=b""),
    Raw(data=10**5000), Metadata({"n": [-(10**5000)], "$int": "0x1"}), Metadata({"$int": 7}), Raw(data=2**2000),
]  # fmt: skip


@pytest.mark.parametrize("event", VALUES, ids=range(len(VALUES)))
def test_values_that_json_lacks_come_back(event: Event) -> None:
    assert round_trip([event]) == [event]


def test_nan_comes_back_as_nan() -> None:
    (box,) = round_trip([Box((0.5, math.nan))])
    assert isinstance(box, Box)
    assert box.points[0] == 0.5
    assert math.isnan(box.points[1])


def test_objects_of_ones_own_do_not_break_it() -> None:
    class Thing:
        pass

    class Model:
        def model_dump(self) -> dict[str, int]:
            return {"a": 1}

    class Point(msgspec.Struct):
        x: int

    back = round_trip([Partial(Thing()), Partial(Model()), Partial(Point(3)), Raw(data={1: (2, {3})})])
    values = [event.value for event in back if isinstance(event, Partial)]
    assert values == ["<Thing>", {"a": 1}, {"x": 3}]
    assert back[-1] == Raw(data={"1": [2, [3]]})


def test_keys_that_json_lacks_become_text() -> None:
    data = {None: 1, (1, 2): {3}, 4: {10**5000: [5]}, 0.5: b"6"}
    assert round_trip([Raw(data={"k": [data]}), Metadata({"m": {None: Path}})]) == [
        Raw(data={"k": [{"<NoneType>": 1, "<tuple>": [3], "4": {hex(10**5000): [5]}, "0.5": b"6"}]}),
        Metadata({"m": {"<NoneType>": "<type>"}}),
    ]


def test_every_kind_of_event_comes_back() -> None:
    filled = {
        "text": "t",
        "id": "i",
        "name": "n",
        "media_type": "m",
        "points": (1.0, 2.0),
        "error": "e",
        "message": "m",
    }
    more = {"attempt": 1, "delay": 0.5, "reason": "stop", "verdict": {}, "data": {}, "value": 1, "state": "done"}
    made: list[Event] = []
    for kind in EVENT_TYPES:
        needed = [field.name for field in msgspec.structs.fields(kind) if field.required]
        made.append(kind(**{name: {**filled, **more}[name] for name in needed}))
    ends = {"finish", "abort", "error"}
    made.sort(key=lambda event: event.type in ends)
    file = io.StringIO()
    stage = record(file)
    for event in made:
        list(stage.on_event(event, 0.0))
    assert recorded(file.getvalue())[0] == made


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**1999, 2**2001)
    | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=7), inner, max_size=3)
    | st.dictionaries(st.sampled_from(["$float", "$int", "$bytes", "$dict", "$"]), inner, max_size=2),
    max_leaves=8,
)  # fmt: skip


@given(json_values, st.text())
def test_any_value_comes_back(value: Any, text: str) -> None:
    events: list[Event] = [Raw(data=value), Metadata({"v": value}), TextDelta(text), Finish()]
    assert round_trip(events) == events


def test_a_recording_is_played_again_with_its_times(corpora: Path) -> None:
    for events in recordings(corpora):
        file = io.StringIO()
        flow.apply(record(file), events, [index * 0.01 for index in range(len(events))])
        back, times = recorded(io.StringIO(file.getvalue()))
        assert back == events
        assert text_of(flow.apply(boxes(), back, times)) == text_of(events)


@pytest.mark.parametrize(
    "to", [None, 3, "path.jsonl", io.BytesIO(), bytearray(), (), Path("x")], ids=lambda to: str(type(to))
)
def test_what_cannot_be_written_to_is_refused(to: Any) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"record\(to\): a .*; accepted: a list, or a file that is open for text"
    ):
        record(to)


def test_a_wrapper_is_asked_what_it_takes(tmp_path: Path) -> None:
    with (
        tempfile.NamedTemporaryFile("wb", dir=tmp_path) as wrapper,
        pytest.raises(InvalidRequestError, match=r"record\(to\): a file that is open for bytes; accepted: a list, or"),
    ):
        record(wrapper)
    path = tmp_path / "a.jsonl"
    path.touch()
    with path.open(encoding="utf-8") as unwritable:
        for to in (unwritable, closed := io.StringIO()):
            closed.close()
            with pytest.raises(InvalidRequestError, match="a file that is closed, or not open for writing; accepted"):
                record(to)
    with tempfile.NamedTemporaryFile("w+", dir=tmp_path, encoding="utf-8") as file:
        flow.apply(record(file), answer("a"))
        file.seek(0)
        assert recorded(file)[0] == answer("a")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is no JSON"), ("[]", "it is no object with `at` and `event`"), ('{"at":1}', "`event` is missing"),
        ('{"event":{"type":"finish"}}', "`at` is missing"), ('{"at":0,"event":null}', "`event` is no object"),
        ('{"at":"x","event":{"type":"finish"}}', "`at` is no number"), ("[" * 100_000, "it is nested too deep"),
        ('{"at":0,"event":{"type":"no-such"}}', "there is no event type 'no-such'"),
        ('{"at":0,"event":{"type":"text-delta"}}', "`text` of 'text-delta' is missing"),
        ('{"at":0,"event":{"type":"\ud800"}}', "there is no event type"),
        ('{"at":0,"event":{"type":"raw","data":{"$dict":[]}}}', "a field of 'raw' has a value that cannot be read"),
        ('{"at":0,"event":{"type":"raw","data":{"$int":5}}}', "a field of 'raw' has a value that cannot be read"),
        ('{"at":0,"event":{"type":"raw","data":{"$float":1%s}}}' % ("0" * 400), "a field of 'raw' has a value that"),
        ('{"at":1%s,"event":{"type":"finish"}}' % ("0" * 400), "`at` is no number of seconds from 0 on"),
        ('{"at":1%s,"event":{"type":"finish"}}' % ("0" * 5000), "a number in it has more digits than Python is set to"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused_by_its_line_and_reason(line: str, reason: str) -> None:
    good = json.dumps({"at": 0, "event": {"type": "start"}})
    with pytest.raises(InvalidRequestError) as refused:
        recorded(f"{good}\n\n{line}\n")
    assert f"recorded: line 3 is no recorded event: {reason}" in refused.value.message


def test_a_file_that_fails_ends_the_stream_as_a_failing_stage() -> None:
    class Full:
        def write(self, text: str) -> int:
            raise OSError("no space left")

    out = flow.apply(record(Full()), answer("a"))
    assert out == [Error("the stage Recorder raised OSError", kind="StageError")]
