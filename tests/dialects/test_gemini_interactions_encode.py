"""The encoder of the Interactions API, and what its official client reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from tests.dialects.gemini_wire import in_pieces, needed
from tests.dialects.interactions_cases import STORY as WIRES, events_of, sse
from tests.dialects.made_events import WHOLE_TEXTS, legal_streams, without
from tests.dialects.test_gemini_encode import STORY

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.dialects.common.face import Cursor, ResumableDecoder
from slipstream.dialects.common.interactions_wire.encoder import InteractionsEncoder
from slipstream.events import Event, Message
from slipstream.events.types import EVENT_TYPES

genai = needed("google.genai")
NAME = "gemini_interactions"


def encoded(events: Iterable[Event], reply: Reply | None = None) -> bytes:
    encoder = dialects.get(NAME).encoder(reply)
    return b"".join(encoder.feed(event) for event in events) + encoder.end()


def frames_of(body: bytes) -> list[dict[str, Any]]:
    """The frames of a body, which are well formed: each names its type twice, and the last one is the mark."""
    found = []
    blocks = body.decode().split("\n\n")
    assert blocks[-2].endswith("event: done\ndata: [DONE]")
    for block in blocks[:-2]:
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if "data" not in lines:
            continue  # a comment, which may have an id
        wire = json.loads(lines["data"])
        assert lines["event"] == wire["event_type"]
        assert set(lines) <= {"event", "data", "id"}
        found.append(wire)
    return found


def test_every_type_of_event_is_thought_of() -> None:
    assert set(InteractionsEncoder.CARRIES) == set(EVENT_TYPES)


def test_a_stream_encoded_and_decoded_is_the_same() -> None:
    events = without(events_of(sse(*WIRES)), e.Heartbeat)
    body = encoded(events)
    assert events_of(body) == events
    assert in_pieces(body, range(1, len(body)), name=NAME) == events
    assert encoded(events_of(body)) == body


def test_another_providers_answer_comes_back() -> None:
    told = [e.ReasoningEnd(signature="sig") if isinstance(event, e.ReasoningEnd) else event for event in STORY]
    found = events_of(encoded(told))
    for name in ("text", "reasoning", "files", "finish_reason"):
        assert getattr(Message.of(found), name) == getattr(Message.of(told), name), name
    assert e.ReasoningEnd(signature="sig") in found
    assert Message.of(found).usage.total_tokens == 12  # type: ignore[union-attr]
    assert [(s.url, s.title, s.block) for s in Message.of(found).sources] == [
        ("https://a", "A", "text-0"),
        ("https://b", "B", "text-0"),
    ]


def test_each_delta_is_a_frame_at_once() -> None:
    encoder = dialects.get(NAME).encoder()
    for event in STORY[:8]:
        encoder.feed(event)
    assert encoder.feed(e.TextDelta("x")) == (
        b'event: step.delta\ndata: {"index":1,"delta":{"type":"text","text":"x"},"event_type":"step.delta"}\n\n'
    )


def test_a_numbered_stream_can_be_resumed() -> None:
    body = encoded([*STORY[:8], e.TextDelta("\ndata: {"), *STORY[8:]], Reply(ids="epoch"))
    ids = [wire.get("event_id") for wire in frames_of(body)]
    assert ids[-1] == f"epoch-{len(STORY) + 1}"
    decoder = dialects.get(NAME).decoder()
    assert isinstance(decoder, ResumableDecoder)
    decoder.feed(body[: body.index(b"event: step.delta\n") + 200])
    assert isinstance(decoder.resume_cursor, Cursor)


def test_what_has_no_form_is_a_comment() -> None:
    progress = e.Progress(state="answering")
    encoder = dialects.get(NAME).encoder()
    for event in STORY[:2]:
        encoder.feed(event)
    data = encoder.feed(progress)
    head, _, told = data.partition(b"{")
    assert head == b": slipstream progress "
    assert msgspec.json.decode(b"{" + told, type=e.AnyEvent) == progress
    assert "progress" in encoder.carried


def test_further_choices_travel_beside() -> None:
    encoder = dialects.get(NAME).encoder()
    events = [*STORY[:2], e.StepStart(1), e.TextStart("u", 0, 1), e.TextDelta("b", "u", 1), *STORY[6:8], e.TextEnd()]
    body = b"".join(encoder.feed(event) for event in events) + encoder.feed(e.Finish())
    assert Message.of(events_of(body)).text == "a"
    assert "choices" in encoder.carried["text-delta"]


ENDS = [
    (e.Finish("stop", "STOP"), "completed"), (e.Finish("length"), "incomplete"),
    (e.Finish("tool_calls"), "requires_action"), (e.Finish("pause"), "requires_continuation"),
    (e.Finish("content_filter", "SAFETY"), "incomplete"),
    (e.Finish("error"), "failed"), (e.Finish("stop", "budget_exceeded"), "completed"),
    (e.Finish("length", "budget_exceeded"), "budget_exceeded"), (e.Abort("enough"), "cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(("end", "status"), ENDS)
def test_ends(end: Event, status: str) -> None:
    frames = frames_of(encoded([*STORY[:8], end] if isinstance(end, e.Abort) else [*STORY[:8], STORY[11], end]))
    assert frames[-1]["interaction"]["status"] == status
    assert {wire["index"] for wire in frames if wire["event_type"] == "step.stop"} == {0, 1}


@pytest.mark.parametrize("end", [e.Error("no room", "OverloadedError", code="overloaded"), e.Restart(2, "X"), None])
def test_failures(end: Event | None) -> None:
    body = encoded([*STORY[:8], *([end] if end else [])])
    assert frames_of(body)[-1]["event_type"] == "error"
    assert isinstance(events_of(body)[-1], e.Error)


def test_a_retracted_answer() -> None:
    body = encoded([*STORY[:8], e.Retract(), STORY[11], *STORY[18:]])
    assert frames_of(body)[-1]["interaction"]["status"] == "incomplete"


def test_tools_that_google_ran_and_others() -> None:
    search = e.ToolCall(id="s", name="google_search", input={"queries": ["q"]}, provider_executed=True)
    result = e.ToolResult(id="s", output=[{"a": 1}], name="google_search", provider_executed=True)
    other = e.ToolCall(id="w", name="web_search", input={}, provider_executed=True)
    encoder = dialects.get(NAME).encoder()
    events = [*STORY[:2], search, result, other, *STORY[18:]]
    body = b"".join(encoder.feed(event) for event in events)
    message = Message.of(events_of(body))
    assert [(call.name, call.input) for call in message.tool_calls] == [("google_search", {"queries": ["q"]})]
    assert message.tool_results == [result]
    assert "tool-call" in encoder.carried


@given(legal_streams(choices=1, steps=1, kinds=[e.TextDelta, e.ReasoningDelta, e.ToolInputDelta, e.File],
                     texts=WHOLE_TEXTS, ends=[e.Finish], interleaved=False))  # fmt: skip
@settings(max_examples=150)
def test_the_fold_of_what_it_can_carry_comes_back(events: list[Event]) -> None:
    told, heard = Message.of(events), Message.of(events_of(encoded(events)))
    assert (heard.text, heard.reasoning) == (told.text, told.reasoning)
    calls = [call for call in told.tool_calls if not call.provider_executed]
    assert [(call.id, call.name) for call in heard.tool_calls] == [(call.id, call.name) for call in calls]
    pairs = zip(heard.tool_calls, calls, strict=True)
    assert all(ours.input == theirs.input for ours, theirs in pairs if theirs.error is None)
    kept = [(block.signature, block.redacted, block.details) for block in told.blocks if block.kind == "reasoning"]
    found = [(block.signature, block.redacted, block.details) for block in heard.blocks if block.kind == "reasoning"]
    assert [one for one in found if any(one)] == [one for one in kept if any(one)]


@given(legal_streams(choices=1, steps=1, kinds=[e.TextDelta], texts=WHOLE_TEXTS, ends=[e.Finish]))
@settings(max_examples=100)
def test_texts_that_stand_open_together_come_back(events: list[Event]) -> None:
    told, heard = Message.of(events), Message.of(events_of(encoded(events)))
    wanted = [block.text for block in told.blocks if block.text]
    assert sorted(block.text for block in heard.blocks) == sorted(wanted)


@given(legal_streams())
@settings(max_examples=150)
def test_any_stream_is_written_in_whole_frames(events: list[Event]) -> None:
    encoder = dialects.get(NAME).encoder(Reply(ids="x"))
    body = b"".join(encoder.feed(event) for event in events) + encoder.end()
    assert frames_of(body)
    assert encoder.finished
    assert encoder.feed(STORY[7]) == encoder.end() == b""
    assert all(encoder.carried.values())
    assert isinstance(events_of(body)[-1], (e.Finish, e.Error))


@given(legal_streams(texts=WHOLE_TEXTS))
@settings(max_examples=100)
def test_any_message_is_a_whole_body(events: list[Event]) -> None:
    body = dialects.get(NAME).encode_body(Message.of(events))
    assert isinstance(json.loads(body)["steps"], list)
    dialects.get(NAME).decode_body(body)


def test_a_whole_body_says_what_the_stream_said() -> None:
    message = Message.of(events_of(sse(*WIRES)))
    again = Message.of(dialects.get(NAME).decode_body(dialects.get(NAME).encode_body(message)))
    for name in ("id", "model", "text", "reasoning", "finish_reason", "raw_finish_reason", "usage"):
        assert getattr(again, name) == getattr(message, name), name
    assert [call.input for call in again.tool_calls] == [call.input for call in message.tool_calls]
    assert again.blocks[0].details == message.blocks[0].details


def test_an_error_before_the_answer() -> None:
    status, body = dialects.get(NAME).encode_error(e.Error("wrong", "InvalidRequestError"), argument="input")
    assert status == 400
    assert json.loads(body)["error"]["details"][0]["fieldViolations"][0]["field"] == "input"


# The official client.


class Slowly(httpx.SyncByteStream):
    """A body in pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), 11):
            yield self._body[at : at + 11]


