"""Every kind of event and of item that OpenAI's SDK declares is known to the decoder, and none is lost."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from openai.types.responses import ResponseOutputItem, ResponseStreamEvent
from tests.dialects.responses_cases import CREATED, Wire, added, completed, decode, done, item, numbered, on, text

from slipstream.dialects.common.responses_wire.decoder import _OWN
from slipstream.dialects.common.responses_wire.families import TAKE
from slipstream.events import types as e


def types_of(union: Any) -> list[str]:
    """The `type`s of the members of a union of models."""
    members = typing.get_args(typing.get_args(union)[0])
    return [typing.get_args(member.model_fields["type"].annotation)[0] for member in members]


# More than the SDK declares: WIRE section 3 has them from the AI SDK's schema.
ALL_EVENTS = [
    *types_of(ResponseStreamEvent), "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
]  # fmt: skip


@pytest.mark.parametrize("kind", ALL_EVENTS)
def test_the_decoder_knows_every_event(kind: str) -> None:
    assert kind in TAKE or kind in _OWN


@pytest.mark.parametrize("kind", types_of(ResponseOutputItem))
def test_no_item_is_lost(kind: str) -> None:
    """Each becomes events of its own, or passes as it came."""
    wire = item(kind, call_id="c", name="n", output="o", arguments="{}", role="assistant", content=[])
    events = decode(*numbered([CREATED, added(wire), done(wire), completed(wire)]))
    told = [event for event in events if not isinstance(event, (e.Start, e.StepStart, e.StepEnd, e.Finish))]
    assert told or kind == "message"


def test_log_probabilities_come_with_their_text() -> None:
    entry = {"token": "x", "logprob": -1.0, "bytes": [120], "top_logprobs": []}
    pieces: list[Wire] = [text(piece, logprobs=[entry]) for piece in ("a", "b", "c")]
    events = decode(*numbered([CREATED, added(item("message")), *pieces, completed()]))
    said = [event for event in events if isinstance(event, (e.TextDelta, e.Metadata))]
    weighed = e.Metadata({"logprobs": {"content": [entry]}})
    assert said == [e.TextDelta("a"), weighed, e.TextDelta("b"), weighed, e.TextDelta("c"), weighed]


def test_commands_of_a_shell_follow_one_another() -> None:
    call = item("shell_call", call_id="c", action={"commands": []})
    pieces = [
        on("shell_call_command.added", command_index=0, command=""),
        *(on("shell_call_command.delta", command_index=0, delta=piece) for piece in ("ls", " -", "l")),
        on("shell_call_command.added", command_index=1, command=""),
        *(on("shell_call_command.delta", command_index=1, delta=piece) for piece in ("p", "w", "d")),
    ]
    whole = {**call, "status": "completed", "action": {"commands": ["ls -l", "pwd"]}}
    events = decode(*numbered([CREATED, added(call), *pieces, done(whole), completed(whole)]))
    streamed = "".join(event.text for event in events if isinstance(event, e.ToolInputDelta))
    assert streamed == '{"commands":["ls -l","pwd"]}'


def test_the_phase_of_a_message_is_told_when_it_begins_and_once() -> None:
    said = {"type": "output_text", "text": "x", "annotations": []}
    wire = item("message", phase="commentary", role="assistant", content=[said])
    events = decode(*numbered([CREATED, added({**wire, "content": []}), text("x"), done(wire), completed(wire)]))
    kinds = [type(event) for event in events]
    assert kinds.index(e.Metadata) < kinds.index(e.TextStart)
    assert kinds.count(e.Metadata) == 1
