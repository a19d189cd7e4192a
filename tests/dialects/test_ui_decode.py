"""UI message streams of other servers as events, whole answers as UI messages, and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.made_events import VALUES, WHOLE_TEXTS, legal_streams
from tests.dialects.ui_told import cut, decoded

from slipstream import dialects
from slipstream.dialects import Reply
from slipstream.events import Error, Event, Message, types as e
from slipstream.events.order import Order

UI = dialects.get("ui")


def body_of(*parts: Any, done: bool = True) -> bytes:
    frames = [b"data: " + json.dumps(part).encode() + b"\n\n" for part in parts]
    return b"".join(frames) + (b"data: [DONE]\n\n" if done else b"")


def read(*parts: Any, done: bool = True) -> list[Event]:
    events = decoded("ui", [body_of(*parts, done=done)])
    Order().check_all(events)
    return events


# What a server of the AI SDK 6 writes for a tool loop with Anthropic's thinking, in its own fields.
STREAM: tuple[dict[str, Any], ...] = (
    {"type": "start", "messageId": "msg-1", "messageMetadata": {"createdAt": 1750000000000, "plan": "pro"}},
    {"type": "start-step"},
    {"type": "reasoning-start", "id": "0"},
    {"type": "reasoning-delta", "id": "0", "delta": "Let me"},
    {"type": "reasoning-delta", "id": "0", "delta": "", "providerMetadata": {"anthropic": {"signature": "c2ln"}}},
    {"type": "reasoning-end", "id": "0"},
    {"type": "tool-input-start", "toolCallId": "t1", "toolName": "weather", "title": "Weather"},
    {"type": "tool-input-delta", "toolCallId": "t1", "inputTextDelta": '{"city": '},
    {"type": "tool-input-delta", "toolCallId": "t1", "inputTextDelta": '"Ulm"}'},
    {"type": "tool-input-available", "toolCallId": "t1", "toolName": "weather", "input": {"city": "Ulm"}},
    {"type": "tool-output-available", "toolCallId": "t1", "output": {"t": 20}},
    {"type": "finish-step"},
    {"type": "start-step"},
    {"type": "text-start", "id": "0"},
    {"type": "text-delta", "id": "0", "delta": "20 °C"},
    {"type": "text-end", "id": "0"},
    {"type": "source-url", "sourceId": "s", "url": "https://a.b", "title": "A"},
    {"type": "data-weather", "id": "w", "data": {"t": 20}},
    {"type": "finish-step"},
    {
        "type": "finish",
        "finishReason": "length",
        "messageMetadata": {"totalUsage": {"inputTokens": 3, "totalTokens": 9}},
    },
)
EVENTS: list[Event] = [
    e.Start(id="msg-1", created=1750000000),
    e.Metadata(data={"plan": "pro"}),
    e.StepStart(),
    e.ReasoningStart(id="0", index=0),
    e.ReasoningDelta("Let me", "0"),
    e.ReasoningEnd(id="0", signature="c2ln"),
    e.ToolInputStart(id="t1", name="weather", index=1),
    e.ToolInputDelta('{"city": ', id="t1"),
    e.ToolInputDelta('"Ulm"}', id="t1"),
    e.ToolInputEnd(id="t1"),
    e.ToolCall(id="t1", name="weather", input={"city": "Ulm"}, arguments='{"city": "Ulm"}', index=1),
    e.ToolResult(id="t1", output={"t": 20}, name="weather"),
    e.StepEnd(reason="tool_calls"),
    e.StepStart(),
    e.TextStart(id="0-2", index=2),
    e.TextDelta("20 °C", "0-2"),
    e.TextEnd(id="0-2"),
    e.Source(id="s", url="https://a.b", title="A"),
    e.Raw(data={"type": "data-weather", "id": "w", "data": {"t": 20}}),
    e.Usage(input_tokens=3, total_tokens=9),
    e.StepEnd(reason="length", raw_reason="length"),
    e.Finish(reason="length", raw_reason="length"),
]


@given(st.lists(st.integers(0, 300), max_size=12))
@settings(max_examples=40)
def test_another_servers_stream_however_it_is_cut(sizes: list[int]) -> None:
    assert decoded("ui", cut(body_of(*STREAM), sizes)) == EVENTS


def test_byte_by_byte() -> None:
    body = body_of(*STREAM)
    assert decoded("ui", [body[at : at + 1] for at in range(len(body))]) == EVENTS
    Order().check_all(EVENTS)


def test_the_wire_objects_on_demand() -> None:
    decoder = UI.decoder(include_raw=True)
    events = decoder.feed(body_of(*STREAM)) + decoder.end()
    assert next(event for event in events if isinstance(event, e.TextDelta)).raw == STREAM[14]


def test_finish_is_not_the_last_word() -> None:
    late = {"type": "data-title", "data": "Weather"}
    events = read({"type": "start"}, {"type": "start-step"}, {"type": "finish-step"}, {"type": "finish"}, late)
    assert [event.type for event in events] == ["start", "step-start", "raw", "step-end", "finish"]
    decoder = UI.decoder()
    decoder.feed(body_of({"type": "finish"}, done=False))
    assert decoder.complete
    assert isinstance(decoder.end()[-1], e.Finish)


def test_a_body_that_breaks_off() -> None:
    events = read({"type": "start"}, {"type": "text-start", "id": "a"}, done=False)
    assert isinstance(events[-1], Error)
    assert events[-1].kind == "StreamInterruptedError"
    assert isinstance(read()[-1], Error)  # an end mark, and nothing before it
    assert isinstance(read({"type": "start"})[-1], e.Finish)  # an end mark without `finish`: some servers write none


def test_an_error_ends_the_stream() -> None:
    events = read({"type": "start"}, {"type": "error", "errorText": "Rate limit reached"}, {"type": "finish"})
    assert events[1:] == [Error(message="Rate limit reached", kind="RateLimitError", retryable=True)]
    assert read({"type": "abort", "reason": "user"}) == [e.Abort(reason="user")]


def test_parts_without_what_should_stand_before_them() -> None:
    events = read(
        {"type": "text-delta", "id": "a", "delta": "x"},
        {"type": "reasoning-delta", "id": "b", "delta": "y"},
        {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": "{}"},
        {"type": "tool-output-available", "toolCallId": "?", "output": 1},
        {"type": "text-end", "id": "?"},
    )
    message = Message.of(events)
    assert (message.text, message.reasoning, len(message.tool_results)) == ("x", "y", 1)


def test_calls_in_all_their_states() -> None:
    call = {"toolCallId": "c", "toolName": "f"}
    events = read(
        {"type": "tool-input-available", **call, "input": {"a": 1}, "dynamic": True},
        {"type": "tool-input-available", **call, "input": {"a": 1}},  # told again: no other call
        {"type": "tool-output-denied", "toolCallId": "c"},
        {"type": "tool-input-error", "toolCallId": "d", "toolName": "g", "input": "{a", "errorText": "bad"},
        {"type": "tool-approval-request", "approvalId": "x", "toolCallId": "d"},
        {"type": "tool-input-start", "toolCallId": "e", "toolName": "h"},
    )
    message = Message.of(events)
    assert [(c.id, c.input, c.arguments, c.error) for c in message.tool_calls] == [
        ("c", {"a": 1}, '{"a":1}', None), ("d", None, "{a", "bad"),
    ]  # fmt: skip
    assert message.tool_results == [e.ToolError(id="c", error="The user denied this call.", name="f")]
    assert any(isinstance(event, e.Raw) for event in events)
    assert e.ToolInputEnd(id="e") in events


def test_a_step_that_is_taken_back() -> None:
    start = ({"type": "start", "messageId": "m"}, {"type": "start-step"})
    old = ({"type": "text-start", "id": "a"}, {"type": "text-delta", "id": "a", "delta": "old"})
    new = ({"type": "text-start", "id": "a"}, {"type": "text-delta", "id": "a", "delta": "new"}, {"type": "finish"})
    assert Message.of(read(*start, *old, {"type": "reset-step"}, *new)).text == "new"
    first = ({"type": "text-start", "id": "z"}, {"type": "text-delta", "id": "z", "delta": "one "})
    events = read(*start, *first, {"type": "finish-step"}, {"type": "start-step"}, *old, {"type": "reset-step"}, *new)
    message = Message.of(events)
    assert [end.raw_reason for end in message.choice(0).step_ends] == [None, "reset-step", None]


@pytest.mark.parametrize(
    ("part", "file"),
    [
        (
            {"url": "data:image/png;base64,iVA=", "mediaType": "image/png"},
            e.File(media_type="image/png", data=b"\x89P"),
        ),
        ({"url": "data:text/plain,a%20b", "mediaType": ""}, e.File(media_type="text/plain", data=b"a b")),
        ({"url": "https://a.b/c", "mediaType": "audio/wav"}, e.File(media_type="audio/wav", url="https://a.b/c")),
        ({"url": "data:x;base64,?", "mediaType": "a/b"}, e.File(media_type="a/b", url="data:x;base64,?")),
    ],
)
def test_files(part: dict[str, str], file: e.File) -> None:
    assert file in read({"type": "file", **part})


PARTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [part["type"] for part in STREAM] + ["reset-step", "data-restart", "data-box", "error", "abort", "x", ""]
        )
        | VALUES,
    },
    optional={
        "id": st.sampled_from(["a", "b", ""]) | VALUES,
        "delta": st.text(max_size=3) | VALUES,
        "toolCallId": st.sampled_from(["c", "d"]) | VALUES,
        "toolName": VALUES,
        "inputTextDelta": st.sampled_from(["{", "}", ""]) | VALUES,
        "input": VALUES,
        "data": VALUES | st.sampled_from([{"type": "restart"}, {"type": "box", "points": [1.0]}]),
        "messageMetadata": VALUES | st.just({"usage": {}}),
        "providerMetadata": VALUES | st.just({"slipstream": {"refusal": True}}),
        "url": st.just("data:,x") | VALUES,
        "finishReason": VALUES,
    },
)


@given(st.lists(PARTS | VALUES, max_size=8), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_makes_legal_streams(parts: list[Any], lenient: bool) -> None:
    for raw in (False, True):
        decoder = UI.decoder(include_raw=raw, lenient=lenient)
        events = [*decoder.feed(body_of(*parts)), *decoder.end()]
        Order().check_all(events)
        assert isinstance(events[-1], e.Finish | e.Error | e.Abort)


# Whole answers.


@given(legal_streams(choices=1, steps=3, texts=WHOLE_TEXTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_is_a_message(events: list[Event]) -> None:
    message = Message.of(events)
    wire = json.loads(UI.encode_body(message, Reply(id="m")))
    assert wire["role"] == "assistant"
    again = Message.of(UI.decode_body(json.dumps(wire).encode()))
    assert again.text == message.text
    assert [call.id for call in again.tool_calls] == [call.id for call in message.tool_calls]
    assert again.usage == message.usage
    assert len(again.files) == len(message.files)
    assert len(again.boxes) == len(message.boxes)


def test_a_whole_message() -> None:
    message = Message.of(EVENTS)
    wire = json.loads(UI.encode_body(message))
    assert wire == {
        "id": "msg-1",
        "role": "assistant",
        "metadata": {
            "createdAt": 1750000000000,
            "usage": {"inputTokens": 3, "totalTokens": 9},
            "finishReason": "length",
            "rawFinishReason": "length",
        },
        "parts": [
            {"type": "step-start"},
            {
                "type": "reasoning", "text": "Let me", "state": "done",
                "providerMetadata": {"slipstream": {"signature": "c2ln"}},
            },
            {
                "type": "tool-weather", "toolCallId": "t1", "state": "output-available", "input": {"city": "Ulm"},
                "output": {"t": 20},
            },
            {"type": "step-start"},
            {"type": "text", "text": "20 °C", "state": "done"},
            {"type": "source-url", "sourceId": "s", "url": "https://a.b", "title": "A"},
        ],
    }  # fmt: skip
    again = Message.of(UI.decode_body(json.dumps(wire).encode()))
    assert (again.text, again.reasoning, again.usage) == (message.text, message.reasoning, message.usage)
    assert again.blocks[0].signature == "c2ln"
    assert again.tool_results == message.tool_results
    assert again.finish_reason == "length"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"role":"user","parts":[]}', b'{"error":"no"}'])
def test_bodies_that_are_no_message(body: bytes) -> None:
    events = UI.decode_body(body)
    assert [event.type for event in events] == ["error"]


# Errors before the stream.


def test_an_error_is_text() -> None:
    error = Error(message="messages[0].role: 'x' is unknown; accepted: user", kind="InvalidRequestError")
    assert UI.encode_error(error, argument="messages[0].role") == (400, error.message.encode())
    assert UI.encode_error(Error(message="bad", kind="InvalidRequestError"), argument="id") == (400, b"id: bad")
    status, text = UI.encode_error(Error(message="org-9 is out of credit", kind="RateLimitError", status=429))
    assert (status, text) == (429, b"Too many requests. Wait a moment and try again.")
    assert UI.decode_error(429, text).kind == "RateLimitError"
