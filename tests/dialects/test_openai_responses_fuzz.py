"""Any events in any order: never an exception, always a legal stream, and the same however they come."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st
from tests.dialects.responses_cases import CREATED, Wire, completed, decode, response

from slipstream import events as e
from slipstream.dialects.common.responses_wire.call_kinds import KINDS
from slipstream.dialects.common.responses_wire.families import TAKE
from slipstream.events import Message

ITEMS = ("message", "reasoning", *KINDS, "shell_call_output", "compaction", "mcp_approval_request", "hologram")
words = st.sampled_from(["", "a", '"', "\\", "{", '{"x":1}', "é🌍", "\n"])
ids = st.sampled_from(["", "i", "j"])
indexes = st.sampled_from([None, 0, 1])
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(["output_text", "refusal", "summary_text"]), "text": words, "refusal": words},
    optional={"annotations": st.just([{"type": "url_citation", "url": "u"}])},
)
statuses = st.sampled_from([None, "completed", "incomplete", "failed", "in_progress"])
items = st.fixed_dictionaries(
    {"type": st.sampled_from(ITEMS), "id": ids},
    optional={
        "status": statuses, "name": words, "call_id": ids, "arguments": words, "input": words, "code": words,
        "content": st.lists(parts, max_size=2), "summary": st.lists(parts, max_size=2), "result": words,
        "action": st.fixed_dictionaries({"commands": st.lists(words, max_size=2)}), "output": words,
        "operation": st.fixed_dictionaries({"type": words, "diff": words}), "encrypted_content": words,
        "execution": st.sampled_from(["server", "client"]), "error": words,
    },
)  # fmt: skip
grown = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(TAKE)), "item_id": ids},
    optional={
        "output_index": indexes, "content_index": indexes, "summary_index": indexes, "delta": words, "text": words,
        "part": parts, "item": items, "annotation": st.just({"type": "file_path"}), "command": words,
        "arguments": words, "code": words, "refusal": words, "logprobs": st.just([{"token": "a"}]),
    },
)  # fmt: skip
states = st.sampled_from([CREATED, {"type": "response.queued"}, {"type": "response.new"}, {"x": 1}])
streams = st.lists(st.one_of(grown, grown, grown, states), max_size=15)


@given(streams, st.booleans(), st.lists(items, max_size=2))
@settings(max_examples=80, deadline=None)
def test_any_stream_is_legal_and_the_same_in_any_pieces(stream: list[Wire], count: bool, output: list[Wire]) -> None:
    wires: list[Wire] = [*stream, completed(*output)]
    if count:
        wires = [{**wire, "sequence_number": number} for number, wire in enumerate(wires)]
    events = decode(*wires)  # checks the order, and bytes one by one and objects against the whole
    assert isinstance(events[-1], e.Finish)
    assert not any(block.open for block in Message.of(events).blocks)


names = st.sampled_from(["type", "response", "item", "part", "delta", "item_id", "output_index", "error"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
types = st.sampled_from(["response.created", "response.output_item.done", "response.completed", "error", ""])


@given(st.dictionaries(names, values), types)
@settings(max_examples=150, deadline=None)
def test_any_object_is_taken(wire: dict[str, Any], kind: str) -> None:
    if kind:
        wire["type"] = kind
    events = decode({"type": "response.created", "response": response()}, wire)
    assert isinstance(events[-1], (e.Error, e.Finish))
