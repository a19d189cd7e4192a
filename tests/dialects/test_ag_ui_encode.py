"""Events as an AG-UI run: the client's rules, the models of the official package, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.ag_ui_client import Client, ClientError
from tests.dialects.made_events import WHOLE_TEXTS, legal_streams
from tests.dialects.ui_told import DIALECT_OF, cut, decoded, norm, recordings

from slipstream import dialects
from slipstream.dialects import Reply
from slipstream.dialects.common.ag_ui_wire.encoder import AGUIEncoder
from slipstream.errors import InvalidRequestError
from slipstream.events import Error, Event, types as e
from slipstream.events.order import Order
from slipstream.events.types import EVENT_TYPES

AG_UI = dialects.get("ag_ui")
STEP = (e.Start(id="m"), e.StepStart())
END = (e.StepEnd(), e.Finish())
IDS: dict[str, Any] = {"thread_id": "t1", "run_id": "r1"}


def encoded(events: Iterable[Event], version: str = "", **reply: Any) -> bytes:
    encoder = AG_UI.encoder(Reply(version=version, options=IDS, **reply))
    return b"".join(map(encoder.feed, events)) + encoder.end()


def page(events: Iterable[Event], version: str = "1.0", **reply: Any) -> Client:
    """What a page has got; it throws where the client would."""
    client = Client(current=version.startswith("1"))
    client.feed(encoded(events, version, **reply))
    assert client.error or client.finished
    return client


def wires_of(body: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


CALL = e.ToolCall(id="c", name="f", input={"a": 1}, arguments='{"a":1}', metadata={"sig": "x"})
EVENTS: tuple[Event, ...] = (
    e.Start(id="m1", model="glm-4.7"), e.StepStart(), e.ReasoningStart(), e.ReasoningDelta("hm"),
    e.ReasoningEnd(signature="sig"), e.TextStart(), e.TextDelta("Hi"), e.TextEnd(), e.ToolInputStart(id="c", name="f"),
    e.ToolInputDelta('{"a":1}', id="c"), e.ToolInputEnd(id="c"), CALL, e.Usage(input_tokens=3),
    e.StepEnd(reason="tool_calls"), e.ToolResult(id="c", output="ok"), e.Finish(reason="tool_calls"),
)  # fmt: skip


def test_a_whole_run() -> None:
    end = {"type": "finish", "reason": "tool_calls"}
    assert wires_of(encoded(EVENTS, "1.0")) == [
        {"type": "RUN_STARTED", "threadId": "t1", "runId": "r1", "protocolVersion": "1.0",
         "rawEvent": {"type": "start", "id": "m1", "model": "glm-4.7"}},
        {"type": "STEP_STARTED", "stepName": "step-1"},
        {"type": "REASONING_START", "messageId": "r1-reasoning-0"},
        {"type": "REASONING_MESSAGE_START", "messageId": "r1-reasoning-0", "role": "reasoning"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r1-reasoning-0", "delta": "hm"},
        {"type": "REASONING_MESSAGE_END", "messageId": "r1-reasoning-0"},
        {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "r1-reasoning-0",
         "encryptedValue": '{"signature":"sig"}'},
        {"type": "REASONING_END", "messageId": "r1-reasoning-0"},
        {"type": "TEXT_MESSAGE_START", "messageId": "r1-text-0", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "r1-text-0", "delta": "Hi"},
        {"type": "TEXT_MESSAGE_END", "messageId": "r1-text-0"},
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f", "parentMessageId": "r1-text-0"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"a":1}'},
        {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call", "entityId": "c",
         "encryptedValue": '{"sig":"x"}'},
        {"type": "TOOL_CALL_END", "toolCallId": "c",
         "rawEvent": {"type": "tool-call", "id": "c", "name": "f", "input": {"a": 1}, "arguments": '{"a":1}',
                      "metadata": {"sig": "x"}}},
        {"type": "CUSTOM", "name": "usage", "value": {"type": "usage", "input_tokens": 3}},
        {"type": "STEP_FINISHED", "stepName": "step-1", "rawEvent": {"type": "step-end", "reason": "tool_calls"}},
        {"type": "TOOL_CALL_RESULT", "messageId": "r1-result-1", "toolCallId": "c", "content": "ok", "role": "tool"},
        {"type": "RUN_FINISHED", "threadId": "t1", "runId": "r1", "usage": [{"model": "glm-4.7", "inputTokens": 3}],
         "rawEvent": end, "outcome": {"type": "success"}},
    ]  # fmt: skip


def test_the_older_names_of_thinking() -> None:
    kinds = [wire["type"] for wire in wires_of(encoded(EVENTS)) if "THINK" in wire["type"] or "REASON" in wire["type"]]
    assert kinds == [
        "THINKING_START", "THINKING_TEXT_MESSAGE_START", "THINKING_TEXT_MESSAGE_CONTENT", "THINKING_TEXT_MESSAGE_END",
        "THINKING_END",
    ]  # fmt: skip
    client = page(EVENTS, "")
    assert (client.text, client.thought) == ("Hi", "hm")


def test_every_type_of_event_has_its_way() -> None:
    assert set(AGUIEncoder.CARRIES) == set(EVENT_TYPES)


@given(legal_streams(steps=3), st.sampled_from(["", "0", "1", "1.0"]), st.lists(st.integers(0, 90), max_size=8))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_client_takes_whatever_comes(events: list[Event], version: str, sizes: list[int]) -> None:
    encoder = AGUIEncoder(Reply(version=version, ids="s", options=IDS))
    client = Client(current=version.startswith("1"))
    body = b""
    for event in events:
        data = encoder.feed(event)
        assert data == b"" or data.endswith(b"\n\n")
        client.feed(data)
        body += data
        first = getattr(event, "choice", None) in (None, 0)
        if first and encoder.CARRIES[type(event)] and not encoder.finished:
            assert event.type in encoder.carried
    last = encoder.end()
    client.feed(last)
    body += last
    assert encoder.finished
    assert encoder.feed(e.TextDelta("late")) == encoder.end() == b""
    whole = decoded("ag_ui", [body])
    Order().check_all(whole)
    assert norm(decoded("ag_ui", cut(body, sizes))) == norm(whole)


ALL_BUT = [kind for kind in EVENT_TYPES if kind not in (e.ToolCall, e.Restart)]


@given(
    legal_streams(choices=1, kinds=ALL_BUT, texts=WHOLE_TEXTS, ends=[e.Finish], interleaved=False),
    st.sampled_from(["", "1.0"]),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_decoding_gives_the_events_again(events: list[Event], version: str) -> None:
    assert norm(decoded("ag_ui", [encoded(events, version)])) == norm(events)


@pytest.mark.parametrize("folder", DIALECT_OF)
@pytest.mark.parametrize("version", ["", "1.0"])
def test_recorded_answers_come_through_whole(corpora: Path, folder: str, version: str) -> None:
    for events in recordings(corpora, folder):
        page(events, version)
        first = [event for event in events if getattr(event, "choice", 0) == 0]
        told = [event for event in decoded("ag_ui", [encoded(events, version)]) if not _of_another_choice(event)]
        if isinstance(first[-1], Error):
            first.pop()  # its kind is what its words say
            assert isinstance(told.pop(), Error)
        assert norm(told) == norm(first)


def _of_another_choice(event: Event) -> bool:
    return isinstance(event, e.Raw) and isinstance(event.data, dict) and event.data.get("name") == "choice"


def test_ids_differ_from_run_to_run() -> None:
    first, second = (AG_UI.encoder(Reply(options={"run_id": run})) for run in ("r1", "r2"))
    assert first.feed(e.TextStart()) != second.feed(e.TextStart()).replace(b"r2", b"r3")
    client = page([*STEP, e.TextStart(), e.TextEnd(), e.StepEnd(), e.StepStart(), e.TextStart(), e.TextEnd(), *END])
    assert list(client.messages) == ["r1-text-0", "r1-text-0-2"]


def test_calls_of_one_turn_are_of_one_message() -> None:
    calls = [e.ToolCall(id="a", name="f", input={}), e.ToolCall(id="b", name="g", input={})]
    client = page([*STEP, *calls, e.ToolResult(id="a", output=1), e.StepEnd(), e.StepStart(), calls[0], *END])
    named = [[call["id"] for call in message.get("calls", [])] for message in client.messages.values()]
    assert named == [["a", "b"], [], ["a-2"]]
    assert client.call("a")["arguments"] == "{}"
    assert client.finished is not None
    assert client.finished["outcome"]["pendingToolCallIds"] == ["b", "a-2"]


def test_an_error_a_cut_and_an_abort() -> None:
    error = page([*STEP, e.TextDelta("a"), Error(message="no room", kind="OverloadedError", code="busy")]).error
    assert error == {"type": "RUN_ERROR", "message": "no room", "code": "busy"}
    assert (page([Error(message="x", kind="RateLimitError")]).error or {})["code"] == "RateLimitError"
    assert (page([*STEP, e.TextDelta("a")]).error or {})["code"] == "StreamInterruptedError"
    assert (page([*STEP, e.TextDelta("a"), e.Abort(reason="user")], "").error or {})["code"] == "cancelled"
    finished = page([*STEP, e.TextDelta("a"), e.ToolInputStart(id="c", name="f"), e.Abort(reason="user")]).finished
    assert finished is not None
    assert finished["outcome"] == {"type": "cancelled"}
    for version in ("", "1.0"):
        assert decoded("ag_ui", [encoded([*STEP, e.Abort(reason="user")], version)])[-1] == e.Abort(reason="user")


def test_a_new_beginning_after_content_is_an_error() -> None:
    client = page([*STEP, e.TextDelta("old"), e.Restart(), e.Start(), e.StepStart(), e.TextDelta("new"), *END])
    assert (client.text, (client.error or {})["code"]) == ("old", "restart")
    events = [*STEP, e.Restart(attempt=2), e.Start(id="n"), e.StepStart(), e.TextStart(), e.TextEnd(), *END]
    assert norm(decoded("ag_ui", [encoded(events)])) == norm(events)


def test_what_has_no_form_is_custom() -> None:
    box = e.Box(points=(0.1, 0.2), label="cat")
    encoder = AG_UI.encoder()
    assert wires_of(b"".join(map(encoder.feed, [*STEP, box])))[-1] == {
        "type": "CUSTOM", "name": "box", "value": {"type": "box", "points": [0.1, 0.2], "label": "cat"},
    }  # fmt: skip
    assert encoder.carried == {"box": "as CUSTOM, named by its tag"}
    assert wires_of(encoded([*STEP, e.Raw(data=[1])]))[2] == {"type": "RAW", "event": [1]}


@pytest.mark.parametrize("version", ["x", "1.", "v1", "1.0.0.0"])
def test_an_unknown_version_is_refused(version: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"reply\.version"):
        AG_UI.encoder(Reply(version=version))


@pytest.mark.parametrize(
    "wires",
    [
        [{"type": "TEXT_MESSAGE_CONTENT", "messageId": "a", "delta": "b"}],
        [{"type": "RUN_STARTED", "threadId": "t", "runId": "r", "protocolVersion": "1.0"}],
        [{"type": "RUN_STARTED", "threadId": "t"}],
        [{"type": "RUN_STARTED", "threadId": "t", "runId": "r"}, {"type": "REASONING_START", "messageId": "a"}],
    ],
)
def test_the_model_of_the_client_throws(wires: list[dict[str, Any]]) -> None:
    client = Client(current=False)
    with pytest.raises((ClientError, ValueError)):
        client.feed(b"".join(b"data: " + json.dumps(wire).encode() + b"\n\n" for wire in wires))
