"""From what SDKs hand out to wire objects and dialects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import openai
import pytest
from tests.client.sdk import recorded as r

from slipstream.client.foreign.items import dialect_of, wire_of
from slipstream.client.sdk.chat_objects import ChatCompletionChunk
from slipstream.errors import InvalidRequestError


@dataclass
class Data:
    id: str
    choices: list[Any]


class Packed(msgspec.Struct):
    id: str


def test_a_mapping_an_object_and_a_model_all_hold_their_wire() -> None:
    wire = r.chunk("x", system_fingerprint=None)
    assert wire_of(wire) == wire
    assert wire_of(ChatCompletionChunk.of(wire)) == wire
    assert wire_of(openai.types.chat.ChatCompletionChunk.model_validate(wire)) == wire
    assert wire_of(Data("a", [])) == {"id": "a", "choices": []}
    assert wire_of(Packed("a")) == {"id": "a"}


def test_a_model_shows_nothing_that_the_wire_left_out() -> None:
    found = wire_of(openai.types.chat.ChatCompletionChunk.model_validate(r.chunk("x")))
    assert found is not None
    assert "usage" not in found
    assert "role" not in found["choices"][0]["delta"]


def test_the_events_that_helpers_derive_are_passed_over() -> None:
    class Derived:
        def __init__(self, kind: str) -> None:
            self.type = kind

    for kind in ("text", "thinking", "signature", "citation", "input_json", "content.delta", "refusal.done",
                 "tool_calls.function.arguments.delta", "logprobs.content.done"):  # fmt: skip
        assert wire_of(Derived(kind)) is None


def test_a_helpers_whole_message_is_not_dumped() -> None:
    class MessageStop:
        type = "message_stop"

        @property
        def message(self) -> Any:
            raise AssertionError("the whole message was read")

    assert wire_of(MessageStop()) == {"type": "message_stop"}


@pytest.mark.parametrize("item", [1, "text", None, [1], object()])
def test_what_holds_no_wire_is_refused_by_name(item: Any) -> None:
    with pytest.raises(InvalidRequestError, match=type(item).__name__):
        wire_of(item)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (r.chunk("x"), "openai_chat"),
        ({"choices": []}, "openai_chat"),
        ({"error": {"message": "no"}}, "openai_chat"),
        (r.chunk("x", model="glm-4.6"), "zhipu"),
        (r.chunk("x", model="GLM-4-Plus"), "zhipu"),
        ({"type": "message_start", "message": {}}, "anthropic"),
        ({"type": "ping"}, "anthropic"),
        ({"type": "content_block_start", "index": 0}, "anthropic"),
    ],
)
def test_the_dialect_is_seen_at_the_first_object(wire: dict[str, Any], name: str) -> None:
    assert dialect_of(wire, []).name == name


def test_a_package_of_one_vendor_tells_the_dialect() -> None:
    theirs = type("StreamResponse", (), {"__module__": "zhipuai.core._sse_client"})()
    assert dialect_of({"choices": [], "model": "a-name-of-ours"}, theirs).name == "zhipu"


def test_an_unknown_object_is_refused_with_its_fields_and_without_their_content() -> None:
    with pytest.raises(InvalidRequestError, match="answer, question") as caught:
        dialect_of({"question": "a secret prompt", "answer": 1}, [])
    assert "secret" not in str(caught.value)
    assert "anthropic" in str(caught.value)
