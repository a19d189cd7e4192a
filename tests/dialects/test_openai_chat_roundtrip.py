"""Answers told and read again: recorded ones, made ones, and what the strictest clients make of any stream."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from openai.lib.streaming._deltas import accumulate_delta
from tests.dialects.chat_strict import Failure, payloads, strict
from tests.dialects.chat_told import again, told
from tests.dialects.chat_wire import DONE, RECORDED, cut, dialect_of, events_of, pieces, quiet, recorded
from tests.dialects.made_events import WHOLE_TEXTS, legal_streams

from slipstream import dialects, events as e
from slipstream.dialects.common.checks import scrub
from slipstream.dialects.common.openai_shape.encoder import ChatEncoder
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE
from slipstream.events import Event, Message

OPENAI = dialects.get("openai_chat")
STREAMS = [(folder, number) for folder, count in RECORDED.items() for number in range(1, count + 1)]


def fold_of(message: Message) -> list[Any]:
    """What an answer says, choice by choice."""
    return [
        (
            choice.index, choice.text, choice.reasoning, choice.refusal, choice.finish_reason, choice.logprobs,
            [(call.id, call.name, call.input, call.arguments, call.metadata) for call in choice.tool_calls],
            [source.url for source in choice.sources],
            [(file.media_type, file.data, file.url) for file in choice.files],
        )
        for choice in message.choices
    ]  # fmt: skip


@pytest.mark.parametrize(("folder", "number"), STREAMS, ids=str)
def test_a_whole_answer_says_what_the_stream_said(corpora: Path, folder: str, number: int) -> None:
    dialect = dialects.get(dialect_of(folder))
    message = Message.of(events_of(recorded(corpora, folder, number), dialect=dialect.name))
    whole = Message.of(dialect.decode_body(dialect.encode_body(message)))
    if message.error is not None:
        assert whole.error is not None
        assert (whole.error.kind, whole.error.code, whole.text) == (
            message.error.kind,
            message.error.code,
            message.text,
        )
        return
    expected = fold_of(message)
    if message.finish_reason == "other":  # Snowflake says nothing; this shape has no word for that
        expected = [(*choice[:4], "stop", *choice[5:]) for choice in expected]
    assert fold_of(whole) == expected
    assert (whole.id, whole.model, whole.created) == (message.id, message.model, message.created)
    assert counts(whole.usage) == counts(message.usage)


def counts(usage: e.Usage | None) -> Any:
    return usage and msgspec.structs.replace(usage, details=None)


# Reading it back.


def normal(events: Iterable[Event]) -> list[Event]:
    """The events without what this dialect tells otherwise, choice by choice.

    A source does not say which block cites it if that block is not open; an end that nobody explained is `stop`; the
    counts of xAI are told in OpenAI's way; a call without arguments has `{}`; choices all end at the end.
    """
    found: list[Event] = []
    for event in quiet(events):
        if isinstance(event, e.Source):
            event = msgspec.structs.replace(event, block=None)
        elif isinstance(event, e.Usage):
            event = msgspec.structs.replace(event, details=None)
        elif isinstance(event, (e.StepEnd, e.Finish)) and event.reason == "other":
            event = msgspec.structs.replace(event, reason="stop", raw_reason="stop")
        if not (isinstance(event, e.ToolInputDelta) and event.text == "{}"):
            found.append(event)
    return sorted(found, key=lambda event: getattr(event, "choice", -1 if isinstance(event, e.Start) else 99))


@pytest.mark.parametrize(("folder", "number"), STREAMS, ids=str)
def test_a_recorded_answer_is_the_same_when_it_is_told_again(corpora: Path, folder: str, number: int) -> None:
    name = dialect_of(folder)
    events = quiet(events_of(recorded(corpora, folder, number), dialect=name))
    body = told(events, dialect=name)
    found = quiet(events_of(body, dialect=name))
    assert normal(found) == normal(events)
    assert quiet(events_of(*pieces(body, 1), dialect=name)) == found
    assert again(found, dialect=name) == found


PLAIN = WHOLE_TEXTS.filter(lambda text: "<" not in text)


def said(message: Message) -> Any:
    """What an answer says, in what JSON can hold: no infinite number."""
    found = [
        (
            choice.text, choice.reasoning, choice.refusal,
            [(call.id, call.name, call.arguments if call.error else call.input, call.metadata or None)
             for call in choice.tool_calls],
        )
        for choice in message.choices
    ]  # fmt: skip
    return json.loads(msgspec.json.encode(found))


CARRIED: list[type[Event]] = [
    e.TextDelta,
    e.ReasoningDelta,
    e.ToolInputDelta,
    e.ToolCall,
    e.RefusalDelta,
    e.Usage,
    e.Heartbeat,
]


@settings(max_examples=60, deadline=None)
@given(legal_streams(kinds=CARRIED, texts=PLAIN, ends=[e.Finish], interleaved=False), st.data())
def test_any_answer_of_text_thinking_and_calls_is_read_as_it_was(events: list[Event], data: st.DataObject) -> None:
    events = [event for event in events if not getattr(event, "provider_executed", False)]
    hidden = {event.id for event in events if isinstance(event, e.ToolInputStart)}
    events = [ev for ev in events if not isinstance(ev, (e.ToolInputDelta, e.ToolInputEnd)) or ev.id in hidden]
    # After other reasons nobody may run the calls, and a reader does not give them out.
    events = [e.StepEnd("stop", choice=ev.choice) if isinstance(ev, e.StepEnd) else ev for ev in events]
    events[-1] = e.Finish("stop")
    body = told(events)
    found = events_of(*cut(body, data.draw(st.lists(st.integers(0, len(body)), max_size=4))))
    assert said(Message.of(found)) == said(Message.of(events))
    assert counts(Message.of(found).usage) == counts(totalled(Message.of(events).usage))


def totalled(usage: e.Usage | None) -> e.Usage | None:
    """The counts as OpenAI's shape makes them whole: what is not input is output, and thinking a part of it."""
    if usage is None:
        return None
    asked, answered, total = usage.input_tokens, usage.output_tokens, usage.total_tokens
    if total is None and asked is not None and answered is not None:
        total = asked + answered
    if total is not None and asked is not None:
        answered = max(answered or 0, total - asked)
    thought = usage.reasoning_tokens
    if thought is not None and answered is not None:
        thought = min(thought, answered)
    return msgspec.structs.replace(usage, output_tokens=answered, total_tokens=total, reasoning_tokens=thought)


