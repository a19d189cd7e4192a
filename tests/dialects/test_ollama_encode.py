"""Events as Ollama's lines: what each becomes, and what its own client reads of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
import ollama
import pytest
from hypothesis import given, strategies as st
from tests.dialects.chat_wire import cut
from tests.dialects.made_events import VALUES, WHOLE_TEXTS, joined, legal_streams
from tests.dialects.ollama_wire import events_of, lines_of

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.dialects.common.ollama_wire.encoder import BESIDE, OllamaEncoder
from slipstream.dialects.common.stream_encoder import carries
from slipstream.events import Event, Message
from slipstream.events.types import EVENT_TYPES

OLLAMA = dialects.get("ollama")
GENERATE = Reply(options={"endpoint": "generate"})
BEGIN = (e.Start(id="a1", model="m", created=1_790_000_000), e.StepStart())
END = (e.StepEnd(), e.Finish("stop", "stop"))


def encode(*events: Event, reply: Reply | None = None, end: Sequence[Event] = END) -> list[dict[str, Any]]:
    """The lines of these events, between a beginning and an end."""
    encoder = OLLAMA.encoder(reply)
    parts = [encoder.feed(event) for event in (*BEGIN, *events, *end)]
    assert all(part.endswith(b"\n") or not part for part in parts)
    return lines_of(b"".join((*parts, encoder.end())))


def content_of(*events: Event, **options: Any) -> list[dict[str, Any]]:
    """The lines but the last."""
    return encode(*events, **options)[:-1]


def test_every_type_of_event_has_its_way() -> None:
    assert set(OllamaEncoder.CARRIES) == set(EVENT_TYPES)
    told = carries(OllamaEncoder)
    assert told["text-delta"] == ""
    assert "slipstream" in told["box"]


def test_text_and_thinking_at_once() -> None:
    encoder = OLLAMA.encoder()
    assert [encoder.feed(event) for event in (*BEGIN, e.ReasoningStart())] == [b"", b"", b""]
    head = '{"model":"m","created_at":"2026-09-21T14:13:20Z","message":{"role":"assistant","content":'
    tail = '},"done":false}\n'
    assert encoder.feed(e.ReasoningDelta("Hm")).decode() == f'{head}"","thinking":"Hm"{tail}'
    assert encoder.feed(e.TextDelta("你\n")).decode() == f'{head}"你\\n"{tail}'
    assert encoder.feed(e.TextDelta("")) == b""


def test_the_last_line() -> None:
    timings = e.Metadata({"total_duration": 9, "load_duration": 1, "prompt_eval_duration": 2, "eval_duration": 6})
    (last,) = encode(timings, e.Usage(input_tokens=3, output_tokens=5, total_tokens=8))
    assert last == {
        "model": "m", "created_at": "2026-09-21T14:13:20Z", "message": {"role": "assistant", "content": ""},
        "done": True, "done_reason": "stop", "total_duration": 9, "load_duration": 1, "prompt_eval_count": 3,
        "prompt_eval_duration": 2, "eval_count": 5, "eval_duration": 6,
    }  # fmt: skip


def test_the_last_line_says_only_what_somebody_told() -> None:
    (last,) = encode()
    assert set(last) == {"model", "created_at", "message", "done", "done_reason"}
    (last,) = encode(e.Usage(input_tokens=3, output_tokens=0), e.Metadata({"eval_duration": 6}))
    assert (last["prompt_eval_count"], last["eval_count"], last["eval_duration"]) == (3, 0, 6)
    assert "total_duration" not in last
    read = ollama.ChatResponse(**last)
    assert (read.done, read.eval_count, read.total_duration) == (True, 0, None)


@pytest.mark.parametrize(
    ("reason", "raw", "said"),
    [
        ("stop", None, "stop"),
        ("stop", "end_turn", "stop"),
        ("tool_calls", "tool_use", "stop"),
        ("length", "max_tokens", "length"),
        ("length", "length", "length"),
        ("other", "load", "load"),
        ("other", "made up", "stop"),
        ("content_filter", "refusal", "content_filter"),
        ("cancelled", None, "cancelled"),
        ("pause", "pause_turn", "pause"),
    ],
)
def test_why_it_ended(reason: e.FinishReason, raw: str | None, said: str) -> None:
    (last,) = encode(end=(e.StepEnd(reason, raw), e.Finish(reason, raw)))
    assert (last["done"], last["done_reason"]) == (True, said)


def test_a_call_comes_whole() -> None:
    encoder = OLLAMA.encoder()
    for event in (*BEGIN, e.ToolInputStart("c1", "f"), e.ToolInputDelta('{"a":', "c1"), e.ToolInputEnd("c1")):
        assert encoder.feed(event) == b""
    (wire,) = lines_of(encoder.feed(e.ToolCall("c1", "f", {"a": 1}, '{"a":1}')))
    assert wire["message"]["tool_calls"] == [{"id": "c1", "function": {"index": 0, "name": "f", "arguments": {"a": 1}}}]
    assert encoder.carried["tool-input-delta"] == "with the whole call"


@pytest.mark.parametrize(
    "call",
    [
        e.ToolCall("c1", "f", None, "{", "no JSON"),
        e.ToolCall("c1", "f", [1], "[1]"),
        e.ToolCall("c1", "web_search", {}, provider_executed=True),
    ],
)
def test_a_call_that_no_client_may_run_travels_beside(call: e.ToolCall) -> None:
    (wire,) = content_of(call)
    assert "tool_calls" not in wire["message"]
    assert wire["slipstream"]["type"] == "tool-call"


def test_a_refusal_is_text() -> None:
    (wire,) = content_of(e.RefusalDelta("I will not"))
    assert wire["message"]["content"] == "I will not"


def test_logprobs_have_a_line_and_other_metadata_travels_beside() -> None:
    entries = [{"token": "A", "logprob": -0.5, "bytes": [65], "top_logprobs": [{"token": "B", "logprob": -1}]}]
    probable, beside = content_of(e.Metadata({"logprobs": {"content": entries}, "system_fingerprint": "fp"}))
    assert probable["logprobs"] == entries
    assert beside["slipstream"] == {"type": "metadata", "data": {"system_fingerprint": "fp"}}
    for strange in (
        {"content": [{"token": 1}]},
        {"content": [{"token": "A", "logprob": True}]},
        {"refusal": entries},
        7,
    ):
        (wire,) = content_of(e.Metadata({"logprobs": strange}))
        assert "logprobs" not in wire


def test_a_proof_of_thinking_travels_beside() -> None:
    assert content_of(e.ReasoningStart(), e.ReasoningEnd()) == []
    (wire,) = content_of(e.ReasoningStart(), e.ReasoningEnd(signature="s"))
    assert wire["slipstream"] == {"type": "reasoning-end", "signature": "s"}


def test_what_has_no_form_travels_beside() -> None:
    for event in (e.Source("s1", "https://example.org"), e.File("image/png", b"\x89PNG"), e.Box((0.1, 0.2, 0.3, 0.4)),
                  e.ToolResult("c1", {1, 2}), e.Retry(2, 0.5, "RateLimitError"), e.Raw({"a": 1})):  # fmt: skip
        encoder = OLLAMA.encoder()
        (wire,) = lines_of(b"".join(map(encoder.feed, (*BEGIN, event))))
        assert (wire["message"]["content"], wire["done"]) == ("", False)
        assert wire["slipstream"]["type"] == event.type
        assert set(encoder.carried) == {event.type}


def test_further_choices_travel_beside() -> None:
    (first, second) = content_of(e.StepStart(1), e.TextDelta("B", "c1:text-0", 1), end=(e.StepEnd(), e.Finish()))
    assert first["slipstream"] == {"type": "step-start", "choice": 1}
    assert (second["message"]["content"], second["slipstream"]["text"]) == ("", "B")


def test_signs_of_life_are_lines_without_content() -> None:
    encoder = OLLAMA.encoder(Reply(model="m"))
    assert [wire["message"]["content"] for wire in lines_of(encoder.heartbeat() + encoder.feed(e.Heartbeat("x")))] == [
        "", "",
    ]  # fmt: skip


def test_the_ends_that_are_none() -> None:
    said = e.Error("no room", kind="OverloadedError", code="overloaded", status=529)
    assert encode(e.TextDelta("A"), end=(said,))[1:] == [{"error": "no room"}]
    assert encode(end=(e.Abort("the user"),)) == [{"error": "the answer was cancelled"}]
    assert encode(end=()) == [{"error": "the answer ended without its end mark"}]
    encoder = OLLAMA.encoder()
    assert encoder.feed(said)
    assert encoder.finished
    assert encoder.feed(e.TextDelta("A")) == encoder.end() == b""


def test_a_new_beginning() -> None:
    again = (e.Restart(2, "StreamInterruptedError"), *BEGIN)
    assert encode(e.TextStart(), e.TextDelta("A"), *again, e.TextDelta("B"))[1:] == [
        {"error": "the answer began anew after part of it had been sent"}
    ]
    (content, last) = encode(e.Usage(input_tokens=1), *again, e.TextDelta("B"))
    assert (content["message"]["content"], "prompt_eval_count" in last) == ("B", False)


def test_what_was_taken_back_is_no_good_end() -> None:
    assert encode(e.TextDelta("A"), e.Retract("sensitive"))[-1]["done_reason"] == "content_filter"


def test_no_line_is_cut_by_readers_of_text_lines() -> None:
    """`str.splitlines`, which the official client's HTTP library uses, ends lines at more than LF."""
    odd = "a\u2028b\u2029c\u0085d\x0b\x0c\x1c\x1d\x1ee\r\nf"
    encoder = OLLAMA.encoder()
    data = b"".join(map(encoder.feed, (*BEGIN, e.TextDelta(odd), e.ToolCall("c1", "f", {odd: odd}))))
    wires = [json.loads(text) for text in data.decode().splitlines()]
    assert wires[0]["message"]["content"] == odd
    assert wires[1]["message"]["tool_calls"][0]["function"]["arguments"] == {odd: odd}


