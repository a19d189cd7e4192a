"""Objects that grow by deltas."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.client.sdk.growing import Growing, GrowingList, GrowingText, value_so_far


def grown(*deltas: dict[str, Any]) -> dict[str, Any]:
    growing = Growing()
    for delta in deltas:
        growing.add(delta)
    return growing.plain()


@given(st.lists(st.text()))
def test_a_snapshot_is_the_text_of_its_moment(pieces: list[str]) -> None:
    text, snapshots = GrowingText(), []
    for piece in pieces:
        text.append(piece)
        snapshots.append(text.snapshot())
    assert [snapshot.make() for snapshot in snapshots] == ["".join(pieces[: n + 1]) for n in range(len(pieces))]
    assert str(text) == "".join(pieces)


def test_texts_are_joined_and_names_are_kept_once() -> None:
    deltas = [{"role": "assistant", "id": "a", "content": "x"}, {"role": "assistant", "id": "a", "content": "y"}]
    assert grown(*deltas) == {"role": "assistant", "id": "a", "content": "xy"}
    assert grown({"id": ""}, {"id": "late"}, {"id": "later"}) == {"id": "late"}


def test_null_replaces_nothing() -> None:
    assert grown({"content": None}, {"content": "x"}, {"content": None}) == {"content": "x"}
    assert grown({"n": 1}, {"n": None}, {"n": 2}) == {"n": 2}
    assert grown({"content": None}) == {"content": None}


def test_objects_and_lists_grow() -> None:
    assert grown({"audio": {"data": "AA"}}, {"audio": {"data": "BB", "id": "x"}}) == {
        "audio": {"data": "AABB", "id": "x"}
    }
    assert grown({"seen": [1]}, {"seen": [2]}) == {"seen": [1, 2]}


def call(arguments: str, **fields: Any) -> dict[str, Any]:
    return {
        "function": {"arguments": arguments, **({"name": fields.pop("name")} if "name" in fields else {})},
        **fields,
    }


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        # by index
        (
            [call("a", index=0, id="1"), call("b", index=1, id="2"), call("A", index=0), call("B", index=1)],
            ["aA", "bB"],
        ),
        # the id in every delta (row 14), an empty one (row 10)
        ([call("a", index=0, id="1"), call("A", index=0, id="1"), call("!", index=0, id="")], ["aA!"]),
        # all at index 0, told apart by id (row 13)
        ([call("a", index=0, id="1"), call("b", index=0, id="2"), call("B", index=0)], ["a", "bB"]),
        # no index at all (row 12)
        ([call("a", id="1"), call("A"), call("b", id="2"), call("B")], ["aA", "bB"]),
        # the id after the first piece
        ([call("a", index=0), call("A", index=0, id="1")], ["aA"]),
    ],
)
def test_the_pieces_of_calls_find_their_call(deltas: list[dict[str, Any]], expected: list[str]) -> None:
    calls = GrowingList()
    calls.add(deltas)
    assert [entry["function"]["arguments"] for entry in calls.plain()] == expected


def test_entries_that_are_no_calls_are_added() -> None:
    citation = {"type": "url_citation", "url": "u"}
    assert grown({"annotations": [citation]}, {"annotations": [citation]}) == {"annotations": [citation, citation]}


@given(
    st.recursive(st.integers() | st.text() | st.booleans(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)),
    st.data(),
)
def test_the_value_so_far_of_a_whole_text_is_its_value(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    assert value_so_far(text + " ") == value
    value_so_far(text[: data.draw(st.integers(0, len(text)))])  # and of a part, whatever it is


def test_the_value_so_far_of_what_is_no_json() -> None:
    assert value_so_far('{"a": 1, b') == {"a": 1}
    assert value_so_far("") is None
    assert value_so_far("hello") is None
