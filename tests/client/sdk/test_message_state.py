"""The messages helper, without a network: frames in, events out."""

from __future__ import annotations

from typing import Any

import pytest
from tests.client.sdk import recorded as r

from slipstream import errors
from slipstream.client.sdk.message_objects import RawMessageStreamEvent
from slipstream.client.sdk.message_state import MessageState

START = r.frames(r.MESSAGE)[0]
END: list[dict[str, Any]] = [
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
]


def run(state: MessageState, *frames: dict[str, Any]) -> list[Any]:
    return [event for frame in frames for event in state.take(RawMessageStreamEvent.of(frame))]


def block(index: int, opened: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": opened},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def test_text() -> None:
    state = MessageState()
    events = run(state, *r.frames(r.MESSAGE))
    texts = [event for event in events if event.type == "text"]
    assert [(event.text, event.snapshot) for event in texts] == [
        ("An octopus ", "An octopus "),
        ("has three hearts.", "An octopus has three hearts."),
    ]
    stop = next(event for event in events if event.type == "content_block_stop")
    assert (stop.content_block.type, stop.content_block.text) == ("text", "An octopus has three hearts.")
    assert events[-1].message == state.message()
    assert (events[-1].message.stop_reason, events[-1].message.usage.output_tokens) == ("end_turn", 12)
    assert state.text() == "An octopus has three hearts."


def test_thinking_and_its_signature() -> None:
    thinking = block(
        0, {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm"}, {"type": "thinking_delta", "thinking": "m."},
        {"type": "signature_delta", "signature": "sig=="},
    )  # fmt: skip
    state = MessageState()
    events = run(state, START, *thinking, *END)
    assert [event.snapshot for event in events if event.type == "thinking"] == ["Hm", "Hmm."]
    assert [event.signature for event in events if event.type == "signature"] == ["sig=="]
    assert state.message().content[0].to_dict() == {"type": "thinking", "thinking": "Hmm.", "signature": "sig=="}


@pytest.mark.parametrize(
    ("pieces", "snapshots", "final"),
    [
        (["", '{"city": "Os', 'lo"}'], [{}, {"city": "Os"}, {"city": "Oslo"}], {"city": "Oslo"}),
        ([], [], {}),
        ([""], [{}], {}),
        (['{"a": 1, "b'], [{"a": 1}], {"a": 1}),  # cut by max_tokens
    ],
)
def test_the_input_of_a_tool(pieces: list[str], snapshots: list[Any], final: Any) -> None:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    opened = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
    state = MessageState()
    events = run(state, START, *block(0, opened, *deltas), *END)
    found = [event for event in events if event.type == "input_json"]
    assert [(event.partial_json, event.snapshot) for event in found] == list(zip(pieces, snapshots, strict=True))
    assert state.message().content[0].to_dict() == {**opened, "input": final}


def test_citations() -> None:
    cited = [{"type": "char_location", "cited_text": text, "document_index": 0} for text in ("a", "b")]
    deltas = [{"type": "citations_delta", "citation": citation} for citation in cited]
    state = MessageState()
    events = run(state, START, *block(0, {"type": "text", "text": "", "citations": []}, *deltas), *END)
    found = [event for event in events if event.type == "citation"]
    assert [[citation.cited_text for citation in event.snapshot] for event in found] == [["a"], ["a", "b"]]
    text: Any = state.message().content[0]
    assert [citation.cited_text for citation in text.citations] == ["a", "b"]


def test_a_compaction_goes_back_whole() -> None:
    deltas = [{"type": "compaction_delta", "content": "first "}, {"type": "compaction_delta", "content": "second"}]
    state = MessageState()
    run(state, START, *block(0, {"type": "compaction", "content": None}, *deltas), *END)
    assert state.message().content[0].to_dict() == {"type": "compaction", "content": "first second"}


def test_usage_is_replaced_and_never_added() -> None:
    state = MessageState()
    first = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 5, "cache_read_input_tokens": 3}}
    run(state, START, first, *END)
    usage = state.message().usage
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens) == (9, 7, 3)


def test_what_nobody_knows_passes() -> None:
    odd: list[dict[str, Any]] = [
        {"type": "news", "x": 1},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "text_delta", "text": "of no block"}},
        {"type": "content_block_stop", "index": 9},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "new_delta"}},
        {"type": "content_block_delta", "index": 0},
    ]
    state = MessageState()
    assert [event.to_dict() for event in run(state, START, *odd)] == [START, *odd]


def test_before_the_message_there_is_none() -> None:
    state = MessageState()
    assert len(run(state, {"type": "news"})) == 1
    with pytest.raises(errors.ProtocolError, match="not begun"):
        state.message()


def test_a_server_may_leave_the_start_out() -> None:
    state = MessageState()
    events = run(state, *r.frames(r.MESSAGE)[1:])
    assert [event.text for event in events if event.type == "text"] == ["An octopus ", "has three hearts."]
    message = state.message()
    assert (message.id, message.role, state.text()) == ("", "assistant", "An octopus has three hearts.")
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 12)


def test_a_second_start_changes_nothing() -> None:
    state = MessageState()
    run(state, *r.frames(r.MESSAGE)[:4], START)
    assert state.text() == "An octopus "


def test_an_answer_without_text_says_what_it_has() -> None:
    state = MessageState()
    run(state, START, *block(0, {"type": "tool_use", "id": "t1", "name": "f", "input": {}}), *END)
    with pytest.raises(errors.SlipstreamError, match="no text block, but tool_use"):
        state.text()
