"""The Responses API's events, family by family: text, refusals, thinking, sound, and how a response ends."""

from __future__ import annotations

import base64
import typing
from typing import Any

import pytest
from openai.types.responses import ResponseStreamEvent
from tests.dialects.responses_cases import (
    CREATED,
    Wire,
    added,
    completed,
    decode,
    done,
    events_of,
    fold,
    item,
    message,
    new,
    on,
    output_text,
    response,
    sse,
    text,
)

from slipstream import dialects, events as e
from slipstream.dialects.common.face import Decoder, Dialect, Resumable, ResumableDecoder
from slipstream.events import Event, Message


def kinds(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def last_error(events: list[Event]) -> e.Error:
    assert isinstance(events[-1], e.Error)
    return events[-1]


def test_the_dialect_has_both_faces() -> None:
    dialect = dialects.get("openai_responses")
    assert isinstance(dialect, Dialect)
    assert isinstance(dialect, Resumable)
    assert isinstance(dialect.decoder(), Decoder)
    assert isinstance(dialect.decoder(), ResumableDecoder)


# Text.


def test_text_is_a_block_from_its_part_to_its_end() -> None:
    events = decode(
        CREATED,
        added(item("message")),
        on("content_part.added", content_index=0, part=output_text("")),
        text("Hé"),
        text("llo 🌍"),
        on("output_text.done", content_index=0, text="Héllo 🌍"),
        on("content_part.done", content_index=0, part=output_text("Héllo 🌍")),
        done(message(output_text("Héllo 🌍"))),
        completed(message(output_text("Héllo 🌍"))),
    )
    assert events == [
        e.Start("resp_1", "m", 7),
        e.StepStart(),
        e.TextStart("text-0"),
        e.TextDelta("Hé", "text-0"),
        e.TextDelta("llo 🌍", "text-0"),
        e.TextEnd("text-0"),
        e.StepEnd("stop", "completed"),
        e.Finish("stop", "completed"),
    ]


def test_parts_and_messages_are_blocks_of_their_own_and_may_interleave() -> None:
    events = decode(
        CREATED,
        text("a", content_index=0),
        text("B", content_index=1),
        text("c", "j", 1),
        text("a", content_index=0),
        text("B", content_index=1),
        done(message(output_text("aa"), output_text("BB"))),
        text("c", "j", 1),
        completed(),
    )
    blocks = Message.of(events).blocks
    assert [(block.id, block.text, block.open) for block in blocks] == [
        ("text-0", "aa", False), ("text-1", "BB", False), ("text-2", "cc", False),
    ]  # fmt: skip


def test_what_was_not_streamed_is_taken_from_where_it_stands_whole() -> None:
    whole = message(
        output_text("Hi", {"type": "url_citation", "url": "u", "title": "t"}), {"type": "refusal", "refusal": "no"}
    )
    ends: list[list[Wire]] = [
        [on("output_text.done", content_index=0, text="Hi"), done(whole), completed(whole)],
        [on("content_part.done", content_index=0, part=whole["content"][0]), done(whole), completed(whole)],
        [added(whole), done(whole), completed(whole)],
        [done(whole), completed()],
        [added(item("message", "i")), completed(whole)],
        [completed(whole)],
    ]
    for end in ends:
        found = fold(CREATED, *end)
        assert (found.text, found.refusal) == ("Hi", "no")
        assert [source.url for source in found.sources] == ["u"]


def test_nothing_comes_twice() -> None:
    whole = message(output_text("Hi", {"type": "url_citation", "url": "u", "title": "t"}))
    annotation = on(
        "output_text.annotation.added",
        content_index=0,
        annotation_index=0,
        annotation=whole["content"][0]["annotations"][0],
    )
    found = fold(
        CREATED,
        added(item("message")),
        added(item("message")),
        text("H"),
        text("i"),
        annotation,
        on("output_text.done", content_index=0, text="Hi"),
        on("content_part.done", content_index=0, part=whole["content"][0]),
        on("content_part.done", content_index=0, part=whole["content"][0]),
        done(whole),
        done(whole),
        completed(whole),
    )
    assert (found.text, len(found.sources), len(found.blocks)) == ("Hi", 1, 1)


def test_log_probabilities_are_metadata() -> None:
    entry = {"token": "H", "logprob": -0.5, "top_logprobs": []}
    found = fold(CREATED, text("H", logprobs=[entry]), text("i", logprobs=[]), text("!", logprobs=[entry]), completed())
    assert found.text == "Hi!"
    assert found.logprobs == {"content": [entry, entry]}


def test_obfuscation_is_no_content() -> None:
    assert fold(CREATED, text("a", obfuscation="xyz"), text("b", obfuscation="q"), completed()).text == "ab"


CITED: list[tuple[Wire, str, str]] = [
    ({"type": "url_citation", "url": "https://x", "title": "X", "start_index": 0, "end_index": 1}, "https://x", "X"),
    ({"type": "file_citation", "file_id": "f", "filename": "a.txt", "index": 3}, "", "a.txt"),
    ({"type": "container_file_citation", "container_id": "c", "file_id": "f", "filename": "b.csv"}, "", "b.csv"),
    ({"type": "file_path", "file_id": "f", "index": 3}, "", ""),
]


@pytest.mark.parametrize(("annotation", "url", "title"), CITED)
def test_a_citation_is_a_source_of_its_block(annotation: Wire, url: str, title: str) -> None:
    wire = on("output_text.annotation.added", content_index=0, annotation_index=0, annotation=annotation)
    events = decode(CREATED, text("a"), wire, text("b"), completed())
    assert e.Source("source-0", url, title, "text-0", annotation) in events


def test_a_null_annotation_is_nothing() -> None:
    wire = on("output_text.annotation.added", content_index=0, annotation_index=0, annotation=None)
    assert kinds(decode(CREATED, text("a"), wire, completed()))[3:] == ["text-delta", "text-end", "step-end", "finish"]


def test_a_refusal_has_no_block() -> None:
    events = decode(
        CREATED,
        added(item("message")),
        on("content_part.added", content_index=0, part={"type": "refusal", "refusal": ""}),
        on("refusal.delta", content_index=0, delta="I "),
        on("refusal.delta", content_index=0, delta="can't"),
        on("refusal.delta", content_index=0, delta="."),
        on("refusal.done", content_index=0, refusal="I can't."),
        done(message({"type": "refusal", "refusal": "I can't."})),
        completed(),
    )
    assert kinds(events) == ["start", "step-start", *["refusal-delta"] * 3, "step-end", "finish"]
    assert Message.of(events).refusal == "I can't."
    assert fold(CREATED, on("refusal.done", content_index=0, refusal="no"), completed()).refusal == "no"


def test_the_phase_of_a_message_is_metadata() -> None:
    assert fold(CREATED, done({**message(), "phase": "commentary"}), completed()).metadata == {"phase": "commentary"}


# Thinking.


def test_the_parts_of_a_summary_are_paragraphs_of_one_block() -> None:
    whole = item(
        "reasoning", summary=[{"type": "summary_text", "text": t} for t in ("ab", "cd")], encrypted_content="E"
    )
    events = decode(
        CREATED,
        added(item("reasoning", summary=[], encrypted_content="only part of E")),
        on("reasoning_summary_part.added", summary_index=0, part={"type": "summary_text", "text": ""}),
        on("reasoning_summary_text.delta", summary_index=0, delta="a"),
        on("reasoning_summary_text.delta", summary_index=0, delta="b"),
        on("reasoning_summary_text.done", summary_index=0, text="ab"),
        on("reasoning_summary_part.done", summary_index=0, part={"type": "summary_text", "text": "ab"}),
        on("reasoning_summary_text.delta", summary_index=1, delta="c"),
        on("reasoning_summary_text.delta", summary_index=1, delta="d"),
        done({**whole, "status": "completed"}),
        completed(),
    )
    assert kinds(events)[2:-2] == ["reasoning-start", *["reasoning-delta"] * 5, "reasoning-end"]
    (block,) = Message.of(events).blocks
    assert (block.text, block.details) == ("ab\n\ncd", [whole])


def test_parts_may_follow_each_other_without_a_word_between() -> None:
    deltas = [on("reasoning_summary_text.delta", summary_index=place, delta="a") for place in (0, 0, 1, 1, 2)]
    assert fold(CREATED, *deltas, completed()).reasoning == "aa\n\naa\n\na"


def test_thinking_that_is_shown_itself() -> None:
    whole = item("reasoning", summary=[], content=[{"type": "reasoning_text", "text": "hmm"}])
    streamed = fold(
        CREATED,
        on("reasoning_text.delta", content_index=0, delta="hm"),
        on("reasoning_text.delta", content_index=0, delta="m"),
        on("reasoning_text.done", content_index=0, text="hmm"),
        done(whole),
        completed(),
    )
    at_once = fold(CREATED, done(whole), completed())
    assert streamed.reasoning == at_once.reasoning == "hmm"
    assert streamed.blocks[0].details == at_once.blocks[0].details == [whole]


def test_encrypted_thinking_without_a_word_is_a_block() -> None:
    whole = item("reasoning", summary=[], encrypted_content="E")
    (block,) = fold(CREATED, added(whole), done(whole), completed()).blocks
    assert (block.kind, block.text, block.details) == ("reasoning", "", [whole])


# Sound.


def test_sound_is_files_decoded_piece_by_piece_and_its_words_are_text() -> None:
    pieces = [b"\x00\x01", b"\x02", b"\x03\x04\x05"]
    events = decode(
        CREATED,
        {"type": "response.audio.transcript.delta", "delta": "he"},
        *({"type": "response.audio.delta", "delta": base64.b64encode(piece).decode()} for piece in pieces),
        {"type": "response.audio.transcript.delta", "delta": "llo"},
        {"type": "response.audio.transcript.done"},
        {"type": "response.audio.done"},
        completed(),
    )
    found = Message.of(events)
    assert found.text == "hello"
    assert [(file.media_type, file.data) for file in found.files] == [("audio/pcm", piece) for piece in pieces]


def test_sound_that_is_no_base64_is_not_lost() -> None:
    wire = {"type": "response.audio.delta", "delta": "!"}
    assert e.Raw(data=wire) in decode(CREATED, wire, completed())


# States.


def test_states_are_heartbeats_once_each() -> None:
    state = {"type": "response.in_progress", "response": response()}
    queued = {"type": "response.queued", "response": response("queued")}
    events = decode(CREATED, queued, queued, state, state, text("a"), state, CREATED, text("b"), completed())
    beats = [event.comment for event in events if isinstance(event, e.Heartbeat)]
    assert beats == ["response.queued", "response.in_progress"]
    assert Message.of(events).text == "ab"


@pytest.mark.parametrize("kind", ["keepalive", "ping", "response.web_search_call.searching"])
def test_signs_of_life_are_heartbeats(kind: str) -> None:
    assert e.Heartbeat(kind) in decode(CREATED, {"type": kind}, completed())


@pytest.mark.parametrize("wire", [
    {"type": "response.something.new", "x": [1]}, {"type": ""}, {"x": 1}, {"type": None}, {"type": 3, "delta": "a"},
    on("function_call_arguments.delta", "nobody", 9, delta="{"), on("shell_call_command.delta", "nobody", 9, delta="l"),
    on("shell_call_output_content.delta", "nobody", 9, delta={}),
])  # fmt: skip
def test_the_unknown_is_raw_and_never_an_error(wire: Wire) -> None:
    events = decode(CREATED, text("a"), wire, text("b"), completed())
    assert [event.data for event in events if isinstance(event, e.Raw)] == [wire]
    assert Message.of(events).text == "ab"


def test_unknown_items_are_raw_when_they_are_whole() -> None:
    whole = item("hologram", shape="cube")
    events = decode(CREATED, added(item("hologram")), done(whole), completed(whole))
    assert [event.data for event in events if isinstance(event, e.Raw)] == [whole]


def test_the_name_of_a_frame_may_stand_for_the_type() -> None:
    body = sse(CREATED) + b'event: response.output_text.delta\ndata: {"item_id":"i","delta":"a"}\n\n' + sse(completed())
    assert Message.of(events_of(body)).text == "a"


# Servers that name items in their own way.


def test_items_whose_id_changes_from_event_to_event() -> None:
    """Copilot encrypts the id anew each time; the index stays."""
    found = fold(
        CREATED,
        added(item("reasoning", "x1", summary=[])),
        on("reasoning_summary_text.delta", "x2", summary_index=0, delta="hm"),
        done(item("reasoning", "x3", summary=[])),
        added(item("message", "y1"), 1),
        text("a", "y2", 1),
        text("b", "y3", 1),
        done({**message(output_text("ab")), "id": "y4"}, 1),
        completed({**message(output_text("ab")), "id": "y5"}),
    )
    assert (found.reasoning, found.text, len(found.blocks)) == ("hm", "ab", 2)


def test_items_that_all_have_the_same_index() -> None:
    """LiteLLM writes 0; the ids tell the items apart."""
    found = fold(
        CREATED,
        added(item("reasoning", "r", summary=[])),
        added(item("message", "m")),
        text("a", "m"),
        on("reasoning_text.delta", "r", content_index=0, delta="h"),
        text("b", "m"),
        on("reasoning_text.delta", "r", content_index=0, delta="m"),
        done(item("reasoning", "r", summary=[])),
        text("c", "m"),
        done({**message(output_text("abc")), "id": "m"}),
        text("d", "unannounced"),
        completed(),
    )
    assert (found.reasoning, found.text, len(found.blocks)) == ("hm", "abcd", 3)


def test_the_families_are_those_of_the_official_sdk() -> None:
    union = typing.get_args(typing.get_args(ResponseStreamEvent)[0])
    kinds_of_sdk = {typing.get_args(kind.model_fields["type"].annotation)[0] for kind in union}
    assert len(kinds_of_sdk) > 50
    for kind in kinds_of_sdk:
        decoder = new()
        decoder.feed(sse(CREATED, added(item("function_call", name="f", call_id="c"))))
        wire = {"type": kind, "item_id": "i", "output_index": 0, "delta": "", "item": item("message", "j")}
        if not kind.startswith(("response.shell_call_output", "response.shell_call_command")):
            assert not any(isinstance(event, e.Raw) for event in decoder.feed(sse(wire))), kind


# Fields of unexpected types.

ODD: list[Wire] = [
    text("a", content_index="0", output_index=None, logprobs={}),  # type: ignore[arg-type]
    text("a", item_id=7, output_index=-1, content_index=True, sequence_number="x"),
    {"type": "response.output_text.delta", "delta": "a"},
]


@pytest.mark.parametrize("wire", ODD)
def test_odd_fields_are_absent_fields(wire: Wire) -> None:
    assert fold(CREATED, wire, wire, completed()).text == "aa"


@pytest.mark.parametrize("value", [None, 3, [], "x", {}, [3], {"output": 3}, {"output": [3, None, {}]}, {"usage": 3}])
def test_odd_objects_are_empty_objects(value: Any) -> None:
    for kind, name in [("created", "response"), ("output_item.added", "item"), ("output_item.done", "item"),
                       ("content_part.added", "part"), ("content_part.done", "part"), ("queued", "response"),
                       ("output_text.annotation.added", "annotation")]:  # fmt: skip
        decode(CREATED, {"type": f"response.{kind}", name: value}, text("a"), completed())
    finish = decode(CREATED, text("a"), {"type": "response.completed", "response": value})[-1]
    assert isinstance(finish, e.Finish)


def test_lone_surrogates_do_no_harm() -> None:
    body = sse(CREATED) + b'data: {"type":"response.output_text.delta","item_id":"i","delta":"a\\ud83d"}\n\n'
    assert Message.of(events_of(body + sse(completed()))).text == "a�"