def test_lone_surrogates_crash_nothing() -> None:
    (text, thought) = content_of(e.TextDelta("a\ud83d"), e.ReasoningDelta("\ude00"))
    assert (text["message"]["content"], thought["message"]["thinking"]) == ("a\ufffd", "\ufffd")
    assert encode(end=(e.Error("\ud83d"),)) == [{"error": "\ufffd"}]


def test_the_reply_names_the_model_and_the_time() -> None:
    (line,) = content_of(e.TextDelta("A"), reply=Reply(model="alias", created=1))
    assert (line["model"], line["created_at"]) == ("alias", "2026-09-21T14:13:20Z")
    encoder = OLLAMA.encoder(Reply(model="alias", created=86400, ids="s"))
    (line,) = lines_of(encoder.feed(e.TextDelta("A")))
    assert (line["model"], line["created_at"]) == ("alias", "1970-01-02T00:00:00Z")
    encoder.feed(e.Start(created=10**20))
    assert lines_of(encoder.heartbeat())[0]["created_at"] == "1970-01-01T00:00:00Z"


def test_generate() -> None:
    lines = encode(
        e.TextDelta("A"), e.ReasoningDelta("Hm"), e.ToolCall("c1", "f", {}), e.Metadata({"context": [1, 2]}),
        e.Box((0.0, 0.0)), reply=GENERATE,
    )  # fmt: skip
    assert [line["response"] for line in lines] == ["A", "", "", "", ""]
    assert (lines[1]["thinking"], lines[2]["tool_calls"][0]["id"]) == ("Hm", "c1")
    assert (lines[-1]["context"], "message" in lines[0]) == ([1, 2], False)


