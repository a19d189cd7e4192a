"""Chat completions: the order of the events, and what comes beside the text (WIRE section 2)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.dialects.chat_wire import DONE, call, chunk, decode, events_of, finish, kinds, sse, text

from slipstream import dialects, events as e
from slipstream.dialects.common.face import Dialect
from slipstream.events import Event, Message

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def events(*wires: dict[str, Any], done: bool = True, **options: Any) -> list[Event]:
    return events_of(sse(*wires) + (DONE if done else b""), **options)


def test_the_events_of_a_plain_answer() -> None:
    wires = [
        chunk({"role": "assistant", "content": ""}),
        text("a"),
        text("b"),
        finish(),
        {"choices": [], "usage": USAGE},
    ]
    assert events(*wires) == [
        e.Start("c1", "m", 7),
        e.StepStart(0),
        e.TextStart("text-0", 0),
        e.TextDelta("a", "text-0"),
        e.TextDelta("b", "text-0"),
        e.TextEnd("text-0"),
        e.Usage(input_tokens=1, output_tokens=2, total_tokens=3, details=USAGE),
        e.StepEnd("stop", "stop"),
        e.Finish("stop", "stop"),
    ]


def test_blocks_close_at_the_finish_reason_and_the_rest_waits_for_the_mark() -> None:
    decoder = dialects.get("openai_chat").decoder()
    decoder.feed(sse(text("a")))
    assert decoder.feed(sse(finish(usage=USAGE))) == [e.TextEnd("text-0")]
    assert kinds(decoder.feed(DONE)) == ["usage", "step-end", "finish"]
    assert decoder.end() == []
    held = dialects.get("openai_chat").decoder()
    assert kinds(held.feed(sse(text("<thi")))) == ["start", "step-start"]
    assert kinds(held.feed(sse(finish()))) == ["text-start", "text-delta", "text-end"]


def test_thinking_closes_before_the_text_opens_and_may_come_again() -> None:
    found = events(chunk({"reasoning_content": "x"}), text("a"), chunk({"reasoning_content": "y"}), text("b"), finish())
    assert kinds(found)[2:-2] == [
        "reasoning-start", "reasoning-delta", "reasoning-end", "text-start", "text-delta", "text-end",
    ] * 2  # fmt: skip
    ids = [event.id for event in found if isinstance(event, e.TextStart | e.ReasoningStart)]
    assert ids == ["reasoning-0", "text-0", "reasoning-1", "text-1"]


def test_thinking_and_text_in_one_chunk_come_in_that_order() -> None:
    message = decode(chunk({"reasoning_content": "x"}), chunk({"content": "a", "reasoning_content": "y"}), finish())
    assert [(block.kind, block.text) for block in message.blocks] == [("reasoning", "xy"), ("text", "a")]


def test_text_after_a_call_opens_a_new_block_while_the_call_stays_open() -> None:
    found = events(text("a"), call(0, "x", "f", "{"), text("b"), call(0, None, None, "}"), finish("tool_calls"))
    assert kinds(found)[2:-2] == [
        "text-start", "text-delta", "text-end", "tool-input-start", "tool-input-delta", "text-start", "text-delta",
        "tool-input-delta", "text-end", "tool-input-end", "tool-call",
    ]  # fmt: skip
    assert [event.id for event in found if isinstance(event, e.TextStart)] == ["text-0", "text-1"]


def test_parallel_calls_are_open_together_and_complete_in_order() -> None:
    found = events(
        call(0, "x", "f", '{"a"'), call(1, "y", "g", '{"b"'), call(0, None, None, ":1}"), call(1, None, None, ":2}"),
        finish("tool_calls"),
    )  # fmt: skip
    calls = [event for event in found if isinstance(event, e.ToolCall)]
    assert [(c.id, c.name, c.input, c.arguments, c.index) for c in calls] == [
        ("x", "f", {"a": 1}, '{"a":1}', 0), ("y", "g", {"b": 2}, '{"b":2}', 1),
    ]  # fmt: skip
    assert kinds(found)[-6:-2] == ["tool-input-end", "tool-call"] * 2


@pytest.mark.parametrize("arguments", ["{}", '{"a": 1}', "1", '{"a": 1} '])
def test_a_call_is_not_complete_because_its_arguments_parse(arguments: str) -> None:
    decoder = dialects.get("openai_chat").decoder()
    found = decoder.feed(sse(call(0, "x", "f", arguments), text("more"), {"choices": [], "usage": USAGE}))
    assert not [event for event in found if isinstance(event, e.ToolCall | e.ToolInputEnd)]
    assert [event for event in decoder.feed(sse(finish("tool_calls"))) if isinstance(event, e.ToolCall)]


@pytest.mark.parametrize(
    ("arguments", "given", "error"),
    [
        ('{"a": 1}', {"a": 1}, None),
        ('{"a": "secr', None, "the arguments are no valid JSON at character 6 of 11"),
        ("", None, "the answer ended before the arguments"),
    ],
)
def test_calls_of_an_answer_that_was_cut_by_its_length(arguments: str, given: Any, error: str | None) -> None:
    message = decode(call(0, "x", "f", arguments), finish("length"))
    (found,) = message.tool_calls
    assert (found.input, found.error) == (given, error)
    assert (message.finish_reason, message.raw_finish_reason) == ("length", "length")


def test_broken_arguments_are_an_error_that_shows_nothing() -> None:
    (found,) = decode(call(0, "x", "f", '{"key": secret}'), finish("tool_calls")).tool_calls
    assert found.input is None
    assert found.error is not None
    assert "secret" not in found.error
    assert found.arguments == '{"key": secret}'


def test_arguments_nested_too_deep_are_an_error() -> None:
    (found,) = decode(call(0, "x", "f", "[" * 100_000), finish("tool_calls")).tool_calls
    assert found.error == "the arguments are nested too deep"


def test_surrogates_in_arguments_become_replacement_marks() -> None:
    (found,) = decode(call(0, "x", "f", r'{"a": "\ud800"}'), finish("tool_calls")).tool_calls
    assert found.input == {"a": "�"}


def test_no_call_is_given_when_the_content_was_filtered() -> None:
    found = events(call(0, "x", "f", "{}"), finish("content_filter"))
    assert kinds(found)[2:] == ["tool-input-start", "tool-input-delta", "tool-input-end", "step-end", "finish"]


def test_content_behind_the_finish_reason_counts() -> None:
    found = events(text("a"), finish(), text("b"), chunk({"reasoning_content": "x"}), call(0, "x", "f", "{}"))
    message = Message.of(found)
    assert (message.text, message.reasoning, len(message.tool_calls)) == ("ab", "x", 1)
    assert [event.id for event in found if isinstance(event, e.TextStart)] == ["text-0", "text-1"]
    assert message.finish_reason == "tool_calls"


def test_pieces_of_a_call_that_has_ended_are_dropped_and_a_new_call_is_not() -> None:
    message = decode(
        call(0, "x", "f", "{}"), finish("tool_calls"), call(0, "x", None, "late"), call(0, None, None, "late"),
        call(0, None, "g", "{}"), finish("tool_calls"),
    )  # fmt: skip
    assert [(c.id, c.name) for c in message.tool_calls] == [("x", "f"), ("call_1", "g")]


def test_two_finish_chunks_are_one_end() -> None:
    message = decode(text("a"), finish("stop"), finish("stop", usage=USAGE))
    assert (message.text, message.finish_reason) == ("a", "stop")


def test_choices_interleave_and_keep_their_own_blocks() -> None:
    found = events(
        text("a", index=0), text("x", index=1), text("b", index=0), chunk({"reasoning_content": "r"}, index=1),
        finish("length", index=1), finish("stop", index=0),
    )  # fmt: skip
    message = Message.of(found)
    assert [(choice.text, choice.reasoning, choice.finish_reason) for choice in message.choices] == [
        ("ab", "", "stop"), ("x", "r", "length"),
    ]  # fmt: skip
    assert {event.id for event in found if isinstance(event, e.TextStart | e.ReasoningStart)} == {
        "text-0", "c1:text-0", "c1:reasoning-0",
    }  # fmt: skip
    assert found[-1] == e.Finish("stop", "stop")


def test_several_choices_in_one_chunk_are_keyed_by_their_index() -> None:
    both = {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}
    message = decode(both, both, finish("stop", index=0), finish("stop", index=1))
    assert [choice.text for choice in message.choices] == ["aa", "bb"]


def test_the_ids_of_calls_are_unique_over_choices() -> None:
    one, two = call(0, "x", "f", "{}"), call(0, "x", "f", "{}")
    two["choices"][0]["index"] = 1
    message = decode(one, two, finish("tool_calls"), finish("tool_calls", index=1))
    assert [choice.tool_calls[0].id for choice in message.choices] == ["x", "x-2"]


def test_an_answer_needs_the_end_of_every_choice() -> None:
    wires = [text("a"), text("x", index=1), finish()]
    assert not decode(*wires, done=False).complete
    assert decode(*wires, finish("stop", index=1), done=False).complete
    marked = decode(*wires)
    assert [choice.finish_reason for choice in marked.choices] == ["stop", "other"]


def test_a_server_that_counts_choices_without_end_is_stopped() -> None:
    wires = [text("a", index=index) for index in range(1100)]
    last = events(*wires)[-1]
    assert isinstance(last, e.Error)
    assert last.kind == "MalformedChunkError"


def test_a_refusal_comes_instead_of_text() -> None:
    message = decode(
        chunk({"content": None, "refusal": ""}), chunk({"refusal": "I "}), chunk({"refusal": "won't"}), finish()
    )
    assert (message.refusal, message.text, message.blocks) == ("I won't", "", [])


def test_a_legacy_function_call_is_a_call() -> None:
    message = decode(
        chunk({"content": None, "function_call": {"name": "f", "arguments": ""}}),
        chunk({"function_call": {"arguments": '{"a"'}}), chunk({"function_call": {"arguments": ": 1}"}}),
        finish("function_call"),
    )  # fmt: skip
    (found,) = message.tool_calls
    assert (found.id, found.name, found.input) == ("call_0", "f", {"a": 1})
    assert message.finish_reason == "tool_calls"


def test_log_probabilities_are_metadata_of_their_choice() -> None:
    entry = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}
    wire = text("a")
    wire["choices"][0]["logprobs"] = {"content": [entry], "refusal": None}
    found = events(wire, wire, finish())
    assert [event for event in found if isinstance(event, e.Metadata)] == [
        e.Metadata({"logprobs": {"content": [entry]}})
    ] * 2
    assert Message.of(found).logprobs == {"content": [entry, entry]}


def test_what_the_provider_says_of_itself_comes_when_it_is_new() -> None:
    said = {"system_fingerprint": "fp", "service_tier": "default"}
    found = events(text("a", **said), text("b", **said), finish(**{**said, "service_tier": "flex"}))
    assert [event.data for event in found if isinstance(event, e.Metadata)] == [said, {"service_tier": "flex"}]


def test_azure_verdicts() -> None:
    safe, flagged = {"hate": {"filtered": False}}, {"hate": {"filtered": True}}

    def filtered(content: str, verdict: Any) -> Any:
        wire = text(content)
        wire["choices"][0]["content_filter_results"] = verdict
        return wire

    late = {"choices": [{"index": 0, "delta": None, "content_filter_results": flagged}]}
    found = events(filtered("", {}), *[filtered("a", safe)] * 3, late, late, finish("content_filter"))
    verdicts = [event.verdict for event in found if isinstance(event, e.Moderation)]
    assert verdicts == [{"content_filter_results": v, "choice": 0} for v in (safe, flagged)]
    assert Message.of(found).text == "aaa"


def test_a_moderation_chunk() -> None:
    verdict = {"input": {"type": "moderation_results", "results": []}, "output": {"type": "error", "code": "x"}}
    found = events(text("a"), {"id": "c1", "choices": [], "moderation": verdict}, finish())
    assert e.Moderation(verdict, "openai") in found


def test_citations_in_the_text_are_sources_of_its_block() -> None:
    cited = {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 1, "content": "..."}
    annotation = {"type": "url_citation", "url_citation": cited}
    other = {"type": "file", "file": {"id": 1}}
    found = events(text("a"), chunk({"content": "b", "annotations": [annotation, annotation, other]}), finish())
    assert [event for event in found if isinstance(event, e.Source)] == [
        e.Source("source-0", "https://a.example", "A", "text-0", {"start_index": 0, "end_index": 1, "content": "..."})
    ]
    assert e.Raw(data=other) in found
    assert Message.of(found).text == "ab"


def test_citations_in_a_list_that_every_chunk_repeats() -> None:
    results = [{"url": "https://a.example", "title": "A", "date": "2026-01-01"}]
    one, both = ["https://a.example"], ["https://a.example", "https://b.example"]
    wires = [text("a", search_results=results, citations=one), text("b", citations=both), finish(citations=both)]
    found = events(*wires)
    sources = [event for event in found if isinstance(event, e.Source)]
    assert [(source.url, source.title, source.metadata) for source in sources] == [
        ("https://a.example", "A", {"date": "2026-01-01"}), ("https://b.example", "", None),
    ]  # fmt: skip


def test_a_list_of_sources_before_the_first_choice() -> None:
    found = events({"id": "c1", "model": "m", "citations": ["https://a.example"]}, text("a"), finish())
    assert kinds(found)[:4] == ["start", "step-start", "source", "text-start"]


def test_sound_is_decoded_piece_by_piece_and_its_transcript_is_text() -> None:
    sound = [bytes(range(n)) for n in (5, 7)]
    wires = [
        chunk({"audio": {"id": "audio_1", "transcript": "Hel"}}),
        chunk({"audio": {"data": base64.b64encode(sound[0]).decode()}}),
        chunk({"audio": {"transcript": "lo", "data": base64.b64encode(sound[1]).decode().rstrip("=")}}),
        chunk({"audio": {"expires_at": 99}}),
        finish(),
    ]
    message = decode(*wires)
    assert message.text == "Hello"
    assert [(file.media_type, file.data) for file in message.files] == [("audio/pcm", piece) for piece in sound]
    assert message.metadata["audio"] == {"id": "audio_1", "expires_at": 99, "transcript": ["text-0"]}


def test_sound_that_is_no_base64_is_passed_on_as_it_is() -> None:
    audio = {"data": "a"}
    assert e.Raw(data=audio) in events(chunk({"audio": audio}), finish())


def test_pictures_that_the_model_made() -> None:
    inline = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(b"png").decode()}}
    linked = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
    strange = {"type": "image_url", "image_url": {"url": ""}}
    found = events(chunk({"content": "", "images": [inline, linked, strange]}), finish())
    assert [(file.media_type, file.data, file.url) for file in Message.of(found).files] == [
        ("image/png", b"png", ""), ("image/*", b"", "https://a.example/b.png"),
    ]  # fmt: skip
    assert e.Raw(data=strange) in found


def test_what_a_call_must_carry_back_stands_in_its_metadata() -> None:
    extra = {"google": {"thought_signature": "sig"}}
    piece = {"id": "x", "function": {"name": "f", "arguments": "{}"}, "extra_content": extra}
    (found,) = decode(chunk({"tool_calls": [piece]}), finish("tool_calls")).tool_calls
    assert found.metadata == {"extra_content": extra}


def test_a_whole_message_in_a_chunk_counts_where_there_is_no_delta() -> None:
    whole = {"id": "c", "choices": [{"index": 0, "message": {"content": "all"}, "finish_reason": "stop"}]}
    assert decode(whole).text == "all"
    repeated = {"choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]}
    assert decode(text("a"), repeated).text == "a"


# The answer that does not stream.


def body(message: dict[str, Any], finish_reason: str | None = "stop", **fields: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    wire = {"id": "c1", "created": 7, "model": "m", "choices": [choice], "usage": USAGE, **fields}
    return json.dumps(wire).encode()


def whole(content: bytes, **options: Any) -> list[Event]:
    found = dialects.get("openai_chat").decode_body(content, **options)
    e.Order().check_all(found)
    return found


def test_a_whole_answer_gives_the_events_of_its_stream() -> None:
    streamed = events(text("a", usage=None), finish(), {"choices": [], "usage": USAGE})
    assert whole(body({"content": "a"})) == streamed
    assert whole(b"\xef\xbb\xbf\n\n" + body({"content": "a"})) == streamed


def test_a_whole_answer_with_everything() -> None:
    calls = [
        {"id": "x", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
        {"id": "y", "type": "function", "function": {"name": "f", "arguments": ""}},
    ]
    message = Message.of(
        whole(body({"content": "so", "reasoning_content": "hm", "refusal": None, "tool_calls": calls}, "tool_calls"))
    )
    assert (message.reasoning, message.text, message.finish_reason) == ("hm", "so", "tool_calls")
    assert [(c.id, c.input) for c in message.tool_calls] == [("x", {"a": 1}), ("y", {})]
    assert message.usage is not None
    raw = whole(body({"content": "so"}), include_raw=True)
    assert raw[0].raw["id"] == "c1"


def test_thinking_in_tags_in_a_whole_answer() -> None:
    message = Message.of(whole(body({"content": "<think>hm</think>so"})))
    assert (message.reasoning, message.text) == ("hm", "so")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"error": {"message": "no", "code": 429}}', "RateLimitError"),
        (b'[{"error": {"message": "no", "code": 429}}]', "RateLimitError"),
        (b'{"object": "error", "message": "bad", "code": 400}', "BadRequestError"),
        (b"<html>Bad gateway</html>", "NotAStreamError"),
        (b'{"id": "c1", "choi', "MalformedChunkError"),
        (b'{"id": "c1"}', "MalformedChunkError"),
        (b'{"choices": []}', "MalformedChunkError"),
        (b"[]", "MalformedChunkError"),
        (b"", "StreamInterruptedError"),
        (b"words", "NotAStreamError"),
    ],
)
def test_a_whole_answer_that_is_none(content: bytes, kind: str) -> None:
    last = whole(content)[-1]
    assert isinstance(last, e.Error)
    assert last.kind == kind


def test_a_stream_that_nobody_asked_for_is_read_as_one() -> None:
    assert Message.of(whole(sse(text("a"), finish()) + DONE)).text == "a"


def test_the_dialect_has_its_face() -> None:
    dialect = dialects.get("openai_chat")
    assert isinstance(dialect, Dialect)
    assert dialect.name == "openai_chat"
