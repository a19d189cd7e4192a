"""Arguments that come in pieces (`partialArgs`, Vertex): the JSON text that grows out of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.gemini_wire import chunk, events_of, sse

from slipstream import dialects, events as e
from slipstream.dialects.common.gemini_wire.json_paths import parse
from slipstream.dialects.common.gemini_wire.partial_args import PartialArguments
from slipstream.events import Message

Wire = dict[str, Any]


def call(**fields: Any) -> Wire:
    return {"functionCall": fields}


def piece(path: str, *, more: bool = False, **value: Any) -> Wire:
    return {"jsonPath": path, **value, **({"willContinue": True} if more else {})}


def grown(*pieces: Wire) -> list[str]:
    """The text after each piece, and what closes it."""
    arguments = PartialArguments()
    return [*(arguments.take(one) for one in pieces), arguments.end()]


def test_a_call_in_pieces() -> None:
    body = sse(
        chunk(call(name="light", willContinue=True)),
        chunk(call(partialArgs=[piece("$.colour", stringValue="wa", more=True)], willContinue=True)),
        chunk(call(partialArgs=[piece("$.colour", stringValue="rm", more=True)], willContinue=True)),
        chunk(call(partialArgs=[piece("$.colour", stringValue="")], willContinue=True)),
        chunk(call(partialArgs=[piece("$.brightness", numberValue=50)], willContinue=True)),
        chunk(call()),
        chunk(finish="STOP"),
    )
    events = events_of(body)
    deltas = [event.text for event in events if isinstance(event, e.ToolInputDelta)]
    assert deltas == ['{"colour":"wa', "rm", '"', ',"brightness":50', "}"]
    (made,) = Message.of(events).tool_calls
    assert (made.id, made.name, made.input) == ("call_0", "light", {"colour": "warm", "brightness": 50})
    assert made.arguments == "".join(deltas)
    assert events[-1] == e.Finish("tool_calls", "STOP")


def test_the_empty_call_at_the_end_may_be_missing() -> None:
    first = call(name="f", partialArgs=[piece("$.a", stringValue="x", more=True)], willContinue=True)
    for after in (call(name="g", args={}), {"text": "so"}, {"text": "hm", "thought": True}, None):
        last = chunk(*([after] if after else []), finish="STOP")
        made = Message.of(events_of(sse(chunk(first), last))).tool_calls[0]
        assert (made.name, made.input, made.error) == ("f", {"a": "x"}, None)


def test_a_call_that_the_body_cuts_is_not_given() -> None:
    first = call(name="f", partialArgs=[piece("$.a", stringValue="x", more=True)], willContinue=True)
    events = events_of(sse(chunk(first)))
    assert isinstance(events[-1], e.Error)
    assert not Message.of(events).tool_calls


def test_the_last_piece_may_end_the_call() -> None:
    body = sse(
        chunk(call(name="f", id="x", willContinue=True)),
        chunk(call(id="x", name="f", partialArgs=[piece("$.a", boolValue=True)]), finish="STOP"),
    )
    assert Message.of(events_of(body)).tool_calls[0].input == {"a": True}


def test_parallel_calls_of_one_name() -> None:
    one = call(name="f", partialArgs=[piece("$.a", numberValue=1)], willContinue=True)
    two = call(name="f", partialArgs=[piece("$.a", numberValue=2)], willContinue=True)
    message = Message.of(events_of(sse(chunk(one), chunk(two), chunk(call(), finish="STOP"))))
    assert [made.input for made in message.tool_calls] == [{"a": 1}, {"a": 2}]


def test_the_signature_may_come_with_any_piece() -> None:
    last = {**call(), "thoughtSignature": "s"}
    message = Message.of(events_of(sse(chunk(call(name="f", willContinue=True)), chunk(last, finish="STOP"))))
    assert message.tool_calls[0].metadata == {"extra_content": {"google": {"thought_signature": "s"}}}


def test_containers_open_as_paths_lead_into_them() -> None:
    assert grown(
        piece("$.a.b[0].c", stringValue="x"),
        piece("$.a.b[0].d", nullValue="NULL_VALUE"),
        piece("$.a.b[1].c", boolValue=False),
        piece("$.e[0][0]", numberValue=1.5),
        piece("$['f g']", stringValue="\n\u2028\""),
    ) == [
        '{"a":{"b":[{"c":"x"', ',"d":null', '},{"c":false', '}]},"e":[[1.5', ']],"f g":"\\n\u2028\\""', "}",
    ]  # fmt: skip


def test_an_open_string_closes_where_another_path_begins() -> None:
    assert grown(piece("$.a", stringValue="x", more=True), piece("$.b", numberValue=1)) == ['{"a":"x', '","b":1', "}"]


def test_a_path_that_leads_back_is_written_again() -> None:
    pieces = [piece("$.a.x", numberValue=1), piece("$.b", numberValue=2), piece("$.a.y", stringValue="z", more=True)]
    texts = grown(*pieces, piece("$.a.y", stringValue="!"), piece("$.c", numberValue=3))
    assert texts[:2] == ['{"a":{"x":1', '},"b":2']
    assert json.loads("".join(texts)) == {"a": {"x": 1, "y": "z!"}, "b": 2, "c": 3}


def test_no_arguments() -> None:
    assert grown() == ["{}"]
    assert grown(piece("$.a")) == ["", "{}"]


@pytest.mark.parametrize("path", ["", "a", "$", "$.a[", "$[0]", "$..a", "$.a[x]", "$.a" * 30 + ".b" * 65])
def test_a_path_that_cannot_be_read_is_said(path: str) -> None:
    wire = chunk(call(name="f", partialArgs=[piece(path, numberValue=1)], willContinue=True))
    made = Message.of(events_of(sse(wire, chunk(call(), finish="STOP")))).tool_calls[0]
    assert (made.input, made.error) == (None, "a path of the arguments cannot be read")


def test_an_index_beyond_the_list_costs_no_memory() -> None:
    arguments = PartialArguments()
    arguments.take(piece("$.a[99999999]", numberValue=1))
    arguments.end()
    assert arguments.error is not None


def test_paths() -> None:
    assert parse("$.a.b[10].c") == ("a", "b", 10, "c")
    assert parse("""$['it\\'s']["x"]""") == ("it's", "x")


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="'\\"), min_size=1, max_size=4)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=8)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def leaves(value: Any, path: str) -> list[Wire]:
    """The pieces that a model would write for this value."""
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in leaves(inner, f"{path}['{key}']")]
    if isinstance(value, list):
        return [one for index, inner in enumerate(value) for one in leaves(inner, f"{path}[{index}]")]
    if isinstance(value, str):
        half = len(value) // 2
        return [piece(path, stringValue=value[:half], more=True), piece(path, stringValue=value[half:])]
    name = "boolValue" if isinstance(value, bool) else "nullValue" if value is None else "numberValue"
    return [{"jsonPath": path, name: "NULL_VALUE" if value is None else value}]


