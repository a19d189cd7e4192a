"""The encoder of generateContent: what it writes is what the decoder reads, and nothing that would break a client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.dialects.gemini_wire import blob, chunk, events_of, in_pieces, recorded, sse
from tests.dialects.made_events import WHOLE_TEXTS, legal_streams

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.dialects.common.gemini_wire.encoder import GeminiEncoder
from slipstream.dialects.common.stream_encoder import NATIVE, carries
from slipstream.events import Event, Message
from slipstream.events.types import EVENT_TYPES

SSE, ARRAY = Reply(options={"alt": "sse"}), Reply(options={"alt": "json"})
each_form = pytest.mark.parametrize("reply", [SSE, ARRAY], ids=["sse", "array"])


def encoded(events: Iterable[Event], reply: Reply | None = None) -> bytes:
    encoder = dialects.get("gemini").encoder(reply)
    return b"".join(encoder.feed(event) for event in events) + encoder.end()


def chunks_of(body: bytes) -> list[dict[str, Any]]:
    """The chunks of a body that a client would read, which must be well formed throughout."""
    if body.lstrip().startswith(b"["):
        found: list[dict[str, Any]] = json.loads(body)
        return found
    wires = []
    for frame in body.replace(b"\n\n\n", b"\n\n").strip(b"\n").split(b"\n\n"):
        for line in filter(None, frame.split(b"\n")):
            assert line.startswith(b"data: {"), line
            wires.append(json.loads(line[6:]))
    return wires


def test_every_type_of_event_is_thought_of() -> None:
    assert set(GeminiEncoder.CARRIES) == set(EVENT_TYPES)
    assert carries(GeminiEncoder)["text-delta"] == NATIVE


def plain(events: list[Event]) -> list[Event]:
    """The events without what is normalised: a signature that came on the last piece of a text comes behind it."""
    found = []
    for event in events:
        if isinstance(event, e.ReasoningEnd) and event.details:
            details = [{k: v for k, v in entry.items() if k != "characters"} for entry in event.details]
            event = msgspec.structs.replace(event, details=details)
        found.append(event)
    return found


@each_form
@pytest.mark.parametrize("number", range(11))
def test_a_recording_encoded_and_decoded_is_the_same(corpora: Path, number: int, reply: Reply) -> None:
    events = events_of(recorded(corpora)[number].read_bytes())
    body = encoded(events, reply)
    assert plain(events_of(body)) == plain(events)
    assert in_pieces(body, range(1, len(body), 3)) == events_of(body)
    assert encoded(events_of(body), reply) == body


STORY: list[Event] = [
    e.Start("r", "m", 1773338764), e.StepStart(), e.ReasoningStart(), e.ReasoningDelta("hm"), e.ReasoningDelta("?"),
    e.ReasoningEnd(), e.TextStart(), e.TextDelta("a"), e.TextDelta("b\u2028"),
    e.Source("source-0", "https://a", "A", "text-0"), e.Source("source-1", "https://b", "B", "text-0"),
    e.TextEnd(), e.ToolInputStart("c", "f"), e.ToolInputDelta('{"x":1}', "c"), e.ToolInputEnd("c"),
    e.ToolCall(id="c", name="f", input={"x": 1}, arguments='{"x":1}'), e.File("image/png", b"\x01"),
    e.Usage(3, 9, 12, 4, 1), e.StepEnd("tool_calls", "STOP"), e.Finish("tool_calls", "STOP"),
]  # fmt: skip


@each_form
def test_an_answer_comes_back(reply: Reply) -> None:
    events = events_of(encoded(STORY, reply))
    usage = next(event for event in events if isinstance(event, e.Usage))
    assert msgspec.structs.replace(usage, details=None) == e.Usage(3, 9, 12, 4, 1)
    assert [event for event in events if not isinstance(event, e.Usage)] == [
        event for event in STORY if not isinstance(event, e.Usage)
    ]


def test_each_delta_is_a_chunk_at_once() -> None:
    encoder = dialects.get("gemini").encoder()
    for event in STORY[:8]:
        encoder.feed(event)
    data = encoder.feed(e.TextDelta("x"))
    assert data == (
        b'data: {"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}],'
        b'"modelVersion":"m","responseId":"r"}\n\n'
    )


def test_nothing_but_data_lines() -> None:
    """Google's SDKs take any other line for JSON: neither comments nor ids may stand in the stream."""
    encoder = dialects.get("gemini").encoder(Reply(ids="epoch"))
    events = [*STORY[:8], e.Heartbeat(comment="x"), e.Progress(state="answering"), e.Retry(1, 0.5, "X"), *STORY[8:]]
    body = encoder.heartbeat() + b"".join(encoder.feed(event) for event in events) + encoder.end()
    chunks_of(body)
    assert {"heartbeat", "progress", "retry", "tool-input-delta"} <= set(encoder.carried)


