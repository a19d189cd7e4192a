"""A source with stages: their timers wake it, they may end the stream, and nothing they hold is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

import pytest
from tests.run.scripted import CUT, FOREVER, ROLE, Attempt, answer, collect, frame, kinds, make_staged, text
from tests.run.virtual_time import run

from slipstream.errors import ContentFilteredError, StreamInterruptedError, StreamTimeoutError
from slipstream.events import Error, Event, TextDelta
from slipstream.flow.stage import Stage
from slipstream.run.timeouts import Timeouts


class Hold:
    """Holds text for some seconds, or to the end."""

    def __init__(self, seconds: float = FOREVER) -> None:
        self._seconds = seconds
        self._held: list[Event] = []
        self._due: float | None = None

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Hold text, and let what closes its block wait behind it."""
        if isinstance(event, TextDelta):
            self._held.append(event)
            self._due = self._due or now + self._seconds
            return []
        if not self._held:
            return [event]
        return [*self.on_end(now), event]

    def on_wake(self, now: float) -> Iterable[Event]:
        """Let it go."""
        return self.on_end(now)

    def on_end(self, now: float) -> Iterable[Event]:
        """Let it go."""
        held, self._held, self._due = self._held, [], None
        return held

    def wake_at(self) -> float | None:
        """When."""
        return self._due


class Judge:
    """Ends the stream at a word, or when a moment comes."""

    def __init__(self, word: str = "", at: float | None = None) -> None:
        self._word = word
        self._at = at

    def _end(self) -> list[Event]:
        return [Error("not that word", kind="ContentFilteredError", code="guard")]

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """End at the word."""
        bad = self._word and isinstance(event, TextDelta) and self._word in event.text
        return [*self._end(), event] if bad else [event]

    def on_wake(self, now: float) -> Iterable[Event]:
        """End now."""
        self._at = None
        return [Error("too slow", kind="StreamTimeoutError", code="gap")]

    def on_end(self, now: float) -> Iterable[Event]:
        """Nothing is held."""
        return []

    def wake_at(self) -> float | None:
        """When to end."""
        return self._at


def test_a_stage_wakes_while_the_network_is_silent() -> None:
    async def scene() -> None:
        driver, _ = make_staged(Attempt((0, ROLE + frame("Hel")), *answer("lo", every=10.0)[1:]), stages=[Hold(3.0)])
        events = await driver.next_batch() + await driver.next_batch()
        assert text(events) == "Hel"
        assert time.monotonic() == 1003.0
        rest = await collect_rest(driver)
        assert text(rest) == "lo"

    async def collect_rest(driver: object) -> list[Event]:
        events: list[Event] = []
        while batch := await driver.next_batch():  # type: ignore[attr-defined]
            events += batch
        return events

    run(scene())


def test_what_a_stage_holds_comes_before_the_end() -> None:
    async def scene() -> None:
        driver, _ = make_staged(Attempt(*answer("Hel", "lo")), stages=[Hold()])
        events = await collect(driver)
        assert text(events) == "Hello"
        assert kinds(events)[-1] == "finish"

    run(scene())


@pytest.mark.parametrize("cancel", [True, False])
def test_what_a_stage_holds_survives_a_cut_and_a_cancel(cancel: bool) -> None:
    async def scene() -> None:
        end = (FOREVER, b"") if cancel else (5.0, CUT)
        stages: list[Stage] = [Hold()]
        driver, _ = make_staged(Attempt((0, ROLE), (1, frame("Hel")), end), stages=stages, timeouts=Timeouts(idle=None))
        if cancel:
            asyncio.get_running_loop().call_later(5, driver.cancel, "cancelled")
        events = await collect(driver)
        assert text(events) == "Hel"
        assert kinds(events)[-1] == ("abort" if cancel else "error")
        assert cancel or isinstance(driver.failure, StreamInterruptedError)

    run(scene())


def test_a_stage_may_end_the_stream() -> None:
    async def scene() -> None:
        driver, network = make_staged(Attempt(*answer("good ", "bad ", "ugly", every=1.0)), stages=[Judge("bad")])
        events = await collect(driver)
        assert text(events) == "good "
        assert kinds(events)[-1] == "error"
        assert isinstance(driver.failure, ContentFilteredError)
        assert driver.failure.provider == "acme"
        assert time.monotonic() == 1003.0
        assert network.responses[0].closed, "the provider need not go on"
        assert await driver.next_batch() == []

    run(scene())


def test_a_stage_may_end_the_stream_when_its_moment_comes() -> None:
    async def scene() -> None:
        driver, network = make_staged(Attempt((0, ROLE), (1, frame("a")), (FOREVER, b"")), stages=[Judge(at=1007.0)])
        events = await collect(driver)
        assert text(events) == "a"
        assert time.monotonic() == 1007.0
        assert isinstance(driver.failure, StreamTimeoutError)
        assert network.responses[0].closed

    run(scene())


def test_a_stages_timer_fires_before_the_response_has_begun() -> None:
    """`deadlines(first_output=5)` must fire even when nothing at all arrives (EXAMPLES row 19)."""

    async def scene() -> None:
        driver, _ = make_staged(Attempt(connect=1, headers=100), stages=[Judge(at=1005.0)])
        events = await collect(driver)
        assert kinds(events) == ["error"]
        assert time.monotonic() == 1005.0

    run(scene())


@pytest.mark.parametrize("make_stage", [Hold, lambda: Hold(0.5)])
def test_timeouts_still_fire_while_stages_have_timers(make_stage: Callable[[], Hold]) -> None:
    async def scene() -> None:
        stages = [make_stage()]
        driver, network = make_staged(
            Attempt((0, ROLE), (1, frame("a")), (FOREVER, b"")), stages=stages, timeouts=Timeouts(gap=4.0)
        )
        events = await collect(driver)
        assert text(events) == "a"
        assert isinstance(driver.failure, StreamTimeoutError)
        assert time.monotonic() == 1005.0
        assert network.responses[0].closed

    run(scene())
