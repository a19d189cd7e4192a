"""Every recorded stream of the Responses API, against a second reading of it, and cut in every way."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.dialects.responses_cases import COUNT, Naive, events_of, frames_of, new, recorded, sse, wires_of

from slipstream import dialects, events as e
from slipstream.events import Message

each_stream = pytest.mark.parametrize("number", range(1, COUNT + 1))

# Why each ended, ours and theirs; those not named ended with `completed`.
ENDS = {
    10: ("length", "max_output_tokens"),
    11: ("tool_calls", "completed"),
    12: ("tool_calls", "completed"),
    13: ("error", "insufficient_quota"),
}

CONTAINER = "cntr_68c3509aa0348191ad0bfefe24878dbb0deaa35a4e39052e"

# The calls of each, as read by eye: name, who ran it, and the start of the arguments.
CALLS = {
    1: [("web_search", True, '{"type":"search","queries":["current population of Tokyo 2024"]')],
    7: [("file_search", True, '{"queries":["What is the capital of France?"]}')],
    8: [("ask_question", True, '{"repoName":"pydantic/pydantic-ai"')],
    9: [
        ("code_interpreter", True, f'{{"container_id":"{CONTAINER}","code":"n = pow('),
        ("code_interpreter", True, f'{{"container_id":"{CONTAINER}","code":"str(n)[:100]'),
        ("code_interpreter", True, f'{{"container_id":"{CONTAINER}","code":"n"}}'),
    ],
    11: [("lookup_harbor_label", False, "{}"), ("lookup_orchard_label", False, "{}")],
    12: [("write_sql", False, '"SELECT * FROM users WHERE age > 25"')],
    14: [("image_generation", True, '{"prompt":"A delicate origami paper boat')],
}  # fmt: skip


def test_every_recording_is_read(corpora: Path) -> None:
    assert len(list((corpora / "streams" / "openai_responses").iterdir())) == COUNT


@each_stream
def test_the_fold_is_what_the_recording_says(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    naive = Naive(body)
    message = Message.of(events_of(body))
    assert (message.id, message.model) == (naive.response["id"], naive.response["model"])
    assert message.created == naive.response["created_at"]
    assert (message.text, message.refusal, message.reasoning) == (naive.text, naive.refusal, naive.reasoning)
    assert (message.finish_reason, message.raw_finish_reason) == ENDS.get(number, ("stop", "completed"))
    assert [source.metadata for source in message.sources] == naive.citations
    assert all(source.block == "text-0" for source in message.sources)
    assert not any(block.open for block in message.blocks)


@each_stream
def test_the_calls_are_those_of_the_recording(corpora: Path, number: int) -> None:
    message = Message.of(events_of(recorded(corpora, number)))
    expected = CALLS.get(number, [])
    assert [(call.name, call.provider_executed) for call in message.tool_calls] == [call[:2] for call in expected]
    for call, (_, _, arguments) in zip(message.tool_calls, expected, strict=True):
        assert call.arguments.startswith(arguments)
        assert json.loads(call.arguments) == call.input
        assert call.error is None
    grown = {block.id: block.text for block in message.blocks if block.kind == "tool-call"}
    assert all(grown[call.id] == call.arguments for call in message.tool_calls)
    own = [call.id for call in message.tool_calls if call.provider_executed]
    assert [result.id for result in message.tool_results] == own


@each_stream
def test_the_usage_is_what_the_recording_says(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    stated = Naive(body).response["usage"]
    found = [event for event in events_of(body) if isinstance(event, e.Usage)]
    assert [usage.details for usage in found] == ([stated] if stated else [])
    for usage in found:
        counted = (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.estimated)
        assert counted == (stated["input_tokens"], stated["output_tokens"], stated["total_tokens"], False)
        assert usage.reasoning_tokens == stated["output_tokens_details"]["reasoning_tokens"]
        assert usage.cached_tokens == stated["input_tokens_details"]["cached_tokens"]


@each_stream
def test_cuts_change_nothing(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    whole = events_of(body)
    assert events_of(*(body[at : at + 1] for at in range(len(body)))) == whole
    assert events_of(*frames_of(body)) == whole
    generator = random.Random(number)
    for _ in range(4):
        size = generator.randrange(2, 3000)
        assert events_of(*(body[at : at + size] for at in range(0, len(body), size))) == whole
    assert events_of(body.replace(b"\n", b"\r\n")) == whole
    assert events_of(body.rstrip(b"\n")) == whole
    assert events_of(body, b"data: [DONE]\n\n") == whole


@each_stream
def test_objects_and_raw_give_the_same_as_bytes(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    whole = events_of(body)
    decoder = new()
    assert [event for wire in wires_of(body) for event in decoder.feed_wire(wire)] == whole
    decoder, plain = new(include_raw=True), new()
    for frame in frames_of(body):
        events, bare = decoder.feed(frame), plain.feed(frame)
        if plain.finished and not bare:
            break
        (wire,) = wires_of(frame)
        assert all(event.raw == wire for event in events)
        assert [type(event) for event in events] == ([type(event) for event in bare] or [e.Raw])


@each_stream
def test_a_cut_stream_is_interrupted_and_keeps_what_came(corpora: Path, number: int) -> None:
    frames = frames_of(recorded(corpora, number))
    whole = events_of(b"".join(frames))
    for count in [*range(min(30, len(frames))), len(frames) - 1]:
        *events, last = events_of(*frames[:count])
        assert events == whole[: len(events)] or number == 13
        assert isinstance(last, e.Error)
        assert (last.kind, last.retryable) in (("StreamInterruptedError", True), ("QuotaExceededError", False))


@each_stream
def test_a_whole_body_says_the_same_as_its_stream(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    streamed = Message.of(events_of(body))
    document = json.dumps(Naive(body).response).encode()
    message = Message.of(dialects.get("openai_responses").decode_body(document))
    assert message.to_dict() == {**streamed.to_dict(), "raw_finish_reason": message.raw_finish_reason}
    assert [call.input for call in message.tool_calls] == [call.input for call in streamed.tool_calls]
    assert [source.metadata for source in message.sources] == [source.metadata for source in streamed.sources]
    assert [file.data for file in message.files] == [file.data for file in streamed.files]


@each_stream
def test_only_the_whole_response_is_as_good_as_its_pieces(corpora: Path, number: int) -> None:
    """A server that announces a response and then sends it whole."""
    body = recorded(corpora, number)
    wires = wires_of(body)
    message = Message.of(events_of(sse({**wires[0], "sequence_number": None}, {**wires[-1], "sequence_number": None})))
    assert message.to_dict()["text"] == Naive(body).text
    assert message.finish_reason == ENDS.get(number, ("stop", ""))[0]


def test_the_thinking_is_kept_for_the_echo_as_it_ended(corpora: Path) -> None:
    body = recorded(corpora, 8)
    ended = [wire["item"] for wire in wires_of(body) if wire["type"] == "response.output_item.done"]
    message = Message.of(events_of(body))
    blocks = [block for block in message.blocks if block.kind == "reasoning"]
    items = [item for item in ended if item["type"] == "reasoning"]
    assert [block.details for block in blocks] == [[item] for item in items]
    assert all(block.signature is None for block in blocks)


def test_what_the_tools_returned(corpora: Path) -> None:
    results = {number: Message.of(events_of(recorded(corpora, number))).tool_results for number in (1, 7, 8, 9, 14)}
    outputs = {number: [getattr(result, "output", None) for result in found] for number, found in results.items()}
    assert outputs[1] == outputs[7] == outputs[14] == [{"status": "completed"}]
    assert outputs[9] == [{"status": "completed"}] * 3
    assert str(outputs[8][0]).startswith("The `pydantic/pydantic-ai` repository is a Python agent framework")


def test_the_recorded_picture_is_a_file(corpora: Path) -> None:
    (file,) = Message.of(events_of(recorded(corpora, 14))).files
    assert (file.data, file.media_type, file.url) == (b"fakeImageBase64Data", "image/*", "")


def test_what_stands_beside_the_text_is_metadata(corpora: Path) -> None:
    compaction = Message.of(events_of(recorded(corpora, 5))).metadata["compaction"]
    assert compaction["id"].startswith("cmp_")
    assert compaction["encrypted_content"]
    (listed,) = Message.of(events_of(recorded(corpora, 8))).metadata["mcp_list_tools"]
    assert [tool["name"] for tool in listed["tools"]] == ["read_wiki_structure", "ask_question"]


def test_a_call_that_the_end_cut_off_is_never_given(corpora: Path) -> None:
    message = Message.of(events_of(recorded(corpora, 10)))
    (block,) = message.blocks
    assert (block.name, block.text, block.call) == ("add", '{"x":48151', None)


def test_the_recorded_error_wins_over_the_failed_response_behind_it(corpora: Path) -> None:
    events = events_of(recorded(corpora, 13))
    error = events[-1]
    assert isinstance(error, e.Error)
    assert (error.kind, error.code, error.retryable) == ("QuotaExceededError", "insufficient_quota", False)
    assert sum(isinstance(event, e.Error) for event in events) == 1
