"""Stages over a list of events: the order of flushes, and the fake clock."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import Abort, Error, Event, Finish, TextDelta


class Hold:
    """Holds every piece for a second."""

    def __init__(self) -> None:
        self.held: list[tuple[float, Event]] = []

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        self.held.append((now + 1.0, event))
        return ()

    def on_wake(self, now: float) -> Iterable[Event]:
        due = [event for at, event in self.held if at <= now]
        self.held = [(at, event) for at, event in self.held if at > now]
        return due

    def on_end(self, now: float) -> Iterable[Event]:
        out = [event for _, event in self.held]
        self.held.clear()
        return out

    def wake_at(self) -> float | None:
        return self.held[0][0] if self.held else None


class Upper:
    """Writes large; notes when each piece came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        self.times.append(now)
        yield TextDelta(event.text.upper()) if isinstance(event, TextDelta) else event

    def on_wake(self, now: float) -> Iterable[Event]:
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        return ()

    def wake_at(self) -> float | None:
        return None


class Stuck(Hold):
    """Asks for the same time for ever."""

    def wake_at(self) -> float | None:
        return 0.0

    def on_wake(self, now: float) -> Iterable[Event]:
        return ()


class Stop(Upper):
    """Ends the stream at the first piece."""

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        return (Error("enough"),)


A, B = TextDelta("a"), TextDelta("b")


def test_no_stage_changes_nothing() -> None:
    assert flow.apply([], [A, Finish()]) == [A, Finish()]


def test_one_stage_or_several() -> None:
    assert flow.apply(Upper(), [A]) == [TextDelta("A")]
    assert flow.apply([Hold(), Upper()], [A, B]) == [TextDelta("A"), TextDelta("B")]


@pytest.mark.parametrize("end", [Finish(), Abort(), Error("x")])
def test_what_is_held_comes_before_the_end(end: Event) -> None:
    assert flow.apply(Hold(), [A, end]) == [A, end]


def test_timers_fire_at_their_own_time() -> None:
    upper = Upper()
    assert flow.apply([Hold(), upper], [A, B, Finish()], times=[0.0, 5.0, 5.5]) == [
        TextDelta("A"), TextDelta("B"), Finish(),
    ]  # fmt: skip
    assert upper.times == [1.0, 5.5, 5.5], "the end itself comes by as well"


def test_a_stage_that_asks_for_ever_does_not_hang() -> None:
    assert flow.apply(Stuck(), [A, Finish()], times=[1.0, 2.0]) == [A, Finish()]


def test_an_early_end_is_the_end() -> None:
    assert flow.apply([Stop()], [A, B, Finish()]) == [Error("enough")]


def test_nothing_in_nothing_out() -> None:
    assert flow.apply(Hold(), []) == []


@pytest.mark.parametrize("times", [[0.0], [0.0, 1.0, 2.0], [2.0, 1.0]])
def test_wrong_times_are_refused_by_name(times: list[float]) -> None:
    with pytest.raises(InvalidRequestError, match="times"):
        flow.apply([], [A, B], times=times)
