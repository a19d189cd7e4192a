"""Calls of custom tools, whose input is free text: decoded, told, read and written, here and in the Responses API."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from openai.lib.streaming._deltas import accumulate_delta
from openai.types.chat import ChatCompletion
from tests.dialects.chat_strict import payloads
from tests.dialects.chat_told import again, told
from tests.dialects.chat_wire import DONE, call, chunk, cut, decode, events_of, finish, sse

from slipstream import dialects, events as e
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.request import ToolCallPart
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message

OPENAI = dialects.get("openai_chat")
RESPONSES = dialects.get("openai_responses")
KIND = {"type": "custom_tool_call"}
NAMED = {"custom_tools": ["cust"]}
INPUT = 'free "text"\n'


def custom(input: str | None = None, *, index: int | None = 0, id: str | None = None, name: str | None = None) -> Any:
    """A chunk with a piece of a custom call; what is None is absent."""
    inner = {key: value for key, value in (("name", name), ("input", input)) if value is not None}
    piece = {key: value for key, value in (("index", index), ("id", id)) if value is not None}
    return chunk({"tool_calls": [{**piece, "type": "custom", "custom": inner}]})


def stream(*pieces: str, reason: str = "tool_calls") -> list[Any]:
    return [custom("", id="x", name="cust"), *map(custom, pieces), finish(reason)]


def answer(message: dict[str, Any]) -> bytes:
    wire = {"id": "c", "object": "chat.completion", "created": 7, "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}  # fmt: skip
    return json.dumps(wire).encode()


WHOLE = answer(
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "x", "type": "custom", "custom": {"name": "cust", "input": INPUT}}],
    }
)


def told_call(message: Message) -> tuple[str, str, Any, Any]:
    (found,) = message.tool_calls
    return (found.id, found.name, found.input, found.metadata)


EXPECTED = ("x", "cust", INPUT, KIND)


def test_a_streamed_custom_call() -> None:
    found = events_of(sse(*stream('free "te', 'xt"\n')) + DONE)
    assert found[2:-2] == [
        e.ToolInputStart("x", "cust"),
        e.ToolInputDelta('"free \\"te', "x"),
        e.ToolInputDelta('xt\\"\\n', "x"),
        e.ToolInputDelta('"', "x"),
        e.ToolInputEnd("x"),
        e.ToolCall("x", "cust", INPUT, json.dumps(INPUT), metadata=KIND),
    ]
    assert told_call(decode(*stream(*INPUT))) == EXPECTED


def test_a_whole_custom_call() -> None:
    assert told_call(Message.of(OPENAI.decode_body(WHOLE))) == EXPECTED


def test_custom_calls_and_functions_side_by_side() -> None:
    message = decode(
        custom("a", id="x", name="cust"), call(1, "y", "f", '{"b"'), custom("b"), call(1, None, None, ":1}"),
        custom(None, index=2, id="z", name="empty"), finish("tool_calls"),
    )  # fmt: skip
    assert [(c.id, c.name, c.input, c.metadata) for c in message.tool_calls] == [
        ("x", "cust", "ab", KIND), ("y", "f", {"b": 1}, None), ("z", "empty", "", KIND),
    ]  # fmt: skip


def test_text_that_was_cut_is_no_whole_input() -> None:
    (found,) = decode(*stream("free te", reason="length")).tool_calls
    assert (found.input, found.arguments) == (None, '"free te')
    assert found.error is not None
    (piece,) = [
        p for p in told_pieces([e.StepStart(), found, e.StepEnd("length"), e.Finish("length")]) if "id" not in p
    ]
    assert piece["custom"]["input"] == "free te"
    assert decode(*stream("rm -rf"), done=False).tool_calls  # the finish reason has come
    assert not decode(*stream("rm -rf", reason="content_filter")).tool_calls


def test_a_custom_call_with_fields_of_odd_types() -> None:
    odd = chunk({"tool_calls": [{"index": "0", "id": "x", "custom": {"name": "cust", "input": 5}}]})
    assert told_call(decode(odd, finish("tool_calls"))) == ("x", "cust", "5", KIND)


# Told.


def told_pieces(events: list[Event], **reply: Any) -> list[Any]:
    wires = [json.loads(payload) for payload in payloads(told(events, **reply)) if payload != b"[DONE]"]
    return [piece for wire in wires for one in wire["choices"] for piece in one["delta"].get("tool_calls", ())]


def test_the_call_of_a_tool_that_the_client_has_named_streams_as_it_came() -> None:
    events = events_of(sse(*stream("fre", "e")) + DONE)
    assert told_pieces(events, options=NAMED) == [
        {"index": 0, "id": "x", "type": "custom", "custom": {"name": "cust", "input": ""}},
        {"index": 0, "custom": {"input": "fre"}},
        {"index": 0, "custom": {"input": "e"}},
    ]
    assert events_of(told(events, options=NAMED)) == events


def test_the_call_of_a_tool_that_nobody_has_named_is_a_custom_call_in_the_end() -> None:
    events = events_of(sse(*stream("fre", "e")) + DONE)
    found: dict[Any, Any] = {}
    for piece in told_pieces(events):
        found = accumulate_delta(found, {"tool_calls": [piece]})
    (joined,) = found["tool_calls"]
    assert (joined["id"], joined["type"], joined["custom"]) == ("x", "custom", {"name": "cust", "input": "free"})
    assert told_call(Message.of(again(events))) == ("x", "cust", "free", KIND)


def test_a_function_whose_arguments_are_a_text_is_a_function() -> None:
    """Some models write their arguments as JSON in JSON."""
    text = json.dumps(json.dumps({"a": 1}))
    events = events_of(sse(call(0, "x", "f", text[:4]), call(0, None, None, text[4:]), finish("tool_calls")) + DONE)
    pieces = told_pieces(events)
    assert "".join(piece["function"]["arguments"] for piece in pieces) == text
    assert all("custom" not in piece for piece in pieces)
    assert Message.of(again(events)).tool_calls == Message.of(events).tool_calls


def test_a_text_of_which_the_call_never_comes_is_told_all_the_same() -> None:
    events = [e.StepStart(), e.ToolInputStart("x", "f"), e.ToolInputDelta('"ab', "x"), e.StepEnd("length"),
              e.Finish("length")]  # fmt: skip
    assert "".join(piece["function"]["arguments"] for piece in told_pieces(events)) == '"ab'


def test_another_apis_call_of_a_custom_tool() -> None:
    """Anthropic's and Google's calls have objects; the tool's text is then their JSON."""
    events = [e.StepStart(), e.ToolInputStart("x", "cust"), e.ToolInputDelta('{"a":1}', "x"), e.ToolInputEnd("x"),
              e.ToolCall("x", "cust", {"a": 1}, '{"a":1}'), e.Finish()]  # fmt: skip
    assert told_pieces(events, options=NAMED)[-1] == {"index": 0, "custom": {"input": '{"a":1}'}}


