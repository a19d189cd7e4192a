"""Wire JSON under attribute names."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.client.sdk import recorded as r

from slipstream.client.sdk import message_objects as m
from slipstream.client.sdk.chat_objects import ChatCompletionChunk, ChoiceDelta
from slipstream.client.sdk.glm_objects import ChoiceDelta as GLMDelta
from slipstream.client.sdk.wire import Later, OpenObject, WireObject

PLAIN = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def test_fields_are_read_by_name_at_any_depth() -> None:
    chunk = ChatCompletionChunk.of(r.chunk("x", usage=r.usage(1, 2, prompt_tokens_details={"cached_tokens": 1})))
    assert (chunk.id, chunk.choices[0].delta.content) == ("c1", "x")
    assert chunk.usage is not None
    assert chunk.usage.prompt_tokens_details is not None
    assert chunk.usage.prompt_tokens_details.cached_tokens == 1


def test_known_fields_that_are_missing_are_none() -> None:
    delta = ChoiceDelta.of({})
    assert (delta.content, delta.role, delta.tool_calls, delta.function_call, delta.refusal) == (None,) * 5
    assert delta.reasoning_content is None  # of other providers, which programs ask for too
    assert GLMDelta.of({}).reasoning_content is None


def test_fields_that_nobody_knows_are_read_and_the_rest_is_refused() -> None:
    chunk = ChatCompletionChunk.of(r.chunk("x", x_groq={"id": "req"}))
    assert chunk.x_groq == {"id": "req"}
    with pytest.raises(AttributeError, match="'ChatCompletionChunk' object has no attribute 'contents'"):
        _ = chunk.contents
    assert not hasattr(chunk.choices[0].delta, "contents")


def test_null_and_odd_values_pass_as_they_are() -> None:
    assert ChatCompletionChunk.of({"choices": None}).choices is None
    odd: Any = ChatCompletionChunk.of({"choices": 3, "usage": "none"})
    assert (odd.choices, odd.usage) == (3, "none")
    assert ChatCompletionChunk.of({"choices": [None, {"delta": None}]}).choices[1].delta is None


def test_an_object_is_the_same_each_time_and_changes_stay() -> None:
    chunk: Any = ChatCompletionChunk.of(r.chunk("x"))
    assert chunk.choices[0] is chunk.choices[0]
    chunk.choices[0].delta.content = "changed"
    chunk.note = "mine"
    assert chunk.choices[0].delta.content == "changed"
    assert chunk.model_dump()["choices"][0]["delta"]["content"] == "changed"
    assert chunk.to_dict()["note"] == "mine"


def test_dumps() -> None:
    chunk = ChatCompletionChunk.of(r.chunk("x"))
    assert chunk.to_dict() == r.chunk("x")
    assert json.loads(chunk.to_json()) == r.chunk("x")
    assert chunk.model_dump()["usage"] is None
    assert "usage" not in chunk.model_dump(exclude_unset=True)
    assert "usage" not in chunk.model_dump(exclude_none=True)
    assert "finish_reason" not in chunk.model_dump(exclude_none=True)["choices"][0]
    assert chunk.model_dump(include={"id"}) == {"id": "c1"}
    assert "id" not in chunk.model_dump(exclude={"id"})
    assert chunk.model_dump_json(include={"id"}) == '{"id":"c1"}'
    assert chunk.model_dump_json(include={"id"}, indent=1) == '{\n "id": "c1"\n}'
    assert dict(chunk)["id"] == "c1"


def test_repr_shows_known_fields_in_order_and_then_the_rest() -> None:
    shown = repr(ChoiceDelta.of({"role": "assistant", "content": "x", "extra": 1}))
    assert shown.startswith("ChoiceDelta(audio=None, content='x', function_call=None, refusal=None, role='assistant',")
    assert shown.endswith("tool_calls=None, extra=1)")
    assert str(m.TextDelta.of({"type": "text_delta", "text": "x"})) == "TextDelta(text='x', type='text_delta')"


def test_equality_copies_and_pickles() -> None:
    chunk = ChatCompletionChunk.of(r.chunk("x"))
    assert chunk == ChatCompletionChunk.of(r.chunk("x"))
    assert chunk != ChatCompletionChunk.of(r.chunk("y"))
    assert chunk != r.chunk("x")
    for twin in (copy.copy(chunk), copy.deepcopy(chunk), pickle.loads(pickle.dumps(chunk))):
        assert type(twin) is ChatCompletionChunk
        assert twin == chunk
        assert twin is not chunk
    with pytest.raises(TypeError, match="unhashable"):
        hash(chunk)


def test_a_program_may_make_one() -> None:
    assert ChoiceDelta(content="x").to_dict() == {"content": "x"}


def test_the_type_says_the_class() -> None:
    delta = {"type": "text_delta", "text": "x"}
    event = m.RawMessageStreamEvent.of({"type": "content_block_delta", "index": 0, "delta": delta})
    assert isinstance(event, m.RawContentBlockDeltaEvent)
    assert type(event.delta) is m.TextDelta
    assert not hasattr(event.delta, "partial_json")
    assert type(m.ContentBlock.of({"type": "web_search_tool_result"})) is m.WebSearchToolResultBlock
    assert issubclass(m.WebSearchToolResultBlock, m.ToolResultBlock)


def test_an_unknown_type_is_of_the_familys_class_and_readable() -> None:
    block = m.ContentBlock.of({"type": "new_block", "news": {"a": 1}})
    assert type(block) is m.ContentBlock
    assert block.news == {"a": 1}


def test_an_open_object_is_readable_at_any_depth() -> None:
    result = {"type": "web_search_result", "url": "u", "deep": {"x": [{"y": 1}]}}
    block: Any = m.ContentBlock.of({"type": "web_search_tool_result", "tool_use_id": "t", "content": [result]})
    assert block.content[0].url == "u"
    assert block.content[0].deep.x[0].y == 1
    assert isinstance(block.content[0], OpenObject)


def test_a_value_that_comes_later_is_made_once() -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return "snapshot"

    event = WireObject.of({"snapshot": Later(make)})
    assert not made
    assert event.snapshot == event.snapshot == "snapshot"
    assert made == [1]


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: not name.startswith("_")), JSON))
def test_whatever_the_wire_says_is_given_back(wire: dict[str, Any]) -> None:
    for kind in (ChatCompletionChunk, m.RawMessageStreamEvent, WireObject):
        made = kind.of(dict(wire))
        assert made.to_dict() == wire
        assert json.loads(made.to_json()) == wire
        repr(made)
