"""A wait that can be ended from outside, and what it does to the task that waits."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from tests.run.virtual_time import run

from slipstream.errors import SlipstreamError
from slipstream.run.waiting import Interrupted, Waiting

CAUSE = SlipstreamError("the clock")


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


def test_what_is_awaited_comes_back() -> None:
    async def scene() -> int:
        return await Waiting().wait(lambda: asyncio.sleep(1, 42))

    assert run(scene()) == 42


def test_an_error_of_what_is_awaited_passes() -> None:
    async def broken() -> None:
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        run(Waiting().wait(broken))


@pytest.mark.parametrize("cause", [CAUSE, None])
def test_an_interrupt_ends_the_wait_and_leaves_the_task_uncancelled(cause: SlipstreamError | None) -> None:
    async def scene() -> None:
        waiting = Waiting()
        asyncio.get_running_loop().call_later(1, waiting.interrupt, cause)
        with pytest.raises(Interrupted) as caught:
            await waiting.wait(forever)
        assert caught.value.cause is cause
        await asyncio.sleep(1)  # would raise if the cancellation still hung over the task
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    run(scene())


def test_an_interrupt_before_the_wait_means_it_never_starts() -> None:
    async def scene() -> None:
        waiting = Waiting()
        waiting.interrupt(CAUSE)
        with pytest.raises(Interrupted):
            await waiting.wait(lambda: pytest.fail("it was started"))
        with pytest.raises(Interrupted):
            waiting.check()

    run(scene())


def test_only_the_first_interrupt_counts() -> None:
    async def scene() -> None:
        waiting = Waiting()
        waiting.interrupt(CAUSE)
        waiting.interrupt(None)
        with pytest.raises(Interrupted) as caught:
            waiting.check()
        assert caught.value.cause is CAUSE

    run(scene())


def test_the_task_of_somebody_else_stays_cancelled() -> None:
    async def scene() -> None:
        task = asyncio.ensure_future(Waiting().wait(forever))
        await asyncio.sleep(1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    run(scene())


def test_when_both_cancel_the_task_is_cancelled() -> None:
    """A stop button and a cancelled task at once: who cancelled the task must see it cancelled."""

    async def scene() -> None:
        waiting = Waiting()
        task = asyncio.ensure_future(waiting.wait(forever))
        await asyncio.sleep(1)
        waiting.interrupt(None)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    run(scene())


def test_asyncio_timeout_around_it_still_works() -> None:
    async def scene() -> None:
        waiting = Waiting()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await waiting.wait(forever)
        assert await waiting.wait(lambda: asyncio.sleep(1, "on it goes")) == "on it goes"

    run(scene())


def test_an_error_that_the_interrupt_itself_causes_is_the_interrupt() -> None:
    """Closing a socket makes a pending read fail; that failure is not the news."""

    async def scene() -> None:
        waiting = Waiting()
        read = asyncio.get_running_loop().create_future()

        def stop() -> None:
            read.set_exception(ConnectionError("closed under our feet"))
            waiting.interrupt(CAUSE)

        asyncio.get_running_loop().call_later(1, stop)
        with pytest.raises(Interrupted):
            await waiting.wait(lambda: read)

    run(scene())


def test_a_wait_that_swallows_its_cancellation_is_interrupted_all_the_same() -> None:
    async def stubborn() -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await forever()
        return "too late"

    async def scene() -> None:
        waiting = Waiting()
        asyncio.get_running_loop().call_later(1, waiting.interrupt, CAUSE)
        with pytest.raises(Interrupted):
            await waiting.wait(stubborn)
        await asyncio.sleep(1)

    run(scene())
