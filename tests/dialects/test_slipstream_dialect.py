"""Our own events as an event stream: there and back again, to the last field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.chat_wire import cut, pieces
from tests.dialects.made_events import HALVES, TEXTS, WHOLE_TEXTS, legal_streams
from tests.dialects.ollama_wire import RECORDED, recorded

from slipstream import dialects, events as e
from slipstream.codec import SSEDecoder
from slipstream.codec.text import join_surrogates
from slipstream.dialects import Reply
from slipstream.dialects.common.face import Decoder, Dialect, Encoder
from slipstream.dialects.common.own_wire.encoder import SlipstreamEncoder
from slipstream.dialects.common.stream_encoder import INTERRUPTED
from slipstream.events import Event, Order
from slipstream.events.types import EVENT_TYPES

OURS = dialects.get("slipstream")
ENDS = (e.Finish, e.Error, e.Abort)
ANSWER: list[Event] = [
    e.Start("a1", "m", 7), e.StepStart(), e.TextStart(), e.TextDelta("Héllo 🌍\u2028"), e.TextEnd(), e.StepEnd(),
    e.Finish("stop", "end_turn"),
]  # fmt: skip
EVERY: list[Event] = [
    e.Start("a1", "m", 7, raw={"a": [1]}), e.StepStart(1), e.TextStart("t", 1, 1), e.TextDelta("x", "t", 1),
    e.TextEnd("t", 1), e.ReasoningStart("r"), e.ReasoningDelta("x", "r"), e.ReasoningEnd("r", "s", "d", [{"a": 1}]),
    e.ToolInputStart("c", "f", 2, True), e.ToolInputDelta("{}", "c"), e.ToolInputEnd("c"),
    e.ToolCall("c", "f", {"a": [1.5, None, 2**70]}, '{"a":1}', "e", 3, True, {"k": "v"}),
    e.ToolResult("c", [1], "f", True, True), e.ToolError("c", "no", "f"), e.RefusalDelta("no"),
    e.Source("s", "https://example.org", "T", "t", {"a": 1}), e.File("image/png", b"\x89PNG\xff", "u", "i"),
    e.Box((0.0, 0.25, 1.0, 1.0), "box", "cat", (1, 2, 3, 4), "[[1]]"), e.Usage(1, 2, 3, 4, 5, 6, True, {"a": 1}),
    e.StepEnd("length", "max", 1), e.Heartbeat("ping"), e.Retry(2, 0.5, "RateLimitError", "m"),
    e.Resume(2, "x", "m", True), e.Restart(2, "x", "m"), e.Retract("late", 1), e.Moderation({"a": 1}, "azure"),
    e.Partial({"a": 1}, True), e.Element([1], 2), e.Progress("calling", 0.5, 7, 1.25), e.Metadata({"a": 1}, 1),
    e.Raw({"a": 1}), e.Finish("stop", "end"), e.Abort("user"),
    e.Error("m", "OverloadedError", "c", 529, True, "r1", 1.5),
]  # fmt: skip


def encoded(events: list[Event], reply: Reply | None = None) -> list[bytes]:
    """The frames of a stream, event by event, with what ends it."""
    encoder = OURS.encoder(reply)
    return [*map(encoder.feed, events), encoder.end()]


def decoded(*parts: bytes, **options: Any) -> list[Event]:
    decoder = OURS.decoder(**options)
    events = list(chain.from_iterable(map(decoder.feed, parts))) + decoder.end()
    assert decoder.finished
    assert decoder.end() == decoder.feed(b"data: {}\n\n") == []
    return events


def whole(events: list[Event]) -> list[Event]:
    """The stream as it must come back: one without an end was interrupted."""
    return events if events and isinstance(events[-1], ENDS) else [*events, INTERRUPTED]


def test_the_dialect_has_its_face() -> None:
    assert isinstance(OURS, Dialect)
    assert isinstance(OURS.decoder(), Decoder)
    assert isinstance(OURS.encoder(), Encoder)
    assert OURS.encoder().content_type.startswith("text/event-stream")
    assert dialects.get("sse") is OURS


def test_every_type_of_event_has_its_own_form() -> None:
    assert dict(SlipstreamEncoder.CARRIES) == dict.fromkeys(EVENT_TYPES, "")
    assert {type(event) for event in EVERY} == set(EVENT_TYPES)


def test_the_frames() -> None:
    assert b"".join(encoded([e.TextDelta("Hi \u2028\u0085"), e.Finish()])) == (
        b'data: {"type":"text-delta","text":"Hi \\u2028\\u0085"}\n\ndata: {"type":"finish"}\n\n'
    )


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event.type)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    for raw in (event.raw, {"wire": [1, {"a": None}]}):
        original = msgspec.structs.replace(event, raw=raw)
        (data,) = encoded([original])[:1]
        assert OURS.decoder().feed(data) == [original]
        assert OURS.decoder().feed_wire(json.loads(data[6:])) == [original]


def test_it_ends_after_the_last_event_and_only_then() -> None:
    for last in (e.Finish(), e.Error("no"), e.Abort()):
        encoder = OURS.encoder()
        assert encoder.feed(e.Start()) + encoder.feed(last)
        assert encoder.finished
        assert encoder.feed(e.TextDelta("x")) == encoder.end() == b""
    assert decoded(*encoded([e.Start()])) == [e.Start(), INTERRUPTED]
    assert decoded() == decoded(b"") != []


def test_signs_of_life_between_events_are_comments() -> None:
    encoder = OURS.encoder()
    parts = [encoder.feed(ANSWER[0]), encoder.heartbeat(), *map(encoder.feed, ANSWER[1:])]
    assert parts[1].startswith(b":")
    assert decoded(*parts) == [ANSWER[0], e.Heartbeat(), *ANSWER[1:]]


def test_frames_have_names_only_if_asked_for() -> None:
    """The browser gives a named frame to nobody who has not asked for that name."""
    frames = SSEDecoder().feed(b"".join(encoded(ANSWER)))
    assert {frame.event for frame in frames} == {"message"}
    named = encoded(ANSWER, Reply(options={"event_names": True}))
    assert [frame.event for frame in SSEDecoder().feed(b"".join(named))] == [event.type for event in ANSWER]
    assert decoded(*named) == ANSWER


def test_ids_to_resume_from() -> None:
    parts = encoded(ANSWER, Reply(ids="s7"))
    decoder = OURS.decoder()
    for number, part in enumerate(parts[:-1], start=1):
        assert f"id: s7-{number}\n".encode() in part
        assert decoder.feed(part) == [ANSWER[number - 1]]
        assert decoder.last_event_id == f"s7-{number}"
    assert decoded(*parts) == ANSWER


def test_the_reply_names_what_nobody_told() -> None:
    reply = Reply(model="alias", id="made", created=5)
    assert decoded(*encoded([e.Start(model="m")], reply))[0] == e.Start("made", "alias", 5)
    assert decoded(*encoded([e.Start("a1", "m", 7)], reply))[0] == e.Start("a1", "alias", 7)


# Objects of a stage's own.


@dataclass
class Point:
    x: int


class Model(pydantic.BaseModel):
    a: int = 1
    point: Any = None


class Strange:
    def __repr__(self) -> str:
        return "strange"


class Worse(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise RuntimeError


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Point(1), {"x": 1}),
        (Model(point={"b": 2}), {"a": 1, "point": {"b": 2}}),
        ([Model()], [{"a": 1, "point": None}]),
        ({"t": (1, 2)}, {"t": [1, 2]}),
        ({1: b"\xff"}, {"1": "/w=="}),
        ({(1, 2): Model()}, {"(1, 2)": {"a": 1, "point": None}}),
        (Strange(), "strange"),
        (float("nan"), None),
        ("a\ud83d", "a\ufffd"),
        ({"\ude00": Point(1)}, {"\ufffd": {"x": 1}}),
        ({"\ude00": Strange()}, {"\ufffd": "strange"}),
        (Worse(), "<Worse>"),
        (e.TextDelta("\ud83d"), {"type": "text-delta", "text": "\ufffd"}),
    ],
)
def test_any_object_becomes_plain_data(value: Any, plain: Any) -> None:
    (event,) = OURS.decoder().feed(OURS.encoder().feed(e.Partial(value)))
    assert isinstance(event, e.Partial)
    assert event.value == plain


def test_an_object_that_contains_itself_ends_somewhere() -> None:
    (event,) = OURS.decoder().feed(OURS.encoder().feed(e.Element(LOOP, index=3)))
    assert isinstance(event, e.Element)
    assert event.index == 3


# What others send.


def test_a_newer_event_is_raw() -> None:
    frame = b'data: {"type":"hologram","id":"h1"}\n\n'
    newer = b'data: {"type":"text-start","id":7}\n\n'
    assert decoded(frame, newer, *encoded(ANSWER)) == [
        e.Raw({"type": "hologram", "id": "h1"}), e.Raw({"type": "text-start", "id": 7}), *ANSWER,
    ]  # fmt: skip
    assert decoded(b'data: {"type":"text-delta","text":"x","news":1}\n\n')[0] == e.TextDelta("x")


def test_a_null_that_was_no_number() -> None:
    assert decoded(*encoded([e.Progress("done", seconds=float("inf"))]))[0] == e.Progress("done")


def test_errors_of_servers_between_us() -> None:
    body = b'data: {"error":{"message":"Invalid API key","code":"invalid_api_key"}}\n\n'
    for got in (decoded(body), decoded(body[6:-2]), OURS.decode_body(body[6:])):
        assert isinstance(got[-1], e.Error)
        assert got[-1].kind == "AuthenticationError"
    assert decoded(b"<html>502</html>")[-1].type == "error"
    (error,) = decoded(b'data: {"no":"event"}\n\n')
    assert isinstance(error, e.Error)
    assert error.kind == "MalformedChunkError"
    assert decoded(b'data: {"no":"event"}\n\n', *encoded(ANSWER), lenient=True) == ANSWER
    cut_off = decoded(b"".join(encoded(ANSWER))[:60])[-1]
    assert isinstance(cut_off, e.Error)
    assert cut_off.kind == "StreamInterruptedError"
    assert decoded(b"data: [DONE]\n\n")[-1].type == "error"


def test_raw_objects_are_ours_where_there_is_no_other() -> None:
    events = [msgspec.structs.replace(ANSWER[0], raw={"wire": 1}), *ANSWER[1:]]
    got = decoded(*encoded(events), include_raw=True)
    assert got[0].raw == {"wire": 1}
    assert got[1].raw == {"type": "step-start"}


def test_a_stream_told_in_another_dialect_comes_through(corpora: Path) -> None:
    for number in range(1, RECORDED + 1):
        decoder = dialects.get("ollama").decoder(include_raw=True)
        events = decoder.feed(recorded(corpora, number)) + decoder.end()
        assert decoded(*encoded(events)) == events


# Properties.


def finite(value: Any) -> Any:
    """The value as JSON holds it: infinity is null, half a surrogate pair is U+FFFD."""
    return json.loads(join_surrogates(json.dumps(value, ensure_ascii=False)), parse_constant=lambda _: None)


def held(event: Event) -> Event:
    """The event, what it holds of free JSON and text as JSON holds it."""
    changes = {
        name: finite(value)
        for name in event.__struct_fields__
        if isinstance(value := getattr(event, name), (dict, list, str, float))
    }
    return msgspec.structs.replace(event, **changes)


@settings(max_examples=60)
@given(legal_streams(texts=WHOLE_TEXTS), st.lists(st.integers(0, 10**6), max_size=4), st.booleans())
def test_any_legal_stream_comes_back(stream: list[Event], places: list[int], named: bool) -> None:
    parts = encoded(stream, Reply(options={"event_names": named}))
    data = b"".join(parts)
    assert data.isascii() or not {"\u2028", "\u2029", "\x85"} & set(data.decode())
    want = list(map(held, whole(stream)))
    assert decoded(data) == want
    assert decoded(*cut(data, places)) == want
    if isinstance(stream[-1] if stream else None, e.Finish):
        Order().check_all(want)


@settings(max_examples=60)
@given(legal_streams(texts=TEXTS))
def test_lone_surrogates_crash_nothing(stream: list[Event]) -> None:
    assert decoded(*encoded(stream)) == list(map(held, whole(stream)))


def test_the_halves_are_in_the_property() -> None:
    assert [held(e.TextDelta(half)) for half in HALVES] == [
        e.TextDelta("\ufffd"), e.TextDelta("\ufffd"), e.TextDelta("a\ufffdb"),
    ]  # fmt: skip


@given(st.binary(max_size=80))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(decoded(data)[-1], e.Error)
    first = encoded(ANSWER)[0]
    assert isinstance(decoded(first, b"data: ", data, b"\n\n")[-1], ENDS)
    assert isinstance(OURS.decode_body(data)[-1], e.Error)


TAGS = st.sampled_from([kind.__struct_config__.tag for kind in EVENT_TYPES] + ["new", None])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
NAMES = st.sampled_from(sorted({name for kind in EVENT_TYPES for name in kind.__struct_fields__} | {"error"}))


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=5).flatmap(lambda w: TAGS.map(lambda t: {"type": t, **w}))))
def test_no_json_makes_it_raise(wires: list[dict[str, Any]]) -> None:
    data = b"".join(b"data: %b\n\n" % json.dumps(wire).encode() for wire in wires)
    events = decoded(data)
    assert isinstance(events[-1], ENDS)
    assert decoded(*pieces(data, 3)) == events
    body = json.dumps({"events": wires}).encode()
    assert isinstance(OURS.decode_body(body)[-1], ENDS)