# Whole answers and errors.


def test_a_whole_answer() -> None:
    message = Message.of((*BEGIN, e.TextDelta("Hi"), e.ToolCall("c1", "f", {"a": 1}), e.Usage(output_tokens=5), *END))
    wire = json.loads(OLLAMA.encode_body(message))
    assert wire["message"]["content"] == "Hi"
    assert wire["message"]["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    assert (wire["done"], wire["done_reason"], wire["eval_count"]) == (True, "stop", 5)
    assert json.loads(OLLAMA.encode_body(message, Reply(model="alias")))["model"] == "alias"


def test_a_whole_answer_that_is_not_whole() -> None:
    cut_off = Message.of((*BEGIN, e.TextDelta("Hi"), e.Error("cut", kind="StreamInterruptedError")))
    wire = json.loads(OLLAMA.encode_body(cut_off))
    assert (wire["done"], wire["done_reason"], wire["message"]["content"]) == (False, "interrupted", "Hi")
    assert isinstance(OLLAMA.decode_body(OLLAMA.encode_body(cut_off))[-1], e.Error)
    assert json.loads(OLLAMA.encode_body(Message()))["done"] is False
    hidden = Message.of((*BEGIN, e.Retract("sensitive"), *END))
    assert json.loads(OLLAMA.encode_body(hidden))["done_reason"] == "content_filter"


def test_errors_have_a_status_and_name_the_field() -> None:
    error = e.Error("missing", kind="InvalidRequestError")
    assert OLLAMA.encode_error(error, argument="messages[0].role") == (400, b'{"error":"messages[0].role: missing"}')
    status, body = OLLAMA.encode_error(e.Error("model 'x' not found", kind="NotFoundError"))
    assert (status, OLLAMA.decode_error(status, body).kind) == (404, "NotFoundError")


# Properties.

NATIVE = (e.TextDelta, e.ReasoningDelta, e.ToolInputDelta)


def told(events: Iterable[Event]) -> list[Event]:
    """Events as a decoder of this API gives them: ids and boundaries are its own, calls come whole, reasons few."""
    message = Message.of(events)
    found: list[Event] = [e.Start(model=message.model, created=message.created or 0), e.StepStart()]
    for event in joined(events):
        if isinstance(event, (e.TextDelta, e.ReasoningDelta)):
            found.append(type(event)(event.text, "b"))
        elif isinstance(event, e.ToolCall):
            found.append(event)
    return joined(found)


@st.composite
def plain_streams(draw: Any) -> list[Event]:
    """Streams of what the API can carry: one answer, texts that no tag begins, calls with sound arguments."""
    texts = WHOLE_TEXTS.map(lambda text: text.replace("<", ""))
    stream = draw(legal_streams(choices=1, steps=1, kinds=NATIVE, texts=texts, ends=[e.Finish], interleaved=False))
    bad = {call.id for call in stream if isinstance(call, e.ToolCall) and (call.error or call.provider_executed)}
    return [event for event in stream if getattr(event, "id", None) not in bad]


@given(plain_streams(), st.lists(st.integers(0, 10**6), max_size=4))
def test_what_it_can_carry_comes_back(stream: list[Event], places: list[int]) -> None:
    encoder = OLLAMA.encoder()
    data = b"".join(map(encoder.feed, stream))
    again = events_of(*cut(data, places))
    want, got = told(stream), told(again)
    assert [loosely(event) for event in got] == [loosely(event) for event in want]
    assert isinstance(again[-1], e.Finish)


def loosely(event: Event) -> Any:
    if isinstance(event, e.ToolCall):
        return event.id, event.name, finite(event.input)
    return event


def finite(value: Any) -> Any:
    """The value as JSON holds it: infinity is null."""
    return json.loads(json.dumps(value), parse_constant=lambda _: None)


@given(legal_streams(), st.booleans(), st.lists(st.integers(0, 10**6), max_size=3))
def test_any_legal_stream_gives_whole_lines(stream: list[Event], generate: bool, places: list[int]) -> None:
    encoder = OLLAMA.encoder(GENERATE if generate else None)
    parts = []
    for event in stream:
        if BESIDE in OllamaEncoder.CARRIES[type(event)] and not encoder.finished:
            parts.append(encoder.feed(event))
            assert event.type in encoder.carried
        else:
            parts.append(encoder.feed(event))
    parts.append(encoder.end())
    assert encoder.finished
    for part in parts:
        assert not part or part.endswith(b"\n")
        for text in part.decode().splitlines():
            read_by_the_client(json.loads(text), generate=generate)
    assert all(encoder.carried.values())
    data = b"".join(parts)
    assert events_of(*cut(data, places)) == events_of(data)


def read_by_the_client(wire: dict[str, Any], *, generate: bool) -> None:
    if "error" not in wire:
        (ollama.GenerateResponse if generate else ollama.ChatResponse)(**wire)


@given(legal_streams(), VALUES)
def test_any_message_gives_a_body(stream: list[Event], value: Any) -> None:
    message = Message.of(stream)
    message.metadata["eval_duration"] = value
    ollama.ChatResponse(**json.loads(OLLAMA.encode_body(message)))
    ollama.GenerateResponse(**json.loads(OLLAMA.encode_body(message, GENERATE)))


# The official client.


def client_of(body: bytes, *, status: int = 200) -> ollama.Client:
    """The real client; in place of a socket it reads these bytes."""
    return ollama.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=body)))