def read_by_client(body: bytes) -> list[Any]:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Slowly(body), headers={"content-type": "text/event-stream"})

    options = genai.types.HttpOptions(httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with genai.Client(api_key="k", http_options=options) as client:
        return list(client.interactions.create(model="m", input="q", stream=True))


@pytest.mark.filterwarnings("ignore")
def test_the_official_client_reads_it() -> None:
    told = [e.ReasoningEnd(signature="sig") if isinstance(event, e.ReasoningEnd) else event for event in STORY]
    found = read_by_client(encoded([*told[:8], e.Progress(state="answering"), *told[8:]], Reply(ids="x")))
    deltas = [event.delta for event in found if event.event_type == "step.delta"]
    assert "".join(one.text for one in deltas if one.type == "text") == "ab\u2028"
    assert "".join(one.content.text for one in deltas if one.type == "thought_summary") == "hm?"
    assert "".join(one.arguments for one in deltas if one.type == "arguments_delta") == '{"x":1}'
    (call,) = [one.step for one in found if one.event_type == "step.start" and one.step.type == "function_call"]
    assert (call.id, call.name) == ("c", "f")
    last = found[-1].interaction
    assert (last.status, last.usage.total_tokens, last.usage.total_thought_tokens) == ("requires_action", 12, 4)
    assert found[-1].event_id == f"x-{len(STORY) + 1}"


@pytest.mark.filterwarnings("ignore")
def test_the_official_client_reads_an_error() -> None:
    found = read_by_client(encoded([*STORY[:8], e.Error("no room", "OverloadedError", code="overloaded")]))
    assert found[-1].event_type == "error"
    assert (found[-1].error.code, found[-1].error.message) == ("overloaded", "no room")
