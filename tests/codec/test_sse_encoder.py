"""The SSE encoder: what it writes is read back as what was meant, and nothing in it can break out of its place."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from tests.codec.cuts import rows

from slipstream.codec import Frame, SSEDecoder, SSEEncoder
from slipstream.errors import InvalidRequestError

ENCODER = SSEEncoder()
CASES = rows("sse/encoder_cases.jsonl")

BREAKING = st.sampled_from(
    ["\n", "\r", "\r\n", "\n\n", "\0", "\u2028", "\x85", "data: x", "event: done", "id: 1", ":", " "]
)
TEXT = st.lists(st.one_of(BREAKING, st.text(max_size=5)), max_size=10).map("".join)
NAME = st.text(max_size=10).filter(lambda name: not set(name) & set("\0\r\n"))


def read(body: bytes) -> list[Frame]:
    """What a reader gets, who has already read one event."""
    decoder = SSEDecoder()
    decoder.feed(b"data: before\n\n")
    frames = decoder.feed(body)
    assert decoder.pending == 0
    assert decoder.end() == []
    return frames


def normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXT, st.none() | NAME, st.none() | NAME, st.none() | st.integers(0, 10**12 - 1))
@example("a\r\n\nevent: done\ndata: x\n\nid: 9\n", "e", "1", 0)
@example("\ufeffdata: x", None, None, None)
@example("", None, None, None)
def test_what_is_written_is_read_back(text: str, event: str | None, id: str | None, retry: int | None) -> None:
    body = ENCODER.encode(text, event=event, id=id, retry=retry)
    frame = Frame(normal(text).encode(), event or "message", id, retry)
    assert read(body) == [frame]
    assert read(ENCODER.frame(frame)) == [frame]
    assert ENCODER.encode(text.encode(), event=event, id=id, retry=retry) == body


@given(TEXT)
@example("x\n\ndata: out\n\n")
def test_no_comment_says_anything(text: str) -> None:
    assert read(ENCODER.comment(text)) == []


def test_injection() -> None:
    evil = "\n\nevent: done\ndata: x\r\rid: 7\r\n\r\nretry: 1\u2028data: y"
    assert read(ENCODER.encode(evil)) == [Frame(normal(evil).encode())]


@pytest.mark.parametrize("char", ["\n", "\r", "\0", "\r\n"])
@pytest.mark.parametrize("field", ["event", "id"])
def test_a_name_that_could_break_out_is_refused(field: str, char: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"{field} may not hold"):
        ENCODER.encode("x", **{field: f"a{char}data: y"})  # type: ignore[arg-type]


@pytest.mark.parametrize("retry", [-1, True, 1.0, "5", 10**12, 10**100])
def test_a_bad_retry_is_refused(retry: Any) -> None:
    with pytest.raises(InvalidRequestError, match="retry takes milliseconds"):
        ENCODER.encode("x", retry=retry)


@pytest.mark.parametrize(
    "arguments", [{"data": None}, {"data": {"a": 1}}, {"data": "x", "event": b"e"}, {"data": "x", "id": 5}]
)
def test_a_wrong_type_is_refused_by_name(arguments: dict[str, Any]) -> None:
    name = list(arguments)[-1]
    with pytest.raises(InvalidRequestError, match=f"{name} takes str.*, not {type(arguments[name]).__name__}"):
        ENCODER.encode(**arguments)


def test_lone_surrogates_do_not_crash_it() -> None:
    assert ENCODER.encode("a\ud83d") == "data: a\ufffd\n\n".encode()
    assert ENCODER.encode("x", event="\ud83d\ude00") == "event: 😀\ndata: x\n\n".encode()


def test_the_plain_forms() -> None:
    assert ENCODER.encode('{"a":1}') == b'data: {"a":1}\n\n'
    assert ENCODER.encode("[DONE]", event="message") == b"data: [DONE]\n\n"
    assert ENCODER.encode("x", event="e", id="1", retry=5) == b"retry: 5\nid: 1\nevent: e\ndata: x\n\n"
    assert ENCODER.comment("keep-alive") == b": keep-alive\n\n"
    assert ENCODER.comment() == b": \n\n"


def test_the_cases_are_there(corpora: Path) -> None:
    assert (corpora / "sse").is_dir()
    assert len(CASES) == 8


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["input"]))
def test_case_of_sse_starlette(case: dict[str, Any]) -> None:
    """The bytes differ (that project writes CRLF, and another order of fields); a reader gets the same from both."""
    given_ = case["input"] if isinstance(case["input"], dict) else {"data": case["input"]}
    arguments = {name: value for name, value in given_.items() if name in ("data", "event", "id", "retry")}
    if isinstance(arguments.get("data"), dict):
        arguments["data"] = '{"foo":"bar"}'
    body = ENCODER.encode(**arguments) if "data" in arguments else ENCODER.comment(given_["comment"])
    assert read(body) == read(base64.b64decode(case["expected_bytes_b64"]))
