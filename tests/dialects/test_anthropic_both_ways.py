"""Events, encoded and decoded again: recorded answers, made-up ones, and any there can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.anthropic_wire_reader import Wire
from tests.dialects.made_events import WHOLE_TEXTS, joined, legal_streams, renamed, without
from tests.dialects.test_anthropic import NAMES, cut, decode, recorded

from slipstream.dialects.anthropic import Anthropic
from slipstream.dialects.common.anthropic_wire.encoder import AnthropicEncoder
from slipstream.dialects.common.stream_encoder import COMMENT, json_bytes, one_line
from slipstream.events import Message, types as e
from slipstream.events.types import Event

KEPT = (e.TextDelta, e.ReasoningDelta, e.ToolInputDelta)
EMPTY_BLOCK = "03"
"""The recording that has a text block without text, which is not told."""
LATE = {"13": "the call of an MCP server comes whole, as its kind is known last", "14": "`caller` goes beside"}


def encode(events: Iterable[Event]) -> tuple[bytes, AnthropicEncoder]:
    encoder = Anthropic().encoder()
    return b"".join(map(encoder.feed, events)) + encoder.end(), encoder


def own_arguments(events: Iterable[Event]) -> list[Event]:
    """Without the pieces of calls that the provider runs, and without metadata: what comes last is told last."""
    own = {event.id for event in events if isinstance(event, e.ToolCall) and event.provider_executed}
    found = [event for event in events if not (isinstance(event, e.ToolInputDelta) and event.id in own)]
    return [
        msgspec.structs.replace(event, metadata=None) if isinstance(event, e.ToolCall) else event for event in found
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_answer_comes_back(corpora: Path, name: str) -> None:
    events = without(decode(recorded(corpora, name)), e.Heartbeat)
    body, encoder = encode(events)
    assert Wire(body).ended == "message_stop"
    again = without(decode(body), e.Heartbeat)
    if name[:2] == EMPTY_BLOCK:
        events = without(events, e.TextStart, e.TextEnd)
    if name[:2] in LATE:
        events, again = own_arguments(events), own_arguments(again)
    assert renamed(again) == renamed(events)
    assert set(encoder.carried) <= {"tool-call"}
    assert ("tool-call" in encoder.carried) == (name[:2] == "14")


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_answer_comes_back_whole(corpora: Path, name: str) -> None:
    message = Message.of(decode(recorded(corpora, name)))
    again = Message.of(Anthropic().decode_body(Anthropic().encode_body(message)))
    assert {**again.to_dict(), "tool_calls": None} == {**message.to_dict(), "tool_calls": None}
    assert again.metadata == message.metadata
    assert [source.metadata for source in again.sources] == [source.metadata for source in message.sources]
    assert again.tool_results == message.tool_results
    written = [msgspec.structs.replace(call, arguments="") for call in again.tool_calls]  # white space is not kept
    assert written == [msgspec.structs.replace(call, arguments="") for call in message.tool_calls]
    ends = [(block.signature, block.redacted) for block in again.blocks if block.kind == "reasoning"]
    assert ends == [(block.signature, block.redacted) for block in message.blocks if block.kind == "reasoning"]


def carried_whole(event: Event) -> Event:
    """The event with what the dialect can carry of it."""
    match event:
        case e.ReasoningEnd():
            signature = None if event.redacted else event.signature or None
            return msgspec.structs.replace(event, details=None, signature=signature, redacted=event.redacted or None)
        case e.ToolCall():
            return msgspec.structs.replace(event, metadata=None)
        case e.Finish():
            return e.Finish()
        case _:
            return event


def told(events: list[Event]) -> list[Event]:
    """What must come back: all but empty blocks, and the ends, which have a test of their own."""
    events = joined(own_arguments(without(events, e.Usage, e.StepEnd, e.Finish)))
    full = {event.id for event in events if isinstance(event, KEPT)}
    full |= {event.id for event in events if isinstance(event, e.ReasoningEnd) and (event.signature or event.redacted)}
    empty = (e.TextStart, e.TextEnd, e.ReasoningStart, e.ReasoningEnd)
    kept = [event for event in events if not (isinstance(event, empty) and event.id not in full)]
    return [msgspec.structs.replace(event, created=None) if isinstance(event, e.Start) else event for event in kept]


CARRIED = legal_streams(
    choices=1, steps=1, kinds=KEPT, texts=WHOLE_TEXTS, ends=[e.Finish], interleaved=False
).map(lambda events: [carried_whole(event) for event in events])  # fmt: skip


@given(CARRIED.filter(lambda events: not any(isinstance(event, e.ToolCall) and event.error for event in events)))
@settings(max_examples=60)
def test_what_the_dialect_can_carry_comes_back(events: list[Event]) -> None:
    body, _ = encode(events)
    assert renamed(told(decode(body))) == renamed(told(events))


@given(legal_streams())
@settings(max_examples=120)
def test_any_stream_makes_a_whole_body(events: list[Event]) -> None:
    encoder = Anthropic().encoder()
    fed: list[Event] = []
    body = b""
    for event in events:
        fed += [] if encoder.finished else [event]
        body += encoder.feed(event)
    body += encoder.end()
    wire = Wire(body)
    assert wire.ended
    beside = Counter(comment["type"] for comment in wire.comments)
    for event in fed:
        if encoder.CARRIES[type(event)] == COMMENT:
            assert event.type in encoder.carried
            assert beside[event.type] == sum(other.type == event.type for other in fed)
    assert set(beside) <= set(encoder.carried)
    decode(body)


@given(legal_streams(ends=[e.Finish], kinds=[*KEPT, e.RefusalDelta, e.Source, e.ToolResult], texts=WHOLE_TEXTS))
@settings(max_examples=60)
def test_no_text_is_lost(events: list[Event]) -> None:
    body, _ = encode(events)
    found = Counter(c for block in Wire(body).blocks for c in block.get("text", ""))
    assert found == Counter(
        c
        for event in events
        if isinstance(event, (e.TextDelta, e.RefusalDelta)) and not event.choice
        for c in event.text
    )


@given(legal_streams(choices=1, kinds=[e.TextDelta, e.ReasoningDelta, e.ToolResult, e.Usage], texts=WHOLE_TEXTS))
@settings(max_examples=40)
def test_every_piece_of_text_goes_at_once(events: list[Event]) -> None:
    encoder = Anthropic().encoder()
    for event in events:
        data = encoder.feed(event)
        if isinstance(event, (e.TextDelta, e.ReasoningDelta)) and event.text:
            assert one_line(json_bytes(event.text)) in data


@given(legal_streams(texts=WHOLE_TEXTS), st.lists(st.integers(0, 3000), max_size=6))
@settings(max_examples=40)
def test_the_body_may_be_cut_anywhere(events: list[Event], places: list[int]) -> None:
    body, _ = encode(events)
    whole = without(decode(body), e.Heartbeat)
    pieces = cut(body, [min(place, len(body)) for place in places])
    assert without(decode(*pieces), e.Heartbeat) == whole


@given(legal_streams(texts=WHOLE_TEXTS))
@settings(max_examples=40)
def test_any_answer_has_a_body(events: list[Event]) -> None:
    message = Message.of(events)
    again = Message.of(Anthropic().decode_body(Anthropic().encode_body(message)))
    assert again.text == message.text + message.refusal
    assert again.reasoning == message.reasoning
    assert len(again.tool_calls) == len(message.tool_calls)
