"""The decoder of generateContent: every recording, and each thing that a chunk may say."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.dialects.gemini_wire import Naive, blob, chunk, events_of, in_pieces, recorded, sse

from slipstream import dialects, events as e
from slipstream.events import Event, Message

COUNT = 11
ENDS = {
    1: "tool_calls", 2: "stop", 3: "tool_calls", 4: "stop", 5: "stop", 6: "length", 7: "stop", 8: "tool_calls",
    9: "stop", 10: "length", 11: "stop",
}  # fmt: skip
each_stream = pytest.mark.parametrize("number", range(1, COUNT + 1))


def test_every_recording_is_read(corpora: Path) -> None:
    assert len(recorded(corpora)) == COUNT


@each_stream
def test_the_fold_is_what_the_recording_says(corpora: Path, number: int) -> None:
    body = recorded(corpora)[number - 1].read_bytes()
    naive, message = Naive(body), Message.of(events_of(body))
    assert (message.id, message.model) == (naive.id, naive.model)
    assert (message.text, message.reasoning) == (naive.text, naive.reasoning)
    own = [(call.name, call.input) for call in message.tool_calls if not call.provider_executed]
    assert own == naive.calls
    assert [message.raw_finish_reason] == naive.finish
    assert message.finish_reason == ENDS[number]
    assert message.complete
    assert not any(block.open for block in message.blocks)
    usage = message.usage
    assert usage is not None
    assert (
        usage.total_tokens == naive.usage["totalTokenCount"] == (usage.input_tokens or 0) + (usage.output_tokens or 0)
    )
    assert usage.reasoning_tokens == naive.usage.get("thoughtsTokenCount")


@each_stream
def test_every_signature_is_kept(corpora: Path, number: int) -> None:
    body = recorded(corpora)[number - 1].read_bytes()
    found = []
    for event in events_of(body):
        if isinstance(event, e.ReasoningEnd):
            found += [entry["thoughtSignature"] for entry in event.details or ()]
        elif isinstance(event, e.ToolCall) and event.metadata:
            found.append(event.metadata["extra_content"]["google"]["thought_signature"])
    assert found == Naive(body).signatures


@each_stream
def test_cut_anywhere_it_says_the_same(corpora: Path, number: int) -> None:
    body = recorded(corpora)[number - 1].read_bytes()
    whole = events_of(body)
    assert in_pieces(body, range(1, len(body))) == whole
    for seed in range(20):
        cuts = sorted(random.Random(seed).sample(range(1, len(body)), 5))
        assert in_pieces(body, cuts) == whole


@each_stream
def test_with_raw_it_says_the_same(corpora: Path, number: int) -> None:
    body = recorded(corpora)[number - 1].read_bytes()
    told = Message.of(events_of(body, include_raw=True))
    plain = Message.of(events_of(body))
    assert (told.text, told.reasoning, told.tool_calls) == (
        plain.text,
        plain.reasoning,
        [event for event in events_of(body, include_raw=True) if isinstance(event, e.ToolCall)],
    )
    assert any(event.raw for event in events_of(body, include_raw=True))


@each_stream
def test_cut_off_it_is_no_success(corpora: Path, number: int) -> None:
    """Without its last chunk no recording has its finish reason."""
    body = recorded(corpora)[number - 1].read_bytes()
    at = body.index(b"finishReason")
    events = events_of(body[:at])
    assert isinstance(events[-1], e.Error)
    assert events[-1].kind == "StreamInterruptedError"


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def test_text_and_thoughts_are_blocks() -> None:
    body = sse(
        chunk({"text": "think", "thought": True}), chunk({"text": " more", "thought": True}), chunk({"text": "say"}),
        chunk({"text": " it"}), chunk({"text": "", "thoughtSignature": "sig"}, finish="STOP"),
    )  # fmt: skip
    events = events_of(body)
    assert types(events) == [
        "start", "step-start", "reasoning-start", "reasoning-delta", "reasoning-delta", "reasoning-end", "text-start",
        "text-delta", "text-delta", "text-end", "reasoning-start", "reasoning-end", "step-end", "finish",
    ]  # fmt: skip
    details = [{"type": "google.thought_signature", "thoughtSignature": "sig", "on": "text"}]
    assert e.ReasoningEnd("reasoning-1", details=details) in events


def test_a_signed_thought_ends_its_block() -> None:
    signed = {"text": "a", "thought": True, "thoughtSignature": "s"}
    events = events_of(sse(chunk(signed), chunk({"text": "b", "thought": True}, finish="STOP")))
    ends = [event for event in events if isinstance(event, e.ReasoningEnd)]
    entry = {"type": "google.thought_signature", "thoughtSignature": "s", "on": "thought", "characters": 1}
    assert [end.details for end in ends] == [[entry], None]


def test_a_whole_call_is_given_at_once() -> None:
    wire = {"functionCall": {"name": "f", "args": {"a": [1, {"b": None}]}, "id": "x"}, "thoughtSignature": "s"}
    decoder = dialects.get("gemini").decoder()
    events = decoder.feed(sse(chunk(wire)))
    call = events[-1]
    assert isinstance(call, e.ToolCall)
    assert (call.id, call.name, call.input) == ("x", "f", {"a": [1, {"b": None}]})
    assert call.arguments == '{"a":[1,{"b":null}]}'
    assert call.metadata == {"extra_content": {"google": {"thought_signature": "s"}}}


@pytest.mark.parametrize("args", [{}, {"args": None}, {"args": {}}])
def test_a_call_without_arguments(args: dict[str, Any]) -> None:
    events = events_of(sse(chunk({"functionCall": {"name": "f", **args}}, finish="STOP")))
    assert Message.of(events).tool_calls[0].input == {}
    assert events[-1] == e.Finish("tool_calls", "STOP")


def test_calls_without_ids_get_one_each() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    same = {"functionCall": {"name": "f", "args": {}, "id": "x"}}
    message = Message.of(events_of(sse(chunk(call, call), chunk(same, same, finish="STOP"))))
    assert [call.id for call in message.tool_calls] == ["call_0", "call_1", "x", "x-2"]
    assert [call.index for call in message.tool_calls] == [0, 1, 2, 3]


def test_a_call_whose_arguments_are_no_object() -> None:
    call = Message.of(events_of(sse(chunk({"functionCall": {"name": "f", "args": [1]}}, finish="STOP")))).tool_calls[0]
    assert (call.input, call.error) == (None, "the arguments are no object")


def test_code_that_google_runs() -> None:
    code, result = {"language": "PYTHON", "code": "1"}, {"outcome": "OUTCOME_OK"}
    parts = ({"executableCode": code}, {"codeExecutionResult": result})
    events = events_of(sse(chunk(*parts), chunk({"text": "ok"}, finish="STOP")))
    call, returned = (event for event in events if isinstance(event, (e.ToolCall, e.ToolResult)))
    assert isinstance(call, e.ToolCall)
    assert isinstance(returned, e.ToolResult)
    assert call.provider_executed
    assert returned.provider_executed
    assert (call.name, call.id) == (returned.name, returned.id) == ("code_execution", "call_0")
    assert (call.input, returned.output) == (code, result)
    assert events[-1] == e.Finish("stop", "STOP")


def test_tools_that_google_runs() -> None:
    asked = {"toolCall": {"id": "t", "toolType": "URL_CONTEXT", "args": {"u": 1}}}
    given = {"toolResponse": {"id": "t", "toolType": "URL_CONTEXT", "response": {"r": 2}}}
    events = events_of(sse(chunk(asked, given, finish="STOP")))
    result = e.ToolResult(id="t", output={"r": 2}, name="URL_CONTEXT", provider_executed=True)
    assert result in events
    assert Message.of(events).tool_calls[0].input == {"u": 1}


def test_files_by_content_and_by_address() -> None:
    there = {"fileData": {"mimeType": "audio/wav", "fileUri": "https://example.org/a.wav"}}
    message = Message.of(events_of(sse(chunk(blob(b"\x00\x01"), there, finish="STOP"))))
    assert message.files == [
        e.File("image/png", b"\x00\x01"),
        e.File("audio/wav", url="https://example.org/a.wav"),
    ]


@pytest.mark.parametrize("part", [{"inlineData": {"data": "?"}}, {"video": {"x": 1}}, {"text": 7, "new": 1}])
def test_a_part_that_cannot_be_read_is_not_lost(part: dict[str, Any]) -> None:
    assert any(isinstance(event, e.Raw) for event in events_of(sse(chunk(part, finish="STOP"))))


def test_sources_are_told_once() -> None:
    web = {"web": {"uri": "https://a", "title": "A"}}
    maps = {"maps": {"uri": "https://m", "title": "M", "placeId": "p"}}
    grounding = {"groundingChunks": [web], "webSearchQueries": ["q"]}
    more = {"groundingChunks": [web, maps], "webSearchQueries": ["q"]}
    citations = {"citationSources": [{"uri": "https://c", "startIndex": 1, "license": "mit"}]}
    events = events_of(
        sse(
            chunk({"text": "a"}, groundingMetadata=grounding),
            chunk({"text": "b"}, groundingMetadata=more, citationMetadata=citations),
            chunk({"text": "c"}, groundingMetadata=more, citationMetadata=citations, finish="STOP"),
        )
    )
    assert [event for event in events if isinstance(event, e.Source)] == [
        e.Source("source-0", "https://a", "A", "text-0"),
        e.Source("source-1", "https://m", "M", "text-0", {"maps": {"placeId": "p"}}),
        e.Source("source-2", "https://c", "", "text-0", {"citation": {"startIndex": 1, "license": "mit"}}),
    ]
    assert [event for event in events if isinstance(event, e.Metadata)] == [
        e.Metadata({"groundingMetadata": {"webSearchQueries": ["q"]}})
    ]


def test_candidates_are_choices() -> None:
    two = {"candidates": [chunk({"text": "x"})["candidates"][0], chunk({"text": "y"}, index=1)["candidates"][0]]}
    events = events_of(
        sse(two, chunk({"text": "z"}, index=1, finish="MAX_TOKENS"), chunk({"text": "w"}, finish="STOP"))
    )
    message = Message.of(events)
    assert [(choice.text, choice.finish_reason) for choice in message.choices] == [("xw", "stop"), ("yz", "length")]


def test_a_stream_is_whole_only_when_every_candidate_is() -> None:
    decoder = dialects.get("gemini").decoder()
    decoder.feed(sse(chunk({"text": "x"}), chunk({"text": "y"}, index=1, finish="STOP")))
    assert not decoder.complete
    decoder.feed(sse(chunk(finish="STOP")))
    assert decoder.complete


def test_usage_is_the_last_one() -> None:
    first = {**chunk({"text": "a"}), "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}}
    middle = {**chunk({"text": "b"}), "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1}}
    counts = {"promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "cachedContentTokenCount": 4}
    last = {**chunk({"text": "c"}, finish="STOP"), "usageMetadata": {**counts, "toolUsePromptTokenCount": 7}}
    (usage,) = (event for event in events_of(sse(first, middle, last)) if isinstance(event, e.Usage))
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (12, 5, 17)
    assert (usage.reasoning_tokens, usage.cached_tokens) == (3, 4)
    assert not any(isinstance(event, e.Usage) for event in events_of(sse(chunk({"text": "a"}, finish="STOP"))))


FILTERED = (
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION", "IMAGE_OTHER",
)  # fmt: skip
REASONS = [
    ("STOP", "stop"), ("MAX_TOKENS", "length"), ("LANGUAGE", "other"), ("OTHER", "other"), ("NO_IMAGE", "other"),
    ("NEW", "other"), ("CONTINUATION", "pause"), *((word, "content_filter") for word in FILTERED),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "reason"), REASONS)
def test_finish_reasons(raw: str, reason: Any) -> None:
    wire = {"candidates": [{"finishReason": raw, "index": 0}]}  # without content, as Google sends it when it filters
    assert events_of(sse(chunk({"text": "a"}), wire))[-1] == e.Finish(reason, raw)


@pytest.mark.parametrize(
    ("raw", "again"),
    [("MALFORMED_FUNCTION_CALL", True), ("UNEXPECTED_TOOL_CALL", True), ("TOO_MANY_TOOL_CALLS", False)],
)
def test_failures_of_the_model_are_errors(raw: str, again: bool) -> None:
    error = events_of(sse(chunk(finish=raw, finishMessage="f(]")))[-1]
    assert error == e.Error("f(]", "ServerError", code=raw, retryable=again)


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "JAILBREAK", "MODEL_ARMOR"])
def test_a_refused_prompt_is_an_error(reason: str) -> None:
    ratings = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}]
    feedback = {"blockReason": reason, "safetyRatings": ratings}
    wire = {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}}
    start, verdict, usage, error = events_of(sse(wire))
    assert isinstance(start, e.Start)
    assert verdict == e.Moderation({"promptFeedback": feedback}, "google")
    assert isinstance(usage, e.Usage)
    assert error == e.Error(f"the prompt was refused ({reason})", "ContentFilteredError", code=reason)


def test_a_block_after_content_ends_the_answer() -> None:
    events = events_of(sse(chunk({"text": "a"}), {"promptFeedback": {"blockReason": "SAFETY"}}))
    assert events[-1] == e.Finish("content_filter", "SAFETY")


def test_safety_ratings_are_told_when_they_change() -> None:
    low, high = ([{"category": "C", "probability": word}] for word in ("LOW", "HIGH"))
    body = sse(
        chunk({"text": "a"}, safetyRatings=low), chunk({"text": "b"}, safetyRatings=low),
        chunk({"text": "c"}, safetyRatings=high), chunk(finish="STOP"),
    )  # fmt: skip
    verdicts = [event.verdict for event in events_of(body) if isinstance(event, e.Moderation)]
    assert [verdict["safetyRatings"] for verdict in verdicts] == [low, high]


def test_log_probabilities_are_kept_as_others_have_them() -> None:
    result = {
        "chosenCandidates": [{"token": "a", "logProbability": -0.1}],
        "topCandidates": [{"candidates": [{"token": "b", "logProbability": -2.0}]}],
    }
    message = Message.of(events_of(sse(chunk({"text": "a"}, logprobsResult=result, finish="STOP"))))
    entry = {"token": "a", "logprob": -0.1, "top_logprobs": [{"token": "b", "logprob": -2.0}]}
    assert message.logprobs == {"content": [entry]}


def test_what_else_is_said_is_metadata() -> None:
    wire = {**chunk({"text": "a"}, avgLogprobs=-1, finish="STOP", finishMessage="m"), "modelStatus": {"s": 1}}
    message = Message.of(events_of(sse(wire)))
    assert message.metadata == {"avgLogprobs": -1, "finishMessage": "m", "modelStatus": {"s": 1}}


def test_a_whole_answer() -> None:
    wire = {**chunk({"text": "a"}, finish="STOP"), "responseId": "r", "modelVersion": "m"}
    events = dialects.get("gemini").decode_body(json.dumps(wire).encode())
    assert Message.of(events).text == "a"
    assert events[-1] == e.Finish("stop", "STOP")
    assert events == events_of(sse(wire))


@pytest.mark.parametrize("body", [b"{}", b'{"candidates": []}', b"[]", b"<html>", b"", b"{"])
def test_a_whole_answer_that_is_none(body: bytes) -> None:
    assert isinstance(dialects.get("gemini").decode_body(body)[-1], e.Error)


def test_the_time_of_creation() -> None:
    wire = {**chunk({"text": "a"}, finish="STOP"), "createTime": "2026-03-12T18:06:04.325486Z"}
    (start, *_) = events_of(sse(wire))
    assert start == e.Start(created=1773338764)
