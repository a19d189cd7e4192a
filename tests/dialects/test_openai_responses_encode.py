"""Events as streams of the Responses API: what comes back when they are decoded, and what OpenAI's SDK makes of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from hypothesis import given, settings, strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter
from tests.dialects.made_events import WHOLE_TEXTS, joined, legal_streams, renamed, without
from tests.dialects.responses_cases import COUNT, Wire, events_of, recorded, wires_of
from tests.dialects.responses_client import client

from slipstream import dialects
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.responses_wire.encoder import ResponsesEncoder
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE
from slipstream.events import Event, Message, types as e

STRICT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
START = [e.Start("resp_1", "m", 7), e.StepStart()]
END = [e.StepEnd("stop", "completed"), e.Finish("stop", "completed")]
USAGE = e.Usage(
    5, 7, 12, 2, 1, 0,
    details={
        "input_tokens": 5, "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0}, "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 12,
    },
)  # fmt: skip
CALL = [
    e.ToolInputStart("call_1", "get_weather"), e.ToolInputDelta('{"city":', "call_1"),
    e.ToolInputDelta('"Paris"}', "call_1"), e.ToolInputEnd("call_1"),
    e.ToolCall("call_1", "get_weather", {"city": "Paris"}, '{"city":"Paris"}'),
]  # fmt: skip
RICH: list[Event] = [
    *START, e.ReasoningStart(), e.ReasoningDelta("I "), e.ReasoningDelta("think"), e.ReasoningEnd(),
    e.TextStart(), e.TextDelta("Hello "), e.TextDelta("world"), e.Source("s", "https://a.b", "A", "text-0"),
    e.TextEnd(), *CALL, USAGE, e.StepEnd("tool_calls", "completed"), e.Finish("tool_calls", "completed"),
]  # fmt: skip


def encode(events: list[Event], **reply: Any) -> bytes:
    """The body of these events: whole frames, numbered from 0, and each what its SSE name says."""
    encoder = dialects.get("openai_responses").encoder(Reply(**reply))
    parts = [encoder.feed(event) for event in events]
    body = b"".join(parts) + encoder.end()
    assert encoder.finished
    assert encoder.end() == encoder.feed(e.TextDelta("late")) == b""
    assert all(part.endswith(b"\n\n") for part in parts if part)
    frames = [part.split(b"\n") for part in body.split(b"\n\n") if part and not part.startswith(b":")]
    wires = [json.loads(frame[1].removeprefix(b"data: ")) for frame in frames]
    assert [wire["sequence_number"] for wire in wires] == list(range(len(wires)))
    assert [frame[0].decode() for frame in frames] == [f"event: {wire['type']}" for wire in wires]
    return body


def wires(*events: Event, **reply: Any) -> list[Wire]:
    return wires_of(encode(list(events), **reply))


def normal(events: list[Event]) -> list[Event]:
    """The events but for what a client may not rely on: signs of life, made-up ids, how text was cut."""
    found: list[Event] = []
    for event in joined(renamed(without(events, e.Heartbeat))):
        if isinstance(event, e.ReasoningEnd):
            details = [{key: value for key, value in one.items() if key != "id"} for one in event.details or ()]
            event = msgspec.structs.replace(event, details=details)
        found.append(event)
    return found


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_a_recorded_stream_comes_back_as_it_was(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    events = events_of(body)
    encoder = ResponsesEncoder(Reply(options={"tools": wires_of(body)[0]["response"]["tools"]}))
    again = b"".join(map(encoder.feed, events)) + encoder.end()
    assert normal(events_of(again)) == normal(events)
    assert set(encoder.carried) <= {"tool-input-delta"}
    size = random.Random(number).randrange(1, 99)
    cut = events_of(*(again[at : at + size] for at in range(0, len(again), size)))
    assert without(cut, e.Heartbeat) == without(events_of(again), e.Heartbeat)


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_a_recorded_answer_is_the_same_whole(corpora: Path, number: int) -> None:
    dialect = dialects.get("openai_responses")
    message = Message.of(events_of(recorded(corpora, number)))
    again = Message.of(dialect.decode_body(dialect.encode_body(message)))
    assert (again.text, again.reasoning, again.refusal) == (message.text, message.reasoning, message.refusal)
    assert [(c.id, c.name) for c in again.tool_calls] == [(c.id, c.name) for c in message.tool_calls]
    if number != 12:  # without the request's tools nobody knows that the tool is a custom one until the call says so
        assert [c.input for c in again.tool_calls] == [c.input for c in message.tool_calls]
    assert (again.finish_reason, again.usage) == (message.finish_reason, message.usage)
    assert [file.data for file in again.files] == [file.data for file in message.files]
    assert [s.metadata for s in again.sources] == [s.metadata for s in message.sources]
    assert (again.error is None) == (message.error is None)


# Made-up streams.

CARRIED: list[type[Event]] = [e.TextDelta, e.ReasoningDelta, e.ToolInputDelta, e.RefusalDelta]


@settings(max_examples=150, deadline=None)
@given(legal_streams(choices=1, steps=1, kinds=CARRIED, texts=WHOLE_TEXTS, ends=[e.Finish], interleaved=False))
def test_what_the_api_can_say_comes_back(events: list[Event]) -> None:
    found = events_of(encode(events))
    assert told(found) == told(events)
    assert Message.of(found).text == Message.of(events).text


def told(events: list[Event]) -> list[Any]:
    """Texts, thinking, refusals and calls in order. Of calls the name, who ran them, and the arguments."""
    found: list[Any] = []
    for event in joined(without(events, e.StepStart, e.StepEnd)):
        match event:
            case e.TextDelta(text=text) | e.ReasoningDelta(text=text) | e.RefusalDelta(text=text):
                found.append((type(event), text))
            case e.TextStart() | e.TextEnd() | e.ReasoningStart() | e.ReasoningEnd():
                found.append(type(event))
            case e.ToolCall() as call:
                found.append((call.name, call.arguments, call.input, call.provider_executed, call.error is None))
    return found


@settings(max_examples=300, deadline=None)
@given(legal_streams())
def test_any_stream_is_told_in_whole_frames_that_strict_clients_take(events: list[Event]) -> None:
    encoder = ResponsesEncoder()
    body = b"".join(map(encoder.feed, events)) + encoder.end()
    for wire in wires_of(body):
        STRICT.validate_python(wire) if not is_lax(wire) else None
    decoded = events_of(body)
    assert isinstance(decoded[-1], (e.Finish, e.Error))
    assert isinstance(decoded[-1], e.Error) or isinstance(events[-1], e.Finish)
    for event in events[: 0 if any(isinstance(one, e.Restart) for one in events) else None]:
        if ResponsesEncoder.CARRIES[type(event)] == COMMENT and not isinstance(event, (e.Source, e.File, e.Metadata)):
            assert (
                isinstance(event, (e.ToolResult, e.ToolError, e.Moderation)) or encoder.carried[event.type] == COMMENT
            )


def is_lax(wire: Wire) -> bool:
    """True for what OpenAI itself sends against its own schema: codes of errors that stand in none of its lists."""
    return wire["type"] in ("response.failed", "response.incomplete") or "error" in wire


@settings(max_examples=150, deadline=None)
@given(legal_streams())
def test_the_sdk_reads_any_stream(events: list[Event]) -> None:
    encoder = ResponsesEncoder()
    body = b"".join(map(encoder.feed, events)) + encoder.end()
    final = wires_of(body)[-1]
    try:
        with client(body).responses.stream(model="m", input="x") as stream:
            for _ in stream:
                pass
            if final["type"] == "response.completed":
                found = stream.get_final_response()
                assert [item.to_dict()["id"] for item in found.output] == [
                    item["id"] for item in final["response"]["output"]
                ]
    except openai.APIError:
        assert final["type"] == "response.failed"


def test_every_event_has_an_entry() -> None:
    assert set(ResponsesEncoder.CARRIES) == set(e.EVENT_TYPES)


# The SDK.


def test_the_sdk_streams_text_thinking_a_call_and_usage() -> None:
    with client(encode(RICH)).responses.stream(model="m", input="x") as stream:
        seen = list(stream)
        final = stream.get_final_response()
    texts = [event for event in seen if event.type == "response.output_text.delta"]
    assert [(event.delta, event.snapshot) for event in texts] == [("Hello ", "Hello "), ("world", "Hello world")]
    thought = [event.delta for event in seen if event.type == "response.reasoning_summary_text.delta"]
    assert thought == ["I ", "think"]
    calls = [event for event in seen if event.type == "response.function_call_arguments.delta"]
    assert calls[-1].snapshot == '{"city":"Paris"}'
    assert (final.output_text, final.status, final.id, final.model) == ("Hello world", "completed", "resp_1", "m")
    assert [item.type for item in final.output] == ["reasoning", "message", "function_call"]
    assert final.usage is not None
    assert (final.usage.total_tokens, final.usage.output_tokens_details.reasoning_tokens) == (12, 2)


def test_the_sdk_reads_a_whole_answer() -> None:
    body = dialects.get("openai_responses").encode_body(Message.of(RICH))
    final = client(body).responses.create(model="m", input="x")
    assert final.output_text == "Hello world"
    streamed = client(encode(RICH)).responses.create(model="m", input="x", stream=True)
    assert list(streamed)[-1].response.to_dict() == final.to_dict()  # type: ignore[union-attr]


def test_every_frame_is_what_the_sdk_declares() -> None:
    for wire in wires(*RICH):
        STRICT.validate_python(wire)


def test_the_sdk_raises_our_error() -> None:
    error = e.Error("busy", "OverloadedError", status=529, retryable=True)
    with pytest.raises(openai.APIError, match="busy") as caught:
        list(client(encode([*START, e.TextStart(), e.TextDelta("x"), error])).responses.create(
            model="m", input="x", stream=True
        ))  # fmt: skip
    assert caught.value.code == "server_is_overloaded"


def test_the_sdk_raises_our_http_errors() -> None:
    status, body = dialects.get("openai_responses").encode_error(e.Error("no", "InvalidRequestError"), argument="input")
    with pytest.raises(openai.BadRequestError) as caught:
        client(body, status=status).responses.create(model="m", input="x")
    assert (caught.value.param, caught.value.type) == ("input", "invalid_request_error")
    assert caught.value.message.endswith("no") or "no" in caught.value.message


# Ends.


def test_an_error_is_told_in_both_shapes_and_ends_the_response() -> None:
    *_, event, failed = wires(*START, e.TextStart(), e.TextDelta("x"), USAGE, e.Error("busy", "OverloadedError"))
    assert (event["type"], event["code"], event["message"]) == ("error", "server_is_overloaded", "busy")
    assert event["error"] == {
        "type": "server_error", "code": "server_is_overloaded", "message": "busy", "param": None,
    }  # fmt: skip
    response = failed["response"]
    assert (failed["type"], response["status"], response["error"]["message"]) == ("response.failed", "failed", "busy")
    assert response["output"][0]["content"][0]["text"] == "x"
    assert (response["output"][0]["status"], response["usage"]["total_tokens"]) == ("incomplete", 12)


@pytest.mark.parametrize(("kind", "code"), [
    ("RateLimitError", None), ("QuotaExceededError", None), ("AuthenticationError", None), ("OverloadedError", None),
    ("ServerError", None), ("ContentFilteredError", None), ("BadRequestError", "context_length_exceeded"),
])  # fmt: skip
def test_errors_come_back_as_what_they_were(kind: str, code: str | None) -> None:
    (*_, error) = events_of(encode([*START, e.Error("words", kind, code=code)]))
    assert isinstance(error, e.Error)
    assert (error.kind, error.message) == (kind, "words")


def test_an_error_before_anything_is_one_all_the_same() -> None:
    (error,) = events_of(encode([e.Error("no key", "AuthenticationError", status=401)]))
    assert isinstance(error, e.Error)
    assert (error.kind, error.status) == ("AuthenticationError", 401)


def test_an_abort_is_an_error_named_cancelled() -> None:
    encoder = ResponsesEncoder()
    *_, event, failed = wires_of(b"".join(map(encoder.feed, [*START, e.Abort("user")])))
    assert (event["code"], failed["response"]["status"]) == ("cancelled", "cancelled")
    assert encoder.carried == {"abort": "as an error with the code cancelled"}


def test_no_end_is_an_error() -> None:
    (*_, error) = events_of(encode([*START, e.TextStart(), e.TextDelta("x")]))
    assert isinstance(error, e.Error)
    assert error.retryable


@pytest.mark.parametrize(("reason", "raw", "status", "details"), [
    ("stop", "end_turn", "completed", None), ("tool_calls", None, "completed", None),
    ("length", "max_tokens", "incomplete", "max_output_tokens"),
    ("content_filter", "content_filter", "incomplete", "content_filter"),
    ("content_filter", "SAFETY", "incomplete", "content_filter"),
    ("pause", "pause_turn", "incomplete", None), ("other", "odd", "incomplete", None),
    ("error", None, "failed", None), ("interrupted", None, "failed", None), ("cancelled", None, "failed", None),
])  # fmt: skip
def test_the_reason_in_the_apis_words(reason: Any, raw: str | None, status: str, details: str | None) -> None:
    *_, last = wires(*START, e.StepEnd(reason, raw), e.Finish(reason, raw))
    found = last["response"]["incomplete_details"]
    assert (last["type"], last["response"]["status"]) == (f"response.{status}", status)
    assert found == (None if details is None else {"reason": details})


def test_what_is_taken_back_ends_as_filtered() -> None:
    encoder = ResponsesEncoder()
    events = [*START, e.TextStart(), e.TextDelta("x"), e.TextEnd(), e.Retract("sensitive"), *END]
    *_, last = wires_of(b"".join(map(encoder.feed, events)))
    assert last["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert encoder.carried == {"retract": "as an end with the reason content_filter"}


def test_a_new_beginning_is_told_only_before_there_is_anything() -> None:
    again = [e.Restart(2), e.Start("resp_2", "n"), e.StepStart()]
    early = events_of(encode([*START, *again, e.TextStart(), e.TextDelta("x"), e.TextEnd(), *END]))
    assert isinstance(early[-1], e.Finish)
    encoder = ResponsesEncoder()
    late = b"".join(map(encoder.feed, [*START, e.TextStart(), e.TextDelta("x"), *again, *END]))
    error = events_of(late)[-1]
    assert isinstance(error, e.Error)
    assert "began anew" in error.message
    assert "restart" in encoder.carried


# Calls.


def test_calls_of_the_providers_own_tools_are_items_of_their_kind() -> None:
    search = e.ToolCall("s1", "web_search", {"query": "q"}, '{"query":"q"}', provider_executed=True)
    found = e.ToolResult("s1", {"status": "completed", "sources": [{"type": "url", "url": "u"}]}, "web_search", True)
    items = wires(*START, search, found, *END)[-1]["response"]["output"]
    action = {"type": "search", "query": "q", "sources": [{"type": "url", "url": "u"}]}
    assert items == [{"id": "s1", "type": "web_search_call", "status": "completed", "action": action}]


def test_a_tool_of_another_providers_own_is_told_as_an_mcp_call() -> None:
    fetch = e.ToolCall("t1", "web_fetch", {"url": "u"}, '{"url":"u"}', provider_executed=True)
    result = e.ToolResult("t1", {"title": "T"}, "web_fetch", True)
    encoder = ResponsesEncoder()
    body = b"".join(map(encoder.feed, [*START, fetch, result, *END]))
    (item,) = wires_of(body)[-1]["response"]["output"]
    assert (item["type"], item["name"], item["arguments"]) == ("mcp_call", "web_fetch", '{"url":"u"}')
    assert json.loads(item["output"]) == {"title": "T"}
    assert encoder.carried == {}


def test_a_result_that_an_item_cannot_hold_stands_beside_it() -> None:
    search = e.ToolCall("s1", "web_search", {}, "{}", provider_executed=True)
    encoder = ResponsesEncoder()
    body = b"".join(map(encoder.feed, [*START, search, e.ToolResult("s1", ["x"], "web_search", True), *END]))
    assert b': slipstream tool-result {"type":"tool-result"' in body
    assert encoder.carried == {"tool-result": COMMENT}


def test_what_our_side_ran_is_an_output_and_no_call_left_to_run() -> None:
    result = e.ToolResult("call_1", {"c": 20}, "get_weather")
    again = [e.StepStart(), e.TextStart("t"), e.TextDelta("20", "t"), e.TextEnd("t")]
    encoder = ResponsesEncoder()
    events = [*START, *CALL, e.StepEnd("tool_calls"), result, *again, *END]
    decoded = events_of(b"".join(map(encoder.feed, events)))
    message = Message.of(decoded)
    (found,) = message.tool_results
    assert (found.id, found.output, found.provider_executed) == ("call_1", '{"c":20}', False)  # type: ignore[union-attr]
    assert message.finish_reason == "stop"
    assert set(encoder.carried) == {"step-start", "step-end"}


def test_ids_that_come_again_are_told_apart() -> None:
    call = e.ToolCall("call_0", "f", {}, "{}")
    output = wires(*START, call, call, *END)[-1]["response"]["output"]
    assert [item["call_id"] for item in output] == ["call_0", "call_0-2"]
    assert len({item["id"] for item in output}) == 2


def test_a_call_that_was_cut_is_incomplete() -> None:
    output = wires(*START, *CALL[:2], *END)[-1]["response"]["output"]
    assert [(item["status"], item["arguments"]) for item in output] == [("incomplete", '{"city":')]


@pytest.mark.parametrize("cut", range(1, 40))
def test_the_text_for_a_custom_tool_streams_as_it_comes(cut: int) -> None:
    said = 'a"b\\ \n😀 x'
    arguments = json.dumps(said)
    pieces = [arguments[:cut], arguments[cut:]]
    deltas = [e.ToolInputDelta(piece, "c") for piece in pieces if piece]
    events = [
        *START,
        e.ToolInputStart("c", "sql"),
        *deltas,
        e.ToolInputEnd("c"),
        e.ToolCall("c", "sql", said, arguments),
    ]
    found = wires(*events, *END, options={"tools": [{"type": "custom", "name": "sql"}]})
    streamed = [wire["delta"] for wire in found if wire["type"] == "response.custom_tool_call_input.delta"]
    assert "".join(streamed) == said
    assert found[-1]["response"]["output"][0]["input"] == said
    assert cut < 3 or cut > 20 or len(streamed) == 2


def test_pictures_are_items_and_other_files_stand_beside() -> None:
    encoder = ResponsesEncoder()
    files = [e.File("image/webp", b"123"), e.File("text/plain", b"t"), e.File("audio/pcm", b"s")]
    body = b"".join(map(encoder.feed, [*START, *files, *END]))
    (item,) = wires_of(body)[-1]["response"]["output"]
    assert (item["type"], item["result"], item["output_format"]) == ("image_generation_call", "MTIz", "webp")
    assert [(f.media_type, f.data) for f in Message.of(events_of(body)).files] == [
        ("image/webp", b"123"), ("audio/pcm", b"s"),
    ]  # fmt: skip
    assert encoder.carried == {"file": COMMENT}


# Text and what stands beside it.


def test_a_delta_alone_opens_what_must_be_open() -> None:
    kinds = [wire["type"] for wire in wires(e.TextDelta("x"))]
    assert kinds[:5] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta",
    ]  # fmt: skip


def test_sources_that_come_first_wait_for_the_text_and_late_ones_stand_beside() -> None:
    encoder = ResponsesEncoder()
    source = e.Source("s", "https://a.b", "A")
    events = [*START, source, e.TextStart(), e.TextDelta("x"), e.TextEnd(), source, *END]
    body = b"".join(map(encoder.feed, events))
    (item,) = wires_of(body)[-1]["response"]["output"]
    (annotation,) = item["content"][0]["annotations"]
    assert (annotation["type"], annotation["url"], annotation["start_index"]) == ("url_citation", "https://a.b", 0)
    assert encoder.carried == {"source": COMMENT}


def test_log_probabilities_follow_their_text() -> None:
    entry = {"token": "x", "logprob": -1.0, "bytes": [120], "top_logprobs": []}
    weigh = e.Metadata({"logprobs": {"content": [entry]}})
    events = [*START, e.TextStart(), e.TextDelta("x"), weigh, e.TextEnd(), *END]
    assert normal(events_of(encode(events))) == normal(events)
    part = wires(*events)[-1]["response"]["output"][0]["content"][0]
    assert (part["text"], part["logprobs"]) == ("x", [entry])


def test_other_choices_stand_beside() -> None:
    encoder = ResponsesEncoder()
    body = b"".join(map(encoder.feed, [*START, e.StepStart(choice=1), e.TextStart("b", choice=1),
                                       e.TextDelta("second", "b", 1)]))  # fmt: skip
    assert b': slipstream text-delta {"type":"text-delta","text":"second","id":"b","choice":1}\n\n' in body
    assert encoder.carried == dict.fromkeys(("step-start", "text-start", "text-delta"), COMMENT)


def test_proofs_of_other_providers_come_back_with_the_request() -> None:
    thought = [e.ReasoningStart(), e.ReasoningDelta("hm"), e.ReasoningEnd(signature="sig")]
    output = wires(*START, *thought, *CALL, *END)[-1]["response"]["output"]
    asked = dialects.get("openai_responses").read({"model": "m", "input": [{"role": "user", "content": "?"}, *output]})
    part = asked.request.messages[1].parts[0]
    assert part == msgspec.structs.replace(part, text="hm", signature="sig", redacted=None, details=None)


def test_ids_are_made_from_the_responses_own() -> None:
    body = encode(RICH)
    assert body == encode(RICH)
    ids = [item["id"] for item in wires_of(body)[-1]["response"]["output"]]
    assert ids == ["rs_1_0", "msg_1_1", "fc_1_2"]


def test_the_last_frame_of_an_event_has_its_number() -> None:
    encoder = ResponsesEncoder(Reply(ids="s"))
    assert encoder.feed(START[0]).count(b"\n\nid: s-1\nevent: response.in_progress\n") == 1
    assert encoder.feed(e.TextDelta("x")).count(b"id: s-2\n") == 1


def test_a_response_repeats_its_request() -> None:
    tools = [{"type": "function", "name": "f", "parameters": {}, "strict": True}]
    first = wires(*START, *END, model="shown", options={"tools": tools, "temperature": 0.5, "made_up": 1})[0][
        "response"
    ]
    assert (first["tools"], first["temperature"], first["model"]) == (tools, 0.5, "shown")
    assert "made_up" not in first


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["\u2028", "\x00", "\ud83d", "\ude00", "é", '"', "\\", "\n", "data: [DONE]\n\n"])))
def test_odd_text_is_one_line_of_json(pieces: list[str]) -> None:
    body = encode([*START, e.TextStart(), *(e.TextDelta(piece) for piece in pieces), e.TextEnd(), *END])
    whole = "".join(piece.encode("utf-8", "replace").decode().replace("?", "�") if piece in "\ud83d\ude00" else piece
                    for piece in pieces)  # fmt: skip
    assert Message.of(events_of(body)).text == whole
    assert len(body.decode().splitlines()) == body.count(b"\n")


def test_the_words_for_how_events_travel_are_whole() -> None:
    native = [kind for kind, words in ResponsesEncoder.CARRIES.items() if words == NATIVE]
    assert e.TextDelta in native
    assert e.Finish in native
