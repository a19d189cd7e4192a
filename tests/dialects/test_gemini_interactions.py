"""The decoder of the Interactions API: its steps, its ends, and streams that another connection goes on with."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.gemini_wire import in_pieces
from tests.dialects.interactions_cases import (
    ID,
    STORY,
    USAGE,
    Wire,
    completed,
    created,
    delta,
    events_of,
    frame,
    sse,
    start,
    stop,
)

from slipstream import dialects, events as e
from slipstream.dialects.common.face import Cursor, Resumable, ResumableDecoder
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message

DETAILS = [{"type": "google.interaction_thought", "signature": "c2ln"}]


def test_a_stream_as_documented() -> None:
    assert events_of(sse(*STORY)) == [
        e.Start(ID, "gemini-3-flash"), e.StepStart(), e.Heartbeat(comment="in_progress"), e.ReasoningStart(),
        e.ReasoningDelta("hm"), e.ReasoningEnd(details=DETAILS), e.TextStart(), e.TextDelta("It "), e.TextDelta("is "),
        e.TextDelta("warm."), e.TextEnd(), e.ToolInputStart("call-1", "f"), e.ToolInputDelta('{"a":', "call-1"),
        e.ToolInputDelta(" 1}", "call-1"), e.ToolInputEnd("call-1"),
        e.ToolCall(id="call-1", name="f", input={"a": 1}, arguments='{"a": 1}'), e.Heartbeat(comment="requires_action"),
        e.Usage(10, 12, 22, 5, 2, details=USAGE), e.StepEnd("tool_calls", "requires_action"),
        e.Finish("tool_calls", "requires_action"),
    ]  # fmt: skip


def test_cut_anywhere_it_says_the_same() -> None:
    body = sse(*STORY)
    whole = events_of(body)
    assert in_pieces(body, range(1, len(body)), name="gemini_interactions") == whole
    for seed in range(100):
        cuts = sorted(random.Random(seed).sample(range(1, len(body)), 5))
        assert in_pieces(body, cuts, name="gemini_interactions") == whole
    assert Message.of(events_of(body, include_raw=True)).text == "It is warm."


def test_without_the_mark_the_end_of_the_body_will_do() -> None:
    assert events_of(sse(*STORY, done=False)) == events_of(sse(*STORY))
    assert events_of(sse(*STORY[:-1], done=False))[-1] == e.Finish("tool_calls", "requires_action")


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("count", range(1, len(STORY) - 2))
def test_cut_off_it_is_no_success(count: int, done: bool) -> None:
    error = events_of(sse(*STORY[:count], done=done))[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "StreamInterruptedError"


STATUSES = [
    ("completed", "stop"), ("requires_action", "tool_calls"), ("incomplete", "length"), ("budget_exceeded", "length"),
    ("requires_continuation", "pause"), ("cancelled", "cancelled"), ("new", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "reason"), STATUSES)
def test_statuses(status: str, reason: Any) -> None:
    assert events_of(sse(created(), completed(status=status)))[-1] == e.Finish(reason, status)


def test_steps_may_stand_open_together() -> None:
    wires = (
        created(), start(0, "model_output"), start(1, "model_output"), delta(0, "text", text="a"),
        delta(1, "text", text="b"), delta(0, "text", text="c"), stop(0), delta(1, "text", text="d"), stop(1),
        completed(),
    )  # fmt: skip
    message = Message.of(events_of(sse(*wires)))
    assert [block.text for block in message.blocks] == ["ac", "bd"]


def test_a_step_may_begin_with_everything_in_it() -> None:
    content = [
        {"type": "text", "text": "a", "annotations": [{"type": "url_citation", "url": "https://a", "title": "A"}]}
    ]
    summary = [{"type": "text", "text": "hm"}]
    wires = (
        created(), start(0, "thought", summary=summary, signature="s"), stop(0),
        start(1, "model_output", content=content), stop(1),
        start(2, "function_call", id="c", name="f", arguments={"x": [1]}), stop(2), completed(),
    )  # fmt: skip
    message = Message.of(events_of(sse(*wires)))
    assert (message.text, message.reasoning) == ("a", "hm")
    assert (message.tool_calls[0].input, message.tool_calls[0].arguments) == ({"x": [1]}, '{"x":[1]}')
    assert message.sources == [e.Source("source-0", "https://a", "A", "text-0", {"type": "url_citation"})]
    assert message.finish_reason == "tool_calls"


def test_media() -> None:
    wires = (
        created(), start(0, "model_output"), delta(0, "text", text="see"),
        delta(0, "image", data="AAE=", mime_type="image/png"),
        delta(0, "audio", uri="https://a", mime_type="audio/wav"),
        delta(0, "text", text="!"), stop(0), completed(),
    )  # fmt: skip
    message = Message.of(events_of(sse(*wires)))
    assert message.files == [e.File("image/png", b"\x00\x01"), e.File("audio/wav", url="https://a")]
    assert [block.text for block in message.blocks] == ["see", "!"]


def test_tools_that_google_runs() -> None:
    wires = (
        created(), start(0, "google_search_call", id="s", signature="g"),
        delta(0, "google_search_call", arguments={"queries": ["q"]}), stop(0),
        start(1, "google_search_result", call_id="s"), delta(1, "google_search_result", result=[{"a": 1}]),
        delta(1, "google_search_result", result=[{"b": 2}]), stop(1),
        start(2, "code_execution_call", id="c", arguments={"code": "1", "language": "python"}), stop(2),
        start(3, "code_execution_result", call_id="c", result="1\n"), stop(3),
        start(4, "mcp_server_tool_call", id="m", name="t", server_name="v", arguments={}), stop(4), completed(),
    )  # fmt: skip
    message = Message.of(events_of(sse(*wires)))
    found = [(call.name, call.input, call.provider_executed, call.metadata) for call in message.tool_calls]
    assert found == [
        ("google_search", {"queries": ["q"]}, True, {"signature": "g"}),
        ("code_execution", {"code": "1", "language": "python"}, True, None),
        ("t", {}, True, {"server_name": "v"}),
    ]
    results = [(r.id, r.name, r.output) for r in message.tool_results if isinstance(r, e.ToolResult)]
    assert results == [("s", "google_search", [{"a": 1}, {"b": 2}]), ("c", "code_execution", "1\n")]
    assert message.finish_reason == "stop"


def test_usage_is_the_last_one() -> None:
    update = frame(
        "step.delta", index=0, delta={"type": "text", "text": "a"}, metadata={"total_usage": {"total_tokens": 3}}
    )
    body = sse(created(), start(0, "model_output"), update, stop(0, usage={"total_tokens": 5}), completed())
    usage = Message.of(events_of(body)).usage
    assert usage is not None
    assert usage.total_tokens == 5


def test_thoughts_are_output_though_the_api_counts_them_apart() -> None:
    counts = {"total_input_tokens": 4, "total_output_tokens": 6, "total_thought_tokens": 8, "total_tool_use_tokens": 1}
    usage = Message.of(events_of(sse(created(), completed(usage=counts)))).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.reasoning_tokens) == (5, 14, 19, 8)


def test_errors() -> None:
    wire = frame("error", error={"code": "unavailable", "message": "The model is overloaded."})
    assert events_of(sse(*STORY[:8], wire))[-1] == e.Error(
        "The model is overloaded.", "OverloadedError", code="unavailable", retryable=True
    )
    stated = {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}
    for body in (sse(stated), json.dumps(stated).encode(), json.dumps([stated]).encode()):
        error = events_of(body)[-1]
        assert isinstance(error, e.Error)
        assert (error.kind, error.status) == ("RateLimitError", 429)


def test_a_failed_interaction() -> None:
    failed = completed(status="failed", errors=[{"code": "internal", "message": "broke"}])
    error = events_of(sse(*STORY[:8], failed))[-1]
    assert isinstance(error, e.Error)
    assert (error.message, error.code) == ("broke", "internal")
    assert isinstance(events_of(sse(created(), completed(status="failed")))[-1], e.Error)


@pytest.mark.parametrize("wire", [frame("step.new", index=0), delta(0, "new", x=1), start(0, "new"), {"x": 1}])
def test_what_is_unknown_is_not_lost(wire: Wire) -> None:
    events = events_of(sse(created(), wire, completed()))
    assert any(isinstance(event, e.Raw) for event in events)
    assert isinstance(events[-1], e.Finish)


def test_a_server_that_announces_no_steps() -> None:
    wires = (
        delta(0, "thought_summary", content={"type": "text", "text": "h"}),
        delta(1, "text", text="a"),
        completed(),
    )
    message = Message.of(events_of(sse(created(), *wires)))
    assert (message.reasoning, message.text) == ("h", "a")


def test_the_event_name_may_say_the_type() -> None:
    body = b'event: step.delta\ndata: {"index": 0, "delta": {"type": "text", "text": "a"}}\n\n'
    assert Message.of(events_of(sse(created(), done=False) + body + sse(completed()))).text == "a"


# Whole bodies.

WHOLE = {
    "id": ID, "status": "completed", "model": "m", "created": "2026-03-12T18:06:04Z", "usage": USAGE,
    "steps": [
        {"type": "user_input", "content": [{"type": "text", "text": "q"}]}, {"type": "thought", "signature": "c2ln"},
        {"type": "model_output", "content": [{"type": "text", "text": "a"}]},
    ],
}  # fmt: skip


def test_a_whole_interaction() -> None:
    message = Message.of(dialects.get("gemini_interactions").decode_body(json.dumps(WHOLE).encode()))
    assert (message.id, message.model, message.created) == (ID, "m", 1773338764)
    assert (message.text, message.finish_reason, message.complete) == ("a", "stop", True)
    assert message.blocks[0].details == DETAILS


def test_the_last_event_may_hold_everything() -> None:
    body = sse(created(), frame("interaction.completed", interaction=WHOLE))
    assert Message.of(events_of(body)).text == "a"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b"", b'{"status": "in_progress"}', b'{"status": "failed"}'])
def test_a_whole_interaction_that_is_none(body: bytes) -> None:
    assert isinstance(dialects.get("gemini_interactions").decode_body(body)[-1], e.Error)


# Resume.


def test_the_face() -> None:
    dialect = dialects.get("gemini_interactions")
    assert isinstance(dialect, Resumable)
    assert isinstance(dialect.decoder(), ResumableDecoder)
    cursor = Cursor("a/b", "t=1&x")
    assert dialect.resume_path(cursor) == "interactions/a%2Fb?stream=true&last_event_id=t%3D1%26x"
    assert dialect.cancel_path(cursor) == "interactions/a%2Fb/cancel"


def resumed(body: bytes, at: int, rest: Any) -> list[Event]:
    """The events of a stream that broke at this byte, and of the one that goes on with it; None if it cannot."""
    decoder = dialects.get("gemini_interactions").decoder()
    assert isinstance(decoder, ResumableDecoder)
    events = [event for event in [*decoder.feed(body[:at]), *decoder.end()] if not isinstance(event, e.Error)]
    cursor = decoder.resume_cursor
    if cursor is None:
        return []
    following = decoder.continued()
    return [*events, *following.feed(rest(int(str(cursor.after)[1:]))), *following.end()]


FORMS = {
    "what follows": lambda number: sse(*STORY[number + 1 :]),
    "the last frame again": lambda number: sse(*STORY[number:]),
    "everything again": lambda number: sse(*STORY),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_stream_goes_on(form: str) -> None:
    body = sse(*STORY)
    whole = events_of(body)
    possible = 0
    for at in range(len(body)):
        found = resumed(body, at, FORMS[form])
        assert found in ([], whole), at
        possible += bool(found)
    assert possible > len(body) * 0.75


def test_each_attempt_begins_at_the_same_place() -> None:
    decoder = dialects.get("gemini_interactions").decoder()
    assert isinstance(decoder, ResumableDecoder)
    before = decoder.feed(sse(*STORY[:8], done=False))
    first = decoder.continued()
    first.feed(sse(STORY[8], done=False))
    second = decoder.continued()
    assert [*before, *second.feed(sse(*STORY[8:]))] == events_of(sse(*STORY))


def test_what_cannot_be_resumed() -> None:
    decoder = dialects.get("gemini_interactions").decoder()
    assert isinstance(decoder, ResumableDecoder)
    cursors = []
    for wire in (created(None), delta(0, "text", 5, text="a"), completed()):
        decoder.feed(sse(wire, done=False))
        cursors.append(decoder.resume_cursor)
    assert cursors == [None, Cursor(ID, "e5"), None]  # no frame had told where, and then it was over
    with pytest.raises(InvalidRequestError, match="over"):
        decoder.continued()


def test_another_interaction_inside_this_one_is_refused() -> None:
    error = events_of(sse(*STORY[:8], created(id="other")))[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "ProtocolError"


def test_tokens_that_repeat_lose_nothing() -> None:
    wires = [{**wire, "event_id": "same"} for wire in STORY]
    assert events_of(sse(*wires)) == events_of(sse(*STORY))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(("", "x", "text", "completed", "function_call")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ("event_type", "event_id", "index", "delta", "step", "type", "text", "content", "summary", "signature",
             "arguments", "id", "name", "result", "call_id", "interaction", "status", "usage", "steps", "annotations",
             "data", "mime_type", "uri", "error", "code", "message", "metadata", "total_usage", "created")
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
KINDS = st.sampled_from(
    ("interaction.created", "interaction.status_update", "interaction.completed", "step.start", "step.delta",
     "step.stop", "error", "other")
)  # fmt: skip


@given(st.lists(st.tuples(KINDS, ANY), max_size=6))
@settings(max_examples=300)
def test_hostile_frames_never_raise(frames: list[tuple[str, Any]]) -> None:
    wires = [{**(wire if isinstance(wire, dict) else {"x": wire}), "event_type": kind} for kind, wire in frames]
    for options in ({}, {"lenient": True}, {"include_raw": True}):
        assert events_of(sse(*wires), **options)
        assert events_of(json.dumps(wires).encode(), **options)
    dialects.get("gemini_interactions").decode_body(json.dumps(wires[0] if wires else {}).encode())