def test_what_has_no_form_travels_in_the_next_chunk() -> None:
    progress, box = e.Progress(state="answering", seconds=1.5), e.Box((0.1, 0.2, 0.3, 0.4))
    chunks = chunks_of(encoded([*STORY[:2], progress, box, *STORY[6:8], *STORY[11:]]))
    (told,) = [chunk["slipstream"] for chunk in chunks if "slipstream" in chunk]
    assert "slipstream" in chunks[0]
    assert [msgspec.convert(one, e.AnyEvent) for one in told] == [progress, box]


def test_what_is_held_is_bounded() -> None:
    encoder = dialects.get("gemini").encoder()
    encoder.feed(e.Start())
    assert any(encoder.feed(e.Metadata({"x": "y" * 10_000})) for _ in range(10))


def test_sources_are_told_together() -> None:
    """A client reads the last grounding it saw; so each one holds all sources so far."""
    supports = {"groundingSupports": [{"segment": {"endIndex": 1}, "groundingChunkIndices": [1]}]}
    chunks = chunks_of(encoded([*STORY[:2], *STORY[9:11], e.Metadata({"groundingMetadata": supports}), *STORY[17:]]))
    found = [c["candidates"][0]["groundingMetadata"] for c in chunks if "groundingMetadata" in c["candidates"][0]]
    uris = [[one["web"]["uri"] for one in grounding["groundingChunks"]] for grounding in found]
    assert uris == [["https://a"], ["https://a", "https://b"], ["https://a", "https://b"]]
    assert found[-1]["groundingSupports"] == supports["groundingSupports"]


REASONS = [
    ("stop", None, "STOP"), ("tool_calls", "tool_use", "STOP"), ("length", "max_tokens", "MAX_TOKENS"),
    ("content_filter", "RECITATION", "RECITATION"), ("content_filter", "refusal", "SAFETY"), ("pause", None, "STOP"),
    ("error", None, "OTHER"), ("cancelled", None, "OTHER"), ("other", "LANGUAGE", "LANGUAGE"),
    ("stop", "SAFETY", "STOP"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "raw", "word"), REASONS)
def test_finish_reasons(reason: Any, raw: str | None, word: str) -> None:
    chunks = chunks_of(encoded([*STORY[:2], e.StepEnd(reason, raw), e.Finish(reason, raw)]))
    assert chunks[-1]["candidates"][0]["finishReason"] == word
    message = Message.of([*STORY[:2], e.StepEnd(reason, raw), e.Finish(reason, raw)])
    whole = json.loads(dialects.get("gemini").encode_body(message))
    assert whole["candidates"][0]["finishReason"] == word


@each_form
def test_an_error_in_mid_answer(reply: Reply) -> None:
    error = e.Error("no room", "OverloadedError", code="overloaded", status=529)
    body = encoded([*STORY[:8], error], reply)
    assert chunks_of(body)[-1] == {"error": {"code": 529, "message": "no room", "status": "UNKNOWN"}}
    last = events_of(body)[-1]
    assert isinstance(last, e.Error)
    assert (last.kind, last.message, last.status) == ("OverloadedError", "no room", 529)


def test_a_refused_prompt() -> None:
    refused = e.Error("no", "ContentFilteredError", code="SAFETY")
    assert events_of(encoded([refused]))[-1] == refused
    assert "error" in chunks_of(encoded([*STORY[:8], refused]))[-1]


@each_form
def test_an_end_that_nobody_told(reply: Reply) -> None:
    for events in ([], STORY[:1], STORY[:8], STORY[:-1]):
        last = events_of(encoded(events, reply))[-1]
        assert isinstance(last, e.Error)


def test_an_abort() -> None:
    body = encoded([*STORY[:8], e.Abort("enough")])
    assert chunks_of(body)[-1] == {"error": {"code": 499, "message": "enough", "status": "CANCELLED"}}


