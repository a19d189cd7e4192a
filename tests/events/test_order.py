"""The table of legal order."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream import events as e
from slipstream.errors import IllegalEventError
from slipstream.events.order import TRANSITIONS, Order

WHOLE: list[e.Event] = [
    e.Heartbeat("ping"),
    e.Retry(2, 0.5, "OverloadedError"),
    e.Start("m1", "model"),
    e.StepStart(),
    e.ReasoningStart(),
    e.ReasoningDelta("hm"),
    e.ReasoningEnd(),
    e.TextStart(),
    e.TextDelta("a"),
    e.TextDelta("b"),
    e.TextEnd(),
    e.ToolInputStart("call_1", "add"),
    e.ToolInputDelta("{}", "call_1"),
    e.ToolInputEnd("call_1"),
    e.ToolCall("call_1", "add", {}),
    e.Usage(1, 2, 3),
    e.StepEnd(),
    e.Finish(),
]


def test_a_whole_answer_is_legal() -> None:
    order = Order()
    order.check_all(WHOLE)
    assert order.state == "done"


def illegal(events: list[e.Event], match: str) -> None:
    order = Order()
    order.check_all(events[:-1])
    state = order.state
    with pytest.raises(IllegalEventError, match=match):
        order.check(events[-1])
    assert order.state == state


def test_text_before_start_names_event_and_state() -> None:
    illegal([e.TextDelta("x")], r"'text-delta'.*state 'idle'")


def test_nothing_follows_the_finish() -> None:
    illegal([*WHOLE, e.Heartbeat()], r"'heartbeat'.*state 'done'")


def test_nothing_follows_an_error() -> None:
    illegal([e.Error("x"), e.Finish()], "'finish'.*state 'failed'")


def test_nothing_follows_an_abort() -> None:
    illegal([e.Start(), e.Abort(), e.Finish()], "'finish'.*state 'aborted'")


def test_a_second_start_is_illegal() -> None:
    illegal([e.Start(), e.Start()], "'start'.*'started'")


def test_a_delta_needs_its_own_block() -> None:
    illegal([*WHOLE[:8], e.TextDelta("x", "text-9")], "no open text block has the id 'text-9'")


def test_a_delta_needs_a_block_of_its_kind() -> None:
    illegal([*WHOLE[:5], e.TextDelta("x", "reasoning-0")], "no open text block")


def test_a_delta_after_its_end_is_illegal_even_in_a_run() -> None:
    illegal([*WHOLE[:9], e.TextEnd(), e.TextDelta("x")], "no open text block")


def test_a_block_opens_once() -> None:
    illegal([*WHOLE[:8], e.TextStart()], "a text block with the id 'text-0' is open")


def test_a_finish_with_open_blocks_is_illegal() -> None:
    illegal([*WHOLE[:8], e.Finish()], r"the blocks \['text-0'\] are open")


def test_a_finish_with_an_open_step_is_illegal() -> None:
    illegal([e.Start(), e.StepStart(1), e.Finish()], r"steps of choices \[1\]")


def test_a_step_ends_only_once() -> None:
    illegal([e.Start(), e.StepStart(), e.StepEnd(), e.StepEnd()], "no step of choice 0 is open")


def test_a_restart_begins_anew() -> None:
    order = Order()
    order.check_all([*WHOLE[:9], e.Restart(), *WHOLE[2:]])
    assert order.state == "done"


def test_every_event_type_is_legal_somewhere() -> None:
    legal = {kind for row in TRANSITIONS.values() for kind in row}
    assert legal == set(e.EVENT_TYPES)


@given(
    st.lists(st.sampled_from([*WHOLE, e.Error("x"), e.Abort(), e.Restart(), e.TextDelta("x", "text-1")]), max_size=25)
)
def test_any_sequence_is_taken_or_refused_by_name(events: list[e.Event]) -> None:
    order = Order()
    try:
        order.check_all(events)
    except IllegalEventError as error:
        named = str(error)
    else:
        named = ""
    assert order.state in TRANSITIONS
    assert not named or any(event.type in named for event in events)
