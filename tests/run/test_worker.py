"""The thread of a sync function."""

from __future__ import annotations

import asyncio
import threading

import pytest

from slipstream.run.worker import Worker


async def test_all_steps_run_in_one_thread_that_ends() -> None:
    worker = Worker("w")
    first = await worker.run(threading.current_thread)
    assert await worker.run(threading.current_thread) is first
    assert (first.daemon, first.name) == (True, "w")
    done = threading.Event()
    worker.close(done.set)
    assert await asyncio.to_thread(done.wait, 5)
    await asyncio.to_thread(first.join, 5)
    assert not first.is_alive()


async def test_what_a_step_raises_is_raised() -> None:
    worker = Worker("w")
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 / 0)
    assert await worker.run(lambda: "well") == "well"
    worker.close()


async def test_a_cancelled_step_is_not_waited_for() -> None:
    worker, release = Worker("w"), threading.Event()
    task = asyncio.ensure_future(worker.run(lambda: release.wait(5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    worker.close()


def test_a_loop_that_is_gone_bothers_no_thread() -> None:
    worker, release, found = Worker("w"), threading.Event(), list[threading.Thread]()

    def step() -> None:
        found.append(threading.current_thread())
        release.wait(5)

    async def begin() -> None:
        task = asyncio.ensure_future(worker.run(step))
        while not found:
            await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(begin())
    worker.close()
    release.set()
    found[0].join(5)
    assert not found[0].is_alive()
