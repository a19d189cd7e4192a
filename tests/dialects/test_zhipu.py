"""GLM: its finish reasons, its markers, its bounds, its keys and its codes (WIRE section 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.dialects.chat_wire import (
    DONE,
    call,
    chunk,
    cut,
    decode as decode_any,
    events_of,
    finish,
    kinds,
    quiet,
    sse,
    text,
)

from slipstream import dialects, events as e
from slipstream.dialects.common.request import ChatMessage, ImagePart, Part, Request, TextPart, Thinking, Tool, Traits
from slipstream.dialects.zhipu import BOX_TAGS, TOKEN_SECONDS
from slipstream.errors import InvalidRequestError
from slipstream.events import Message

ZHIPU = dialects.get("zhipu")
USER = ChatMessage("user", [TextPart("hi")])
TOOL = Tool("f", "does it")


def decode(*wires: dict[str, Any], done: bool = True, **options: Any) -> Message:
    return decode_any(*wires, done=done, dialect="zhipu", **options)


# The stream.


def test_usage_stands_on_the_finish_chunk() -> None:
    usage = {
        "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens_details": {"reasoning_tokens": 2},
    }  # fmt: skip
    found = decode(text("a"), finish(usage=usage)).usage
    assert found is not None
    counts = (found.input_tokens, found.output_tokens, found.cached_tokens, found.reasoning_tokens, found.total_tokens)
    assert counts == (9, 4, 3, 2, 13)


def test_sensitive_takes_the_answer_back() -> None:
    wires = [text("shown"), call(0, "x", "f", "{}"), finish("sensitive")]
    found = events_of(sse(*wires) + DONE, dialect="zhipu")
    assert kinds(found)[-5:] == ["tool-input-delta", "retract", "tool-input-end", "step-end", "finish"]
    assert e.Retract("sensitive") in found
    message = decode(*wires)
    assert (message.retracted, message.finish_reason, message.raw_finish_reason) == (
        True,
        "content_filter",
        "sensitive",
    )
    assert message.tool_calls == []
    assert message.complete


def test_network_error_is_an_error_that_may_be_retried() -> None:
    message = decode(text("a"), call(0, "x", "f", "{}"), finish("network_error"))
    assert message.error is not None
    assert (message.error.kind, message.error.code, message.error.retryable) == ("ServerError", "network_error", True)
    assert (message.text, message.tool_calls) == ("a", [])


@pytest.mark.parametrize(
    ("raw", "given"),
    [("tool_calls", 1), ("stop", 1), ("length", 0), ("model_context_window_exceeded", 0), ("brand_new", 0)],
)
def test_calls_are_given_after_tool_calls_or_stop_only(raw: str, given: int) -> None:
    message = decode(call(0, "x", "f", "{}"), finish(raw))
    assert len(message.tool_calls) == given
    assert message.complete


def test_the_end_mark_alone_completes_no_call() -> None:
    message = decode(call(0, "x", "f", "{}"))
    assert (message.tool_calls, message.complete, message.finish_reason) == ([], True, "other")


def test_an_answer_of_thinking_alone_is_told_apart() -> None:
    message = decode(chunk({"reasoning_content": "hm"}), finish())
    assert message.empty_output
    assert not decode(chunk({"reasoning_content": "hm"}), text("so"), finish()).empty_output


BOXED = "It is <|begin_of_box|>[[10, 20, 30, 40]]<|end_of_box|> < there"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
def test_box_markers_are_removed_wherever_they_are_cut(size: int) -> None:
    wires = [text(BOXED[at : at + size]) for at in range(0, len(BOXED), size)]
    assert decode(*wires, finish()).text == "It is [[10, 20, 30, 40]] < there"


@pytest.mark.parametrize("ending", ["<", "<|begin", "<|begin_of_box|", "a < b"])
def test_the_start_of_a_marker_that_never_came_is_text(ending: str) -> None:
    assert decode(text("so "), text(ending), finish()).text == "so " + ending
    assert decode(text("so "), text(ending), done=False).text == "so " + ending
    thought = decode(text("so "), text(ending), chunk({"reasoning_content": "hm"}), text("|>"), finish())
    assert thought.text == "so " + ending + "|>"


def test_markers_alone_open_no_block() -> None:
    assert decode(text("<|begin_of_box|>"), text("<|end_of_box|>"), finish()).blocks == []


def test_thinking_in_tags_and_boxes_in_one_answer() -> None:
    message = decode(
        text("\n<think>where"), text("?</think>\n<|begin_"), text("of_box|>[1,2,3,4]<|end_of_box|>"), finish()
    )
    assert (message.reasoning, message.text) == ("where?", "[1,2,3,4]")


@given(
    st.lists(
        st.sampled_from(["<", "|", "begin_of_box", "end_of_box", "|>", "<|begin_of_box|>", "<|end_of_box|>", "a"])
    ),
    st.lists(st.integers(0, 2000), max_size=8),
)
def test_where_tokens_are_cut_does_not_change_the_text(parts: list[str], places: Sequence[int]) -> None:
    whole = "x" + "".join(parts)
    tokens = [piece.decode() for piece in cut(whole.encode(), places)]
    once = Message.of(events_of(sse(text(whole), finish()) + DONE, dialect="zhipu"))
    many = Message.of(events_of(sse(*map(text, tokens), finish()) + DONE, dialect="zhipu"))
    assert many.text == once.text
    if not any(tag in whole for tag in BOX_TAGS):
        assert once.text == whole


def test_web_search_results_are_sources() -> None:
    results = [{"title": "T", "link": "https://a.example", "content": "c", "refer": "ref_1", "icon": ""}]
    (source,) = decode(text("a", web_search=results), finish(web_search=results)).sources
    assert (source.url, source.title, source.metadata) == ("https://a.example", "T", {"content": "c", "refer": "ref_1"})


def test_sound_is_wav() -> None:
    (file,) = decode(chunk({"audio": {"id": "1", "data": base64.b64encode(b"RIFF").decode()}}), finish()).files
    assert (file.media_type, file.data, file.id) == ("audio/wav", b"RIFF", "1")


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("500", "ServerError", True), ("1000", "AuthenticationError", False), ("1113", "QuotaExceededError", False),
        ("1200", "ServerError", True), ("1210", "BadRequestError", False), ("1211", "NotFoundError", False),
        ("1234", "ServerError", True), ("1301", "ContentFilteredError", False), ("1302", "RateLimitError", True),
        ("1303", "RateLimitError", True), ("1305", "OverloadedError", True), ("1308", "QuotaExceededError", False),
        ("1310", "QuotaExceededError", False), ("1313", "QuotaExceededError", False),
    ],
)  # fmt: skip
def test_business_codes_mean_the_same_as_a_frame_and_as_a_body(code: str, kind: str, retryable: bool) -> None:
    wire = {"error": {"code": code, "message": "余额"}}
    framed = decode(text("a"), wire).error
    assert framed is not None
    status = 500 if code == "500" else 429
    answered = ZHIPU.decode_error(status, json.dumps(wire).encode())
    for error in (framed, answered):
        assert (error.kind, error.code, error.retryable) == (kind, code, retryable)
    assert (framed.status, answered.status) == (None, status)


# The request.


def ask(**options: Any) -> dict[str, Any]:
    return ZHIPU.body(Request(**{"model": "glm-4.7", "messages": [USER], **options}))


def test_a_plain_request() -> None:
    assert ask() == {"model": "glm-4.7", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    assert ZHIPU.path(Request(model="m", messages=[USER])) == "chat/completions"


def test_everything_that_glm_takes() -> None:
    body = ask(
        tools=[Tool("f", "does it", strict=True)], tool_choice="auto", temperature=1.0, top_p=0.01, max_tokens=5,
        stop=["x"], seed=3, thinking=Thinking(enabled=True, effort="high", extra={"clear_thinking": False}), n=1,
        response_format={"type": "json_object"}, traits=Traits(max_tokens_field="max_completion_tokens"),
        extra={"do_sample": False, "request_id": "r"},
    )  # fmt: skip
    assert body.pop("messages")
    assert body == {
        "model": "glm-4.7", "stream": True, "temperature": 1.0, "top_p": 0.01, "max_tokens": 5, "stop": ["x"],
        "seed": 3, "n": 1, "tools": [{"type": "function", "function": {"name": "f", "description": "does it",
                                                            "parameters": {"type": "object", "properties": {}}}}],
        "tool_choice": "auto", "tool_stream": True, "thinking": {"type": "enabled", "clear_thinking": False},
        "reasoning_effort": "high", "response_format": {"type": "json_object"}, "do_sample": False, "request_id": "r",
    }  # fmt: skip


def test_thinking_is_switched_by_an_object() -> None:
    assert ask(thinking=Thinking(enabled=False))["thinking"] == {"type": "disabled"}
    assert "thinking" not in ask(thinking=Thinking())


def test_arguments_are_streamed_when_there_are_tools_and_a_stream() -> None:
    assert "tool_stream" not in ask()
    assert "tool_stream" not in ask(tools=[TOOL], stream=False)
    assert ask(tools=[TOOL])["tool_stream"] is True
    assert ask(tools=[TOOL], extra={"tool_stream": False})["tool_stream"] is False


def test_own_tools_pass_as_they_are() -> None:
    own = {"type": "web_search", "web_search": {"enable": True}}
    assert ask(tools=[Tool("web_search", raw=own)])["tools"] == [own]


def test_pictures_are_addresses_or_bare_base64() -> None:
    parts: list[Part] = [
        ImagePart(data="aGk=", media_type="image/png"),
        ImagePart(url="https://a.example/b.png"),
        TextPart("what?"),
    ]
    (message,) = ask(messages=[ChatMessage("user", parts)])["messages"]
    assert [part.get("image_url") for part in message["content"]] == [
        {"url": "aGk="}, {"url": "https://a.example/b.png"}, None,
    ]  # fmt: skip


def test_names_are_left_out() -> None:
    (message,) = ask(messages=[ChatMessage("user", [TextPart("hi")], "ann")])["messages"]
    assert message == {"role": "user", "content": "hi"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"temperature": 1.01}, "temperature"), ({"temperature": -0.1}, "temperature"), ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.5}, "top_p"), ({"stop": ["a", "b"]}, "stop"), ({"n": 2}, "n"),
        ({"tools": [TOOL], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "f"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "none"}, "tool_choice"),
        ({"messages": []}, "messages"),
        ({"messages": [ChatMessage("system", [TextPart("s")])]}, "messages"),
        ({"thinking": Thinking(enabled=True, budget=5)}, "thinking"),
    ],
)  # fmt: skip
def test_what_glm_refuses_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{named}: .*accepted: "):
        ask(**options)


def test_the_request_is_not_changed() -> None:
    request = Request(model="m", messages=[USER], tools=[Tool("f", strict=True)], extra={"a": 1})
    before = repr(request)
    ZHIPU.body(request)
    assert repr(request) == before


# Keys.


def part_of(token: str, place: int) -> Any:
    segment = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def test_a_key_of_two_halves_signs_a_token_and_is_not_sent() -> None:
    header = ZHIPU.headers("myid.mysecret", now=1_700_000_000.25)
    scheme, token = header["Authorization"].split(" ")
    assert (scheme, len(header)) == ("Bearer", 1)
    assert part_of(token, 0) == {"alg": "HS256", "sign_type": "SIGN"}
    assert part_of(token, 1) == {
        "api_key": "myid", "timestamp": 1_700_000_000_250, "exp": 1_700_000_000_250 + TOKEN_SECONDS * 1000,
    }  # fmt: skip
    signed, _, signature = token.rpartition(".")
    digest = hmac.new(b"mysecret", signed.encode(), hashlib.sha256).digest()
    assert signature == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert "mysecret" not in token


def test_other_keys_are_bearer_tokens() -> None:
    assert ZHIPU.headers("abcdef123", now=0) == {"Authorization": "Bearer abcdef123"}
    assert ZHIPU.headers(None, now=0) == {}


@pytest.mark.parametrize("name", ["zhipu", "openai_chat"])
@pytest.mark.parametrize("key", ["", "top secret", "secret\n", "\tsecret", "sécret", "secret\x00", "ｓecret", 5])
def test_what_cannot_be_a_key_is_refused_and_not_shown(name: str, key: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^api_key: ") as caught:
        dialects.get(name).headers(key, now=0)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("key", [".secret", "id.", "id.secret.more", "."])
def test_a_key_that_is_no_pair_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^api_key: .*id\.secret") as caught:
        ZHIPU.headers(key, now=0)
    assert "id.secret.more" not in str(caught.value)


def test_recorded_answers_of_glm_hold_no_markers(corpora: Path) -> None:
    for path in (corpora / "streams/glm").glob("*.sse"):
        message = Message.of(quiet(events_of(path.read_bytes(), dialect="zhipu")))
        assert not any(tag in message.text for tag in BOX_TAGS)