@settings(max_examples=80, deadline=None)
@given(legal_streams())
def test_any_stream_makes_chunks_that_strict_clients_take(events: list[Event]) -> None:
    encoder = OPENAI.encoder()
    body, seen = b"", []
    for event in events:
        seen += [] if encoder.finished else [event]
        body += encoder.feed(event)
    body += encoder.end()
    found = strict(body)
    assert isinstance(found[-1], Failure) != body.endswith(DONE)
    for event in seen:
        assert ChatEncoder.CARRIES[type(event)] != COMMENT or event.type in encoder.carried
    assert all(how != NATIVE for how in encoder.carried.values())
    snapshot: dict[object, object] = {}
    for payload in payloads(body):
        for choice in [] if payload == b"[DONE]" else json.loads(payload).get("choices", ()):
            accumulate_delta(snapshot, {"choices": [choice]}) if choice["index"] == 0 else None


@settings(max_examples=60, deadline=None)
@given(legal_streams(steps=1, ends=[e.Finish]))
def test_what_has_been_carried_once_is_carried_again(events: list[Event]) -> None:
    once = again(events)
    texts = "".join(event.text for event in once if isinstance(event, e.TextDelta))
    if not texts.lstrip().startswith("<"):  # a second reader would take a tag of thinking for one
        assert plain(again(once)) == plain(once)


def plain(events: Iterable[Event]) -> list[Event]:
    """The events without raw reasons (where calls outweigh a `stop`, the next reader is told `tool_calls`), and usage
    without the wire object, in which the counts stand as they were told."""
    changes: dict[type[Event], dict[str, None]] = {
        e.StepEnd: {"raw_reason": None},
        e.Finish: {"raw_reason": None},
        e.Usage: {"details": None},
    }
    return [msgspec.structs.replace(event, **changes.get(type(event), {})) for event in events]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["\ud83d", "\ude00", "a", "\u2028", "\x85", "\x00"]), max_size=4))
def test_texts_that_no_json_holds(parts: list[str]) -> None:
    events = [e.StepStart(), *(e.TextDelta(part) for part in parts), e.Finish()]
    expected = "".join(scrub(part) if not part.isascii() and part in ("\ud83d", "\ude00") else part for part in parts)
    assert Message.of(again(events)).text == expected
    strict(told(events))
