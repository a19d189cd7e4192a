"""The calls of a round: side by side, and no more than allowed, in number and in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.tools.looping import Rounds, answer, call, called, make, outcomes, play, said

from slipstream import events as e
from slipstream.events import Event


async def test_sync_tools_run_side_by_side() -> None:
    together = threading.Barrier(3)

    def meet(n: int) -> int:
        together.wait(5)
        return n

    calls = [call(str(n), "meet", {"n": n}) for n in range(3)]
    assert sorted(outcomes(await play(meet, calls=calls))) == [("0", 0), ("1", 1), ("2", 2)]


async def test_no_more_run_at_once_than_allowed() -> None:
    running, most = 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1

    calls = [call(str(n), "work") for n in range(9)]
    assert len(outcomes(await play(work, calls=calls, max_parallel=2))) == 9
    assert most == 2


@pytest.mark.parametrize("kind", ["sync", "async", "stubborn"])
async def test_each_call_has_its_own_bound(kind: str) -> None:
    release = threading.Event()
    over: list[bool] = []

    def sync() -> None:
        release.wait(60)
        over.append(True)

    async def coroutine() -> None:
        await asyncio.Event().wait()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    async def quick() -> str:
        return "quick"

    slow: Callable[[], Any] = {"sync": sync, "async": coroutine, "stubborn": stubborn}[kind]
    loop = make(Rounds(called(call("a", slow.__name__), call("b", "quick")), answer(said("done"))), slow, quick,
                tool_timeout=0.05)  # fmt: skip
    events: list[Event] = []
    while batch := await loop.next_batch():
        events += batch
    assert not over, "the round ends while the tool still works"
    release.set()
    await loop.aclose()
    assert outcomes(events) == [("b", "quick"), ("a", "timed out after 0.05 s")]
    assert events[-1] == e.Finish()


async def test_a_call_that_timed_out_makes_room_for_the_next() -> None:
    async def hang(n: int) -> None:
        await asyncio.Event().wait()

    calls = [call(str(n), "hang", {"n": n}) for n in range(3)]
    events = await play(hang, calls=calls, max_parallel=1, tool_timeout=0.02)
    assert [id for id, _ in outcomes(events)] == ["0", "1", "2"]