@given(TREES)
def test_any_arguments_come_back(tree: dict[str, Any]) -> None:
    arguments = PartialArguments()
    texts = [arguments.take(one) for one in leaves(tree, "$")]
    assert all(texts) or not tree
    text = "".join([*texts, arguments.end()])
    assert json.loads(text) == tree
    assert text == arguments.text


@given(TREES, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_in_any_order_the_text_is_valid_json(tree: dict[str, Any], random: Any) -> None:
    pieces = leaves(tree, "$")
    random.shuffle(pieces)
    arguments = PartialArguments()
    text = "".join([*(arguments.take(one) for one in pieces), arguments.end()])
    assert isinstance(json.loads(text), dict)


@given(st.lists(st.dictionaries(st.sampled_from(("jsonPath", "stringValue", "willContinue", "numberValue", "x")),
       st.sampled_from(("$.a", "$.a[0]", "$.a.b", "$.b[1].c", 1, True, None, [], {}, "x")))))  # fmt: skip
@settings(max_examples=200)
def test_hostile_pieces_never_raise(pieces: list[Wire]) -> None:
    decoder = dialects.get("gemini").decoder()
    decoder.feed(sse(chunk(call(name="f", willContinue=True)), chunk(call(partialArgs=pieces, willContinue=True))))
    made = [event for event in decoder.feed(sse(chunk(call(), finish="STOP"))) if isinstance(event, e.ToolCall)]
    assert len(made) == 1
    assert isinstance(json.loads(made[0].arguments), dict)
