"""The Messages stream: recorded ones against a naive reading of them, and everything that goes wrong on the wire."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream import dialects, events as e
from slipstream.dialects.anthropic import Anthropic
from slipstream.events import Event, Message, Order

NAMES = [
    "01-anthropic-sdk-compaction-response-claude-opus-4-7.0.sse",
    "02-anthropic-sdk-fallback-response-claude-opus-4-7.0.sse",
    "03-anthropic-sdk-refusal-response-claude-opus-4-7.0.sse",
    "04-fantasy-simple-streaming-claude-3-7-sonnet-20250219.0.sse",
    "05-llm-anthropic-test-prompt-with-prefill-and-stop-sequences-claude-haiku-4-5-20251001.0.sse",
    "06-pai-test-anthropic-model-thinking-part-redacted-stream-claude-sonnet-4-5-2.0.sse",
    "07-pai-test-anthropic-web-fetch-tool-stream-claude-sonnet-4-20250514.0.sse",
    "08-pai-test-pause-turn-web-search-streaming-vcr-claude-sonnet-4-5-20250929.0.sse",
    "09-pai-test-pause-turn-web-search-streaming-vcr-claude-sonnet-4-5-20250929.1.sse",
    "10-rig-gateway-message-delta-metadata-anthropic-claude-haiku-4-5.0.sse",
    "11-rig-parallel-tool-use-claude-sonnet-4-6.0.sse",
    "12-vercel-anthropic-code-execution-20260120-prompt-cache-1-chunks-claude-sonnet.0.chunks.txt",
    "13-vercel-anthropic-mcp-1-chunks-claude-sonnet-4-5-20250929.0.chunks.txt",
    "14-vercel-anthropic-programmatic-tool-calling-1-chunks-claude-sonnet-4-5-2025092.0.chunks.txt",
]

# Why each recording ended, as read by eye: (ours, theirs).
ENDS = {
    "01": ("stop", "end_turn"), "02": ("stop", "end_turn"), "03": ("content_filter", "refusal"),
    "04": ("stop", "end_turn"), "05": ("stop", "stop_sequence"), "06": ("stop", "end_turn"), "07": ("stop", "end_turn"),
    "08": ("pause", "pause_turn"), "09": ("stop", "end_turn"), "10": ("length", "max_tokens"),
    "11": ("tool_calls", "tool_use"), "12": ("stop", "end_turn"), "13": ("stop", "end_turn"),
    "14": ("tool_calls", "tool_use"),
}  # fmt: skip


def sse(*wires: dict[str, Any]) -> bytes:
    """Wire objects as a body."""
    return b"".join(b"event: %s\ndata: %s\n\n" % (w["type"].encode(), json.dumps(w).encode()) for w in wires)


def recorded(corpora: Path, name: str) -> bytes:
    """A recorded body; `.chunks.txt` holds one payload a line."""
    body = (corpora / "streams/anthropic" / name).read_bytes()
    if name.endswith(".sse"):
        return body
    return sse(*(json.loads(line) for line in body.splitlines() if line.strip()))


def decode(*parts: bytes, **options: Any) -> list[Event]:
    """The events of a body that came in these parts; they are in legal order."""
    decoder = Anthropic().decoder(**options)
    events = [event for part in parts for event in decoder.feed(part)] + decoder.end()
    assert decoder.finished
    Order().check_all(events)
    return events


def message_of(*wires: dict[str, Any]) -> Message:
    return Message.of(decode(sse(*wires)))


def cut(body: bytes, at: Sequence[int]) -> list[bytes]:
    places = sorted(at)
    return [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


class Naive:
    """A recording, read by the simplest means: whole frames, plain JSON, the first answer in it."""

    def __init__(self, body: bytes) -> None:
        self.wires: list[dict[str, Any]] = []
        for line in body.decode().split("\n"):
            if line.startswith("data: {"):
                self.wires.append(json.loads(line[6:]))
                if self.wires[-1]["type"] == "message_stop":
                    break
        self.blocks: dict[int, dict[str, Any]] = {}
        self.usage: dict[str, Any] = {}
        for wire in self.wires:
            self.read(wire)

    def read(self, wire: dict[str, Any]) -> None:
        match wire["type"]:
            case "content_block_start":
                self.blocks[wire["index"]] = {**wire["content_block"], "grown": "", "cited": []}
            case "content_block_delta":
                delta = wire["delta"]
                text = delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
                block = self.blocks[wire["index"]]
                block["grown"] += text
                block["cited"] += [delta["citation"]] if "citation" in delta else []
                block["signature"] = delta.get("signature") or block.get("signature")
            case "message_start":
                self.usage |= wire["message"]["usage"]
            case "message_delta":
                self.usage |= wire["usage"]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [block for block in self.blocks.values() if block["type"] in kinds]

    def arguments(self) -> list[Any]:
        calls = self.of("tool_use", "server_tool_use", "mcp_tool_use")
        return [json.loads(call["grown"]) if call["grown"] else call["input"] for call in calls]


def test_every_recording_is_listed(corpora: Path) -> None:
    found = {path.name for path in (corpora / "streams/anthropic").iterdir() if path.suffix in (".sse", ".txt")}
    assert found - {"SOURCE.txt"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_fold_is_what_the_recording_says(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    naive = Naive(body)
    message = Message.of(decode(body))
    start = naive.wires[0]["message"]
    assert (message.id, message.model) == (start["id"], start["model"])
    assert message.text == "".join(block["grown"] for block in naive.of("text"))
    assert message.reasoning == "".join(block["grown"] for block in naive.of("thinking"))
    signed = [block for block in message.blocks if block.kind == "reasoning"]
    thinking = naive.of("thinking", "redacted_thinking")
    assert [(block.signature, block.redacted) for block in signed] == [
        (block.get("signature") or None, block.get("data")) for block in thinking
    ]
    assert [call.input for call in message.tool_calls] == naive.arguments()
    results = [block for block in naive.blocks.values() if block["type"].endswith("_tool_result")]
    assert [(result.id, result.output) for result in message.tool_results if isinstance(result, e.ToolResult)] == [
        (result["tool_use_id"], result["content"]) for result in results
    ]
    assert [source.metadata for source in message.sources] == [c for b in naive.of("text") for c in b["cited"]]
    assert (message.finish_reason, message.raw_finish_reason) == ENDS[name[:2]]
    assert message.complete


@pytest.mark.parametrize("name", NAMES)
def test_usage_is_cumulative_and_counts_the_cache(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    wire = Naive(body).usage
    usage = Message.of(decode(body)).usage
    assert usage is not None
    cached = (wire.get("cache_read_input_tokens") or 0) + (wire.get("cache_creation_input_tokens") or 0)
    assert usage.input_tokens == wire["input_tokens"] + cached
    assert usage.output_tokens == wire["output_tokens"]
    assert usage.total_tokens == wire["input_tokens"] + cached + wire["output_tokens"]
    assert not usage.estimated


@pytest.mark.parametrize("name", NAMES)
def test_cuts_do_not_matter(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    whole = decode(body)
    draw = random.Random(name)
    for count in (1, 3, 20, 200):
        assert decode(*cut(body, [draw.randrange(len(body)) for _ in range(count)])) == whole


@pytest.mark.parametrize("name", [name for name in NAMES if name[:2] not in ("08", "09")])
def test_byte_by_byte(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    assert decode(*(body[at : at + 1] for at in range(len(body)))) == decode(body)


@pytest.mark.parametrize("name", ["08-pai", "09-pai"])
def test_the_long_ones_byte_by_byte_at_their_ends(corpora: Path, name: str) -> None:
    """Half a million single bytes would take a second; their beginning and end hold every kind of frame."""
    body = recorded(corpora, next(found for found in NAMES if found.startswith(name)))
    head, tail = body[:4000], body[-4000:]
    parts = [head[at : at + 1] for at in range(len(head))] + [body[4000:-4000]]
    parts += [tail[at : at + 1] for at in range(len(tail))]
    assert decode(*parts) == decode(body)


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_cut_at_any_frame_is_interrupted(corpora: Path, name: str) -> None:
    """Even after the stop reason: only `message_stop` is the end mark (WIRE section 4)."""
    body = recorded(corpora, name)
    frames = body.partition(b'"message_stop"')[0].split(b"\n\n")[:-1]
    whole = decode(body)
    for count in range(0, len(frames) + 1, max(1, len(frames) // 40)):
        decoder = Anthropic().decoder()
        events = decoder.feed(b"\n\n".join(frames[:count]) + b"\n\n" if count else b"")
        assert not decoder.complete
        events += decoder.end()
        Order().check_all(events)
        *before, error = events
        assert isinstance(error, e.Error)
        assert error.kind == "StreamInterruptedError"
        assert error.retryable
        assert before == whole[: len(before)]


@pytest.mark.parametrize("name", NAMES)
def test_raw_goes_along_when_asked_for(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    naive = Naive(body)
    events = decode(body, include_raw=True)
    seen = [event.raw for event in events]
    assert all(raw is not None for raw in seen)
    assert [raw for at, raw in enumerate(seen) if at == 0 or raw != seen[at - 1]] == naive.wires
    plain = [event for event in decode(body) if not isinstance(event, e.Raw)]
    rich = [event for event in events if not isinstance(event, e.Raw)]
    assert [type(event) for event in rich] == [type(event) for event in plain]


@pytest.mark.parametrize("name", NAMES)
def test_an_sdk_that_has_decoded_already(corpora: Path, name: str) -> None:
    body = recorded(corpora, name)
    decoder = Anthropic().decoder()
    events = [event for wire in Naive(body).wires for event in decoder.feed_wire(wire)] + decoder.end()
    assert events == decode(body)


def test_what_follows_the_end_mark_is_ignored(corpora: Path) -> None:
    """Recording 14 holds fifteen answers in one file, 10 a `[DONE]` of a gateway; the first answer ends the stream."""
    body = recorded(corpora, NAMES[13])
    end = body.index(b'"message_stop"') + len(b'"message_stop"}\n\n')
    assert decode(body) == decode(body[:end])
    assert body[end:].count(b"message_start") > 10
    decoder = Anthropic().decoder()
    decoder.feed(body[:end])
    assert decoder.complete
    assert decoder.finished
    assert decoder.feed(body[end:]) == []
    assert decoder.end() == []


# Small streams, built by hand.

START = {
    "type": "message_start",
    "message": {"id": "m1", "model": "claude", "content": [], "usage": {"input_tokens": 3}},
}
STOP = {"type": "message_stop"}


def opened(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def grown(kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def closed(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ended(reason: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **fields}, "usage": {"output_tokens": 5}}


def text_block(*pieces: str, index: int = 0) -> list[dict[str, Any]]:
    deltas = [grown("text_delta", index, text=piece) for piece in pieces]
    return [opened({"type": "text", "text": ""}, index), *deltas, closed(index)]


def test_the_plainest_stream() -> None:
    assert decode(sse(START, *text_block("Hel", "", "lo"), ended(), STOP)) == [
        e.Start(id="m1", model="claude"),
        e.StepStart(),
        e.TextStart("text-0"),
        e.TextDelta("Hel", "text-0"),
        e.TextDelta("lo", "text-0"),
        e.TextEnd("text-0"),
        e.Usage(3, 5, 8, details={"input_tokens": 3, "output_tokens": 5}),
        e.StepEnd("stop", "end_turn"),
        e.Finish("stop", "end_turn"),
    ]


def test_thinking_with_its_signature() -> None:
    wires = [
        opened({"type": "thinking", "thinking": "", "signature": ""}),
        grown("thinking_delta", thinking="hm"),
        grown("signature_delta", signature="sig"),
        closed(),
        opened({"type": "redacted_thinking", "data": "opaque"}, 1),
        closed(1),
    ]
    events = decode(sse(START, *wires, ended(), STOP))
    assert events[2:7] == [
        e.ReasoningStart("reasoning-0"),
        e.ReasoningDelta("hm", "reasoning-0"),
        e.ReasoningEnd("reasoning-0", signature="sig"),
        e.ReasoningStart("reasoning-1", 1),
        e.ReasoningEnd("reasoning-1", redacted="opaque"),
    ]


def call(*pieces: str, kind: str = "tool_use", **fields: Any) -> list[dict[str, Any]]:
    deltas = [grown("input_json_delta", partial_json=piece) for piece in pieces]
    return [opened({"type": kind, "id": "t1", "name": "f", "input": {}, **fields}), *deltas, closed()]


def test_a_call_is_given_when_its_block_closes() -> None:
    decoder = Anthropic().decoder()
    *before, last = call("", '{"a"', ":1}")
    assert not any(isinstance(event, e.ToolCall) for event in decoder.feed(sse(START, *before)))
    assert decoder.feed(sse(last)) == [e.ToolInputEnd("t1"), e.ToolCall("t1", "f", {"a": 1}, '{"a":1}')]


@pytest.mark.parametrize(
    ("pieces", "given", "arguments"),
    [
        ([], {}, "{}"),
        (["", ""], {}, "{}"),
        (['{"s":"\\ud83d"}'], {"s": "\ufffd"}, '{"s":"\\ud83d"}'),
        (['{"s":"\\ud83d', '\\ude00"}'], {"s": "😀"}, '{"s":"\\ud83d\\ude00"}'),
    ],
)
def test_arguments(pieces: list[str], given: Any, arguments: str) -> None:
    (found,) = message_of(START, *call(*pieces), ended("tool_use"), STOP).tool_calls
    assert (found.input, found.arguments, found.error) == (given, arguments, None)


@pytest.mark.parametrize("pieces", [['{"a":'], ['{"a":1}', "}"], ["not json"], ['{"s":"\\ud83d"']])
def test_arguments_that_are_no_json(pieces: list[str]) -> None:
    """Fine-grained tool streaming may cut them (WIRE section 4); the raw text stays."""
    (found,) = message_of(START, *call(*pieces), ended("max_tokens"), STOP).tool_calls
    assert found.input is None
    assert found.arguments == "".join(pieces)
    assert found.error is not None
    assert found.error.startswith("the arguments are no valid JSON")


def test_arguments_that_came_whole_with_the_block() -> None:
    wires = call(input={"player": "one"}, caller={"type": "code_execution_20250825", "tool_id": "s"})
    events = decode(sse(START, *wires, ended("tool_use"), STOP))
    assert events[3] == e.ToolInputDelta('{"player":"one"}', "t1")
    (found,) = Message.of(events).tool_calls
    assert found.input == {"player": "one"}
    assert found.metadata == {"caller": {"type": "code_execution_20250825", "tool_id": "s"}}


@pytest.mark.parametrize("kind", ["server_tool_use", "mcp_tool_use"])
def test_calls_the_provider_runs_itself(kind: str) -> None:
    message = message_of(START, *call('{"q":1}', kind=kind, server_name="s"), ended(), STOP)
    (found,) = message.tool_calls
    assert found.provider_executed
    assert found.metadata == {"type": kind, "server_name": "s"}
    assert message.finish_reason == "stop"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "web_search_tool_result", "content": [{"url": "u"}]}, e.ToolResult("t1", [{"url": "u"}], "f", True)),
        ({"type": "web_search_tool_result", "content": {"type": "web_search_error", "error_code": "max_uses"}},
         e.ToolError("t1", "max_uses", "f", True)),
        ({"type": "mcp_tool_result", "is_error": True, "content": [{"type": "text", "text": "no"}]},
         e.ToolError("t1", "no", "f", True)),
        ({"type": "mcp_tool_result", "is_error": False, "content": []}, e.ToolResult("t1", [], "f", True)),
        ({"type": "new_tool_result", "is_error": True}, e.ToolError("t1", "error", "f", True)),
    ],
)  # fmt: skip
def test_results_come_whole(block: dict[str, Any], expected: Event) -> None:
    wires = [*call(kind="server_tool_use"), opened({"tool_use_id": "t1", **block}, 1), closed(1)]
    assert expected in decode(sse(START, *wires, ended(), STOP))


def test_a_result_of_an_earlier_turn_is_named_by_its_kind() -> None:
    wires = [opened({"type": "web_fetch_tool_result", "tool_use_id": "old", "content": {}}), closed()]
    assert e.ToolResult("old", {}, "web_fetch", True) in decode(sse(START, *wires, ended(), STOP))


@pytest.mark.parametrize(
    ("citation", "url", "title"),
    [
        ({"type": "web_search_result_location", "url": "https://u", "title": "t", "cited_text": "c"}, "https://u", "t"),
        ({"type": "char_location", "document_title": "d", "start_char_index": 0}, "", "d"),
        ({"type": "page_location", "document_title": None}, "", ""),
        ({"type": "search_result_location", "source": "kb/1", "title": None}, "kb/1", ""),
    ],
)
def test_citations_belong_to_their_block(citation: dict[str, Any], url: str, title: str) -> None:
    first, *rest = text_block("cited", index=2)
    message = message_of(START, first, grown("citations_delta", 2, citation=citation), *rest, ended(), STOP)
    (source,) = message.sources
    assert source == e.Source("source-0", url, title, "text-2", citation)
    assert message.blocks[0].sources == [source]


def test_files_and_what_stands_beside_the_content() -> None:
    wires = [
        opened({"type": "container_upload", "file_id": "file_1"}), closed(),
        opened({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}, 1), closed(1),
        opened({"type": "compaction", "content": None}, 2),
        grown("compaction_delta", 2, content="summary", encrypted_content="enc"), closed(2),
        ended("stop_sequence", stop_sequence="```", container={"id": "c"}, stop_details=None)
        | {"context_management": {"applied_edits": []}},
    ]  # fmt: skip
    message = message_of(START, *wires, STOP)
    assert [file.id for file in message.files] == ["file_1"]
    assert message.metadata == {
        "fallback": {"from": {"model": "a"}, "to": {"model": "b"}},
        "compaction": {"content": "summary", "encrypted_content": "enc"},
        "stop_sequence": "```",
        "container": {"id": "c"},
        "context_management": {"applied_edits": []},
    }


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("tool_use", "tool_calls"),
        ("pause_turn", "pause"), ("compaction", "pause"), ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"), ("brand_new", "other"), (None, "stop"),
    ],
)  # fmt: skip
def test_stop_reasons(raw: str | None, reason: str) -> None:
    message = message_of(START, *text_block("a"), ended(raw), STOP)
    assert (message.finish_reason, message.raw_finish_reason) == (reason, raw)


def test_a_stop_after_calls_means_calls() -> None:
    assert message_of(START, *call("{}"), ended("end_turn"), STOP).finish_reason == "tool_calls"


def test_a_later_reason_and_usage_replace_earlier_ones() -> None:
    later = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 9, "input_tokens": None},
    }
    message = message_of(START, *text_block("a"), ended("tool_use"), later, STOP)
    assert message.raw_finish_reason == "end_turn"
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (3, 9)


def test_blocks_that_nobody_closed_are_closed_at_the_end() -> None:
    wires = [opened({"type": "text", "text": ""}), grown("text_delta", text="a"), opened({"type": "thinking"}, 1)]
    events = decode(sse(START, *wires, ended(), STOP))
    assert e.TextEnd("text-0") in events
    assert e.ReasoningEnd("reasoning-1") in events


def test_an_index_that_opens_twice_closes_first_and_keeps_ids_apart() -> None:
    events = decode(sse(START, *text_block("a")[:2], *text_block("b"), ended(), STOP))
    assert [event.id for event in events if isinstance(event, e.TextStart)] == ["text-0", "text-0-2"]
    assert Message.of(events).text == "ab"


def test_a_gateway_without_starts() -> None:
    """Content without `message_start` and `content_block_start` still counts."""
    events = decode(sse(grown("text_delta", text="a"), grown("thinking_delta", 1, thinking="b"), STOP))
    message = Message.of(events)
    assert (message.text, message.reasoning) == ("a", "b")


def test_a_message_start_that_holds_the_content() -> None:
    """Seen in recording 14: an answer without blocks of its own, whole in its first frame."""
    message = {
        "id": "m", "model": "c", "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 2},
        "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}],
    }  # fmt: skip
    found = message_of({"type": "message_start", "message": message}, STOP)
    assert found.text == "a"
    assert found.tool_calls[0].input == {"x": 1}
    assert found.raw_finish_reason == "tool_use"


def test_a_repeated_start_is_harmless() -> None:
    body = sse(START, *text_block("a"), START, *text_block("b", index=1), ended(), STOP)
    events = decode(body)
    assert Message.of(events).text == "ab"
    assert Counter(event.type for event in events)["start"] == 1


def test_a_spliced_stream_is_refused() -> None:
    other = {"type": "message_start", "message": {**START["message"], "id": "m2"}}  # type: ignore[dict-item]
    events = decode(sse(START, *text_block("a"), other, *text_block("b", index=1), ended(), STOP))
    error = events[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "ProtocolError"
    assert Message.of(events).text == "a"


@pytest.mark.parametrize(
    ("wire", "kind", "status", "retryable"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, "OverloadedError", 529, True),
        ({"type": "rate_limit_error", "message": "slow"}, "RateLimitError", 429, True),
        ({"type": "api_error", "message": "Internal"}, "ServerError", 500, True),
        ({"type": "timeout_error", "message": "late"}, "ServerError", 504, True),
        ({"type": "invalid_request_error", "message": "bad"}, "BadRequestError", 400, False),
        ({"type": "authentication_error", "message": "who"}, "AuthenticationError", 401, False),
        ({"type": "permission_error", "message": "no"}, "PermissionDeniedError", 403, False),
        ({"type": "billing_error", "message": "pay"}, "QuotaExceededError", 402, False),
        ({"type": "not_found_error", "message": "gone"}, "NotFoundError", 404, False),
        ({"type": "request_too_large", "message": "big"}, "BadRequestError", 413, False),
        ({"type": "new_error", "message": "odd"}, "APIError", None, False),
        ({"code": "1305", "message": "busy"}, "OverloadedError", None, True),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_error_inside_a_200(wire: dict[str, Any], kind: str, status: int, retryable: bool, after: int) -> None:
    before = [START, *text_block("so far")][:after]
    events = decode(sse(*before, {"type": "error", "error": wire, "request_id": "req_1"}, STOP))
    assert events[-1] == e.Error(
        message=wire["message"], kind=kind, code=wire.get("type") or wire["code"], status=status, retryable=retryable,
        request_id="req_1",
    )  # fmt: skip


def test_errors_of_gateways() -> None:
    for payload in (
        b'{"error":{"message":"boom","code":503}}',
        b'{"type":"error","error":"boom"}',
        b'{"type":"error"}',
    ):
        error = decode(sse(START) + b"data: " + payload + b"\n\n")[-1]
        assert isinstance(error, e.Error)
        assert error.kind in ("OverloadedError", "APIError")


def test_pings_and_comments_are_heartbeats() -> None:
    events = decode(sse({"type": "ping"}, START) + b": keep-alive\n\n" + sse({"type": "ping"}, ended(), STOP))
    beats = [event.comment for event in events if isinstance(event, e.Heartbeat)]
    assert sorted(beats) == ["keep-alive", "ping", "ping"]


UNKNOWN = [
    {"type": "brand_new_event", "x": 1},
    opened({"type": "brand_new_block", "x": 1}, 7),
    opened({"x": 1}, 7),
    grown("brand_new_delta", x=1),
    grown("thinking_delta", thinking="in a text block"),
    grown("input_json_delta", 9, partial_json="{}"),
    {"type": "content_block_delta", "index": 0},
    {"type": "content_block_start", "index": 0},
    {"no": "type"},
]


@pytest.mark.parametrize("wire", UNKNOWN)
def test_what_nobody_knows_passes_as_raw(wire: dict[str, Any]) -> None:
    first, delta, last = text_block("a")
    body = sse(START, first) + b"data: " + json.dumps(wire).encode() + b"\n\n" + sse(delta, last, ended(), STOP)
    events = decode(body)
    assert e.Raw(data=wire) in events
    assert Message.of(events).text == "a"
    assert Message.of(events).complete


@pytest.mark.parametrize(
    "wire",
    [
        grown("text_delta", text=None),
        {"type": "content_block_stop", "index": "0"},
        {"type": "content_block_stop", "index": None},
        {"type": "message_delta", "delta": None, "usage": None},
        {"type": "message_delta", "delta": {"stop_reason": None}, "usage": "none"},
        {"type": "message_delta", "usage": {"output_tokens": "many"}},
        {"type": "message_delta", "delta": {"stop_reason": 7}},
        {"type": "message_start", "message": None},
        {"type": "message_start", "message": {"id": None, "content": "?", "usage": []}},
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_nulls_and_wrong_types_do_not_matter(wire: dict[str, Any], early: bool) -> None:
    rest = [*text_block("a"), ended(), STOP]
    events = decode(sse(wire, *rest) if early else sse({**START, "message": {"id": ""}}, wire, *rest))
    assert Message.of(events).text == "a"
    assert Message.of(events).complete


def test_lone_surrogates_and_broken_utf8_become_replacement_characters() -> None:
    head = sse(START, text_block("")[0])
    for piece in (rb"a\ud83db", b"a\xffb"):
        delta = b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%s"}}\n\n' % piece
        message = Message.of(decode(head + delta + sse(closed(), ended(), STOP)))
        assert message.text == "a\ufffdb"


@pytest.mark.parametrize("payload", [b"{oops", b'{"type":"content_bl', b"null", b"[1]", b"7", b'"x"'])
def test_malformed_frames_end_the_stream_or_are_skipped(payload: bytes) -> None:
    body = sse(START) + b"data: " + payload + b"\n\n" + sse(*text_block("a"), ended(), STOP)
    error = decode(body)[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "MalformedChunkError"
    lenient = Anthropic().decoder(lenient=True)
    message = Message.of(lenient.feed(body) + lenient.end())
    assert (message.text, message.complete, lenient.malformed) == ("a", True, 1)


def test_done_is_no_end_mark_here() -> None:
    done = b"data: [DONE]\n\n"
    assert decode(sse(START, *text_block("a"), ended()) + done)[-1].type == "error"
    assert decode(sse(START, *text_block("a")) + done + sse(ended(), STOP))[-1].type == "finish"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "OverloadedError"),
        (b"<html><title>login</title></html>", "NotAStreamError"),
        (b'{"id":"x"}', "NotAStreamError"),
        (b"", "StreamInterruptedError"),
    ],
)
def test_bodies_that_are_no_stream(body: bytes, kind: str) -> None:
    (error,) = decode(body)
    assert isinstance(error, e.Error)
    assert error.kind == kind


def test_an_event_that_is_too_large() -> None:
    error = decode(sse(START, *text_block("a" * 5000)), max_event_bytes=4096)[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "EventTooLargeError"


STREAM = sse(START, *text_block("你好 ", "<b>", "\u2028"), *call('{"a":', '"é"}'), ended("tool_use"), STOP)


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_any_cut(at: list[int]) -> None:
    assert decode(*cut(STREAM, at)) == decode(STREAM)


@given(st.lists(st.sampled_from([START, STOP, ended(), closed(), closed(1), *text_block("a"), *call("{}"), *UNKNOWN[:6],
                                 {"type": "ping"}, opened({"type": "thinking"}, 1)]), max_size=12))  # fmt: skip
def test_any_order_of_frames_gives_a_legal_stream(wires: list[dict[str, Any]]) -> None:
    events = decode(sse(*wires))
    assert events[-1].type in ("finish", "error")


# Whole bodies, errors, the face.


def test_a_body_that_was_not_streamed(corpora: Path) -> None:
    for name in NAMES:
        naive = Naive(recorded(corpora, name))
        streamed = Message.of(decode(recorded(corpora, name)))
        whole = Message.of(Anthropic().decode_body(json.dumps(whole_body(naive)).encode()))
        without_calls = {**streamed.to_dict(), "tool_calls": None}  # their white space is the model's own
        assert {**whole.to_dict(), "tool_calls": None} == without_calls
        assert [(call.id, call.input, call.metadata) for call in whole.tool_calls] == [
            (call.id, call.input, call.metadata) for call in streamed.tool_calls
        ]
        assert whole.tool_results == streamed.tool_results
        assert [(b.kind, b.id, b.signature, b.redacted) for b in whole.blocks] == [
            (b.kind, b.id, b.signature, b.redacted) for b in streamed.blocks
        ]


def whole_body(naive: Naive) -> dict[str, Any]:
    """What the API would have sent without `stream`."""
    content = []
    for block in naive.blocks.values():
        block = dict(block)
        text = block.pop("grown")
        cited = block.pop("cited")
        match block["type"]:
            case "text":
                block |= {"text": text, "citations": cited or None}
            case "thinking":
                block["thinking"] = text
            case "tool_use" | "server_tool_use" | "mcp_tool_use":
                block["input"] = json.loads(text) if text else block["input"]
        content.append(block)
    end = next(wire for wire in naive.wires if wire["type"] == "message_delta")
    start: dict[str, Any] = naive.wires[0]["message"]
    return {**start, "content": content, "usage": naive.usage, **end["delta"]}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type":"error","error":{"type":"overloaded_error","message":"x"}}', "OverloadedError"),
        (b"<html>", "MalformedChunkError"),
        (b"[]", "ProtocolError"),
        (b'{"object":"chat.completion"}', "ProtocolError"),
    ],
)
def test_whole_bodies_that_are_no_message(body: bytes, kind: str) -> None:
    (error,) = Anthropic().decode_body(body)
    assert isinstance(error, e.Error)
    assert error.kind == kind


def test_raw_of_a_whole_body() -> None:
    body = b'{"type":"message","id":"m","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}'
    assert all(event.raw for event in Anthropic().decode_body(body, include_raw=True))


def test_an_error_by_status(corpora: Path) -> None:
    body = (corpora / "streams/http_errors/anthropic-404-04.body").read_bytes()
    error = Anthropic().decode_error(404, body, headers={"request-id": "req_head"})
    assert (error.kind, error.code, error.request_id) == ("NotFoundError", "not_found_error", "req_head")


def test_the_face() -> None:
    dialect = dialects.get("anthropic")
    assert isinstance(dialect, dialects.Dialect)
    assert isinstance(dialect.decoder(), dialects.Decoder)
    assert dialect.name == "anthropic"
    assert dialect.headers("k", now=0.0) == {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    assert dialect.headers(None, now=0.0) == {"anthropic-version": "2023-06-01"}
