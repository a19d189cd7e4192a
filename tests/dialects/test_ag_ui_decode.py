"""Runs of other agents as events, and whole answers as messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ag_ui.core import (
    MessagesSnapshotEvent,
    RunErrorEvent,
    RunFinishedEvent,
    RunStartedEvent,
    StateSnapshotEvent,
    StepFinishedEvent,
    StepStartedEvent,
    TextMessageChunkEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallChunkEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from ag_ui.core.events import BaseEvent
from ag_ui.encoder import EventEncoder
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.made_events import VALUES, WHOLE_TEXTS, legal_streams
from tests.dialects.ui_told import cut, decoded

from slipstream import dialects
from slipstream.dialects import Reply
from slipstream.events import Error, Event, Message, types as e
from slipstream.events.order import Order

AG_UI = dialects.get("ag_ui")


def body_of(*events: BaseEvent) -> bytes:
    return "".join(map(EventEncoder().encode, events)).encode()


def frames_of(*wires: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(wire).encode() + b"\n\n" for wire in wires)


def read(*wires: Any) -> list[Event]:
    events = decoded("ag_ui", [frames_of(*wires)])
    Order().check_all(events)
    return events


# A run as the official encoder writes it, of an agent with steps of its own, one inside the other.
RUN = body_of(
    RunStartedEvent(thread_id="t", run_id="r"),
    StepStartedEvent(step_name="plan"),
    StepStartedEvent(step_name="inner"),
    ToolCallStartEvent(tool_call_id="c", tool_call_name="f"),
    ToolCallArgsEvent(tool_call_id="c", delta='{"a":'),
    ToolCallArgsEvent(tool_call_id="c", delta="1}"),
    ToolCallEndEvent(tool_call_id="c"),
    ToolCallResultEvent(message_id="m0", tool_call_id="c", content="ok"),
    StepFinishedEvent(step_name="inner"),
    StepFinishedEvent(step_name="plan"),
    TextMessageStartEvent(message_id="m1"),
    TextMessageContentEvent(message_id="m1", delta="Hi"),
    TextMessageContentEvent(message_id="m1", delta=""),
    TextMessageEndEvent(message_id="m1"),
    StateSnapshotEvent(snapshot={"n": 1}),
    RunFinishedEvent(thread_id="t", run_id="r"),
)
EVENTS: list[Event] = [
    e.Start(id="r"),
    e.StepStart(),
    e.Raw(data={"type": "STEP_STARTED", "stepName": "inner"}),
    e.ToolInputStart(id="c", name="f"),
    e.ToolInputDelta('{"a":', id="c"),
    e.ToolInputDelta("1}", id="c"),
    e.ToolInputEnd(id="c"),
    e.ToolCall(id="c", name="f", input={"a": 1}, arguments='{"a":1}'),
    e.ToolResult(id="c", output="ok", name="f"),
    e.Raw(data={"type": "STEP_FINISHED", "stepName": "inner"}),
    e.StepEnd(),
    e.TextStart(id="m1", index=1),
    e.TextDelta("Hi", "m1"),
    e.TextEnd(id="m1"),
    e.Raw(data={"type": "STATE_SNAPSHOT", "snapshot": {"n": 1}}),
    e.Finish(),
]


@given(st.lists(st.integers(0, 200), max_size=12))
@settings(max_examples=40)
def test_another_agents_run_however_it_is_cut(sizes: list[int]) -> None:
    assert decoded("ag_ui", cut(RUN, sizes)) == EVENTS


def test_byte_by_byte() -> None:
    assert decoded("ag_ui", [RUN[at : at + 1] for at in range(len(RUN))]) == EVENTS
    Order().check_all(EVENTS)


def test_events_that_open_and_close_themselves() -> None:
    body = body_of(
        RunStartedEvent(thread_id="t", run_id="r"),
        TextMessageChunkEvent(message_id="a", delta="He"),
        TextMessageChunkEvent(delta="llo"),
        TextMessageChunkEvent(message_id="b", delta="!"),
        ToolCallChunkEvent(tool_call_id="c", tool_call_name="f", delta="{"),
        ToolCallChunkEvent(delta="}"),
        RunFinishedEvent(thread_id="t", run_id="r"),
    )
    events = decoded("ag_ui", [body])
    Order().check_all(events)
    message = Message.of(events)
    assert [block.text for block in message.blocks] == ["Hello", "!", "{}"]
    assert message.tool_calls[0].input == {}
    assert message.finish_reason == "tool_calls"


def test_thinking_in_both_forms() -> None:
    new = read(
        {"type": "REASONING_START", "messageId": "a"},
        {"type": "REASONING_MESSAGE_START", "messageId": "a", "role": "reasoning"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "a", "delta": "hm"},
        {"type": "REASONING_MESSAGE_END", "messageId": "a"},
        {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "a", "encryptedValue": "c2ln"},
        {"type": "REASONING_END", "messageId": "a"},
        {"type": "RUN_FINISHED"},
    )
    assert [event for event in new if event.type.startswith("reasoning")] == [
        e.ReasoningStart(id="a"), e.ReasoningDelta("hm", "a"), e.ReasoningEnd(id="a", signature="c2ln"),
    ]  # fmt: skip
    old = read(
        {"type": "THINKING_START", "title": "x"},
        {"type": "THINKING_TEXT_MESSAGE_START"},
        {"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": "hm"},
        {"type": "THINKING_TEXT_MESSAGE_END"},
        {"type": "THINKING_END"},
        {"type": "RUN_FINISHED"},
    )
    assert Message.of(old).reasoning == "hm"


def test_how_runs_end() -> None:
    usage = [{"inputTokens": 3, "outputTokens": 4}, {"inputTokens": 1}]
    events = read({"type": "RUN_STARTED", "runId": "r"}, {"type": "RUN_FINISHED", "usage": usage})
    assert events == [e.Start(id="r"), e.Usage(input_tokens=4, output_tokens=4), e.Finish()]
    interrupt = {"type": "interrupt", "interrupts": [{"id": "i", "reason": "x"}]}
    paused = read({"type": "RUN_FINISHED", "outcome": interrupt})
    assert paused[1:] == [e.Metadata(data={"outcome": interrupt}), e.Finish(reason="pause", raw_reason="interrupt")]
    assert read({"type": "RUN_FINISHED", "outcome": {"type": "cancelled"}})[-1] == e.Abort()
    failed = decoded("ag_ui", [body_of(RunErrorEvent(message="Rate limit reached", code="rate_limit_exceeded"))])
    assert failed == [
        Error(message="Rate limit reached", code="rate_limit_exceeded", kind="RateLimitError", retryable=True)
    ]
    cut_off = read({"type": "RUN_STARTED"}, {"type": "TEXT_MESSAGE_START", "messageId": "a"})
    assert isinstance(cut_off[-1], Error)
    assert cut_off[-1].kind == "StreamInterruptedError"


KINDS = (
    "RUN_STARTED", "RUN_FINISHED", "RUN_ERROR", "STEP_STARTED", "STEP_FINISHED", "TEXT_MESSAGE_START",
    "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "TEXT_MESSAGE_CHUNK", "REASONING_START", "REASONING_MESSAGE_START",
    "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END", "REASONING_MESSAGE_CHUNK", "REASONING_ENCRYPTED_VALUE",
    "REASONING_END", "THINKING_START", "THINKING_TEXT_MESSAGE_CONTENT", "THINKING_END", "TOOL_CALL_START",
    "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_CHUNK", "TOOL_CALL_RESULT", "CUSTOM", "RAW", "STATE_DELTA", "",
)  # fmt: skip
OURS = ({"type": "start"}, {"type": "restart"}, {"type": "usage"}, {"type": "box", "points": []}, {"type": "abort"})
WIRES = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | VALUES},
    optional={
        "messageId": st.sampled_from(["a", "b", ""]) | VALUES,
        "toolCallId": st.sampled_from(["a", "c"]) | VALUES,
        "entityId": st.sampled_from(["a", "c"]) | VALUES,
        "subtype": st.sampled_from(["message", "tool-call"]),
        "encryptedValue": st.text(max_size=3) | VALUES,
        "delta": st.text(max_size=3) | VALUES,
        "role": st.sampled_from(["assistant", "user"]) | VALUES,
        "stepName": st.sampled_from(["x", "y"]) | VALUES,
        "name": st.sampled_from(["start", "restart", "usage", "box"]) | VALUES,
        "value": st.sampled_from(OURS) | VALUES,
        "rawEvent": st.sampled_from(OURS) | VALUES,
        "usage": VALUES,
        "outcome": VALUES,
    },
)


@given(st.lists(WIRES | VALUES, max_size=8), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_makes_legal_streams(wires: list[Any], lenient: bool) -> None:
    for raw in (False, True):
        decoder = AG_UI.decoder(include_raw=raw, lenient=lenient)
        events = [*decoder.feed(frames_of(*wires)), *decoder.end()]
        Order().check_all(events)
        assert isinstance(events[-1], e.Finish | e.Error | e.Abort)


# Whole answers.


@given(legal_streams(choices=1, steps=3, texts=WHOLE_TEXTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_is_a_snapshot(events: list[Event]) -> None:
    body = AG_UI.encode_body(Message.of(events), Reply(id="r"))
    MessagesSnapshotEvent.model_validate_json(body)
    Order().check_all(AG_UI.decode_body(body))


def test_a_whole_answer() -> None:
    message = Message.of(EVENTS)
    again = Message.of(AG_UI.decode_body(AG_UI.encode_body(message)))
    assert again.text == "Hi"
    assert [(call.name, call.input) for call in again.tool_calls] == [("f", {"a": 1})]
    assert [result.output for result in again.tool_results if isinstance(result, e.ToolResult)] == ["ok"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error":"no"}'])
def test_bodies_that_are_no_snapshot(body: bytes) -> None:
    assert [event.type for event in AG_UI.decode_body(body)] == ["error"]


def test_an_error_before_the_run() -> None:
    status, body = AG_UI.encode_error(Error(message="empty", kind="InvalidRequestError"), argument="messages")
    assert status == 400
    error = RunErrorEvent.model_validate_json(body)
    assert (error.message, error.code) == ("messages: empty", "InvalidRequestError")
    assert AG_UI.decode_error(status, body).message == "messages: empty"
