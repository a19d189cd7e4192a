"""Events as the Messages stream: what every event becomes, in which order, and how answers end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from tests.dialects.anthropic_wire_reader import Wire

from slipstream.dialects import Reply
from slipstream.dialects.anthropic import Anthropic
from slipstream.dialects.common.anthropic_wire.encoder import AnthropicEncoder
from slipstream.dialects.common.stream_encoder import carries
from slipstream.events import types as e
from slipstream.events.types import EVENT_TYPES, Event, FinishReason

BEGIN: list[Event] = [e.Start(id="msg_1", model="claude"), e.StepStart()]
END: list[Event] = [e.StepEnd(), e.Finish()]


def encode(events: Iterable[Event], reply: Reply | None = None) -> tuple[Wire, AnthropicEncoder]:
    """The wire of these events."""
    encoder = Anthropic().encoder(reply)
    body = b"".join(encoder.feed(event) for event in events) + encoder.end()
    assert encoder.finished
    return Wire(body), encoder


def told(*events: Event) -> Wire:
    """The wire of an answer of these events, which ends well."""
    wire, _ = encode([*BEGIN, *events, *END])
    assert wire.ended == "message_stop"
    return wire


def call(id: str, arguments: str = "{}", name: str = "f", **fields: Any) -> list[Event]:
    own = fields.get("provider_executed", False)
    return [
        e.ToolInputStart(id=id, name=name, provider_executed=own),
        e.ToolInputDelta(arguments, id),
        e.ToolInputEnd(id=id),
        e.ToolCall(id=id, name=name, arguments=arguments, **fields),
    ]


def kinds(wire: Wire) -> list[str]:
    return [block["type"] for block in wire.blocks]


def test_every_event_type_says_how_it_travels() -> None:
    assert set(carries(AnthropicEncoder)) == {kind.__struct_config__.tag for kind in EVENT_TYPES}


def test_the_bytes_of_a_plain_answer() -> None:
    encoder = Anthropic().encoder()
    events = [*BEGIN, e.TextStart(), e.TextDelta("Hi"), e.TextEnd(), e.Usage(input_tokens=3, output_tokens=1), *END]
    frames = [encoder.feed(event) for event in events]
    assert frames[0].startswith(b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1",')
    assert frames[3] == (
        b"event: content_block_start\n"
        b'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
        b"event: content_block_delta\n"
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
    )
    assert frames[4] == b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    assert frames[-1] == (
        b'event: message_delta\ndata: {"type":"message_delta",'
        b'"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"output_tokens":1}}\n\n'
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    assert frames[1] == frames[2] == frames[5] == frames[6] == b""
    assert encoder.carried == {}
    assert encoder.end() == b""
    assert encoder.feed(e.TextDelta("late")) == b""


def test_content_opens_what_is_missing() -> None:
    wire, _ = encode([e.TextDelta("a"), e.TextDelta("b", "other"), e.ReasoningDelta("c"), e.Finish()])
    assert kinds(wire) == ["text", "text", "thinking"]
    assert encode([e.Finish()])[0].ended == "message_stop"


def test_the_reply_names_the_answer() -> None:
    wire, _ = encode([e.TextDelta("a")], Reply(id="msg_9", model="shown"))
    assert (wire.wires[0]["message"]["id"], wire.wires[0]["message"]["model"]) == ("msg_9", "shown")
    wire, _ = encode(BEGIN, Reply(id="msg_9", model="shown"))
    assert (wire.wires[0]["message"]["id"], wire.wires[0]["message"]["model"]) == ("msg_1", "shown")


def test_ids_number_the_events_that_have_bytes() -> None:
    encoder = Anthropic().encoder(Reply(ids="s"))
    frames = [encoder.feed(event) for event in [*BEGIN, e.TextStart(), e.TextDelta("a"), e.TextDelta("b")]]
    assert frames[0].startswith(b"id: s-1\nevent: message_start")
    assert frames[3].count(b"id: ") == 1
    assert b"\n\nid: s-4\nevent: content_block_delta" in frames[3]
    assert frames[4].startswith(b"id: s-5\n")
    Wire(b"".join(frames))


def test_signs_of_life() -> None:
    encoder = Anthropic().encoder()
    assert encoder.heartbeat() == encoder.feed(e.Heartbeat(comment="x")) == b'event: ping\ndata: {"type":"ping"}\n\n'
    assert encoder.carried == {}


def test_thinking_and_its_signature() -> None:
    wire = told(
        e.ReasoningStart(), e.ReasoningDelta("hm"), e.ReasoningEnd(signature="sig"),
        e.ReasoningStart(id="r1"), e.ReasoningEnd(id="r1", redacted="secret"),
        e.ReasoningStart(id="r2"), e.ReasoningDelta("unsigned", "r2"), e.ReasoningEnd(id="r2"),
        e.ReasoningStart(id="r3"), e.ReasoningEnd(id="r3", signature="alone"),
        e.ReasoningStart(id="r4"), e.ReasoningEnd(id="r4"),
    )  # fmt: skip
    found = [(block.get("thinking"), block.get("signature"), block.get("data")) for block in wire.blocks]
    assert found == [("hm", "sig", None), (None, None, "secret"), ("unsigned", "", None), ("", "alone", None)]


def test_details_of_thinking_travel_beside() -> None:
    wire, encoder = encode([*BEGIN, e.ReasoningDelta("a"), e.ReasoningEnd(details=[{"x": 1}]), *END])
    assert wire.comments == [{"type": "reasoning-end", "details": [{"x": 1}]}]
    assert "details" in encoder.carried["reasoning-end"]


# Calls.


def test_a_call_keeps_its_id_and_streams_its_arguments() -> None:
    encoder = Anthropic().encoder()
    encoder.feed(e.Start())
    start = encoder.feed(e.ToolInputStart(id="call_abc|1", name="f"))
    assert b'"content_block":{"type":"tool_use","id":"call_abc|1","name":"f","input":{}}' in start
    assert b'{"type":"input_json_delta","partial_json":"{\\"a\\":"}' in encoder.feed(
        e.ToolInputDelta('{"a":', "call_abc|1")
    )


@pytest.mark.parametrize("ending", [[], [e.ToolInputEnd(id="c")]])
def test_arguments_that_come_with_the_call_alone(ending: list[Event]) -> None:
    complete = e.ToolCall(id="c", name="f", arguments='{"a":1}')
    wire = told(e.ToolInputStart(id="c", name="f"), *ending, complete)
    assert [block["partial"] for block in wire.blocks] == ['{"a":1}']
    assert [block["partial"] for block in told(complete, complete).blocks] == ['{"a":1}'] * 2


def test_arguments_that_are_no_json() -> None:
    assert told(*call("c", '{"a', error="cut")).blocks[0]["partial"] == '{"a'
    whole = told(e.ToolCall(id="c", name="f", arguments='{"a', error="cut"))
    assert whole.blocks[0]["partial"] == '{"INVALID_JSON":"{\\"a"}'


def test_calls_of_the_provider() -> None:
    wire = told(
        *call("s", '{"query":"x"}', name="web_search", provider_executed=True),
        e.ToolResult(id="s", name="web_search", output=[{"type": "web_search_result", "url": "u"}],
                     provider_executed=True),
        *call("m", '{"q":1}', name="ask", provider_executed=True,
              metadata={"type": "mcp_tool_use", "server_name": "srv"}),
        e.ToolResult(id="m", name="ask", output=[{"type": "text", "text": "yes"}], provider_executed=True),
        e.ToolError(id="m", name="ask", error="no", provider_executed=True),
        e.ToolError(id="s", name="web_search", error="max_uses_exceeded", provider_executed=True),
        *call("f", name="file_search", provider_executed=True),
    )  # fmt: skip
    assert kinds(wire) == [
        "server_tool_use", "web_search_tool_result", "mcp_tool_use", "mcp_tool_result", "mcp_tool_result",
        "web_search_tool_result", "server_tool_use",
    ]  # fmt: skip
    assert wire.blocks[2]["server_name"] == "srv"
    assert [block.get("is_error") for block in wire.blocks[3:5]] == [False, True]
    assert wire.blocks[5]["content"] == {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    assert wire.comments == []


@pytest.mark.parametrize(
    "result",
    [
        e.ToolResult(id="c", name="web_search", output=[{"type": "web_search_result"}]),  # run by the caller
        e.ToolResult(id="c", name="file_search", output=[{"type": "x"}], provider_executed=True),
        e.ToolResult(id="c", name="web_search", output="plain", provider_executed=True),
        e.ToolResult(id="c", name="web_search", output=[{"type": "x"}], provider_executed=True, preliminary=True),
        e.ToolError(id="c", name="f", error="boom"),
    ],
)
def test_results_without_a_block_travel_beside(result: Event) -> None:
    wire, encoder = encode([*BEGIN, result, *END])
    assert wire.blocks == []
    assert [comment["type"] for comment in wire.comments] == [result.type]
    assert result.type in encoder.carried


def test_what_a_provider_wants_echoed_is_told_or_named() -> None:
    wire, encoder = encode([*BEGIN, *call("c", metadata={"thought_signature": "x"}), *END])
    assert wire.comments[0]["metadata"] == {"thought_signature": "x"}
    assert "metadata" in encoder.carried["tool-call"]
    whole = told(e.ToolCall(id="c", name="f", metadata={"caller": {"type": "code_execution_20250825"}}))
    assert whole.blocks[0]["caller"] == {"type": "code_execution_20250825"}
    assert whole.comments == []


# Blocks that stand open together.


def test_text_never_waits_for_text_or_thinking() -> None:
    encoder = Anthropic().encoder()
    events = [e.TextDelta("a", "t1"), e.TextDelta("b", "t2"), e.ReasoningDelta("r"), e.TextDelta("c", "t1")]
    body = b""
    for event in [*BEGIN, *events]:
        data = encoder.feed(event)
        text = getattr(event, "text", None)
        assert text is None or msgspec.json.encode(text) in data
        body += data
    assert [(block["type"], block.get("text")) for block in Wire(body).blocks] == [
        ("text", "a"), ("text", "b"), ("thinking", None), ("text", "c"),
    ]  # fmt: skip


def test_parallel_calls_come_one_after_the_other() -> None:
    a, b, c = (call(id, f'{{"n":"{id}"}}') for id in "abc")
    interleaved = [a[0], b[0], c[0], e.TextDelta("t"), c[1], a[1], b[1], b[2], b[3], a[2], a[3], c[2], c[3]]
    encoder = Anthropic().encoder()
    frames = [encoder.feed(event) for event in [*BEGIN, *interleaved]]
    wire = Wire(b"".join(frames))
    assert [block.get("id", block["type"]) for block in wire.blocks] == ["a", "b", "c", "text"]
    assert [block["partial"] for block in wire.blocks[:3]] == ['{"n":"a"}', '{"n":"b"}', '{"n":"c"}']
    assert frames[interleaved.index(a[1]) + 2], "the open call's own pieces go at once"
    assert b'"t"' in frames[-2], "the text waited for the last call before it"
    assert b'\\"n\\":\\"c' in frames[interleaved.index(a[2]) + 2], "what waited goes as soon as it can"


def test_many_calls_that_stand_open_together() -> None:
    every = [call(str(number)) for number in range(1200)]
    turns = [event for events in zip(*every, strict=True) for event in events]
    assert len(told(*turns).blocks) == 1200


def test_what_waits_when_the_answer_breaks_goes_beside() -> None:
    wire, encoder = encode([*BEGIN, call("a")[0], e.TextDelta("t"), *call("b"), e.Error(message="gone")])
    assert wire.ended == "error"
    assert [block["id"] for block in wire.blocks] == ["a"]
    assert wire.open, "a call that is not whole never ends as if it were"
    found = [comment["type"] for comment in wire.comments]
    assert found == ["text-delta", "tool-input-start", "tool-input-delta", "tool-input-end", "tool-call"]
    assert set(found) == set(encoder.carried)


def test_an_unfinished_call_does_not_keep_the_rest_from_a_good_end() -> None:
    wire = told(call("a")[0], e.TextDelta("t"), e.ToolInputStart(id="x", name="ask", provider_executed=True),
                e.ToolInputDelta("{", "x"), *call("b"))  # fmt: skip
    assert kinds(wire) == ["tool_use", "text", "tool_use", "server_tool_use"]
    assert wire.blocks[-1]["partial"] == "{"


# What is cited, refused, taken back, or not of this API.


def test_citations_stand_on_their_text() -> None:
    own = {"type": "char_location", "cited_text": "x", "document_index": 0}
    wire = told(
        e.TextStart(), e.Source(id="s0", block="text-0", metadata=own), e.TextDelta("a"),
        e.Source(id="s1", url="https://e.org", title="E"), e.TextEnd(),
        e.Source(id="s2", url="https://late.org"), e.Source(id="s3", title="no address"),
    )  # fmt: skip
    web = {"type": "web_search_result_location", "url": "https://e.org", "title": "E"}
    assert wire.blocks[0]["citations"] == [own, {**web, "cited_text": "", "encrypted_index": ""}]
    assert [comment["id"] for comment in wire.comments] == ["s2", "s3"]


def test_a_refusal_is_text_with_a_reason() -> None:
    wire, encoder = encode([*BEGIN, e.TextDelta("a"), e.RefusalDelta("No"), e.RefusalDelta("."), *END])
    assert [block["text"] for block in wire.blocks] == ["a", "No."]
    assert wire.stop_reason == "refusal"
    assert list(encoder.carried) == ["refusal-delta"]


def test_a_retraction_ends_as_a_refusal() -> None:
    wire = told(e.TextDelta("a"), e.Retract(reason="guard"))
    assert wire.stop_reason == "refusal"
    assert wire.comments == [{"type": "retract", "reason": "guard"}]
    assert told(e.Retract(choice=1)).stop_reason == "end_turn"


def test_metadata_goes_where_the_api_has_a_place() -> None:
    wire = told(
        e.Metadata(data={"compaction": {"content": "short"}}), e.Metadata(data={"fallback": {"from": {}, "to": {}}}),
        e.Metadata(data={"stop_sequence": "END", "container": {"id": "c"}, "context_management": {"x": 1}}),
        e.Metadata(data={"logprobs": {"content": []}, "stop_details": None}),
    )  # fmt: skip
    assert kinds(wire) == ["compaction", "fallback"]
    (end,) = wire.of("message_delta")
    assert end["delta"] == {"stop_reason": "end_turn", "stop_sequence": "END", "container": {"id": "c"},
                            "stop_details": None}  # fmt: skip
    assert end["context_management"] == {"x": 1}
    assert [list(comment["data"]) for comment in wire.comments] == [["logprobs", "stop_details"]]


def test_blocks_of_metadata_wait_for_a_call() -> None:
    a = call("a")
    wire = told(a[0], e.Metadata(data={"compaction": {"content": "x"}}), *a[1:])
    assert kinds(wire) == ["tool_use", "compaction"]


def test_files() -> None:
    wire = told(e.File(media_type="application/octet-stream", id="file_1"), e.File(media_type="image/png", data=b"x"))
    assert [block.get("file_id") for block in wire.blocks] == ["file_1"]
    assert [comment["media_type"] for comment in wire.comments] == ["image/png"]


def test_other_choices_travel_beside() -> None:
    other = [e.StepStart(choice=1), e.TextStart(id="o", choice=1), e.TextDelta("o", "o", 1), e.StepEnd(choice=1)]
    wire, encoder = encode([*BEGIN, e.TextDelta("a", "o"), *other, e.Metadata(data={"stop_sequence": "x"}, choice=1),
                            e.TextDelta("b", "o"), *END])  # fmt: skip
    assert [block["text"] for block in wire.blocks] == ["ab"]
    assert len(wire.comments) == 5
    assert all("first" in words for words in encoder.carried.values())
    assert wire.of("message_delta")[0]["delta"]["stop_sequence"] is None


def test_a_tool_loop_is_one_message() -> None:
    first = [*BEGIN, *call("c"), e.StepEnd(reason="tool_calls"), e.ToolResult(id="c", output=1)]
    wire, encoder = encode([*first, e.StepStart(), e.TextDelta("done"), *END])
    assert kinds(wire) == ["tool_use", "text"]
    assert [comment["type"] for comment in wire.comments] == ["tool-result", "step-end", "step-start"]
    assert wire.stop_reason == "end_turn"
    assert {"step-end", "step-start"} <= set(encoder.carried)


# Ends.


@pytest.mark.parametrize(
    ("reason", "raw", "expected"),
    [
        ("stop", None, "end_turn"), ("stop", "stop", "end_turn"), ("stop", "stop_sequence", "stop_sequence"),
        ("length", "length", "max_tokens"),
        ("length", "model_context_window_exceeded", "model_context_window_exceeded"),
        ("tool_calls", "tool_calls", "tool_use"), ("tool_calls", "end_turn", "tool_use"),
        ("content_filter", "SAFETY", "refusal"), ("pause", None, "pause_turn"), ("pause", "compaction", "compaction"),
    ],
)  # fmt: skip
def test_stop_reasons(reason: FinishReason, raw: str | None, expected: str) -> None:
    wire, encoder = encode([*BEGIN, e.Finish(reason=reason, raw_reason=raw)])
    assert wire.stop_reason == expected
    assert encoder.carried == {}


def test_a_reason_that_has_no_word_is_told_beside() -> None:
    wire, encoder = encode([*BEGIN, e.Finish(reason="other", raw_reason="OTHER")])
    assert wire.stop_reason == "end_turn"
    assert wire.comments[0]["raw_reason"] == "OTHER"
    assert "finish" in encoder.carried


@pytest.mark.parametrize("reason", ["error", "interrupted", "cancelled"])
def test_a_failure_is_no_success(reason: FinishReason) -> None:
    wire, _ = encode([*BEGIN, e.TextDelta("a"), e.Finish(reason=reason, raw_reason="network_error")])
    assert wire.ended == "error"
    assert "network_error" in wire.wires[-1]["error"]["message"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (e.Error(message="m", kind="OverloadedError"), "overloaded_error"),
        (e.Error(message="m", kind="RateLimitError", code="1302"), "rate_limit_error"),
        (e.Error(message="m", kind="QuotaExceededError", code="insufficient_quota"), "billing_error"),
        (e.Error(message="m", kind="ServerError", code="timeout_error"), "timeout_error"),
        (e.Error(message="m", kind="StreamTimeoutError"), "timeout_error"),
        (e.Error(message="m", kind="BadRequestError", status=413), "request_too_large"),
        (e.Error(message="m", kind="ContentFilteredError"), "invalid_request_error"),
        (e.Error(message="m", kind="StreamInterruptedError"), "api_error"),
        (e.Error(message="m", kind="made up"), "api_error"),
    ],
)
def test_errors(error: e.Error, kind: str) -> None:
    wire, _ = encode([*BEGIN, e.TextDelta("a"), error])
    assert wire.wires[-1] == {"type": "error", "error": {"type": kind, "message": "m"}}
    assert encode([error])[0].ended == "error"


def test_an_end_without_a_mark_is_an_error() -> None:
    encoder = Anthropic().encoder()
    encoder.feed(e.TextDelta("a"))
    wire = Wire(encoder.end())
    assert wire.wires[0]["error"]["type"] == "api_error"
    assert encoder.finished
    assert encoder.end() == b""


def test_an_abort_is_an_error_that_says_so() -> None:
    wire, encoder = encode([*BEGIN, e.Abort(reason="user")])
    assert wire.wires[-1]["error"] == {"type": "cancelled", "message": "the answer was cancelled: user"}
    assert "abort" in encoder.carried


def test_a_new_beginning_after_content_ends_the_answer() -> None:
    wire, encoder = encode([*BEGIN, e.TextDelta("a"), e.Restart(), *BEGIN, e.TextDelta("b"), *END])
    assert wire.ended == "error"
    assert [block["text"] for block in wire.blocks] == ["a"]
    assert "restart" in encoder.carried


def test_a_new_beginning_before_content_is_none() -> None:
    void = [*BEGIN, e.TextStart(), e.ToolInputStart(id="x", name="ask", provider_executed=True), e.Restart()]
    wire, encoder = encode([*void, *BEGIN, e.TextDelta("b"), *END])
    assert wire.ended == "message_stop"
    assert [block["text"] for block in wire.blocks] == ["b"]
    assert "a second one" in encoder.carried["start"]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (e.Usage(input_tokens=10, output_tokens=2, total_tokens=12), {"input_tokens": 10, "output_tokens": 2}),
        (e.Usage(output_tokens=2, estimated=True), {"input_tokens": 0, "output_tokens": 2}),
        (e.Usage(input_tokens=10, total_tokens=12), {"input_tokens": 10, "output_tokens": 2}),
        (
            e.Usage(input_tokens=10, output_tokens=5, cached_tokens=4, cache_write_tokens=1, reasoning_tokens=3),
            {"input_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1, "output_tokens": 5,
             "output_tokens_details": {"thinking_tokens": 3}},
        ),
        (
            e.Usage(input_tokens=1, output_tokens=2, details={"prompt_tokens": 1, "cache_read_input_tokens": 9}),
            {"input_tokens": 1, "output_tokens": 2},
        ),
    ],
)  # fmt: skip
def test_usage(usage: e.Usage, expected: dict[str, Any]) -> None:
    assert told(e.TextDelta("a"), usage).of("message_delta")[0]["usage"] == expected


def test_lone_surrogates_become_a_replacement() -> None:
    wire = told(e.TextDelta("a\ud83d"), e.ReasoningDelta("\ude00"), *call("c", '"\ud83d"'), e.Box(points=(0.0, 1.0)))
    assert wire.blocks[0]["text"] == "a\ufffd"
    assert len(wire.comments) == 1