def test_a_restart_before_content_is_told_beside() -> None:
    again = [e.Start("q", "n"), e.StepStart(), e.TextStart(), e.TextDelta("a"), e.TextEnd(), *STORY[18:]]
    events = [*STORY[:2], e.Restart(2, "X"), *again]
    assert Message.of(events_of(encoded(events))).model == "n"


def test_a_restart_after_content_ends_the_answer() -> None:
    encoder = dialects.get("gemini").encoder()
    body = b"".join(encoder.feed(event) for event in [*STORY[:8], e.Restart(2, "X"), *STORY])
    assert encoder.finished
    assert encoder.feed(STORY[7]) == encoder.end() == b""
    assert "anew" in chunks_of(body)[-1]["error"]["message"]
    assert "restart" in encoder.carried


def test_a_retracted_answer_is_filtered() -> None:
    chunks = chunks_of(encoded([*STORY[:8], e.Retract("sensitive"), *STORY[11:12], *STORY[18:]]))
    assert chunks[-1]["candidates"][0]["finishReason"] == "SAFETY"


def test_choices_end_each_for_itself() -> None:
    events = [
        e.Start(), e.StepStart(), e.StepStart(1), e.TextStart(), e.TextDelta("a"), e.TextStart("u", 1, 1),
        e.TextDelta("b", "u", 1), e.TextEnd(), e.TextEnd("u", 1), e.StepEnd("length", None, 1), e.StepEnd(),
        e.Finish(),
    ]  # fmt: skip
    message = Message.of(events_of(encoded(events)))
    assert [(choice.text, choice.finish_reason) for choice in message.choices] == [("a", "stop"), ("b", "length")]


def test_a_tool_loop_is_one_answer() -> None:
    result = e.ToolResult(id="c", output={"t": 1}, name="f")
    steps = [*STORY[:19], result, e.StepStart(), e.TextStart("t2"), e.TextDelta("so", "t2"), e.TextEnd("t2")]
    encoder = dialects.get("gemini").encoder()
    body = b"".join(encoder.feed(event) for event in [*steps, e.StepEnd(), e.Finish()]) + encoder.end()
    chunks = chunks_of(body)
    assert [c["candidates"][0]["finishReason"] for c in chunks if "finishReason" in c["candidates"][0]] == ["STOP"]
    assert "tool-result" in encoder.carried


def test_code_that_another_provider_ran() -> None:
    call = e.ToolCall(id="s", name="web_search", input={"q": 1}, arguments='{"q":1}', provider_executed=True)
    code = e.ToolCall(id="k", name="code_execution", input={"code": "1"}, arguments="{}", provider_executed=True)
    chunks = chunks_of(encoded([*STORY[:2], call, code, *STORY[18:]]))
    assert chunks[0]["slipstream"][0]["name"] == "web_search"
    part = {"executableCode": {"id": "k", "code": "1", "language": "PYTHON"}}
    assert chunks[0]["candidates"][0]["content"]["parts"] == [part]


def test_proofs_of_other_providers_come_back_through_a_client() -> None:
    end = e.ReasoningEnd(signature="sig", redacted=None, details=[{"type": "reasoning"}])
    call = e.ToolCall(id="c", name="f", input={}, metadata={"caller": {"type": "direct"}})
    events = [*STORY[:5], end, call, *STORY[18:]]
    decoded = events_of(encoded(events))
    assert end in decoded
    assert Message.of(decoded).tool_calls[0].metadata == call.metadata
    asked = dialects.get("gemini").read({"contents": [chunk_content(encoded(events))]}).request
    thought, made = asked.messages[0].parts
    assert (thought.signature, thought.details) == ("sig", [{"type": "reasoning"}])  # type: ignore[union-attr]
    assert made.metadata == call.metadata  # type: ignore[union-attr]


def chunk_content(body: bytes) -> dict[str, Any]:
    """The content of an answer as a client keeps it: signed thoughts and calls, in their order."""
    parts = [part for wire in chunks_of(body) for part in wire["candidates"][0]["content"]["parts"]]
    return {"role": "model", "parts": [part for part in parts if "thoughtSignature" in part]}


@given(legal_streams(choices=1, steps=1, kinds=[e.TextDelta, e.ReasoningDelta, e.ToolInputDelta, e.File],
                     texts=WHOLE_TEXTS, ends=[e.Finish], interleaved=False))  # fmt: skip
