"""Every recorded Ollama stream: against a plain reading of it, cut in every way, and there and back again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.dialects.chat_wire import pieces
from tests.dialects.ollama_wire import RECORDED, events_of, lines_of, recorded

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.events import Message

OLLAMA = dialects.get("ollama")
each_stream = pytest.mark.parametrize("number", range(1, RECORDED + 1))

ENDS = {4: ("length", "length"), 5: ("tool_calls", "stop"), 7: ("tool_calls", "stop")}
"""Why each ended, read by eye: ours, theirs; those not named ended with `stop`."""


def reply_to(number: int) -> Reply:
    """The first three were asked of `/api/generate`."""
    return Reply(options={"endpoint": "generate"}) if number <= 3 else Reply()


def test_every_recording_is_read(corpora: Path) -> None:
    assert len(list((corpora / "streams" / "ollama").iterdir())) == RECORDED


@each_stream
def test_the_fold_is_what_the_recording_says(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    wires = lines_of(body)
    said = [wire.get("message", {"content": wire.get("response")}) for wire in wires]
    calls = [call for one in said for call in one.get("tool_calls", ())]
    message = Message.of(events_of(body))
    assert message.model == wires[0]["model"]
    assert message.created is not None
    assert message.text == "".join(one["content"] for one in said)
    assert message.reasoning == "".join(one.get("thinking", "") for one in said)
    assert [(call.id, call.name, call.input) for call in message.tool_calls] == [
        (call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls
    ]
    assert (message.finish_reason, message.raw_finish_reason) == ENDS.get(number, ("stop", "stop"))
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (
        wires[-1].get("prompt_eval_count"), wires[-1]["eval_count"],
    )  # fmt: skip
    for name in ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration", "context"):
        assert message.metadata.get(name) == wires[-1].get(name)
    assert not any(block.open for block in message.blocks)


@each_stream
def test_cuts_change_nothing(corpora: Path, number: int) -> None:
    body = recorded(corpora, number)
    whole = events_of(body)
    assert events_of(*pieces(body, 1)) == whole
    assert events_of(*body.splitlines(keepends=True)) == whole
    generator = random.Random(number)
    for _ in range(8):
        assert events_of(*pieces(body, generator.randrange(2, 3000))) == whole
    assert events_of(body.replace(b"\n", b"\r\n")) == whole
    assert [e for e in events_of(body, include_raw=True) if e.raw is None] == []


@each_stream
def test_a_cut_stream_is_interrupted_and_keeps_what_came(corpora: Path, number: int) -> None:
    lines = recorded(corpora, number).splitlines(keepends=True)
    for count in {*range(5), len(lines) // 2, len(lines) - 1}:
        events = events_of(*lines[:count], lines[count][:-5])
        assert isinstance(events[-1], e.Error)
        assert events[-1].kind == "StreamInterruptedError"
        assert events[:-1] == OLLAMA.decoder().feed(b"".join(lines[:count]))


@each_stream
def test_there_and_back_again(corpora: Path, number: int) -> None:
    """What is decoded, encoded and decoded is the same to the last event: nothing is normalised."""
    events = events_of(recorded(corpora, number))
    encoder = OLLAMA.encoder(reply_to(number))
    parts = [encoder.feed(event) for event in events]
    assert encoder.finished
    assert encoder.end() == b""
    assert events_of(*parts) == events
    assert events_of(*pieces(b"".join(parts), 7)) == events


@each_stream
def test_the_whole_answer_there_and_back_again(corpora: Path, number: int) -> None:
    message = Message.of(events_of(recorded(corpora, number)))
    body = OLLAMA.encode_body(message, reply_to(number))
    again = Message.of(OLLAMA.decode_body(body))
    assert again.to_dict() == message.to_dict()
    assert again.metadata == message.metadata
