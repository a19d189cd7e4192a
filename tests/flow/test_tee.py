"""Branches: each gets all of it, in order, at its own pace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, recordings

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import Abort, Error, Event, Finish, TextDelta
from slipstream.flow.limit import limit
from slipstream.flow.tee import Branch, tee


def is_done(branch: Branch) -> bool:
    return branch.done


def test_every_branch_gets_what_passes() -> None:
    stage = tee(3)
    assert flow.apply(stage, answer("a", "b")) == answer("a", "b")
    assert [branch.take() for branch in stage.branches] == [answer("a", "b")] * 3
    assert all(branch.done for branch in stage.branches)


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_each_reads_when_it_likes(reads: list[bool]) -> None:
    given = answer(*(str(index) for index in range(len(reads))))
    stage = tee(2)
    often, late = stage.branches
    got: list[Event] = []
    for event, read in zip(given, [*reads, *[False] * len(given)], strict=False):
        assert list(stage.on_event(event, 0.0)) == [event]
        got += often.take() if read else []
    assert len(late) == len(given)
    assert got + often.take() == late.take() == given


@pytest.mark.parametrize("end", [Finish(), Error("x"), Abort()], ids=lambda event: str(event.type))
def test_a_branch_is_done_when_the_end_was_taken(end: Event) -> None:
    stage = tee(1)
    (branch,) = stage.branches
    list(stage.on_event(TextDelta("x"), 0))
    assert branch.take() == [TextDelta("x")]
    assert not is_done(branch)
    list(stage.on_event(end, 0))
    assert not is_done(branch)
    assert branch.take() == [end]
    assert is_done(branch)
    assert branch.take() == []


def test_an_end_made_behind_it_is_told_by_closing() -> None:
    stage = tee(1)
    flow.apply([stage, limit(characters=1)], answer("abc", "def"))
    (branch,) = stage.branches
    branch.take()
    assert not is_done(branch)
    stage.close()
    assert is_done(branch)


def test_it_needs_no_clock_and_holds_nothing() -> None:
    stage = tee()
    assert len(stage.branches) == 2
    assert stage.wake_at() is None
    assert list(stage.on_wake(0)) == list(stage.on_end(0)) == []


def test_recorded_streams(corpora: Path) -> None:
    for events in recordings(corpora):
        stage = tee(2)
        assert flow.apply(stage, events) == events
        assert [branch.take() for branch in stage.branches] == [events] * 2


@pytest.mark.parametrize("n", [0, -1, True, 1.5, "2", None])
def test_wrong_numbers_are_refused(n: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"tee\(n\): .*; accepted: branches, a whole number of 1 or more"):
        tee(n)
