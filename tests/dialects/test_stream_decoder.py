"""What every SSE dialect's decoder does alike, shown on `openai_chat`: no streams, broken frames, limits."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.dialects.chat_wire import DONE, cut, decode, events_of, finish, pieces, quiet, sse, text

from slipstream import dialects, events as e
from slipstream.codec import MAX_EVENT_BYTES
from slipstream.dialects.common.face import Decoder
from slipstream.dialects.common.stream_decoder import MAX_DOCUMENT_BYTES, parse_loosely
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message

ANSWER = sse(text("Héllo "), text("wörld 🌍"), finish()) + DONE


def new(**options: Any) -> Decoder:
    return dialects.get("openai_chat").decoder(**options)


def last_error(events: list[Event]) -> e.Error:
    assert isinstance(events[-1], e.Error)
    return events[-1]


# Bodies that are no stream.

JSON_ERROR = b'{"error": {"message": "Invalid API Key", "code": "invalid_api_key"}}'
GOOGLE_ERROR = (
    b'[{\n  "error": {\n    "code": 429,\n    "message": "quota",\n    "status": "RESOURCE_EXHAUSTED"\n  }\n}\n]\n'
)
PAGE = b"<!DOCTYPE html>\n<html><head><title>502</title><style>a{b}</style></head><body>Bad gateway</body></html>"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (JSON_ERROR, "AuthenticationError", "Invalid API Key"),
        (b"\xef\xbb\xbf \n" + JSON_ERROR + b"\n", "AuthenticationError", "Invalid API Key"),
        (GOOGLE_ERROR, "RateLimitError", "quota"),
        (b'{"detail": "Not Found"}', "NotFoundError", "Not Found"),
        (b'{"id": "x", "choices": [{"message": {"content": "secret"}}]}', "NotAStreamError", "'id', 'choices'"),
        (b"[1, 2]", "NotAStreamError", "an array of 2"),
        (b"{}", "NotAStreamError", "an empty object"),
        (b'{"id": "x", "cho', "NotAStreamError", "not whole"),
        (PAGE, "NotAStreamError", "502 Bad gateway"),
        (b"<html>", "NotAStreamError", "HTML"),
        (b"upstream connect error", "NotAStreamError", "upstream connect error"),
        (b"", "StreamInterruptedError", "before any event"),
        (b"\n\n \n", "StreamInterruptedError", "before any event"),
        (b": hello\n\n", "StreamInterruptedError", "before any event"),
        (b"dat", "StreamInterruptedError", "before any event"),
        (b'data: {"id', "StreamInterruptedError", "before any event"),
        (DONE, "StreamInterruptedError", "before anything"),
    ],
)
def test_a_body_that_is_no_stream_is_one_error(body: bytes, kind: str, words: str) -> None:
    if kind == "NotFoundError":
        kind = "APIError"  # without a status, FastAPI's words name no kind
    for parts in ([body], pieces(body, 1), pieces(body, 7)):
        error = last_error(events := events_of(*parts))
        assert len(quiet(events)) == 1
        assert error.kind == kind
        assert words in error.message
        assert "secret" not in error.message
        assert error.retryable == (kind in ("StreamInterruptedError", "RateLimitError"))


def test_a_page_is_shown_short_and_without_keys() -> None:
    key = "sk-" + "a" * 40
    error = last_error(events_of(b"<p>" + key.encode() + b" " + b"words " * 1000 + b"</p>"))
    assert key not in error.message
    assert len(error.message) < 300


def test_a_huge_document_ends_at_once() -> None:
    decoder = new()
    assert decoder.feed(b"{") == []
    events = decoder.feed(b" " * MAX_DOCUMENT_BYTES)
    assert last_error(events).kind == "NotAStreamError"
    assert decoder.finished
    assert decoder.feed(b"more") == decoder.end() == []


def test_blank_lines_before_the_stream_cost_no_memory() -> None:
    decoder = new()
    line_ends = b"\n" * 10_000
    tracemalloc.start()
    for _ in range(200):
        assert decoder.feed(line_ends) == []
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 4 * MAX_DOCUMENT_BYTES
    events = decoder.feed(ANSWER)
    assert isinstance(events[-1], e.Finish)


def test_a_byte_order_mark_is_no_content() -> None:
    for body in (b"\xef\xbb\xbf" + ANSWER, b"\n" + ANSWER, b": hi\n\n" + ANSWER):
        assert quiet(events_of(*pieces(body, 1))) == events_of(ANSWER)


# Broken frames.

BROKEN = [b"{", b"nonsense", b"null", b"3", b'"text"', b"[1]", b'{"id": "secret', b"[" * 100_000, b"\xff\xfe", b"NaN"]


@pytest.mark.parametrize("payload", BROKEN)
def test_a_malformed_frame_ends_the_stream(payload: bytes) -> None:
    events = events_of(sse(text("a"), payload, text("b"), finish()) + DONE)
    error = last_error(events)
    assert (error.kind, error.retryable) == ("MalformedChunkError", True)
    assert str(len(payload)) in error.message
    assert "secret" not in error.message
    assert Message.of(events).text == "a"


@pytest.mark.parametrize("payload", BROKEN)
def test_a_lenient_decoder_skips_and_counts_it(payload: bytes) -> None:
    decoder = new(lenient=True)
    events = decoder.feed(sse(text("a"), payload, text("b"), finish()) + DONE) + decoder.end()
    assert decoder.malformed == 1
    assert (Message.of(events).text, Message.of(events).complete) == ("ab", True)


def glued(*wires: dict[str, Any] | bytes) -> bytes:
    """A frame cut in the middle, with further ones glued to it."""
    whole = [wire if isinstance(wire, bytes) else json.dumps(wire).encode() for wire in wires]
    return b"data: " + json.dumps(text("lost")).encode()[:-30] + b"".join(b"data: " + part for part in whole) + b"\n\n"


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        (glued(text("b")), "abc"),
        (glued(b'{"cut": "data: {', text("b")), "abc"),
        (glued(b'{"choices": [', b"nothing"), "ac"),
        (glued(b"[DONE]"), "a"),
        (glued(b"{" * 10), "ac"),
    ],
)
def test_a_lenient_decoder_goes_on_at_an_inner_frame(frame: bytes, shown: str) -> None:
    body = sse(text("a")) + frame + sse(text("c"), finish()) + DONE
    events = events_of(body, lenient=True)
    assert Message.of(events).text == shown
    assert isinstance(events[-1], e.Finish)
    assert last_error(events_of(body)).kind == "MalformedChunkError"


@pytest.mark.parametrize("options", [{}, {"lenient": True}, {"include_raw": True}])
def test_an_event_without_data_is_nothing(options: dict[str, Any]) -> None:
    decoder = new(**options)
    assert decoder.feed(b"data:\n\ndata: \n\ndata:  \n\nevent: x\ndata\n\n") == []
    assert decoder.malformed == 0
    assert isinstance(decoder.feed(ANSWER)[-1], e.Finish)


def test_text_that_looks_like_a_frame_is_text() -> None:
    assert decode(text('say data: {"a": 1}'), finish(), lenient=True).text == 'say data: {"a": 1}'


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (rb'"a\ud800b"', "a�b"),
        (rb'"\ude00\ud83d"', "��"),
        (rb'"\ud83d\ude00\ud800"', "😀�"),
        (b'"a\xffb"', "a�b"),
        (b'"\xed\xa0\x80"', "���"),
        (b'"\xc3"', "�"),
    ],
)
def test_what_is_no_unicode_becomes_a_replacement_mark(content: bytes, shown: str) -> None:
    payload = b'{"id": "c", "choices": [{"index": 0, "delta": {"content": %s}}]}' % content
    message = decode(payload, payload, finish())
    assert message.text == shown * 2
    message.text.encode()


def test_numbers_that_are_no_json_are_read() -> None:
    logprobs = b'{"content": [{"token": "a", "logprob": -Infinity}]}'
    payload = b'{"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": %s}]}' % logprobs
    message = decode(payload, finish())
    assert message.logprobs["content"][0]["logprob"] == float("-inf")


def test_an_enormous_number_is_malformed_and_no_crash() -> None:
    payload = b'{"unknown": ' + b"9" * 5000 + b"}"
    assert last_error(events_of(sse(payload))).kind == "MalformedChunkError"


LOOSE: list[tuple[dict[str, Any], str]] = [
    ({"choices": [{"index": "0", "delta": {"content": "a"}}]}, "a"),
    ({"choices": {"index": 0, "delta": {"content": "a"}}}, "a"),
    ({"choices": [{"index": 0, "delta": {"content": 5}}]}, "5"),
    ({"choices": [{"index": 0, "delta": {"content": {"type": "text", "text": "a"}}}]}, "a"),
    ({"choices": [{"index": 0, "delta": {"content": "a", "reasoning_content": {"x": 1}}}]}, "a"),
    ({"choices": [{"index": 0, "delta": {"content": "a", "tool_calls": "none"}}]}, "a"),
    ({"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": 0}]}, "a"),
    ({"choices": [{"index": None, "delta": {"content": "a"}}]}, "a"),
    ({"choices": ["x", {"index": 0, "delta": {"content": "a"}}], "usage": "none"}, "a"),
    ({"id": 3, "created": "7.5", "model": ["m"], "choices": [{"index": 0, "delta": {"content": "a"}}]}, "a"),
    ({"choices": [{"index": 0, "delta": {"content": "a"}, "content_filter_results": 3, "logprobs": []}]}, "a"),
]


@pytest.mark.parametrize(("wire", "shown"), LOOSE)
def test_fields_of_unexpected_types_are_mended_or_absent(wire: dict[str, Any], shown: str) -> None:
    message = decode(wire, wire, finish())
    assert (message.text, message.complete) == (shown * 2, True)


def test_a_choice_numbered_in_text_is_that_choice() -> None:
    wire = {"id": "c", "created": "7", "choices": [{"index": "1", "delta": {"content": "b"}}]}
    message = decode(text("a"), wire, finish(), finish("stop", index=1))
    assert [choice.text for choice in message.choices] == ["a", "b"]


# Limits and liveness.


def test_an_event_that_is_too_large_is_an_error_behind_what_came_before() -> None:
    body = sse(text("a")) + b"data: " + b"x" * 2000
    for parts in ([body], pieces(body, 100), pieces(body, 1)):
        events = events_of(*parts, max_event_bytes=1000)
        assert last_error(events).kind == "EventTooLargeError"
        assert "1000" in last_error(events).message
        assert Message.of(events).text == "a"


def test_the_limit_is_checked_at_once() -> None:
    with pytest.raises(InvalidRequestError, match="max_event_bytes"):
        new(max_event_bytes=0)
    big = text("x" * 1_000_000)
    assert len(decode_once(big).text) == 1_000_000 < MAX_EVENT_BYTES


def decode_once(*wires: dict[str, Any]) -> Message:
    return Message.of(events_of(sse(*wires, finish()) + DONE))


def test_heartbeats_come_one_a_read_and_before_what_follows() -> None:
    decoder = new()
    assert decoder.feed(b": one\n") == [e.Heartbeat("one")]
    assert decoder.feed(b":two\n:three\n\n") == [e.Heartbeat("three")]
    assert decoder.feed(b"\n") == []
    events = decoder.feed(b": last\n\n" + ANSWER)
    assert events[0] == e.Heartbeat("last")
    assert isinstance(events[-1], e.Finish)
    assert decoder.feed(b": after\n\n") == []


def test_the_last_event_id_is_that_of_the_last_whole_frame() -> None:
    decoder = new()
    assert decoder.last_event_id is None
    decoder.feed(b"id: 7\n" + sse(text("a")) + b"id: 8\ndata: {")
    assert decoder.last_event_id == "7"


def test_what_comes_after_the_end_is_ignored() -> None:
    for ending in (DONE, sse({"error": {"message": "no"}})):
        events = events_of(sse(text("a"), finish()) + ending + sse(text("b"), b"nonsense") + DONE)
        assert Message.of(events).text == "a"


def test_an_error_wins_over_the_end_mark() -> None:
    message = decode(text("a"), finish(), {"error": {"message": "no"}})
    assert (message.finish_reason, message.complete) == ("error", False)


# Unknown frames and raw objects.


def test_an_unknown_object_is_passed_on() -> None:
    events = events_of(sse({"object": "ping"}, text("a"), {"kind": "news", "n": 1}, finish()) + DONE)
    assert [event.data for event in events if isinstance(event, e.Raw)] == [
        {"object": "ping"},
        {"kind": "news", "n": 1},
    ]


def test_an_event_named_error_is_an_error_whatever_its_form() -> None:
    body = sse(text("a")) + b'event: error\ndata: {"reason": "gone"}\n\n'
    assert last_error(events_of(body)).message == "gone"


def test_raw_objects_ride_on_tolerantly_decoded_frames_too() -> None:
    payload = rb'{"choices": [{"index": "0", "delta": {"content": "\ud800"}}]}'
    events = events_of(sse(payload, {"news": 1}, finish()) + DONE, include_raw=True)
    wire = {"choices": [{"index": "0", "delta": {"content": "�"}}]}
    assert all(event.raw == wire for event in events[:4])
    assert e.Raw(data={"news": 1}, raw={"news": 1}) in events


def test_without_asking_no_event_carries_its_wire() -> None:
    assert all(event.raw is None for event in events_of(ANSWER))


def test_what_is_no_bytes_is_refused_by_name() -> None:
    for decoder in (new(), new()):
        for wrong in ("data: {}", None, 3):
            with pytest.raises(InvalidRequestError, match="feed"):
                decoder.feed(wrong)  # type: ignore[arg-type]
        decoder.feed(sse(text("a")))
    with pytest.raises(InvalidRequestError, match="feed_wire"):
        new().feed_wire("data")  # type: ignore[arg-type]
    for kind in (bytearray, memoryview):
        decoder = new()
        assert isinstance(decoder.feed(kind(ANSWER))[-1], e.Finish)  # type: ignore[arg-type]


def test_a_decoder_has_the_face_of_one() -> None:
    decoder = new()
    assert isinstance(decoder, Decoder)
    states = []
    for body in (sse(text("a")), sse(finish()), DONE):
        decoder.feed(body)
        states.append((decoder.complete, decoder.finished))
    assert states == [(False, False), (True, False), (True, True)]


# Any cut, any bytes.

BODIES = st.sampled_from(
    [
        ANSWER,
        b": hi\n\n" + ANSWER.replace(b"\n", b"\r\n"),
        sse(text("<think>hé</think>"), text("so\n"), finish(), {"choices": [], "usage": {"prompt_tokens": 1}}) + DONE,
        sse(text("a"), {"error": {"message": "no"}}),
        sse(text("a"), b"broken"),
        JSON_ERROR,
        PAGE,
    ]
)


@given(body=BODIES, places=st.lists(st.integers(0, 5000), max_size=12))
def test_any_cut_gives_the_same_events(body: bytes, places: list[int]) -> None:
    assert quiet(events_of(*cut(body, places))) == quiet(events_of(body))


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"data: ", b"\n", b"\n\n", b"{", b"}", ANSWER]))))
def test_no_bytes_make_it_raise(parts: list[bytes]) -> None:
    for lenient in (False, True):
        events_of(*parts, lenient=lenient)


KEYS = st.sampled_from(
    [
        "choices",
        "delta",
        "index",
        "content",
        "finish_reason",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "usage",
        "error",
        "message",
        "type",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "annotations",
        "url_citation",
        "audio",
        "data",
        "images",
        "image_url",
        "logprobs",
        "prompt_tokens",
        "citations",
        "search_results",
        "web_search",
        "x_groq",
        "moderation",
        "content_filter_results",
        "code",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=5), max_size=4))
def test_no_object_makes_it_raise(wires: list[dict[str, Any]]) -> None:
    payloads = [json.dumps(wire).encode() for wire in wires]
    whole = events_of(sse(*payloads, finish()) + DONE)
    assert quiet(events_of(*pieces(sse(*payloads, finish()) + DONE, 11))) == whole or "nan" in repr(whole)
    raw = events_of(sse(*payloads, finish()) + DONE, include_raw=True)
    assert isinstance(raw[-1], e.Finish | e.Error)


@given(
    st.lists(
        st.fixed_dictionaries({"choices": st.lists(st.dictionaries(KEYS, JSON, max_size=5), max_size=3)}), max_size=3
    )
)
def test_no_choice_makes_it_raise(wires: list[dict[str, Any]]) -> None:
    decoder = new()
    for wire in wires:
        decoder.feed_wire(wire)
    events_of(sse(*(json.dumps(wire).encode() for wire in wires)) + DONE)


def test_loose_parsing_keeps_what_is_right() -> None:
    assert parse_loosely('{"a": ["é", "\\ud83d\\ude00", 1, null, true]}'.encode()) == {"a": ["é", "😀", 1, None, True]}
