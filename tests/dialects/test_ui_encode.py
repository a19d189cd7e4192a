"""Events as a UI message stream: whole bodies, the client's rules, and that nothing is lost there and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.made_events import TEXTS, WHOLE_TEXTS, legal_streams
from tests.dialects.ui_client import Client, ClientError
from tests.dialects.ui_told import DIALECT_OF, cut, decoded, norm, recordings

from slipstream import dialects
from slipstream.codec.text import to_utf8
from slipstream.dialects import Reply
from slipstream.dialects.common.stream_encoder import StreamEncoder
from slipstream.dialects.common.ui_wire.encoder import UIEncoder
from slipstream.dialects.common.ui_wire.text_encoder import UITextEncoder
from slipstream.errors import InvalidRequestError
from slipstream.events import Error, Event, types as e
from slipstream.events.order import Order
from slipstream.events.types import EVENT_TYPES

UI = dialects.get("ui")
STEP = (e.Start(id="m"), e.StepStart())
END = (e.StepEnd(), e.Finish())


def encoded(events: Iterable[Event], **reply: Any) -> bytes:
    encoder = UI.encoder(Reply(**reply))
    return b"".join(map(encoder.feed, events)) + encoder.end()


def page(events: Iterable[Event], **reply: Any) -> Client:
    """What a page has got; it throws where the client would."""
    client = Client(int(reply.get("version") or 5))
    client.feed(encoded(events, **reply))
    assert client.done
    return client


def parts_of(body: bytes) -> list[Any]:
    frames = [line.removeprefix("data: ") for line in body.decode().split("\n") if line.startswith("data: ")]
    return [frame if frame == "[DONE]" else json.loads(frame) for frame in frames]


def test_a_whole_body() -> None:
    events = [
        e.Start(id="m1", model="glm-4.7", created=7), e.StepStart(), e.ReasoningStart(), e.ReasoningDelta("hm"),
        e.ReasoningEnd(signature="sig"), e.TextStart(), e.TextDelta("Hi\u2028"), e.TextEnd(),
        e.ToolInputStart(id="c1", name="f"), e.ToolInputDelta('{"a"', id="c1"), e.ToolInputDelta(":1}", id="c1"),
        e.ToolInputEnd(id="c1"), e.ToolCall(id="c1", name="f", input={"a": 1}, arguments='{"a":1}'),
        e.Usage(input_tokens=3, output_tokens=0), e.StepEnd(reason="tool_calls", raw_reason="tool_use"),
        e.Finish(reason="tool_calls", raw_reason="tool_use"),
    ]  # fmt: skip
    ended = {"finishReason": "tool-calls", "rawFinishReason": "tool_use"}
    assert parts_of(encoded(events)) == [
        {"type": "start", "messageId": "m1", "messageMetadata": {"model": "glm-4.7", "createdAt": 7000}},
        {"type": "start-step"},
        {"type": "reasoning-start", "id": "reasoning-0"},
        {"type": "reasoning-delta", "id": "reasoning-0", "delta": "hm"},
        {"type": "reasoning-end", "id": "reasoning-0", "providerMetadata": {"slipstream": {"signature": "sig"}}},
        {"type": "text-start", "id": "text-0"},
        {"type": "text-delta", "id": "text-0", "delta": "Hi\u2028"},
        {"type": "text-end", "id": "text-0"},
        {"type": "tool-input-start", "toolCallId": "c1", "toolName": "f"},
        {"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": '{"a"'},
        {"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": ":1}"},
        {"type": "tool-input-available", "toolCallId": "c1", "toolName": "f", "input": {"a": 1}},
        {"type": "message-metadata", "messageMetadata": {"usage": {"inputTokens": 3, "outputTokens": 0}}},
        {"type": "message-metadata", "messageMetadata": ended},
        {"type": "finish-step"},
        {"type": "finish", "messageMetadata": ended},
        "[DONE]",
    ]


def test_the_headers() -> None:
    encoder = UI.encoder()
    assert encoder.content_type.startswith("text/event-stream")
    assert encoder.headers == {
        "cache-control": "no-cache, no-transform", "x-vercel-ai-ui-message-stream": "v1", "x-accel-buffering": "no",
    }  # fmt: skip


@pytest.mark.parametrize("encoder", [UIEncoder, UITextEncoder])
def test_every_type_of_event_has_its_way(encoder: type[StreamEncoder]) -> None:
    assert set(encoder.CARRIES) == set(EVENT_TYPES)


def test_a_delta_gives_bytes_at_once() -> None:
    encoder = UI.encoder()
    for event in (*STEP, e.TextStart(), e.TextDelta("a"), e.ReasoningDelta("b"), e.ToolInputDelta("{", id="c")):
        assert encoder.feed(event)


@given(legal_streams(steps=3), st.sampled_from(["", "5", "6", "7"]), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_client_takes_whatever_comes(events: list[Event], version: str, show: bool, beside: bool) -> None:
    options = {"show_errors": show, "reasoning": beside, "sources": beside}
    encoder = UI.encoder(Reply(version=version, ids="s", options=options))
    client = Client(int(version or 5))
    for event in events:
        data = encoder.feed(event)
        assert data == b"" or data.endswith(b"\n\n")
        client.feed(data)
        if _without_form(encoder, event):
            assert event.type in encoder.carried
    client.feed(encoder.end())
    assert client.done
    assert encoder.finished
    assert encoder.feed(e.TextDelta("late")) == encoder.end() == b""


def _without_form(encoder: Any, event: Event) -> bool:
    """True if the client must be told of this event in another way; a restart may be native, and a raw part."""
    first = getattr(event, "choice", None) in (None, 0)
    return first and bool(encoder.CARRIES[type(event)]) and not isinstance(event, e.Restart | e.Raw)


@given(legal_streams(steps=2), st.sampled_from(["", "6", "7"]), st.lists(st.integers(0, 90), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_again_is_legal_however_it_is_cut(events: list[Event], version: str, sizes: list[int]) -> None:
    body = encoded(events, version=version, options={"show_errors": True})
    whole = decoded("ui", [body])
    Order().check_all(whole)
    assert norm(decoded("ui", cut(body, sizes))) == norm(whole)


ALL_BUT = [kind for kind in EVENT_TYPES if kind not in (e.ToolCall, e.Restart)]


@given(legal_streams(choices=1, kinds=ALL_BUT, texts=WHOLE_TEXTS), st.sampled_from(["", "6", "7"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_decoding_gives_the_events_again(events: list[Event], version: str) -> None:
    body = encoded(events, version=version, options={"show_errors": True})
    if not events or not isinstance(events[-1], e.Finish | e.Error | e.Abort):
        cut_off = decoded("ui", [body])
        assert isinstance(cut_off[-1], Error)
        events = [*events, cut_off[-1]]
    assert norm(decoded("ui", [body])) == norm(events)


@pytest.mark.parametrize("folder", DIALECT_OF)
def test_recorded_answers_come_through_whole(corpora: Path, folder: str) -> None:
    for events in recordings(corpora, folder):
        page(events)
        body = encoded(events, options={"show_errors": True})
        first = [event for event in events if getattr(event, "choice", 0) == 0]
        told = [event for event in decoded("ui", [body]) if not _of_another_choice(event)]
        assert norm(told) == norm(first)


def _of_another_choice(event: Event) -> bool:
    return isinstance(event, e.Raw) and isinstance(event.data, dict) and event.data.get("type") == "data-choice"


def test_other_answers_are_told_beside_the_first() -> None:
    events = [*STEP, e.StepStart(choice=1), e.TextDelta("a"), e.TextDelta("b", "t1", 1), e.StepEnd(choice=1), *END]
    client = page(events)
    assert client.text == "a"
    assert [part["data"]["type"] for part in client.told] == ["step-start", "text-delta", "step-end"]
    encoder = UI.encoder()
    for event in events:
        encoder.feed(event)
    assert "choice" in encoder.carried


def test_a_block_does_not_go_on_across_a_step() -> None:
    client = page([*STEP, e.TextStart(), e.TextDelta("a"), e.StepEnd(), e.StepStart(), e.TextDelta("b"), *END])
    assert [part["type"] for part in client.parts] == ["step-start", "text", "step-start", "text"]
    assert client.text == "ab"


def test_a_call_id_that_comes_again_is_another_call() -> None:
    def call(x: int) -> list[Event]:
        return [e.ToolCall(id="call_0", name="f", input={"x": x}), e.ToolResult(id="call_0", output=x)]

    client = page([*STEP, *call(1), e.StepEnd(), e.StepStart(), *call(2), *END])
    calls = [(part["toolCallId"], part["input"], part["output"]) for part in client.parts if "toolCallId" in part]
    assert calls == [("call_0", {"x": 1}, 1), ("call_0-2", {"x": 2}, 2)]


def test_outcomes_of_calls_that_the_client_has_not() -> None:
    client = page([*STEP, e.ToolResult(id="?", output=1), e.ToolError(id="?", error="x"), *END])
    assert [part["type"] for part in client.parts[1:]] == ["data-tool-result", "data-tool-error"]


@pytest.mark.parametrize(("version", "native"), [("5", False), ("6", True), ("7", True)])
def test_progress_of_a_call(version: str, native: bool) -> None:
    call = e.ToolCall(id="c", name="f", input={})
    encoder = UI.encoder(Reply(version=version))
    client = Client(int(version))
    for event in (*STEP, call, e.ToolResult(id="c", output=None, preliminary=True)):
        client.feed(encoder.feed(event))
    assert client.parts[1]["state"] == ("output-available" if native else "input-available")
    assert bool(client.told) != native
    client.feed(encoder.feed(e.ToolResult(id="c", output="x")))
    assert client.parts[1]["output"] == "x"
    assert "preliminary" not in client.parts[1]


def test_arguments_that_are_no_json() -> None:
    client = page([*STEP, e.ToolCall(id="c", name="f", arguments="{", error="no JSON"), *END])
    assert client.parts[1] == {
        "type": "tool-f", "toolCallId": "c", "state": "output-error", "rawInput": "{", "errorText": "no JSON",
    }  # fmt: skip


def test_files_and_sources() -> None:
    files = [e.File(media_type="image/png", data=b"\x89P"), e.File(media_type="audio/wav", url="https://a.b/c")]
    sources = [e.Source(id="s1", url="https://x.y", title="T"), e.Source(id="s2", title="Doc", metadata={"n": 1})]
    client = page([*STEP, *files, *sources, *END])
    assert [part.get("url") for part in client.parts[1:]] == [
        "data:image/png;base64,iVA=", "https://a.b/c", "https://x.y", None,
    ]  # fmt: skip
    assert client.parts[-1]["mediaType"] == "text/plain"
    assert len(page([*STEP, *sources, *END], options={"sources": False}).parts) == 1


def test_a_file_that_its_provider_keeps() -> None:
    kept = e.File(media_type="text/csv", id="file-1")
    assert page([*STEP, kept, *END]).parts[1]["data"]["id"] == "file-1"
    assert kept in decoded("ui", [encoded([*STEP, kept, *END])])


def test_boxes_and_partials_are_parts_that_live() -> None:
    boxes = [e.Box(points=(0.1, 0.2, 0.3, 0.4), label="cat"), e.Box(points=(0.0, 1.0), kind="point")]
    client = page([*STEP, *boxes, e.Partial(value={"a": 1}), e.Partial(value={"a": 2}, complete=True), *END])
    assert [(part["type"], part["id"]) for part in client.parts[1:]] == [
        ("data-box", "box-1"), ("data-box", "box-2"), ("data-partial", "partial"),
    ]  # fmt: skip
    assert client.parts[-1]["data"]["value"] == {"a": 2}


def test_what_is_no_content_is_told_once() -> None:
    told = [e.Retry(attempt=2, delay=0.5, reason="x"), e.Progress(state="thinking"), e.Moderation(verdict={"ok": True})]
    client = page([told[0], *STEP, *told[1:], *END])
    assert [part["type"] for part in client.told] == ["data-retry", "data-progress", "data-moderation"]
    assert [part["type"] for part in client.parts] == ["step-start"]


def test_a_data_part_of_another_server_passes_as_it_is() -> None:
    part = {"type": "data-weather", "id": "w", "data": {"t": 20}}
    assert page([*STEP, e.Raw(data=part), *END]).parts[-1] == part
    assert page([*STEP, e.Raw(data={**part, "new": 1}), *END]).told[0]["data"]["data"] == {**part, "new": 1}


def test_usage_replaces_usage() -> None:
    first, last = e.Usage(input_tokens=3, reasoning_tokens=1), e.Usage(input_tokens=3, output_tokens=9, estimated=True)
    usage = page([*STEP, first, last, *END]).metadata["usage"]
    assert usage == {"inputTokens": 3, "outputTokens": 9, "estimated": True, "reasoningTokens": None}
    assert "usage" not in page([*STEP, first, *END], include_usage=False).metadata


@pytest.mark.parametrize(
    ("reason", "word", "checked"),
    [
        ("stop", "stop", "stop"), ("length", "length", "length"), ("tool_calls", "tool-calls", "tool-calls"),
        ("content_filter", "content-filter", "content-filter"), ("pause", "pause", "other"),
        ("interrupted", "interrupted", "error"), ("cancelled", "cancelled", "other"), ("other", "other", "other"),
    ],
)  # fmt: skip
def test_why_it_ended(reason: Any, word: str, checked: str) -> None:
    events = [*STEP, e.StepEnd(reason=reason), e.Finish(reason=reason)]
    assert page(events).metadata == {"finishReason": word}
    assert page(events).finish_reason is None
    assert page(events, version="6").finish_reason == checked


def test_errors_are_masked_unless_asked_for() -> None:
    error = Error(message="org-123 has no credit", kind="RateLimitError", code="429")
    assert page([*STEP, e.TextDelta("a"), error]).error == "Too many requests. Wait a moment and try again."
    assert page([Error(message="secret", kind="APIError")]).error == "An error occurred."
    assert page([error], options={"show_errors": True}).error == "org-123 has no credit"
    assert page([Error(message="messages: empty", kind="InvalidRequestError")]).error == "messages: empty"
    client = page([*STEP, e.TextDelta("a")])
    assert client.error == "The answer was cut off."
    assert not client.finished


def test_an_abort() -> None:
    client = page([*STEP, e.TextDelta("a"), e.Abort(reason="user")])
    assert client.aborted
    assert client.told[0]["data"] == {"type": "abort", "reason": "user"}
    assert b'"reason":"user"' in encoded([*STEP, e.Abort(reason="user")], version="7")


def again(version: str, *before: Event) -> Client:
    return page(
        [*before, e.Restart(attempt=2), e.Start(id="n"), e.StepStart(), e.TextDelta("new"), *END], version=version
    )


def test_a_new_beginning() -> None:
    for version in ("5", "6", "7"):  # nothing was shown: nothing is void
        assert [part["type"] for part in again(version, *STEP).parts if part["type"] != "step-start"] == ["text"]
    old = again("5", *STEP, e.TextStart(), e.TextDelta("old"))
    assert [part["type"] for part in old.parts] == ["step-start", "text", "data-restart", "step-start", "text"]
    new = again("7", *STEP, e.TextStart(), e.TextDelta("old"), e.ToolInputStart(id="c", name="f"))
    assert [part["type"] for part in new.parts] == ["step-start", "text"]
    assert (new.text, new.id) == ("new", "m")
    later = again("7", *STEP, e.TextDelta("one"), e.StepEnd(), e.StepStart(), e.TextDelta("two"))
    assert "data-restart" in [part["type"] for part in later.parts]


@pytest.mark.parametrize("version", ["5", "7"])
def test_a_new_beginning_is_read_again(version: str) -> None:
    events = [
        *STEP, e.TextStart(), e.TextDelta("old"), e.Restart(attempt=2, reason="x"), e.Start(id="m"), e.StepStart(),
        e.TextStart(id="t"), e.TextDelta("new", "t"), e.TextEnd(id="t"), *END,
    ]  # fmt: skip
    assert norm(decoded("ui", [encoded(events, version=version)])) == norm(events)


def test_a_withdrawn_answer_says_so() -> None:
    client = page([*STEP, e.TextDelta("a"), e.Retract(reason="guard"), *END])
    assert client.parts[-1]["type"] == "data-retract"


def test_the_message_goes_on_with_the_clients_own() -> None:
    assert page([*STEP, *END], options={"message_id": "ui-7"}).id == "ui-7"
    assert page([e.Start(), e.StepStart(), *END], id="made-up").id == "made-up"


def test_offsets_stand_in_ids_alone() -> None:
    body = encoded([*STEP, e.TextDelta("a"), *END], ids="s")
    assert [line for line in body.split(b"\n") if line.startswith(b"id: ")] == [b"id: s-%d" % n for n in range(1, 6)]
    assert parts_of(body) == parts_of(encoded([*STEP, e.TextDelta("a"), *END]))


def test_a_heartbeat_is_a_comment() -> None:
    encoder = UI.encoder()
    assert encoder.heartbeat() == b": \n\n"
    assert encoder.feed(e.Heartbeat(comment="PROCESSING")) == b": PROCESSING\n\n"
    assert decoded("ui", [encoder.feed(e.Heartbeat(comment="a"))])[0] == e.Heartbeat(comment="a")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"reply\.version.*'8'.*5, 6, 7"):
        UI.encoder(Reply(version="8"))


@given(st.lists(TEXTS))
def test_text_alone(texts: list[str]) -> None:
    encoder = UI.encoder(Reply(options={"text": True}, ids="s"))
    assert encoder.content_type == "text/plain; charset=utf-8"
    body = b"".join(map(encoder.feed, [*STEP, *map(e.TextDelta, texts), e.Usage(input_tokens=1), *END]))
    assert body == b"".join(map(to_utf8, texts))
    assert encoder.end() == encoder.heartbeat() == b""
    assert "usage" in encoder.carried
    assert encoder.finished


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text-delta", "id": "a", "delta": "b"}, {"type": "finish", "finishReason": "stop"},
        {"type": "start", "new": 1}, {"type": "unheard-of"},
        {"type": "tool-output-available", "toolCallId": "c", "output": 1},
        {"type": "reset-step"}, {"type": "text-start"}, {"type": "text-end", "id": "a"},
    ],
)  # fmt: skip
def test_the_model_of_the_client_throws(part: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        Client(5).feed(b"data: " + json.dumps(part).encode() + b"\n\n")
