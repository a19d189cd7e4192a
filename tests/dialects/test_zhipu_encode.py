"""Streams and answers for clients of GLM: what differs from OpenAI's shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from tests.dialects.chat_strict import payloads
from tests.dialects.chat_told import again, told
from tests.dialects.chat_wire import DONE
from tests.dialects.made_events import legal_streams

from slipstream import dialects, events as e
from slipstream.dialects.common.error_kinds import classify
from slipstream.dialects.zhipu import CODES, ZhipuEncoder
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message

ZHIPU = dialects.get("zhipu")
HI = {"role": "user", "content": "hi"}
WORDS = {"stop", "tool_calls", "length", "sensitive", "network_error", "model_context_window_exceeded"}


def chunks(*events: Event, **reply: Any) -> list[Any]:
    return [json.loads(part) for part in payloads(told(events, dialect="zhipu", **reply)) if part != b"[DONE]"]


def test_the_counts_stand_on_the_last_chunk_asked_for_or_not() -> None:
    events = (e.StepStart(), e.TextDelta("a"), e.Usage(input_tokens=1, output_tokens=2), e.StepEnd(), e.Finish())
    for asked in (True, False):
        last = chunks(*events, include_usage=asked)[-1]
        assert last["choices"][0]["finish_reason"] == "stop"
        assert last["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def test_thinking_stands_in_its_own_field() -> None:
    found = chunks(e.StepStart(), e.ReasoningDelta("hm"), e.TextDelta("so"))
    assert [wire["choices"][0]["delta"] for wire in found[1:3]] == [{"reasoning_content": "hm"}, {"content": "so"}]


def test_sources_are_what_the_search_found() -> None:
    source = e.Source(id="source-0", url="https://a", title="A", metadata={"content": "c", "refer": "ref_1"})
    found = chunks(e.StepStart(), source)
    assert found[1]["web_search"] == [{"content": "c", "refer": "ref_1", "link": "https://a", "title": "A"}]
    events = [e.Start(id="c", model="m"), e.StepStart(), source, e.StepEnd("stop", "stop"), e.Finish("stop", "stop")]
    assert again(events, dialect="zhipu") == events
    whole = Message.of(ZHIPU.decode_body(ZHIPU.encode_body(Message.of(events))))
    assert whole.sources == [source]


@pytest.mark.parametrize(
    ("reason", "raw", "word"),
    [
        ("stop", "end_turn", "stop"),
        ("content_filter", "refusal", "sensitive"),
        ("length", "model_context_window_exceeded", "model_context_window_exceeded"),
        ("length", "max_tokens", "length"),
        ("tool_calls", "tool_use", "tool_calls"),
        ("other", None, "stop"),
    ],
)
def test_why_it_ended(reason: Any, raw: str | None, word: str) -> None:
    found = chunks(e.StepStart(), e.StepEnd(reason, raw), e.Finish(reason, raw))
    assert found[-1]["choices"][0]["finish_reason"] == word


def test_an_answer_taken_back_is_one_that_the_safety_check_withdrew() -> None:
    events = [
        e.Start(id="c", model="m"), e.StepStart(), e.TextStart(), e.TextDelta("bad"), e.Retract("sensitive"),
        e.TextEnd(), e.StepEnd("content_filter", "sensitive"), e.Finish("content_filter", "sensitive"),
    ]  # fmt: skip
    assert again(events, dialect="zhipu") == events
    encoder = ZHIPU.encoder()
    body = b"".join(map(encoder.feed, [*events[:4], e.Retract("guard"), e.StepEnd(), e.Finish()]))
    assert b'"finish_reason":"sensitive"' in body
    assert encoder.carried == {}


def test_a_box_is_a_comment_beside_the_text_it_stands_in() -> None:
    encoder = ZHIPU.encoder()
    data = encoder.feed(e.Box(points=(0.1, 0.2, 0.3, 0.4), label="cat", source="[[100,200,300,400]]"))
    assert data.startswith(b": slipstream box {")
    assert set(encoder.carried) == {"box"}


@pytest.mark.parametrize("kind", CODES)
def test_each_kind_of_error_has_the_code_that_means_it(kind: str) -> None:
    status, body = ZHIPU.encode_error(e.Error("words", kind), argument="messages")
    assert json.loads(body) == {"error": {"code": CODES[kind], "message": "words"}}
    inverse = {"InvalidRequestError": "BadRequestError", "UnsupportedError": "BadRequestError",
               "MissingKeyError": "AuthenticationError", "UnknownModelError": "NotFoundError"}  # fmt: skip
    assert ZHIPU.decode_error(status, body).kind == inverse.get(kind, kind)


def test_codes_of_its_own_stay_and_others_do_not() -> None:
    def code(error: e.Error) -> str:
        return str(json.loads(ZHIPU.encode_error(error)[1])["error"]["code"])

    assert code(e.Error("x", "RateLimitError", code="1303")) == "1303"
    assert code(e.Error("x", "RateLimitError", code="rate_limit_exceeded")) == "1302"
    assert code(e.Error("x", "made up")) == "1234"
    assert classify(None, "1234") == ("ServerError", True)


@pytest.mark.parametrize(
    ("kind", "status"), [("QuotaExceededError", 429), ("OverloadedError", 429), ("AuthenticationError", 401)]
)
def test_statuses(kind: str, status: int) -> None:
    assert ZHIPU.encode_error(e.Error("x", kind))[0] == status


@pytest.mark.parametrize("end", [e.Error("lost", "ServerError"), e.Abort(), e.Finish("error", "network_error"), None])
def test_what_is_not_whole_ends_as_an_error(end: Event | None) -> None:
    body = told([e.StepStart(), e.TextDelta("a"), *([] if end is None else [end])], dialect="zhipu")
    assert json.loads(payloads(body)[-1])["error"]["code"] == "1234"
    assert DONE not in body
    assert isinstance(again([e.TextDelta("a"), *([] if end is None else [end])], dialect="zhipu")[-1], e.Error)


def test_a_cut_answer_does_not_look_whole() -> None:
    body = ZHIPU.encode_body(Message.of([e.TextDelta("a"), e.Abort()]))
    assert json.loads(body)["choices"][0]["finish_reason"] == "network_error"


@settings(max_examples=60, deadline=None)
@given(legal_streams())
def test_any_stream_makes_whole_frames_and_words_of_glm(events: list[Event]) -> None:
    body = told(events, dialect="zhipu")
    for payload in payloads(body):
        wire = json.loads(payload) if payload != b"[DONE]" else {}
        for choice in wire.get("choices", ()):
            assert choice["finish_reason"] in (None, *WORDS)
    assert set(ZhipuEncoder.CARRIES) == set(e.EVENT_TYPES)


# Requests.

GLM = {
    "model": "glm-4.6", "messages": [{"role": "system", "content": "x"}, HI], "stream": True, "temperature": 0.5,
    "top_p": 0.7, "max_tokens": 9, "stop": ["x"], "thinking": {"type": "enabled", "clear_thinking": False},
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}},
              {"type": "web_search", "web_search": {"enable": True}}],
    "tool_choice": "auto", "tool_stream": True, "do_sample": True, "request_id": "request-1", "user_id": "user-1",
    "sensitive_word_check": {"type": "ALL", "status": "DISABLE"}, "watermark_enabled": False,
    "response_format": {"type": "json_object"}, "meta": {"user_name": "a"},
}  # fmt: skip


def test_a_request_of_glm_is_written_as_it_was_read() -> None:
    asked = ZHIPU.read(GLM)
    assert ZHIPU.body(asked.request) | asked.own == GLM
    assert asked.own.keys() == {
        "tool_stream", "do_sample", "request_id", "user_id", "sensitive_word_check", "watermark_enabled", "meta",
    }  # fmt: skip
    assert asked.reply.include_usage


def test_a_film_and_a_document_by_address() -> None:
    parts = [
        {"type": "video_url", "video_url": {"url": "https://a/b.mp4"}},
        {"type": "file_url", "file_url": {"url": "https://a/b.pdf"}},
        {"type": "text", "text": "compare"},
    ]
    body = {"model": "glm-4.5v", "messages": [{"role": "user", "content": parts}], "stream": False}
    assert ZHIPU.body(ZHIPU.read(body).request) == body


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ZHIPU.read({"model": "glm-4.6", "messages": [HI], "do_sample": "yes"})
    assert caught.value.argument == "do_sample"
