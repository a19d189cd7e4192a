"""Streams and answers for clients of OpenAI's chat completions: what each event becomes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest
from tests.dialects.chat_strict import Chunk, Failure, payloads, strict
from tests.dialects.chat_told import again, told
from tests.dialects.chat_wire import DONE, events_of

from slipstream import dialects, events as e
from slipstream.dialects.common.openai_shape.encoder import ChatEncoder
from slipstream.dialects.common.reply import Reply
from slipstream.events import Event, Message

OPENAI = dialects.get("openai_chat")


def chunks(events: Iterable[Event], **reply: Any) -> list[Any]:
    return [json.loads(payload) for payload in payloads(told(events, **reply)) if payload != b"[DONE]"]


def deltas(*events: Event, **reply: Any) -> list[Any]:
    """The deltas that these events make of one choice whose role has been told."""
    found = chunks([e.Start(id="c", model="m"), e.StepStart(), *events], **reply)
    return [wire["choices"][0]["delta"] for wire in found if "choices" in wire][1:]


# Every event and its form.


def test_an_answer_is_role_text_end_usage_and_mark() -> None:
    body = told(
        [
            e.Start(id="c1", model="m", created=7),
            e.StepStart(),
            e.TextStart(),
            e.TextDelta("Hi"),
            e.TextEnd(),
            e.Usage(input_tokens=1, output_tokens=2),
            e.StepEnd("stop", "stop"),
            e.Finish("stop", "stop"),
        ]
    )
    start = '{"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":['
    usage = '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}'
    assert body.decode().split("\n\n") == [
        f'data: {start}{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}]}}',
        f'data: {start}{{"index":0,"delta":{{"content":"Hi"}},"finish_reason":null}}]}}',
        f'data: {start}{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}',
        f"data: {start}],{usage}}}",
        "data: [DONE]",
        "",
    ]


def test_each_event_is_told_at_once() -> None:
    encoder = OPENAI.encoder()
    for event in (e.Start(id="c"), e.StepStart(), e.TextStart()):
        encoder.feed(event)
    assert payloads(encoder.feed(e.TextDelta("a"))) == payloads(told([e.StepStart(), e.TextDelta("a")], id="c"))[1:2]
    assert len(payloads(encoder.feed(e.TextDelta("b")))) == 1
    assert len(payloads(encoder.feed(e.ReasoningDelta("c")))) == 1
    assert len(payloads(encoder.feed(e.RefusalDelta("d")))) == 1


def test_the_reply_names_what_the_provider_does_not() -> None:
    (first, *_) = chunks([e.Start(model="inner"), e.StepStart()], id="mine", created=5, model="shown")
    assert (first["id"], first["created"], first["model"]) == ("mine", 5, "shown")
    (first, *_) = chunks([e.Start(id="theirs", model="inner", created=6), e.StepStart()], id="mine", created=5)
    assert (first["id"], first["created"], first["model"]) == ("theirs", 6, "inner")


def test_usage_is_told_when_it_was_asked_for() -> None:
    events = [e.StepStart(), e.Usage(input_tokens=1), e.Finish()]
    assert [wire for wire in chunks(events, include_usage=False) if "usage" in wire] == []
    (last,) = [wire for wire in chunks(events) if "usage" in wire]
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 1, "completion_tokens": None, "total_tokens": None}


def test_the_details_of_usage() -> None:
    usage = e.Usage(
        input_tokens=1, output_tokens=2, total_tokens=3, reasoning_tokens=1, cached_tokens=0, cache_write_tokens=1,
        estimated=True, details={"input_tokens": 1},
    )  # fmt: skip
    last = chunks([e.StepStart(), usage, e.Finish()])[-1]["usage"]
    assert last["prompt_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 1}
    assert last["completion_tokens_details"] == {"reasoning_tokens": 1}
    assert last["estimated"] is True
    assert "input_tokens" not in last
    (found,) = [event for event in again([e.StepStart(), usage, e.Finish()]) if isinstance(event, e.Usage)]
    assert msgspec.structs.replace(found, details=usage.details) == usage


def test_a_call_is_announced_and_grows() -> None:
    found = deltas(
        e.ToolInputStart(id="a", name="f"),
        e.ToolInputDelta('{"x"', id="a"),
        e.ToolInputStart(id="b", name="g"),
        e.ToolInputDelta(":1}", id="a"),
        e.ToolInputEnd(id="a"),
        e.ToolCall(id="a", name="f", input={"x": 1}, arguments='{"x":1}'),
        e.ToolInputEnd(id="b"),
        e.ToolCall(id="b", name="g", input={}),
    )
    assert [piece for delta in found for piece in delta["tool_calls"]] == [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"x"'}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": ""}},
        {"index": 0, "function": {"arguments": ":1}"}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]


def test_a_call_that_came_whole() -> None:
    (named, written) = deltas(e.ToolCall(id="a", name="f", input={"x": 1}, arguments='{"x":1}'))
    assert named["tool_calls"][0]["function"] == {"name": "f", "arguments": ""}
    assert written["tool_calls"] == [{"index": 0, "function": {"arguments": '{"x":1}'}}]


def test_calls_of_the_provider_and_results_are_for_no_client_to_act_on() -> None:
    encoder = OPENAI.encoder()
    hidden: list[Event] = [
        e.ToolInputStart(id="a", name="search", provider_executed=True),
        e.ToolInputDelta("{}", id="a"),
        e.ToolInputEnd(id="a"),
        e.ToolCall(id="a", name="search", input={}, provider_executed=True),
        e.ToolResult(id="a", output="found", provider_executed=True),
        e.ToolError(id="b", error="lost"),
    ]
    encoder.feed(e.StepStart())
    for event in hidden:
        data = encoder.feed(event)
        assert data.startswith(b": slipstream " + event.type.encode() + b' {"type":"')
        assert msgspec.json.decode(data.split(b" ", 3)[3], type=type(event)) == event
    assert set(encoder.carried) == {event.type for event in hidden}


def test_a_call_in_the_old_form() -> None:
    events = [
        e.StepStart(),
        e.ToolInputStart(id="a", name="f"),
        e.ToolInputDelta("{}", id="a"),
        e.ToolCall(id="a", name="f", input={}),
        e.ToolCall(id="b", name="second", input={}),
        e.StepEnd("tool_calls", "tool_use"),
        e.Finish("tool_calls", "tool_use"),
    ]
    found = [wire["choices"][0] for wire in chunks(events, options={"functions": True})]
    assert [choice["delta"] for choice in found[1:]] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
        {},
    ]
    assert found[-1]["finish_reason"] == "function_call"


def test_what_comes_beside_the_text() -> None:
    found = deltas(
        e.Source(id="s", url="https://a", title="A", metadata={"start_index": 3, "end_index": 9, "date": "now"}),
        e.Source(id="t", url="https://b"),
        e.File("image/png", b"\x01\x02"),
        e.File("image/*", url="https://c"),
        e.File("audio/pcm", b"\x01", id="snd"),
        e.File("audio/pcm", b"\x02", id="snd"),
        e.Metadata({"audio": {"id": "snd", "expires_at": 9}}),
    )
    first = {"url": "https://a", "title": "A", "start_index": 3, "end_index": 9, "date": "now"}
    second = {"url": "https://b", "title": "", "start_index": 0, "end_index": 0}
    assert found == [
        {"annotations": [{"type": "url_citation", "index": 0, "url_citation": first}]},
        {"annotations": [{"type": "url_citation", "index": 1, "url_citation": second}]},
        {"images": [{"type": "image_url", "index": 0, "image_url": {"url": "data:image/png;base64,AQI="}}]},
        {"images": [{"type": "image_url", "index": 1, "image_url": {"url": "https://c"}}]},
        {"audio": {"id": "snd", "data": "AQ=="}},
        {"audio": {"data": "Ag=="}},
        {"audio": {"expires_at": 9}},
    ]


def test_what_a_provider_says_of_itself_stands_in_every_chunk_from_then_on() -> None:
    found = chunks(
        [e.StepStart(), e.TextDelta("a"), e.Metadata({"system_fingerprint": "fp"}), e.TextDelta("b"), e.Finish()]
    )
    assert [wire.get("system_fingerprint") for wire in found] == [None, None, "fp", "fp"]


LOGPROBS = {"content": [{"token": "a", "logprob": -1.0, "bytes": None, "top_logprobs": []}]}


def test_log_probabilities_are_told_if_clients_can_read_them() -> None:
    found = chunks([e.StepStart(), e.Metadata({"logprobs": LOGPROBS}), e.Metadata({"logprobs": {"content": [{}]}})])
    assert [wire["choices"][0].get("logprobs") for wire in found[:-1]] == [None, {**LOGPROBS, "refusal": None}]


@pytest.mark.parametrize(
    "event",
    [
        e.Source(id="s", title="a document"),
        e.File("application/pdf", b"\x01"),
        e.File("image/png"),
        e.Box(points=(0.1, 0.2, 0.3, 0.4), label="cat"),
        e.Metadata({"new": 1}),
        e.Moderation({"flagged": False}, "guard"),
        e.Raw(data={"x": "\u2028data: {}"}),
    ],
    ids=lambda event: str(event.type),
)
def test_what_has_no_form_is_a_comment(event: Event) -> None:
    encoder = OPENAI.encoder()
    data = encoder.feed(event)
    assert data.startswith(b": slipstream ")
    assert payloads(data) == []
    assert encoder.carried == {event.type: ChatEncoder.CARRIES[type(event)]}


def test_heartbeats_are_comments() -> None:
    encoder = OPENAI.encoder()
    assert encoder.feed(e.Heartbeat(comment="keep-alive")) == b": keep-alive\n\n"
    assert encoder.feed(e.Heartbeat(comment="a\ndata: {}\r\n\x85b")) == b": a data: {}  b\n\n"
    assert encoder.heartbeat() == b": \n\n"
    assert encoder.carried == {}


def test_verdicts_of_openai_and_azure() -> None:
    verdicts = [
        e.Moderation({"input": {"type": "moderation_results"}}, "openai"),
        e.Moderation({"prompt_filter_results": [{"prompt_index": 0}]}, "azure"),
        e.Moderation({"content_filter_results": {"hate": {"filtered": False}}, "choice": 0}, "azure"),
    ]
    events = [e.Start(id="c", model="m"), e.StepStart(), *verdicts, e.StepEnd(), e.Finish()]
    assert [event for event in again(events) if isinstance(event, e.Moderation)] == verdicts


# Thinking and what proves it.

PROOFS = [
    e.ReasoningEnd(id="reasoning-0", signature="sig"),
    e.ReasoningEnd(id="reasoning-0", redacted="xyz"),
    e.ReasoningEnd(id="reasoning-0", details=[{"type": "reasoning", "id": "rs_1", "encrypted_content": "e"}]),
    e.ReasoningEnd(id="reasoning-0", details=[{"type": "reasoning.text", "text": "hm", "index": 0, "format": "f"}]),
    e.ReasoningEnd(id="reasoning-0"),
]


@pytest.mark.parametrize("end", PROOFS)
def test_a_proof_of_thinking_comes_back_as_it_was(end: e.ReasoningEnd) -> None:
    events: list[Event] = [
        e.Start(id="c", model="m"),
        e.StepStart(),
        e.ReasoningStart(),
        e.ReasoningDelta("h"),
        e.ReasoningDelta("m"),
        end,
        e.TextStart(),
        e.TextDelta("so"),
        e.TextEnd(),
        e.StepEnd("stop", "stop"),
        e.Finish("stop", "stop"),
    ]
    assert again(events) == events


def test_blocks_of_thinking_stay_apart_if_they_are_proven() -> None:
    events = [
        e.Start(id="c", model="m"),
        e.StepStart(),
        e.ReasoningStart(),
        e.ReasoningDelta("a"),
        e.ReasoningEnd(signature="1"),
        e.ReasoningStart(id="reasoning-1", index=1),
        e.ReasoningEnd(id="reasoning-1", redacted="2"),
        e.ReasoningStart(id="reasoning-2", index=2),
        e.ReasoningDelta("c", id="reasoning-2"),
        e.ReasoningEnd(id="reasoning-2", signature="3"),
        e.StepEnd("stop", "stop"),
        e.Finish("stop", "stop"),
    ]
    assert again(events) == events
    message = Message.of(events)
    whole = Message.of(OPENAI.decode_body(OPENAI.encode_body(message)))
    assert [(b.text, b.signature, b.redacted) for b in whole.blocks] == [
        (b.text, b.signature, b.redacted) for b in message.blocks
    ]


@pytest.mark.parametrize(
    "metadata", [None, {"thought_signature": "s"}, {"extra_content": {"google": {"thought_signature": "s"}}}]
)
def test_what_a_provider_wants_back_with_a_call(metadata: dict[str, Any] | None) -> None:
    events = [e.StepStart(), e.ToolCall(id="a", name="f", input={}, metadata=metadata), e.Finish()]
    assert Message.of(again(events)).tool_calls[0].metadata == metadata
    strict(told(events))


# The end.


@pytest.mark.parametrize(
    ("reason", "raw", "word"),
    [
        ("stop", "end_turn", "stop"),
        ("stop", None, "stop"),
        ("length", "max_tokens", "length"),
        ("tool_calls", "tool_use", "tool_calls"),
        ("tool_calls", "function_call", "function_call"),
        ("tool_calls", "stop", "tool_calls"),
        ("content_filter", "sensitive", "content_filter"),
        ("pause", "pause_turn", "stop"),
        ("other", "unheard of", "stop"),
    ],
)
def test_why_it_ended(reason: Any, raw: str | None, word: str) -> None:
    found = chunks([e.StepStart(), e.TextDelta("a"), e.StepEnd(reason, raw), e.Finish(reason, raw)])
    assert found[-1]["choices"][0]["finish_reason"] == word


def test_a_loop_of_tools_is_one_answer() -> None:
    found = chunks(
        [
            e.StepStart(),
            e.ToolCall(id="a", name="f", input={}),
            e.StepEnd("tool_calls"),
            e.ToolResult(id="a", output=1),
            e.StepStart(),
            e.TextDelta("b"),
            e.ToolCall(id="c", name="f", input={}),
            e.StepEnd("stop"),
            e.Finish("stop"),
        ]
    )
    assert [wire["choices"][0]["finish_reason"] for wire in found] == [None] * (len(found) - 1) + ["stop"]
    numbers = [piece["index"] for wire in found for piece in wire["choices"][0]["delta"].get("tool_calls", ())]
    assert numbers == [0, 0, 1, 1]
    assert [wire["choices"][0]["delta"].get("role") for wire in found] == ["assistant"] + [None] * (len(found) - 1)


def test_choices_end_each_with_its_own_reason() -> None:
    events = [
        e.StepStart(choice=1),
        e.StepStart(),
        e.TextDelta("a", choice=1),
        e.TextDelta("b"),
        e.StepEnd("length", choice=1),
        e.StepEnd("stop"),
        e.Finish("stop"),
    ]
    found = [wire["choices"][0] for wire in chunks(events)]
    assert [(choice["index"], choice["finish_reason"]) for choice in found[-2:]] == [(0, "stop"), (1, "length")]
    assert [choice["delta"].get("content") for choice in found[:4]] == ["", "", "a", "b"]


def test_an_answer_taken_back_ends_filtered() -> None:
    encoder = OPENAI.encoder()
    events = [e.StepStart(), e.TextDelta("bad"), e.Retract("guard"), e.StepEnd("stop", "stop"), e.Finish("stop")]
    body = b"".join(map(encoder.feed, events))
    assert b'"finish_reason":"content_filter"' in body
    assert encoder.carried == {"retract": "as the finish reason `content_filter`"}


FAILURES: list[tuple[Event | None, str, str]] = [
    (e.Error("slow down", "RateLimitError"), "rate_limit_error", "rate_limit_exceeded"),
    (e.Error("no money", "QuotaExceededError", code="1113"), "insufficient_quota", "insufficient_quota"),
    (e.Error("bad", "BadRequestError", code="context_length_exceeded"), "invalid_request_error",
     "context_length_exceeded"),
    (e.Error("busy", "OverloadedError", status=529), "server_error", "server_is_overloaded"),
    (e.Abort("user"), "server_error", "cancelled"),
    (e.Restart(attempt=2), "server_error", "stream_restarted"),
    (e.Finish("error", "malformed"), "server_error", "error"),
    (e.Finish("interrupted"), "server_error", "interrupted"),
    (None, "server_error", "stream_interrupted"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "kind", "code"), FAILURES)
def test_what_is_not_whole_ends_as_an_error(event: Event | None, kind: str, code: str) -> None:
    events: list[Event] = [e.StepStart(), e.TextDelta("a"), e.Usage(input_tokens=3)]
    body = told(events + ([event] if event is not None else []))
    *_, usage, failure = strict(body)
    assert isinstance(usage, Chunk)
    assert usage.usage is not None
    assert isinstance(failure, Failure)
    assert (failure.error.type, failure.error.code) == (kind, code)
    assert DONE not in body
    assert b'finish_reason":"' not in body
    assert isinstance(events_of(body)[-1], e.Error)


def test_a_new_beginning_before_content_is_none() -> None:
    events = [e.Start(id="a", model="m"), e.StepStart(), e.Restart(attempt=2), e.Start(id="b", model="m"),
              e.StepStart(), e.TextDelta("x"), e.StepEnd(), e.Finish()]  # fmt: skip
    found = chunks(events)
    assert [wire["choices"][0]["delta"].get("content") for wire in found] == ["", "x", None]
    assert {wire["id"] for wire in found} == {"a"}


def test_every_event_has_its_way() -> None:
    assert set(ChatEncoder.CARRIES) == set(e.EVENT_TYPES)


def test_frames_carry_the_number_of_their_event() -> None:
    events = [e.Start(id="a"), e.StepStart(), e.TextDelta("x"), e.StepEnd(), e.Finish()]
    frames = told(events, ids="s").split(b"\n\n")
    assert [frame.split(b"\n")[0] for frame in frames[:2]] == [b"id: s-2", b"id: s-3"]
    assert frames[-2] == b"id: s-5\ndata: [DONE]"


# Errors and whole answers.


def test_an_error_body_names_the_field() -> None:
    error = e.Error("messages[0].role: unknown", "InvalidRequestError")
    status, body = OPENAI.encode_error(error, argument="messages[0].role")
    assert status == 400
    assert json.loads(body) == {
        "error": {
            "message": "messages[0].role: unknown", "type": "invalid_request_error", "param": "messages[0].role",
            "code": None,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    ["BadRequestError", "AuthenticationError", "PermissionDeniedError", "NotFoundError", "RateLimitError",
     "QuotaExceededError", "ContentFilteredError", "OverloadedError", "ServerError"],
)  # fmt: skip
def test_an_error_is_read_back_as_what_it_was(kind: str) -> None:
    status, body = OPENAI.encode_error(e.Error("words", kind))
    assert OPENAI.decode_error(status, body).kind == kind


def test_a_whole_answer_as_clients_expect_it() -> None:
    message = Message.of(
        [
            e.Start(id="c", model="m", created=3),
            e.ReasoningDelta("hm"),
            e.TextDelta("Hi"),
            e.ToolCall(id="a", name="f", input={}),
            e.ToolCall(id="b", name="own", provider_executed=True),
            e.ToolCall(id="c", name="done"),
            e.ToolResult(id="c", output=1),
            e.Source(id="s", url="https://a"),
            e.File("image/png", b"\x01"),
            e.File("audio/pcm", b"\x01", id="snd"),
            e.Usage(input_tokens=1, output_tokens=1),
            e.StepEnd("tool_calls", "tool_use"),
            e.Finish("tool_calls", "tool_use"),
        ]
    )
    wire = json.loads(OPENAI.encode_body(message, Reply(model="shown")))
    assert (wire["object"], wire["model"], wire["usage"]["total_tokens"]) == ("chat.completion", "shown", 2)
    (choice,) = wire["choices"]
    assert choice["finish_reason"] == "tool_calls"
    said = choice["message"]
    assert (said["role"], said["content"], said["reasoning_content"]) == ("assistant", "Hi", "hm")
    assert [call["id"] for call in said["tool_calls"]] == ["a"]
    assert said["annotations"][0]["url_citation"]["url"] == "https://a"
    assert said["images"][0]["image_url"]["url"] == "data:image/png;base64,AQ=="
    assert said["audio"]["data"] == "AQ=="
    old = json.loads(OPENAI.encode_body(message, Reply(options={"functions": True})))["choices"][0]
    assert (old["finish_reason"], old["message"]["function_call"]["name"]) == ("function_call", "f")


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([e.TextDelta("a"), e.Error("lost", "StreamInterruptedError")], "stream_interrupted"),
        ([e.TextDelta("a"), e.Abort()], None),
        ([e.TextDelta("a")], None),
    ],
)
def test_a_cut_answer_does_not_look_whole(events: Sequence[Event], code: str | None) -> None:
    (choice,) = json.loads(OPENAI.encode_body(Message.of(events)))["choices"]
    assert choice["finish_reason"] == "length"
    assert choice.get("error", {}).get("code") == code


def test_what_is_nested_without_end_breaks_no_frame() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    events = [
        e.StepStart(),
        e.Raw(data=deep),
        e.Metadata({"x_groq": {"a": deep}}),
        e.Moderation({"a": deep}, "openai"),
        e.ToolCall(id="a", name="f", input={}, metadata={"a": deep}),
        e.ReasoningEnd(details=[deep]),
        e.TextDelta("a"),
        e.Usage(input_tokens=1, details={"prompt_tokens": 1, "a": deep}),
        e.Finish(),
    ]
    for payload in payloads(told(events))[:-1]:
        assert isinstance(json.loads(payload), dict)
