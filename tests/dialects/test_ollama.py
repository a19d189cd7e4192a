"""Ollama's streams: what each kind of line becomes, and all that can go wrong in them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.dialects.chat_wire import cut
from tests.dialects.ollama_wire import CREATED, TIME, call, decode, events_of, last, line, message_of

from slipstream import dialects, events as e
from slipstream.dialects.common.face import Decoder, Dialect, Encoder
from slipstream.dialects.common.stream_decoder import MAX_DOCUMENT_BYTES
from slipstream.events import Event, Message

OLLAMA = dialects.get("ollama")
TIMINGS: dict[str, Any] = {"total_duration": 9, "load_duration": 1, "prompt_eval_duration": 2, "eval_duration": 6}


def error_of(*parts: bytes, **options: Any) -> e.Error:
    event = events_of(*parts, **options)[-1]
    assert isinstance(event, e.Error)
    return event


def test_the_dialect_has_its_face() -> None:
    assert isinstance(OLLAMA, Dialect)
    assert isinstance(OLLAMA.decoder(), Decoder)
    assert isinstance(OLLAMA.encoder(), Encoder)
    assert OLLAMA.encoder().content_type == "application/x-ndjson"


# The lines of a good answer.


def test_text() -> None:
    assert decode(line("Hel"), line("lo"), last(**TIMINGS)) == [
        e.Start(model="m", created=CREATED),
        e.StepStart(),
        e.TextStart(),
        e.TextDelta("Hel"),
        e.TextDelta("lo"),
        e.TextEnd(),
        e.Usage(input_tokens=3, output_tokens=5, total_tokens=8, details={"prompt_eval_count": 3, "eval_count": 5}),
        e.Metadata(TIMINGS),
        e.StepEnd("stop", "stop"),
        e.Finish("stop", "stop"),
    ]


def test_thinking_and_text_take_turns() -> None:
    message = message_of(
        line(message={"thinking": "Hm"}), line(message={"thinking": "m"}), line("A"),
        line("B", message={"thinking": "C"}), line("D"), last(),
    )  # fmt: skip
    assert [(block.kind, block.text) for block in message.blocks] == [
        ("reasoning", "Hmm"), ("text", "A"), ("reasoning", "C"), ("text", "BD"),
    ]  # fmt: skip


def test_white_space_before_thinking_keeps_its_place() -> None:
    message = message_of(line(" "), line(message={"thinking": "Hm"}), line("<think>"), last())
    assert [(block.kind, block.text) for block in message.blocks] == [
        ("text", " "), ("reasoning", "Hm"), ("text", "<think>"),
    ]  # fmt: skip


def test_thinking_in_tags_of_older_servers() -> None:
    message = message_of(line("<thi"), line("nk>Hm"), line("m</think>\n\nYes"), line("."), last())
    assert (message.reasoning, message.text) == ("Hmm", "Yes.")


def test_a_held_tag_that_never_comes_is_text() -> None:
    assert message_of(line("<thi"), last()).text == "<thi"
    assert Message.of(events_of(line("<thi"), b'{"error":"x"}\n')).text == "<thi"


def test_calls_come_whole_and_at_once() -> None:
    decoder = OLLAMA.decoder()
    events = decoder.feed(call("f", {"city": "北京", "n": [1.5, None]}, id="c1"))
    arguments = '{"city":"北京","n":[1.5,null]}'
    assert events[2:] == [
        e.ToolInputStart("c1", "f"),
        e.ToolInputDelta(arguments, "c1"),
        e.ToolInputEnd("c1"),
        e.ToolCall("c1", "f", {"city": "北京", "n": [1.5, None]}, arguments),
    ]


def test_calls_close_what_was_open_and_outweigh_the_reason() -> None:
    events = decode(line("I "), call("f", {}), call("g", {"a": 1}), line("go"), last())
    message = Message.of(events)
    assert [call.name for call in message.tool_calls] == ["f", "g"]
    assert message.text == "I go"
    assert (message.finish_reason, message.raw_finish_reason) == ("tool_calls", "stop")
    assert message_of(call("f", {}), last("length")).finish_reason == "length"


def test_several_calls_in_one_line_and_ids_that_are_missing_or_repeated() -> None:
    made = [{"function": {"name": "f", "arguments": {}}} for _ in range(2)]
    named = [{"id": "x", **made[0]}, {"id": "x", **made[0]}, {"id": "call_1", **made[0]}]
    message = message_of(line(message={"tool_calls": made}), line(message={"tool_calls": named}), last())
    ids = [call.id for call in message.tool_calls]
    assert ids == ["call_0", "call_1", "x", "x-1", "call_1-1"]
    assert [call.index for call in message.tool_calls] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wire", "value", "text", "sound"),
    [
        (None, {}, "{}", True),
        ("", {}, "{}", True),
        ('{"a": 1}', {"a": 1}, '{"a": 1}', True),
        ('{"a": ', None, '{"a": ', False),
        ([1], [1], "[1]", True),
    ],
)
def test_arguments_in_other_forms(wire: Any, value: Any, text: str, sound: bool) -> None:
    (found,) = message_of(call("f", wire), last()).tool_calls
    assert (found.input, found.arguments, found.error is None) == (value, text, sound)


def test_a_call_without_a_name_is_none() -> None:
    assert message_of(call("", {}), call(None, {}), line("x"), last()).tool_calls == []


def test_logprobs() -> None:
    entries = [{"token": "A", "logprob": -0.5, "bytes": [65], "top_logprobs": [{"token": "B", "logprob": -1}]}]
    message = message_of(line("A", logprobs=entries), line("B"), last())
    assert message.logprobs == {"content": entries}
    assert message.text == "AB"


def test_pictures() -> None:
    png, other = b"\x89PNG\r\n\x1a\n", b"????"
    images = [base64.b64encode(data).decode() for data in (png, other)]
    events = decode(line(message={"images": [*images, "no base64!"]}), last())
    files = [(event.media_type, event.data) for event in events if isinstance(event, e.File)]
    assert files == [("image/png", png), ("application/octet-stream", other)]


def test_a_line_without_anything_is_a_sign_of_life() -> None:
    assert decode(line(), line("A"), line(), last())[2:5] == [e.Heartbeat(), e.TextStart(), e.TextDelta("A")]
    assert decode(line("A"), line(slipstream={"type": "box"}), last()).count(e.Heartbeat()) == 1
    assert e.Heartbeat() not in decode(b"\n\r\n", line("A"), b" \n", last())


def test_the_remote_that_answers_is_told() -> None:
    message = message_of(line("A", remote_model="gpt-oss:120b", remote_host="https://ollama.com:443"), last())
    assert message.metadata["remote_model"] == "gpt-oss:120b"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("stop", "stop"), ("length", "length"), ("load", "other"), ("unload", "other"), (None, "stop"), ("new", "other"),
     ("content_filter", "content_filter")],
)  # fmt: skip
def test_why_it_ended(raw: str | None, reason: str) -> None:
    message = message_of(line("A"), last(raw))
    assert (message.finish_reason, message.raw_finish_reason) == (reason, raw)


def test_counts_that_are_absent_are_not_zero() -> None:
    usage = message_of(line("A"), last(prompt_eval_count=None)).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (None, 5, None)
    assert message_of(line("A"), line(done=True)).usage is None


@pytest.mark.parametrize(
    ("said", "created"),
    [
        (TIME, CREATED),
        ("2026-08-17T08:22:52.061545123Z", CREATED),
        ("2026-08-17T16:22:52+08:00", CREATED),
        ("2026-08-17T08:22:52", CREATED),
        ("yesterday", None),
        (None, None),
        ("", None),
    ],
)
def test_the_time_of_the_first_line_is_kept(said: str | None, created: int | None) -> None:
    assert message_of(line("A", created_at=said), line("B"), last()).created == created


def test_nothing_after_the_last_line_counts() -> None:
    assert events_of(line("A") + last() + line("B") + b'{"error":"x"}\n') == events_of(line("A") + last())


def test_the_end_needs_no_end_of_line() -> None:
    assert events_of((line("A") + last()).rstrip()) == events_of(line("A") + last())


# `/api/generate`.


def generated(response: str | None = "", *, done: bool = False, **fields: Any) -> bytes:
    return json.dumps({"model": "m", "created_at": TIME, "response": response, "done": done, **fields}).encode() + b"\n"


def test_generate() -> None:
    message = message_of(
        generated(thinking="Hm"), generated(thinking="m"), generated("Hel"), generated("lo"),
        generated(done=True, done_reason="stop", context=[1, 2], eval_count=2),
    )  # fmt: skip
    assert (message.reasoning, message.text, message.finish_reason) == ("Hmm", "Hello", "stop")
    assert message.metadata == {"context": [1, 2]}


def test_generate_with_calls_and_pictures() -> None:
    calls = [{"function": {"name": "f", "arguments": {"a": 1}}}]
    message = message_of(generated(tool_calls=calls), generated(done=True))
    assert [found.input for found in message.tool_calls] == [{"a": 1}]
    progress = (
        json.dumps({"model": "m", "created_at": TIME, "completed": 1, "total": 4, "done": False}).encode() + b"\n"
    )
    picture = base64.b64encode(b"\xff\xd8\xff").decode()
    events = decode(progress, generated(None, done=True, image=picture))
    assert e.Metadata({"completed": 1, "total": 4}) in events
    assert [event.media_type for event in events if isinstance(event, e.File)] == ["image/jpeg"]


# Whole answers.


def test_a_whole_answer() -> None:
    body = line("Hello", message={"thinking": "Hm"}, done=True, done_reason="stop", eval_count=2)
    for written in (body, body.strip(), json.dumps(json.loads(body), indent=2).encode()):
        message = Message.of(OLLAMA.decode_body(written))
        assert (message.text, message.reasoning, message.complete) == ("Hello", "Hm", True)
    assert OLLAMA.decode_body(body) == events_of(body)


def test_a_stream_that_nobody_asked_for() -> None:
    assert Message.of(OLLAMA.decode_body(line("A") + line("B") + last())).text == "AB"


def test_whole_answers_that_are_none() -> None:
    for body in (b"", b"<html>no</html>", b'{"model":"m"', b"[]", b'{"a":1}', line("A")):
        assert isinstance(OLLAMA.decode_body(body)[-1], e.Error)
    (error,) = OLLAMA.decode_body(b'{"error":"model \'x\' not found"}')
    assert isinstance(error, e.Error)
    assert (error.kind, error.message) == ("NotFoundError", "model 'x' not found")


def test_errors_with_a_status() -> None:
    error = OLLAMA.decode_error(404, b'{"error":"model \'x\' not found, try pulling it first"}')
    assert (error.kind, error.status) == ("NotFoundError", 404)
    assert "try pulling" in error.message


# What goes wrong.


def test_an_error_in_the_middle_of_the_stream() -> None:
    events = decode(line("A"), b'{"error":"an error was encountered while running the model"}\n')
    assert events[-1] == e.Error("an error was encountered while running the model")
    assert Message.of(events).text == "A"


def test_an_error_in_place_of_a_stream() -> None:
    one = error_of(b'{"error":"unauthorized"}')
    assert one.kind == "AuthenticationError"
    assert error_of(b'{"error":"unauthorized"}\n') == error_of(b'{\n  "error": "unauthorized"\n}\n') == one
    assert events_of(*(bytes([byte]) for byte in b'{\n  "error": "unauthorized"\n}\n')) == [one]
    assert error_of(b'{"error":"unauthorized"}', lenient=True) == one


PAGE = b"<!DOCTYPE html>\n<html><head><title>502</title></head><body>Bad gateway</body></html>"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (PAGE, "NotAStreamError", "502 Bad gateway"),
        (b"\xef\xbb\xbf\n" + PAGE, "NotAStreamError", "HTML"),
        (b"404 page not found", "NotAStreamError", "404 page not found"),
        (b'data: {"x":1}\n\n', "NotAStreamError", "it begins"),
        (b"[1, 2]\n", "NotAStreamError", "an array of 2"),
        (b'{"id":"x","choices":[]}\n', "NotAStreamError", "'id', 'choices'"),
        (b'{\n "id": "x"\n}', "NotAStreamError", "'id'"),
        (b'{\n "id": "x"', "NotAStreamError", "not whole"),
        (b"", "StreamInterruptedError", "before any event"),
        (b"\n \n", "StreamInterruptedError", "before any event"),
        (b'{"model":"m","mess', "StreamInterruptedError", "before any event"),
        (b'{"model":}\n', "MalformedChunkError", "no JSON"),
    ],
)
def test_bodies_that_are_no_stream(body: bytes, kind: str, words: str) -> None:
    error = error_of(body)
    assert error.kind == kind
    assert words in error.message
    assert error_of(*(bytes([byte]) for byte in body)) == error
    assert events_of(body)[:-1] == events_of(*(bytes([byte]) for byte in body))[:-1]


def test_a_page_without_end_is_not_kept_for_ever() -> None:
    decoder = OLLAMA.decoder()
    assert decoder.feed(b"<" + b"x" * MAX_DOCUMENT_BYTES) != []
    assert decoder.finished


def test_a_stream_without_its_last_line_is_interrupted() -> None:
    events = decode(line("A"), line("B"))
    assert isinstance(events[-1], e.Error)
    assert (events[-1].kind, events[-1].retryable) == ("StreamInterruptedError", True)
    assert error_of(line("A") + last()[:-20]).kind == "StreamInterruptedError"
    assert error_of(line("A") + b"[DONE]\n").kind == "StreamInterruptedError"


def test_a_line_that_is_too_long() -> None:
    events = events_of(line("A"), line("x" * 4096), max_event_bytes=1024)
    assert isinstance(events[-1], e.Error)
    assert events[-1].kind == "EventTooLargeError"
    assert Message.of(events).text == "A"


def test_a_malformed_line_ends_the_stream_unless_it_is_skipped() -> None:
    broken = line("B")[:-20] + b"\n"
    assert error_of(line("A"), broken, line("C"), last()).kind == "MalformedChunkError"
    message = Message.of(events_of(line("A"), broken, line("C"), last(), lenient=True))
    assert message.text == "AC"


def test_a_line_glued_into_a_cut_one() -> None:
    glued = line("B")[:-30] + line("C")
    decoder = OLLAMA.decoder(lenient=True)
    events = decoder.feed(line("A") + glued + last())
    assert Message.of(events).text == "AC"
    assert decoder.malformed == 1


def test_strange_fields_are_left_out() -> None:
    wire = {
        "model": 7,
        "created_at": 5,
        "message": {"content": ["no"], "thinking": "Hm"},
        "done": False,
        "eval_count": "x",
    }
    assert message_of(json.dumps(wire).encode() + b"\n", line("A"), last()).reasoning == "Hm"
    wire = {
        "message": {"content": "A", "tool_calls": [7, {"function": {"name": "f", "arguments": 1}}, {"function": 8}]}
    }
    message = message_of(json.dumps(wire).encode() + b"\n", json.dumps({"done": True, "eval_count": True}).encode())
    assert (message.text, message.tool_calls[0].input) == ("A", 1)


def test_lone_surrogates() -> None:
    assert message_of(line("a\ud83d"), last()).text == "a\ufffd"
    (found,) = message_of(call("f", {"a": "\ud83d"}), last()).tool_calls
    assert found.arguments.encode()


def test_an_unknown_line_becomes_raw() -> None:
    events = decode(line("A"), b'{"news":1}\n', last())
    assert e.Raw({"news": 1}) in events


def test_the_raw_lines() -> None:
    events = events_of(line("A"), last(), include_raw=True)
    assert all(event.raw is not None for event in events)
    assert Message.of(events).text == "A"
    decoder = OLLAMA.decoder(include_raw=True)
    assert decoder.feed(line()) == [*decoder.feed(b""), *first_events()]


def first_events() -> list[Event]:
    return [e.Start(model="m", created=CREATED, raw=json.loads(line())), e.StepStart(raw=json.loads(line())),
            e.Heartbeat(raw=json.loads(line()))]  # fmt: skip


def test_sdk_objects() -> None:
    decoder = OLLAMA.decoder()
    events = decoder.feed_wire(json.loads(line("A"))) + decoder.feed_wire(json.loads(last()))
    assert events == events_of(line("A") + last())


@given(st.lists(st.integers(0, 10**6), max_size=6))
def test_cuts_change_nothing(places: list[int]) -> None:
    body = line("Héllo 🌍\u2028") + call("f", {"ä": "ü"}) + line(message={"thinking": "…"}) + last(**TIMINGS)
    assert events_of(*cut(body, places)) == events_of(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ("model", "created_at", "message", "response", "thinking", "done", "done_reason", "error", "logprobs", "tool_calls",
     "image", "context", "eval_count", "total", "completed", "content", "images", "function", "name", "arguments")
)  # fmt: skip
WIRES = st.recursive(JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=6), max_leaves=12)


@given(st.lists(WIRES, max_size=4), st.booleans(), st.booleans())
def test_nothing_makes_it_raise(wires: list[Any], lenient: bool, include_raw: bool) -> None:
    body = b"".join(json.dumps(wire).encode() + b"\n" for wire in wires)
    events = events_of(body, lenient=lenient, include_raw=include_raw)
    assert isinstance(events[-1], (e.Finish, e.Error))
    assert isinstance(OLLAMA.decode_body(body)[-1], (e.Finish, e.Error))


@given(st.binary(max_size=60))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(events_of(data)[-1], e.Error)
    assert isinstance(events_of(line("A"), data)[-1], e.Error)
