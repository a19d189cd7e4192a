"""Calls put together: properties that hold however the pieces are cut, interleaved and labelled."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st

from slipstream.dialects.common.openai_shape.calls import Calls, parse_arguments
from slipstream.dialects.common.openai_shape.chunks import Function, ToolDelta
from slipstream.dialects.common.openai_shape.details import Details, text_of
from slipstream.events import Event, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=3)
STYLES = st.sampled_from(["index", "id", "both", "repeat"])


def piece(style: str, number: int, text: str, *, first: bool) -> ToolDelta:
    """A piece of the call with this number, labelled in one of the ways that providers have."""
    labelled = first or style in ("id", "both", "repeat")
    named = first or style == "repeat"
    function = Function(name=f"f{number}" if named else None, arguments=text)
    return ToolDelta(
        index=None if style == "id" else number, id=f"call-{number}" if labelled else None, function=function
    )


@st.composite
def deltas(draw: st.DrawFn) -> tuple[list[ToolDelta], list[Any]]:
    """Pieces of some calls, interleaved at random, and the arguments they make."""
    given_values = draw(st.lists(ARGUMENTS, min_size=1, max_size=4))
    style = draw(STYLES)
    queues: list[list[ToolDelta]] = []
    for number, value in enumerate(given_values):
        text = json.dumps(value)
        cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=4))})
        texts = ["", *(text[a:b] for a, b in pairwise(cuts))]
        queues.append([piece(style, number, part, first=at == 0) for at, part in enumerate(texts)])
    order: list[ToolDelta] = [queue.pop(0) for queue in queues]  # calls open in order
    while any(queues):
        order.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    return order, given_values


def run(pieces: list[ToolDelta]) -> list[Event]:
    calls = Calls(0, set())
    out: list[Event] = []
    for delta in pieces:
        calls.take(delta, out)
    calls.end("tool_calls", out, runnable=True)
    return out


@given(deltas())
def test_interleaved_pieces_make_the_calls_they_came_from(drawn: tuple[list[ToolDelta], list[Any]]) -> None:
    pieces, values = drawn
    out = run(pieces)
    calls = [event for event in out if isinstance(event, ToolCall)]
    assert [call.input for call in calls] == values
    assert [call.name for call in calls] == [f"f{number}" for number in range(len(values))]
    assert [event.id for event in out if isinstance(event, ToolInputStart)] == [call.id for call in calls]
    assert [event.id for event in out if isinstance(event, ToolInputEnd)] == [call.id for call in calls]
    for call in calls:
        joined = "".join(event.text for event in out if isinstance(event, ToolInputDelta) and event.id == call.id)
        assert joined == call.arguments


ANY_PIECE = st.builds(
    ToolDelta,
    index=st.none() | st.integers(0, 2),
    id=st.none() | st.sampled_from(["", "a", "b"]),
    function=st.none()
    | st.builds(
        Function,
        name=st.none() | st.sampled_from(["", "f", "g"]),
        arguments=st.none() | st.sampled_from(["", "{", "}", "{}", '{"a":1}']) | st.just({"x": 1}),
    ),
)


@given(st.lists(ANY_PIECE, max_size=12))
def test_whatever_comes_ids_are_unique_and_every_call_ends_once(pieces: list[ToolDelta]) -> None:
    out = run(pieces)
    started = [event.id for event in out if isinstance(event, ToolInputStart)]
    assert len(set(started)) == len(started)
    assert sorted(event.id for event in out if isinstance(event, ToolInputEnd)) == sorted(started)
    assert sorted(event.id for event in out if isinstance(event, ToolCall)) == sorted(started)
    assert all((call.error is None) or call.input is None for call in out if isinstance(call, ToolCall))


@given(st.text())
def test_arguments_are_a_value_or_an_error(text: str) -> None:
    value, error = parse_arguments(text)
    assert value is None or error is None
    if error is not None and len(text.strip()) > 12:
        assert text.strip() not in error


ENTRIES = st.fixed_dictionaries(
    {"type": st.sampled_from(["reasoning.text", "reasoning.summary", "reasoning.encrypted", "new"])},
    optional={
        "text": st.text(max_size=3), "summary": st.text(max_size=3), "index": st.integers(0, 1) | st.none(),
        "data": st.text(max_size=3), "signature": st.none() | st.just("s"),
    },
)  # fmt: skip


@given(st.lists(st.lists(ENTRIES | st.just("strange"), max_size=3), max_size=6))
def test_joined_details_say_the_same_text(chunks: list[list[Any]]) -> None:
    details = Details()
    for chunk in chunks:
        details.add(chunk)
    entries = details.take() or []
    assert text_of(entries) == "".join(map(text_of, chunks))
    assert len(entries) <= sum(map(len, chunks))
    assert details.take() is None
    sealed = [
        entry for chunk in chunks for entry in chunk if entry == "strange" or entry["type"] == "reasoning.encrypted"
    ]
    assert [entry for entry in entries if entry == "strange" or entry["type"] == "reasoning.encrypted"] == sealed


def test_what_was_given_is_not_changed() -> None:
    piece_of = {"type": "reasoning.text", "text": "a", "index": 0}
    details = Details()
    details.add([piece_of])
    details.add([{**piece_of, "text": "b"}])
    assert details.take() == [{**piece_of, "text": "ab"}]
    assert piece_of["text"] == "a"