def test_the_old_functions_know_no_custom_calls() -> None:
    events = events_of(sse(*stream("free")) + DONE)
    wire = json.loads(OPENAI.encode_body(Message.of(events), Reply(options={"functions": True})))
    assert wire["choices"][0]["message"]["function_call"] == {"name": "cust", "arguments": '"free"'}
    assert b"custom" not in told(events, options={"functions": True})


def test_a_whole_answer_is_told_as_it_came() -> None:
    found = OPENAI.encode_body(Message.of(OPENAI.decode_body(WHOLE)))
    said = json.loads(found)["choices"][0]["message"]
    assert said["tool_calls"] == [{"id": "x", "type": "custom", "custom": {"name": "cust", "input": INPUT}}]
    assert ChatCompletion.model_validate_json(found).choices[0].message.tool_calls
    assert told_call(Message.of(OPENAI.decode_body(found))) == EXPECTED


def test_what_the_provider_wants_back_stands_beside_the_call() -> None:
    metadata = {"namespace": "n", **KIND}
    events = [e.StepStart(), e.ToolCall("x", "cust", "a", '"a"', metadata=metadata), e.Finish()]
    assert Message.of(again(events)).tool_calls[0].metadata == metadata
    assert Message.of(OPENAI.decode_body(OPENAI.encode_body(Message.of(events)))).tool_calls[0].metadata == metadata


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, max_size=5), st.booleans(), st.data())
def test_any_text_is_carried(texts: list[str], named: bool, data: st.DataObject) -> None:
    events = events_of(sse(*stream(*texts)) + DONE)
    body = told(events, options=NAMED if named else {})
    found = events_of(*cut(body, data.draw(st.lists(st.integers(0, len(body)), max_size=4))))
    assert told_call(Message.of(found)) == ("x", "cust", "".join(texts), KIND)


