"""Tool calls as rows: arguments as they come, results cut, all within the width."""

from __future__ import annotations

import math

from slipstream.events import Event, Start, StepStart, ToolCall, ToolResult
from slipstream.sinks.terminal import Look, Terminal
from slipstream.sinks.terminal.calls import Calls
from slipstream.sinks.terminal.layout import columns
from slipstream.sinks.terminal.surface import Surface


def surface(width: int = 40) -> Surface:
    return Surface(width, 24, Look(colour=False, links=False))


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


def test_a_result_that_python_cannot_write_does_not_stop_the_screen() -> None:
    terminal = Terminal(60, 20, look=Look(colour=False, links=False), progress=False)
    events: list[Event] = [ToolCall("c", "factorial", {"n": 2000}), ToolResult("c", math.factorial(2000))]
    for event in (Start(), StepStart(), *events):
        terminal.on_event(event, 0.0)
    shown = terminal.frame(0.0)
    assert "factorial(n=2000)" in shown
    assert "an integer of 19,053 bits" in shown
