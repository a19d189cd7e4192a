"""Whole answers and errors, as bodies of the Messages API."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from slipstream.dialects import Reply
from slipstream.dialects.anthropic import Anthropic
from slipstream.events import Message, types as e
from slipstream.events.types import Event


def body(*events: Event, reply: Reply | None = None) -> dict[str, Any]:
    """The body of an answer of these events."""
    made: dict[str, Any] = msgspec.json.decode(Anthropic().encode_body(Message.of(events), reply))
    return made


def test_a_plain_answer() -> None:
    found = body(e.Start(id="msg_1", model="m"), e.TextDelta("a"), e.Usage(input_tokens=1, output_tokens=2), e.Finish())
    assert found == {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }  # fmt: skip
    assert body(e.Finish(), reply=Reply(id="x", model="shown"))["id"] == "x"
    assert body(e.Start(model="m"), e.Finish(), reply=Reply(model="shown"))["model"] == "shown"


def test_blocks_of_every_kind() -> None:
    found = body(
        e.ReasoningDelta("hm"), e.ReasoningEnd(signature="sig"),
        e.ReasoningDelta("", "r1"), e.ReasoningEnd(id="r1", redacted="secret"),
        e.TextDelta("a"), e.Source(id="s0", url="https://e.org", block="text-0"), e.Source(id="s1", url="https://f.org"),
        e.ToolCall(id="c", name="f", arguments='{"x":1}'), e.ToolCall(id="d", name="f", arguments="{", error="cut"),
        e.ToolCall(id="s", name="web_search", provider_executed=True),
        e.ToolError(id="s", name="web_search", error="unavailable", provider_executed=True),
        e.ToolResult(id="c", output="run by the caller"), e.RefusalDelta("No"),
        e.File(media_type="application/octet-stream", id="file_1"), e.Finish(),
    )  # fmt: skip
    assert found["content"][:2] == [
        {"type": "thinking", "thinking": "hm", "signature": "sig"}, {"type": "redacted_thinking", "data": "secret"},
    ]  # fmt: skip
    assert [citation["url"] for citation in found["content"][2]["citations"]] == ["https://e.org", "https://f.org"]
    assert [block["type"] for block in found["content"][3:]] == [
        "tool_use", "tool_use", "server_tool_use", "web_search_tool_result", "text", "container_upload",
    ]  # fmt: skip
    assert [block["input"] for block in found["content"][3:5]] == [{"x": 1}, {"INVALID_JSON": "{"}]
    assert found["stop_reason"] == "refusal"


@pytest.mark.parametrize(
    "last", [e.Error(message="gone", kind="StreamInterruptedError"), e.Abort(), e.Finish(reason="error"), e.Usage()]
)
def test_an_answer_that_is_not_whole_says_so(last: Event) -> None:
    found = body(e.TextDelta("part"), e.ToolInputStart(id="c", name="f"), e.ToolInputDelta("{", "c"), last)
    assert found["stop_reason"] is None
    assert found["content"] == [{"type": "text", "text": "part"}]


def test_what_was_taken_back_is_a_refusal() -> None:
    assert body(e.TextDelta("a"), e.Retract(), e.Finish())["stop_reason"] == "refusal"


def test_metadata_stands_where_the_api_has_it() -> None:
    found = body(
        e.Metadata(data={"stop_sequence": "END", "container": {"id": "c"}}), e.Finish(raw_reason="stop_sequence")
    )
    assert (found["stop_sequence"], found["stop_reason"], found["container"]) == ("END", "stop_sequence", {"id": "c"})


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (e.Error(message="m", kind="InvalidRequestError"), 400, "invalid_request_error"),
        (e.Error(message="m", kind="MissingKeyError"), 401, "authentication_error"),
        (e.Error(message="m", kind="QuotaExceededError", status=429), 402, "billing_error"),
        (e.Error(message="m", kind="NotFoundError", status=404), 404, "not_found_error"),
        (e.Error(message="m", kind="BadRequestError", status=413), 413, "request_too_large"),
        (e.Error(message="m", kind="BadRequestError", status=422), 400, "invalid_request_error"),
        (e.Error(message="m", kind="RateLimitError", status=429, code="1302"), 429, "rate_limit_error"),
        (e.Error(message="m", kind="OverloadedError", status=503), 529, "overloaded_error"),
        (e.Error(message="m", kind="StreamTimeoutError"), 504, "timeout_error"),
        (e.Error(message="m", kind="ServerError", status=500), 500, "api_error"),
        (e.Error(message="m", kind="NotAStreamError", status=200), 502, "api_error"),
    ],
)
def test_errors(error: e.Error, status: int, kind: str) -> None:
    found, wire = Anthropic().encode_error(error)
    assert (found, msgspec.json.decode(wire)) == (status, {"type": "error", "error": {"type": kind, "message": "m"}})


def test_an_error_comes_back_as_it_was() -> None:
    error = Anthropic().decode_error(529, b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},'
                                          b'"request_id":"req_1"}')  # fmt: skip
    assert Anthropic().decode_error(*Anthropic().encode_error(error)) == error


def test_the_field_is_named() -> None:
    for message in ("messages[0].role: missing", "missing"):
        error = e.Error(message=message, kind="InvalidRequestError")
        _, wire = Anthropic().encode_error(error, argument="messages[0].role")
        assert msgspec.json.decode(wire)["error"]["message"] == "messages[0].role: missing"