# Between the two APIs of OpenAI.


def test_from_here_to_the_responses_api_and_back() -> None:
    events = events_of(sse(*stream('free "te', 'xt"\n')) + DONE)
    encoder = RESPONSES.encoder(Reply(options={"tools": [{"type": "custom", "name": "cust"}]}))
    body = b"".join(map(encoder.feed, events))
    assert b"event: response.custom_tool_call_input.delta" in body
    decoder = RESPONSES.decoder()
    back = decoder.feed(body) + decoder.end()
    assert told_call(Message.of(back)) == EXPECTED
    for options in ({}, NAMED):
        assert told_call(Message.of(events_of(told(back, options=options)))) == EXPECTED
    item = json.loads(RESPONSES.encode_body(Message.of(OPENAI.decode_body(WHOLE))))["output"][0]
    assert (item["type"], item["call_id"], item["name"], item["input"]) == ("custom_tool_call", "x", "cust", INPUT)


# Requests.

CALL = {"id": "x", "type": "custom", "custom": {"name": "cust", "input": INPUT}}
ASKED = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "x", "content": "done"},
]


def test_a_conversation_with_a_custom_call_comes_back() -> None:
    asked = OPENAI.read({"model": "m", "messages": ASKED})
    assert asked.request.messages[1].parts == [ToolCallPart("x", "cust", json.dumps(INPUT), KIND)]
    assert OPENAI.body(asked.request)["messages"] == ASKED
    items = RESPONSES.body(msgspec.structs.replace(asked.request, stream=False))["input"]
    assert [item.get("type") for item in items] == [None, "custom_tool_call", "custom_tool_call_output"]


def test_the_responses_apis_calls_are_written_here() -> None:
    item = {"type": "custom_tool_call", "call_id": "x", "name": "cust", "input": INPUT}
    request = RESPONSES.read({"model": "m", "input": [{"role": "user", "content": "hi"}, item]}).request
    assert OPENAI.body(request)["messages"][1]["tool_calls"] == [CALL]


def test_an_answer_of_ours_goes_back() -> None:
    events = [e.StepStart(), e.ToolCall("x", "cust", "a", '"a"', metadata={"n": 1, **KIND}), e.Finish()]
    (piece,) = told_pieces(events)[-1:]
    sent = {
        "id": "x",
        "type": "custom",
        "custom": {"name": "cust", "input": "a"},
        "extra_content": piece["extra_content"],
    }
    messages = [ASKED[0], {"role": "assistant", "content": None, "tool_calls": [sent]}]
    (part,) = OPENAI.read({"model": "m", "messages": messages}).request.messages[1].parts
    assert part == ToolCallPart("x", "cust", '"a"', {"n": 1, **KIND})


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({**CALL, "custom": None}, "custom"),
        ({**CALL, "custom": {"input": "a"}}, "custom.name"),
        ({**CALL, "custom": {"name": "cust"}}, "custom.input"),
        ({**CALL, "custom": {"name": "cust", "input": {"a": 1}}}, "custom.input"),
        ({**CALL, "custom": {"name": "cust", "input": "\ud800"}}, "custom.input"),
        ({**CALL, "id": None}, "id"),
        ({**CALL, "type": "made_up"}, "type"),
    ],
)
def test_a_broken_custom_call_is_refused_by_name(broken: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OPENAI.read({"model": "m", "messages": [ASKED[0], {"role": "assistant", "tool_calls": [broken]}]})
    assert caught.value.argument == f"messages[1].tool_calls[0].{where}"


def test_the_names_of_custom_tools_are_kept_for_the_answer() -> None:
    tools = [
        {"type": "custom", "custom": {"name": "cust", "format": {"type": "text"}}},
        {"type": "custom", "custom": {"name": "other"}},
        {"type": "function", "function": {"name": "f"}},
        {"type": "custom", "name": "schemed", "input_schema": {}},
    ]
    asked = OPENAI.read({"model": "m", "messages": ASKED, "tools": tools})
    assert asked.reply.options == {"custom_tools": ["cust", "other"]}
    assert OPENAI.body(asked.request)["tools"][:2] == tools[:2]
