"""Whole answers and errors of our own API: what a message holds comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.dialects.made_events import WHOLE_TEXTS, legal_streams
from tests.dialects.ollama_wire import RECORDED, recorded
from tests.dialects.test_slipstream_dialect import ENDS, held

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.events import Block, Choice, Event, Message, Order

OURS = dialects.get("slipstream")


def block(one: Block) -> Any:
    proof = (one.signature, one.redacted, one.details)
    return one.kind, one.id, one.name, one.step, one.text, one.open, one.call, proof, one.sources


def choice(one: Choice) -> Any:
    """All that a choice shows."""
    ends = (one.finish_reason, one.raw_finish_reason, one.step_ends, one.retracted)
    lists = (one.sources, one.files, one.boxes, one.tool_results, one.logprobs, one.refusal)
    return one.index, list(map(block, one.blocks)), ends, lists


def everything(message: Message) -> Any:
    """All that a message shows."""
    ends = (message.finish_reason, message.raw_finish_reason, message.error, message.complete)
    names = (message.id, message.model, message.created)
    return names, ends, message.usage, message.metadata, message.moderation, list(map(choice, message.choices))


def test_a_person_reads_the_message_and_a_program_the_events() -> None:
    message = Message.of(
        (e.Start("a1", "m", 7), e.StepStart(), e.TextStart(), e.TextDelta("He"), e.TextDelta("llo"), e.TextEnd(),
         e.Usage(input_tokens=3, output_tokens=5), e.StepEnd(), e.Finish("stop", "stop"))
    )  # fmt: skip
    wire = json.loads(OURS.encode_body(message))
    assert wire["message"] == message.to_dict()
    assert [event["type"] for event in wire["events"]] == [
        "start", "step-start", "text-start", "text-delta", "text-end", "step-end", "usage", "finish",
    ]  # fmt: skip
    assert wire["events"][3] == {"type": "text-delta", "text": "Hello"}
    assert everything(Message.of(OURS.decode_body(OURS.encode_body(message)))) == everything(message)
    shown = json.loads(OURS.encode_body(message, Reply(model="alias", id="b")))
    assert (shown["message"]["model"], shown["message"]["id"], shown["events"][0]["model"]) == ("alias", "a1", "alias")


def test_every_recording_comes_back(corpora: Path) -> None:
    for number in range(1, RECORDED + 1):
        message = Message.of(dialects.get("ollama").decode_body(recorded(corpora, number)))
        assert everything(Message.of(OURS.decode_body(OURS.encode_body(message)))) == everything(message)


@settings(max_examples=80)
@given(legal_streams(texts=WHOLE_TEXTS))
def test_what_any_message_holds_comes_back(stream: list[Event]) -> None:
    message = Message.of(map(held, stream))
    again = OURS.decode_body(OURS.encode_body(message))
    if not isinstance(stream[-1] if stream else None, ENDS):
        assert again.pop() == e.Error("the body ended without the provider's end mark", "StreamInterruptedError",
                                      retryable=True)  # fmt: skip
    Order().check_all(again)
    assert again == events_of(message)
    assert everything(Message.of(again)) == everything(message)


def test_a_step_that_was_begun_and_cut_is_not_forgotten() -> None:
    message = Message.of(
        (e.Start(), e.StepStart(), e.ToolCall("c", "f", {}), e.StepEnd("tool_calls"), e.ToolResult("c", 1),
         e.StepStart(), e.Error("cut", "StreamInterruptedError"))
    )  # fmt: skip
    again = Message.of(OURS.decode_body(OURS.encode_body(message)))
    assert (again.finish_reason, again.choices[0].finish_reason) == ("interrupted", "interrupted")


def test_a_choice_without_a_step_still_makes_a_legal_stream() -> None:
    message = Message.of((e.Start(), e.Metadata({"logprobs": {"content": [{"token": "a"}]}}, choice=1), e.Finish()))
    again = OURS.decode_body(OURS.encode_body(message))
    Order().check_all(again)
    assert Message.of(again).choices[1].logprobs == {"content": [{"token": "a"}]}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"events":7}', b'{"events":[7]}', b'{"events":[]}', b'{"message":{}}', b"<html>"]
)
def test_bodies_that_are_none(body: bytes) -> None:
    assert isinstance(OURS.decode_body(body)[-1], e.Error)


def test_a_body_that_states_an_error() -> None:
    (error,) = OURS.decode_body(b'{"error":{"message":"no room","code":"overloaded_error"}}')
    assert isinstance(error, e.Error)
    assert error.kind == "OverloadedError"


def test_a_stream_that_nobody_asked_for() -> None:
    assert OURS.decode_body(b'data: {"type":"finish"}\n\n') == [e.Finish()]


# Errors.


def test_an_error_comes_back_as_it_was() -> None:
    error = e.Error("no room", "OverloadedError", "overloaded", 529, True, "r1", 1.5)
    status, body = OURS.encode_error(error)
    assert status == 529
    assert OURS.decode_error(status, body) == error
    plain = e.Error("role: missing", "InvalidRequestError")
    status, body = OURS.encode_error(plain, argument="messages[0].role")
    assert (status, json.loads(body)["argument"]) == (400, "messages[0].role")
    assert OURS.decode_error(status, body) == msgspec.structs.replace(plain, status=400)


def test_errors_of_others() -> None:
    assert OURS.decode_error(502, b"<html><title>Bad gateway</title>").kind == "ServerError"
    stated = OURS.decode_error(401, b'{"error":{"message":"no","type":"authentication_error"}}')
    assert (stated.kind, stated.message) == ("AuthenticationError", "no")
    assert OURS.decode_error(500, b'{"error":{"type":"error"}}').status == 500
    assert OURS.decode_error(500, b'{"error":7}').status == 500
