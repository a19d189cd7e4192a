"""Tool calls as rows: arguments as they come, results cut, all within the width."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, strategies as st

from slipstream.sinks.terminal import Look
from slipstream.sinks.terminal.brief import arguments, brief
from slipstream.sinks.terminal.calls import Calls
from slipstream.sinks.terminal.layout import columns
from slipstream.sinks.terminal.surface import Surface

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def surface(width: int = 40) -> Surface:
    return Surface(width, 24, Look(colour=False, links=False))


@given(JSON, st.integers(0, 60))
def test_a_value_is_json_as_far_as_there_is_room(value: Any, room: int) -> None:
    whole = brief(value, 10_000)
    assert msgspec.json.decode(whole) == value
    short = brief(value, room)
    assert len(short) <= room + 2 * 62 + 4  # one piece over: a key or a string with all of it escaped
    if len(whole) <= room:
        assert short == whole


def test_a_large_value_costs_its_room() -> None:
    assert len(brief("x" * 10_000_000, 80)) < 100
    assert len(brief([0] * 1_000_000, 80)) < 100
    assert brief([[[[[[[[[[1]]]]]]]]]], 80) == "[[[[[[[[[...]]]]]]]]]"
    assert brief(object, 80).startswith('"<class')


def test_arguments_read_like_python() -> None:
    assert arguments({"city": "Paris", "days": 3, "so": None}, 80) == 'city="Paris", days=3, so=null'
    assert arguments(["a"], 80) == '["a"]'
    assert arguments({}, 80) == ""


def test_a_row_is_cut_to_the_width() -> None:
    calls = Calls(surface(30))
    call = calls.add("write_file")
    for _ in range(200):
        call.grow('{"path": "a' if not _ else "你好 and more ")
    [row] = calls.open()
    assert row.text.startswith('● write_file(path="a你好')
    assert row.text.endswith("…)")
    assert row.width == columns(row.text) <= 30


def test_arguments_that_are_no_json_are_shown_as_they_are() -> None:
    calls = Calls(surface())
    call = calls.add("run")
    call.grow("ls -la\n")
    call.grow("| wc")
    assert calls.open()[0].text == "● run(ls -la | wc)"
    call.complete(None, "ls -la | wc -l")
    assert calls.open()[0].text == "● run(ls -la | wc -l)"


def test_a_result_is_cut_to_some_lines() -> None:
    calls = Calls(surface())
    calls.add("read").answer("\n".join(f"line {number}" for number in range(100)))
    rows = [row.text for row in calls.settled()]
    assert rows == ["● read()", "  ⎿ line 0", *(f"    line {n}" for n in range(1, 5)), "    … 95 more lines"]
    calls.add("read").answer("x" * 5000)
    assert max(row.width for row in calls.settled()) == 40
    calls.add("empty").answer("")
    assert [row.text for row in calls.settled()] == ["● empty()", "  ⎿ (nothing)"]


def test_a_preliminary_result_is_replaced() -> None:
    calls = Calls(surface())
    call = calls.add("search")
    call.answer("10 %", final=False)
    assert [row.text for row in calls.open()] == ["● search()", "  ⎿ 10 %"]
    assert calls.settled() == []
    call.answer("found")
    assert [row.text for row in calls.settled()] == ["● search()", "  ⎿ found"]


def test_a_result_whose_call_is_out_of_reach_names_it() -> None:
    calls = Calls(surface())
    first, second = calls.add("one"), calls.add("two")
    calls.settle(1)
    assert [row.text for row in calls.open()] == ["● two()"]
    first.answer("1")
    second.answer("2")
    assert [row.text for row in calls.settled()] == ["  ⎿ one: 1", "● two()", "  ⎿ 2"]


def test_the_end_settles_what_is_open() -> None:
    calls = Calls(surface())
    calls.add("one")
    calls.add("two", known=True)
    calls.end()
    assert [row.text for row in calls.settled()] == ["● one()"]
    assert calls.open() == []
