"""Ids over the rounds."""

from __future__ import annotations

from hypothesis import given, strategies as st
from tests.tools.looping import answer, call, said

from slipstream import events as e
from slipstream.tools.names import Names


@given(st.lists(st.lists(st.sampled_from(["a", "b", "a-2", "a-3", "a-2-2"]), max_size=6), max_size=6))
def test_names_are_unique_over_rounds_and_the_same_within_one(rounds: list[list[str]]) -> None:
    names, seen = Names(), set[str]()
    for ids in rounds:
        given = {id: names.rewrite(e.TextStart(id)).id for id in ids}
        assert all(names.rewrite(e.TextDelta("x", id)).id == name for id, name in given.items())
        assert len(set(given.values())) == len(given)
        assert not seen & set(given.values())
        seen |= set(given.values())
        assert names.next_round() == given


def test_the_first_round_passes_untouched() -> None:
    events = [*answer(said("x"), call("c", "f")), e.Heartbeat("h")]
    names = Names()
    assert all(names.rewrite(event) is event for event in events)


def test_sources_go_with_their_block_and_results_with_their_call() -> None:
    names = Names()
    for event in (e.TextStart("t"), e.Source("s", block="t"), e.ToolInputStart("c", "f")):
        names.rewrite(event)
    names.next_round()
    assert names.rewrite(e.ToolResult("c", 1)).id == "c"  # late, of the earlier round
    names.rewrite(e.TextStart("t"))
    names.rewrite(e.ToolInputStart("c", "f"))
    assert names.rewrite(e.Source("s", block="t")) == e.Source("s-2", block="t-2")
    assert names.rewrite(e.ToolResult("c", 1, raw={"a": 1})) == e.ToolResult("c-2", 1, raw={"a": 1})


def test_a_round_that_begins_anew_may_use_its_names_again() -> None:
    names = Names()
    names.rewrite(e.TextStart("t"))
    names.forget_round()
    assert names.rewrite(e.TextStart("t")).id == "t"
