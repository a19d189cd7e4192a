"""The chat helper, without a network: chunks in, events out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from tests.client.sdk import recorded as r

from slipstream import errors
from slipstream.client.sdk.chat_objects import ChatCompletionChunk
from slipstream.client.sdk.chat_state import ChatState


class City(msgspec.Struct):
    name: str
    people: int


STRICT: dict[str, Any] = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}
LOOSE: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}


def run(state: ChatState, *chunks: dict[str, Any]) -> list[Any]:
    """All events but those of the chunks."""
    events = [event for chunk in chunks for event in state.take(ChatCompletionChunk.of(chunk))]
    return [event for event in events if event.type != "chunk"]


def call(index: int, arguments: Any, **fields: Any) -> dict[str, Any]:
    name = {"name": fields.pop("name")} if "name" in fields else {}
    return {"tool_calls": [{"index": index, "function": {**name, "arguments": arguments}, **fields}]}


def test_every_chunk_has_its_event() -> None:
    state = ChatState()
    chunks = [ChatCompletionChunk.of(frame) for frame in r.frames(r.ANSWER)]
    firsts: list[Any] = [state.take(chunk)[0] for chunk in chunks]
    assert [event.chunk for event in firsts] == chunks
    assert firsts[-1].snapshot.choices[0].message.content == "冷知识：章鱼有三颗心。"


def test_content_of_a_class() -> None:
    state = ChatState(kind=City)
    events = run(state, r.chunk('{"name": "Os'), r.chunk('lo", "people"'), r.chunk(": 7}"), r.chunk(finish="stop"))
    deltas = [event for event in events if event.type == "content.delta"]
    assert [event.snapshot for event in deltas][-1] == '{"name": "Oslo", "people": 7}'
    assert [event.parsed for event in deltas] == [{"name": "Os"}, {"name": "Oslo"}, {"name": "Oslo", "people": 7}]
    assert events[-1].type == "content.done"
    assert events[-1].parsed == City("Oslo", 7)
    assert state.completion(final=True).choices[0].message.parsed == City("Oslo", 7)


def test_without_a_class_nothing_is_decoded() -> None:
    state = ChatState()
    events = run(state, r.chunk('{"name": 1}'), r.chunk(finish="stop"))
    assert [event.parsed for event in events] == [None, None]
    assert state.completion(final=True).choices[0].message.parsed is None


def test_content_that_is_not_of_the_class_is_an_error() -> None:
    with pytest.raises(errors.ProtocolError, match="no City"):
        run(ChatState(kind=City), r.chunk('{"name": 1}'), r.chunk(finish="stop"))


@pytest.mark.parametrize(
    ("finish", "kind"), [("length", errors.ProtocolError), ("content_filter", errors.ContentFilteredError)]
)
def test_an_answer_that_was_cut_is_not_decoded(finish: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        run(ChatState(kind=City), r.chunk('{"name"'), r.chunk(finish=finish))
    with pytest.raises(kind):
        run(ChatState(tools=[STRICT]), r.chunk("x"), r.chunk(finish=finish))
    run(ChatState(), r.chunk("half"), r.chunk(finish=finish))  # who wants text has it


def test_the_calls_of_a_strict_tool_are_decoded() -> None:
    chunks = [
        r.chunk(delta=call(0, "", id="1", name="f")), r.chunk(delta=call(0, '{"a": [1')),
        r.chunk(delta=call(0, ", 2]}")), r.chunk(finish="tool_calls"),
    ]  # fmt: skip
    state = ChatState(tools=[STRICT])
    events = run(state, *chunks)
    assert [event.parsed_arguments for event in events[:-1]] == [None, {"a": [1]}, {"a": [1, 2]}]
    assert [event.arguments for event in events] == ["", '{"a": [1', '{"a": [1, 2]}', '{"a": [1, 2]}']
    assert events[-1].type == "tool_calls.function.arguments.done"
    assert (events[-1].name, events[-1].parsed_arguments) == ("f", {"a": [1, 2]})
    message = state.completion(final=True).choices[0].message
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.parsed_arguments == {"a": [1, 2]}
    loose = run(ChatState(tools=[LOOSE]), *chunks)
    assert [event.parsed_arguments for event in loose] == [None] * 4


def test_broken_arguments_of_a_strict_tool_are_an_error() -> None:
    with pytest.raises(errors.ProtocolError, match="strict tool"):
        run(ChatState(tools=[STRICT]), r.chunk(delta=call(0, "{", id="1", name="f")), r.chunk(finish="tool_calls"))


def test_a_call_whole_in_the_finish_chunk() -> None:
    whole = r.chunk(delta=call(0, "{}", id="1", name="f"), finish="tool_calls")
    assert [event.type.rpartition(".")[2] for event in run(ChatState(), whole)] == ["delta", "done"]


@pytest.mark.parametrize(("arguments", "expected"), [(None, ""), ({"a": "ä"}, '{"a": "ä"}')])
def test_arguments_that_are_no_text(arguments: Any, expected: str) -> None:
    events = run(ChatState(), r.chunk(delta=call(0, arguments, id="1", name="f")), r.chunk(finish="tool_calls"))
    assert events[-1].arguments == expected


def test_refusals() -> None:
    state = ChatState()
    events = run(state, r.chunk(delta={"refusal": "I "}), r.chunk(delta={"refusal": "cannot."}), r.chunk(finish="stop"))
    assert [event.type for event in events] == ["refusal.delta", "refusal.delta", "refusal.done"]
    assert [event.snapshot for event in events[:2]] == ["I ", "I cannot."]
    assert events[-1].refusal == "I cannot."


def test_log_probabilities() -> None:
    chunks = [r.chunk("a"), r.chunk("b"), r.chunk(finish="stop")]
    for number, chunk in enumerate(chunks[:2]):
        chunk["choices"][0]["logprobs"] = {"content": [{"token": "ab"[number], "logprob": -1.0}], "refusal": None}
    state = ChatState()
    events = [event for event in run(state, *chunks) if event.type.startswith("logprobs")]
    assert [event.type for event in events] == ["logprobs.content.delta"] * 2 + ["logprobs.content.done"]
    assert [[entry.token for entry in event.snapshot] for event in events[:2]] == [["a"], ["a", "b"]]
    assert [entry.token for entry in events[-1].content] == ["a", "b"]
    logprobs = state.completion(final=True).choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert len(logprobs.content) == 2


@given(st.permutations([0, 0, 0, 1, 1, 2]))
def test_several_answers_do_not_mix(order: list[int]) -> None:
    state = ChatState()
    expected: dict[int, str] = {}
    for number, index in enumerate(order):
        chunk = r.chunk(f"{number} ")
        chunk["choices"][0]["index"] = index
        run(state, chunk)
        expected[index] = expected.get(index, "") + f"{number} "
    found = {choice.index: choice.message.content for choice in state.completion(final=True).choices}
    assert found == expected


def test_the_usage_stays_when_a_later_chunk_has_none() -> None:
    state = ChatState()
    run(state, r.chunk("x", usage=r.usage(1, 2)), r.chunk(finish="stop", usage=None))
    usage = state.completion(final=True).usage
    assert usage is not None
    assert usage.total_tokens == 3


@pytest.mark.parametrize(
    "chunk", [{"object": "", "choices": []}, {}, {"choices": None}, {"choices": [{"delta": None}]}]
)
def test_odd_chunks_pass(chunk: dict[str, Any]) -> None:
    assert run(ChatState(), chunk) == []