@settings(max_examples=150)
def test_the_fold_of_what_it_can_carry_comes_back(events: list[Event]) -> None:
    for reply in (SSE, ARRAY):
        body = encoded(events, reply)
        told, heard = Message.of(events), Message.of(events_of(body))
        assert (heard.text, heard.reasoning, heard.files) == (told.text, told.reasoning, [bare(f) for f in told.files])
        calls = [call for call in told.tool_calls if not call.provider_executed]
        assert [(call.id, call.name) for call in heard.tool_calls] == [(call.id, call.name) for call in calls]
        sound = [(call.input, call.metadata or None) for call in calls if call.error is None]
        pairs = zip(heard.tool_calls, calls, strict=True)
        assert [(ours.input, ours.metadata) for ours, theirs in pairs if theirs.error is None] == sound
        assert proofs(heard) == proofs(told)


def bare(file: e.File) -> e.File:
    """A file as the API has it: by content or by address, without an id."""
    return e.File(file.media_type, file.data, "" if file.data else file.url)


def proofs(message: Message) -> list[Any]:
    found = [(block.signature, block.redacted, block.details) for block in message.blocks if block.kind == "reasoning"]
    return [proof for proof in found if any(proof)]


@given(legal_streams())
@settings(max_examples=150)
def test_any_stream_is_written_in_whole_frames(events: list[Event]) -> None:
    for reply in (SSE, ARRAY):
        encoder = dialects.get("gemini").encoder(reply)
        body = b"".join(encoder.feed(event) for event in events) + encoder.end()
        assert chunks_of(body)
        assert encoder.finished
        last = events_of(body)[-1]
        again = any(isinstance(event, e.Restart) for event in events)  # ends as an error, if something had been told
        assert isinstance(last, (e.Finish, e.Error) if again else e.Finish if ends_well(events) else e.Error)
        assert all(encoder.carried[kind] for kind in encoder.carried)


def ends_well(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], e.Finish)


@pytest.mark.parametrize("number", range(11))
def test_a_whole_body_says_what_the_stream_said(corpora: Path, number: int) -> None:
    message = Message.of(events_of(recorded(corpora)[number].read_bytes()))
    body = dialects.get("gemini").encode_body(message)
    again = Message.of(dialects.get("gemini").decode_body(body))
    for name in (
        "id",
        "model",
        "created",
        "text",
        "reasoning",
        "finish_reason",
        "raw_finish_reason",
        "usage",
        "sources",
    ):
        assert getattr(again, name) == getattr(message, name), name
    assert again.tool_calls == message.tool_calls
    assert again.tool_results == message.tool_results


def test_in_a_whole_body_a_signature_stands_on_its_text() -> None:
    signed = sse(chunk({"text": "a"}), chunk({"text": "b", "thoughtSignature": "s"}, finish="STOP"))
    wire = json.loads(dialects.get("gemini").encode_body(Message.of(events_of(signed))))
    assert wire["candidates"][0]["content"]["parts"] == [{"text": "ab", "thoughtSignature": "s"}]


@given(legal_streams(texts=WHOLE_TEXTS))
@settings(max_examples=150)
def test_any_message_is_a_whole_body(events: list[Event]) -> None:
    body = dialects.get("gemini").encode_body(Message.of(events))
    assert isinstance(json.loads(body), dict)
    dialects.get("gemini").decode_body(body)


def test_a_cut_message_is_no_success() -> None:
    message = Message.of([*STORY[:8], e.Error("cut", "StreamInterruptedError")])
    (candidate,) = json.loads(dialects.get("gemini").encode_body(message))["candidates"]
    assert (candidate["finishReason"], candidate["finishMessage"]) == ("OTHER", "cut")


def test_an_error_before_the_answer() -> None:
    error = e.Error("contents[0].role: unknown", "InvalidRequestError")
    status, body = dialects.get("gemini").encode_error(error, argument="contents[0].role")
    stated = json.loads(body)["error"]
    assert (status, stated["code"], stated["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert stated["details"][0]["fieldViolations"][0]["field"] == "contents[0].role"
    again = dialects.get("gemini").decode_error(status, body)
    assert (again.kind, again.message) == ("BadRequestError", error.message)


def test_the_files_of_an_answer_are_parts() -> None:
    message = Message.of([*STORY[:2], STORY[16], *STORY[18:]])
    wire = json.loads(dialects.get("gemini").encode_body(message))
    assert wire["candidates"][0]["content"]["parts"] == [blob(b"\x01")]