def body_of(*events: Event, reply: Reply | None = None) -> bytes:
    encoder = OLLAMA.encoder(reply)
    return b"".join(map(encoder.feed, (*BEGIN, *events))) + encoder.end()


ANSWER = (
    e.Heartbeat("x"), e.ReasoningStart(), e.ReasoningDelta("Hm\u2028"), e.ReasoningEnd(signature="s"), e.TextStart(),
    e.TextDelta("Hé"), e.TextDelta("llo 🌊"), e.TextEnd(), e.Box((0.1, 0.2, 0.3, 0.4)),
    e.ToolCall("c1", "f", {"city": "北京"}, '{"city":"北京"}'), e.Usage(input_tokens=12, output_tokens=7), *END,
)  # fmt: skip


def test_the_client_reads_all_there_is() -> None:
    chunks = list(client_of(body_of(*ANSWER)).chat(model="m", messages=[], stream=True))
    assert "".join(chunk.message.content or "" for chunk in chunks) == "Héllo 🌊"
    assert "".join(chunk.message.thinking or "" for chunk in chunks) == "Hm\u2028"
    calls = [call.function for chunk in chunks for call in chunk.message.tool_calls or ()]
    assert [(call.name, call.arguments) for call in calls] == [("f", {"city": "北京"})]
    assert (chunks[-1].done, chunks[-1].prompt_eval_count, chunks[-1].eval_count) == (True, 12, 7)


def test_the_client_raises_what_went_wrong() -> None:
    stream = client_of(body_of(e.TextDelta("A"), e.Error("no room now"))).chat(model="m", messages=[], stream=True)
    assert next(stream).message.content == "A"
    with pytest.raises(ollama.ResponseError, match="no room now"):
        next(stream)
    status, body = OLLAMA.encode_error(e.Error("no such model", kind="NotFoundError"))
    with pytest.raises(ollama.ResponseError, match="no such model") as caught:
        client_of(body, status=status).chat(model="m", messages=[])
    assert caught.value.status_code == 404


def test_the_client_reads_whole_answers_and_generate() -> None:
    message = Message.of((*BEGIN, *ANSWER))
    whole = client_of(OLLAMA.encode_body(message)).chat(model="m", messages=[])
    assert (whole.message.content, whole.message.thinking, whole.eval_count) == ("Héllo 🌊", "Hm\u2028", 7)
    client = client_of(body_of(*ANSWER, reply=GENERATE))
    chunks = list(client.generate(model="m", prompt="x", stream=True))
    assert "".join(chunk.response or "" for chunk in chunks) == "Héllo 🌊"
