"""The forms of the body: event stream and JSON array, bare errors, and everything that is neither."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.gemini_wire import array, chunk, events_of, in_pieces, sse

from slipstream import dialects, events as e
from slipstream.dialects.common.gemini_wire.elements import Elements
from slipstream.errors import EventTooLargeError, MalformedChunkError
from slipstream.events import Event, Message

WIRES = (
    {**chunk({"text": 'a "}\n,{[ '}), "responseId": "r"},
    chunk({"text": "\\\u2028"}, safetyRatings=[]),
    {**chunk({"text": "c"}, finish="STOP"), "usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 3}},
)
BUSY = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
OVERLOADED = e.Error("The model is overloaded.", "OverloadedError", code="UNAVAILABLE", status=503, retryable=True)


@pytest.mark.parametrize("indent", [None, 0, 1, 2])
def test_the_array_says_what_the_event_stream_says(indent: int | None) -> None:
    body = array(*WIRES, indent=indent)
    assert events_of(body) == events_of(sse(*WIRES)) == events_of(sse(*WIRES, end="\n"))
    assert in_pieces(body, range(1, len(body))) == events_of(body)
    for seed in range(50):
        cuts = sorted(random.Random(seed).sample(range(1, len(body)), 4))
        assert in_pieces(body, cuts) == events_of(body)


def test_the_array_on_one_line() -> None:
    assert events_of(json.dumps(list(WIRES)).encode()) == events_of(sse(*WIRES))


def test_each_element_is_decoded_when_it_closes() -> None:
    decoder = dialects.get("gemini").decoder()
    body = array(*WIRES)
    first = body.index(b"\n}") + 2
    decoder.feed(body[: first - 1])
    (*_, delta) = decoder.feed(body[first - 1 : first])
    assert delta == e.TextDelta('a "}\n,{[ ')


def test_the_end_of_the_array_is_no_mark() -> None:
    """Whole is what has its finish reason, as in the event stream."""
    body = array(*WIRES)
    assert events_of(body[:-2])[-1] == e.Finish("stop", "STOP")
    assert isinstance(events_of(array(*WIRES[:2]))[-1], e.Error)


@pytest.mark.parametrize("body", [b"[]", b"[", b"  [\n", b"[,,]", b""])
def test_an_empty_body_is_no_answer(body: bytes) -> None:
    (error,) = events_of(body)
    assert isinstance(error, e.Error)
    assert error.kind == "StreamInterruptedError"
    assert error.retryable


@pytest.mark.parametrize("indent", [None, 2])
def test_an_error_in_the_array(indent: int | None) -> None:
    body = array(WIRES[0], BUSY, indent=indent)
    assert events_of(body)[-1] == OVERLOADED
    assert in_pieces(body, range(1, len(body))) == events_of(body)
    assert events_of(array(BUSY, indent=indent)) == [OVERLOADED]


@pytest.mark.parametrize("body", [json.dumps(BUSY).encode(), json.dumps(BUSY, indent=2).encode(), sse(BUSY)])
def test_an_error_alone(body: bytes) -> None:
    assert events_of(body) == [OVERLOADED]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("gap", ["", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_a_bare_error_between_the_frames(indent: int | None, gap: str, end: str) -> None:
    body = sse(WIRES[0]) + gap.encode() + json.dumps(BUSY, indent=indent).encode() + end.encode()
    events = events_of(body)
    assert events[-1] == OVERLOADED
    assert Message.of(events).text == 'a "}\n,{[ '
    assert in_pieces(body, range(1, len(body))) == events
    for seed in range(30):
        cuts = sorted(random.Random(seed).sample(range(1, len(body)), 3))
        assert in_pieces(body, cuts) == events


def test_a_bare_object_that_is_no_error_is_read_too() -> None:
    bare = "\n".join(json.dumps(wire, indent=2) for wire in WIRES[1:]).encode() + b"\n"
    body = sse(WIRES[0]) + bare
    assert events_of(body) == events_of(sse(*WIRES))
    assert in_pieces(body, range(1, len(body))) == events_of(body)
    assert events_of(sse(WIRES[0]) + bare.replace(b'"STOP"', b'""') + sse(WIRES[2]))[-1] == e.Finish("stop", "STOP")


def test_many_bare_objects_need_no_stack() -> None:
    body = sse(WIRES[0]) + b'{"modelVersion":"m"}\n' * 5000 + sse(WIRES[2])
    assert events_of(body)[-1] == e.Finish("stop", "STOP")


def test_a_bare_error_that_is_cut() -> None:
    body = sse(WIRES[0]) + json.dumps(BUSY, indent=2).encode()[:-3]
    error = events_of(body)[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "StreamInterruptedError"


def test_comments_are_signs_of_life() -> None:
    events = events_of(sse(WIRES[0]) + b": hi\n\n" + sse(WIRES[2]))
    assert e.Heartbeat(comment="hi") in events


def test_done_is_no_mark() -> None:
    body = sse(WIRES[0]) + b"data: [DONE]\n\n"
    assert isinstance(events_of(body)[-1], e.Error)
    assert events_of(sse(*WIRES) + b"data: [DONE]\n\n") == events_of(sse(*WIRES))


@pytest.mark.parametrize("body", [b"[1]", b'["a"]', b"[null,{}]", b"[{]", b"[{}}"])
def test_an_array_of_something_else(body: bytes) -> None:
    (error,) = [event for event in events_of(body) if isinstance(event, e.Error)]
    assert error.kind in ("MalformedChunkError", "StreamInterruptedError")


def test_lenient_goes_on_after_what_is_no_object() -> None:
    body = array(WIRES[0])[:-1] + b",1,null," + array(*WIRES[2:])[1:]
    events = events_of(body, lenient=True)
    assert Message.of(events).text == 'a "}\n,{[ c'
    assert in_pieces(body, [90], name="gemini")[-1].type == "error"


@pytest.mark.parametrize("start", [b"[", b"data: ", sse(WIRES[0]) + b"\n{"])
def test_what_is_too_long_is_refused(start: bytes) -> None:
    long = b'{"a": "' + b"x" * 3000
    events = events_of(start + long, max_event_bytes=2000)
    assert isinstance(events[-1], e.Error)
    assert events[-1].kind == "EventTooLargeError"


def test_a_whole_frame_that_is_too_long_is_refused() -> None:
    decoder = dialects.get("gemini").decoder(max_event_bytes=2000)
    decoder.feed(sse(WIRES[0]))
    (*_, error) = decoder.feed(sse(chunk({"text": "x" * 3000})))
    assert isinstance(error, e.Error)
    assert error.kind == "EventTooLargeError"


def test_after_the_end_nothing_is_taken() -> None:
    decoder = dialects.get("gemini").decoder()
    decoder.feed(sse(BUSY))
    assert decoder.finished
    assert decoder.feed(sse(*WIRES)) == decoder.feed(b"[{}") == decoder.end() == []


def test_pages_and_documents_are_no_streams() -> None:
    for body in (b"<html><title>Bad gateway</title>", b'{"candidates": 1}', b"Not found"):
        (error,) = events_of(body)
        assert isinstance(error, e.Error)
        assert error.kind == "NotAStreamError"


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=6) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('{}[]"\\,ab\n', max_size=4), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text('ab{}"\\', max_size=3), VALUES, max_size=3)


@given(
    st.lists(OBJECTS, max_size=4), st.sampled_from((None, 0, 1)), st.sampled_from(("\n,\r\n", ",", " , ")), st.data()
)
@settings(max_examples=200)
def test_objects_are_found_however_they_are_cut(values: list[Any], indent: Any, gap: str, data: st.DataObject) -> None:
    body = (
        "[" + gap.join(json.dumps(value, indent=indent) for value in values) + data.draw(st.sampled_from(("]", "\n]")))
    ).encode()
    elements = Elements()
    found: list[Any] = []
    at = 0
    while at < len(body):
        size = data.draw(st.integers(1, len(body) - at))
        elements.push(body[at : at + size])
        at += size
        while (element := elements.next()) is not None:
            try:
                found.append(json.loads(element))
            except ValueError:
                assert elements.guessed
                elements.retract(element)
    assert found == values
    assert not elements.pending


def test_a_wrong_guess_is_taken_back() -> None:
    whole = chunk({"text": "}{"}, finish="STOP")
    body = array(whole)
    for at in range(1, len(body)):
        assert in_pieces(body, [at]) == events_of(sse(whole))
    glued = b"[" + json.dumps(chunk({"text": "a"})).encode() + b"," + json.dumps(whole).encode() + b"\n]"
    assert Message.of(events_of(glued)).text == "a}{"


def test_an_object_deeper_than_the_expression() -> None:
    body = b'{"a":' * 50 + b"1" + b"}" * 50
    elements = Elements()
    elements.push(b"[" + body + b",")
    assert elements.next() == body
    assert elements.next() is None


def test_what_cannot_close_costs_no_time() -> None:
    elements = Elements(max_bytes=100_000)
    elements.push(b'[{"a' + b"\\" * 50_000)
    assert elements.next() is None
    elements.push(b'{"' * 30_000)
    with pytest.raises(EventTooLargeError):
        elements.next()


def test_a_stray_word() -> None:
    elements = Elements()
    elements.push(b"[x{}")
    with pytest.raises(MalformedChunkError):
        elements.next()
    assert elements.skip()
    assert elements.next() == b"{}"
    assert elements.drain() == b""


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.just(0.5) | st.sampled_from(("", "x", "STOP", "$.a")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ("candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall", "name", "args",
             "partialArgs", "jsonPath", "willContinue", "stringValue", "executableCode", "codeExecutionResult",
             "inlineData", "fileData", "toolCall", "finishReason", "index", "groundingMetadata", "groundingChunks",
             "web", "citationMetadata", "citations", "safetyRatings", "usageMetadata", "promptTokenCount",
             "promptFeedback", "blockReason", "error", "code", "message", "responseId", "createTime", "logprobsResult")
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


def is_ordered(events: list[Event]) -> bool:
    e.Order().check_all(events)
    return True


@given(st.lists(ANY, max_size=4))
@settings(max_examples=300)
def test_hostile_chunks_never_raise(wires: list[Any]) -> None:
    frames = "".join(f"data: {json.dumps(wire)}\r\n\r\n" for wire in wires).encode()
    for body in (frames, json.dumps(wires).encode()):
        assert is_ordered(events_of(body))
        assert is_ordered(events_of(body, lenient=True))
        assert is_ordered(events_of(body, include_raw=True))
    parts = [{"candidates": [{"content": {"parts": [wire]}}]} for wire in wires]
    assert is_ordered(events_of(json.dumps(parts).encode()))


@given(st.binary(max_size=200))
def test_hostile_bytes_never_raise(body: bytes) -> None:
    for start in (b"", b"[", b"data: {}\n\n", b"data: {}\n\n{"):
        events_of(start + body)
