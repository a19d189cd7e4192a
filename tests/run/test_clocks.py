"""The clocks of a stream, in virtual time: each fires alone, at its bound, and names itself."""

from __future__ import annotations

import asyncio

import pytest
from tests.run.virtual_time import now, run, spend

from slipstream.run.clocks import Clocks
from slipstream.run.timeouts import Timeouts

NONE = Timeouts(connect=None, headers=None, first_output=None, gap=None, idle=None, total=None)
CLOCKS = ("connect", "headers", "first_output", "gap", "idle", "total")


class Watch:
    """Clocks under test, and what they said."""

    def __init__(self, timeouts: Timeouts) -> None:
        self.said: list[tuple[str, float]] = []
        self.clocks = Clocks(timeouts, self._expired)
        self.began = now()

    def _expired(self, clock: str, bound: float) -> None:
        assert bound == getattr(self.clocks._timeouts, clock)
        self.said.append((clock, now() - self.began))

    def streaming(self) -> None:
        """Go through an opening until the reader waits for the next bytes."""
        self.clocks.enter(now())
        self.clocks.connecting()
        self.clocks.connected()
        self.clocks.headers_received()
        self.clocks.received(now())

    def bytes(self, *, output: bool = False) -> None:
        """Bytes come in while the reader waits; it goes to work, and waits again at once."""
        self.clocks.received(now())
        if output:
            self.clocks.output(now())
        self.clocks.enter(now())


@pytest.mark.parametrize("clock", CLOCKS)
def test_each_clock_fires_alone_at_its_bound_and_names_itself(clock: str) -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(**{**dict.fromkeys(CLOCKS), clock: 5.0}))
        watch.clocks.enter(now())
        watch.clocks.connecting()
        if clock not in ("connect", "first_output", "total"):
            watch.clocks.connected()
        if clock in ("gap", "idle"):
            watch.clocks.headers_received()
            watch.bytes(output=True)
        await asyncio.sleep(3600)
        assert watch.said == [(clock, 5.0)]
        watch.clocks.stop()

    run(scene())


def test_no_bound_never_fires() -> None:
    async def scene() -> None:
        watch = Watch(NONE)
        watch.streaming()
        watch.bytes(output=True)
        await asyncio.sleep(10**6)
        assert watch.said == []

    run(scene())


def test_bytes_move_idle_and_only_content_moves_gap_and_first_output() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(idle=2, gap=7, first_output=5))
        watch.streaming()
        for output in (False, False, True, False, False, False, False):
            await asyncio.sleep(1.5)
            watch.bytes(output=output)
        await asyncio.sleep(3600)
        assert watch.said == [("gap", 4.5 + 7)]

    run(scene())


def test_comments_do_not_meet_first_output() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(idle=2, first_output=5))
        watch.streaming()
        for _ in range(5):
            await asyncio.sleep(1)
            watch.bytes()
            if watch.said:
                break
        assert watch.said == [("first_output", 5.0)]
        watch.clocks.stop()

    run(scene())


def test_a_reader_that_is_away_does_not_count_against_the_provider() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(idle=2, gap=3))
        watch.streaming()
        await asyncio.sleep(1)
        watch.bytes(output=True)
        watch.clocks.received(now())
        await asyncio.sleep(100)
        assert watch.said == []
        watch.clocks.enter(now())
        await asyncio.sleep(3600)
        assert watch.said == [("idle", 103.0)]
        watch.clocks.stop()

    run(scene())


@pytest.mark.parametrize("clock", ["idle", "gap"])
def test_a_clock_still_fires_after_its_timer_came_due_while_the_reader_was_away(clock: str) -> None:
    """`total` far away must not hide a nearer clock."""

    async def scene() -> None:
        watch = Watch(Timeouts(**{**dict.fromkeys(CLOCKS), clock: 2.0, "total": 1000.0}))
        watch.streaming()
        watch.bytes(output=True)
        watch.clocks.received(now())
        await asyncio.sleep(10)
        watch.clocks.enter(now())
        await asyncio.sleep(100)
        assert watch.said == [(clock, 12.0)]
        watch.clocks.stop()

    run(scene())


def test_total_fires_while_the_reader_is_away() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(total=5))
        watch.streaming()
        await asyncio.sleep(3600)
        assert watch.said == [("total", 5.0)]

    run(scene())


def test_a_busy_reader_that_blocks_the_loop_is_no_silence_of_the_provider() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(idle=2))
        watch.streaming()
        watch.clocks.enter(now())
        await asyncio.sleep(1)
        watch.clocks.received(now())
        spend(50)
        watch.clocks.enter(now())
        await asyncio.sleep(1.5)
        assert watch.said == []
        await asyncio.sleep(3600)
        assert watch.said == [("idle", 53.0)]
        watch.clocks.stop()

    run(scene())


def test_a_failed_attempt_keeps_only_the_clocks_of_the_whole() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(connect=3, headers=3, idle=3, gap=3, first_output=20, total=None))
        watch.streaming()
        watch.clocks.enter(now())
        await asyncio.sleep(2)
        watch.clocks.attempt_failed()
        await asyncio.sleep(10)
        assert watch.said == []
        watch.clocks.connecting()
        await asyncio.sleep(10)
        assert watch.said == [("connect", 15.0)]
        watch.clocks.stop()

    run(scene())


def test_the_clock_of_the_second_attempt_fires_after_that_of_the_first_did() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(connect=3, first_output=None, total=None))
        for attempt in (1, 2):
            watch.clocks.enter(now())
            watch.clocks.connecting()
            await asyncio.sleep(4)
            assert watch.said[-1] == ("connect", 4.0 * (attempt - 1) + 3)
            watch.clocks.attempt_failed()
        watch.clocks.stop()

    run(scene())


def test_the_budget_of_a_retry_is_the_nearer_of_total_and_first_output() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(first_output=20, total=50))
        await asyncio.sleep(5)
        assert watch.clocks.remaining() == 15.0
        watch.streaming()
        watch.bytes(output=True)
        assert watch.clocks.remaining() == 45.0
        watch.clocks.stop()
        assert Watch(NONE).clocks.remaining() == float("inf")

    run(scene())


def test_stopped_clocks_are_silent_and_leave_no_timer() -> None:
    async def scene() -> None:
        watch = Watch(Timeouts(total=1))
        watch.streaming()
        watch.clocks.stop()
        watch.clocks.stop()
        await asyncio.sleep(3600)
        assert watch.said == []

    run(scene())
