"""Jobs of stages under the runner: callbacks and checks, sync and async, in both kinds of door, in virtual time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tests.run.scripted import FOREVER, ROLE, Attempt, ScriptedTransport, answer, collect, frame, kinds, make, text
from tests.run.virtual_time import run

from slipstream import flow
from slipstream.errors import StageError
from slipstream.events import Event, TextDelta, TextEnd
from slipstream.flow.stage import Job
from slipstream.run.staged import Staged


class Checked:
    """Holds each piece until a job has looked at it. A minimal working stage, as a user may write one."""

    def __init__(self, look: Callable[[str], Any], *, blocking: bool = False) -> None:
        self._look = look
        self._blocking = blocking
        self._new: list[Job] = []
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """True while a look is under way."""
        return self._waiting > 0

    def jobs(self) -> list[Job]:
        """The looks to take."""
        new, self._new = self._new, []
        return new

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Hold text; its end waits with it."""
        if not isinstance(event, TextDelta):
            return [] if isinstance(event, TextEnd) else [event]
        self._waiting += 1

        def done(result: Any, now: float) -> Iterable[Event]:
            self._waiting -= 1
            return [event] if result else []

        def failed(error: Exception, now: float) -> Iterable[Event]:
            self._waiting -= 1
            return [TextDelta(f"<{type(error).__name__}>")]

        self._new.append(Job(lambda: self._look(event.text), done, failed, self._blocking))
        return []

    def on_wake(self, now: float) -> Iterable[Event]:
        """Never."""
        return []

    def on_end(self, now: float) -> Iterable[Event]:
        """The block closes once nothing is looked at any more."""
        return []

    def wake_at(self) -> float | None:
        """Never."""
        return None


def staged(stage: Checked, *attempts: Attempt, threads: bool = False) -> tuple[Staged, ScriptedTransport]:
    driver, network = make(*attempts)
    return Staged(driver, [stage], context={}, threads=threads), network


async def drain(source: Staged) -> list[Event]:
    """All events; their order is not that of the table, as the test's stage drops the end of the block."""
    events: list[Event] = []
    while batch := await source.next_batch():
        events += batch
    await source.aclose()
    return events


@pytest.mark.parametrize("kind", ["sync", "async", "waiting"])
def test_the_end_waits_for_the_jobs(kind: str) -> None:
    def sync(piece: str) -> bool:
        return "b" not in piece

    async def quick(piece: str) -> bool:
        return sync(piece)

    async def slow(piece: str) -> bool:
        await asyncio.sleep(7.0)
        return sync(piece)

    async def scene() -> None:
        looks = {"sync": sync, "async": quick, "waiting": slow}
        source, _ = staged(Checked(looks[kind]), Attempt(*answer("a", "b", "c")))
        events = await drain(source)
        assert text(events) == "ac"
        assert kinds(events)[-1] == "finish"
        assert time.monotonic() == (1007.0 if kind == "waiting" else 1000.0)

    run(scene())


def test_a_failing_job_goes_to_its_stage() -> None:
    async def look(piece: str) -> bool:
        raise ConnectionError("the service is down")

    async def scene() -> None:
        source, _ = staged(Checked(look), Attempt(*answer("a")))
        assert text(await drain(source)) == "<ConnectionError>"

    run(scene())


def test_the_network_is_read_while_a_job_waits() -> None:
    async def look(piece: str) -> bool:
        await asyncio.sleep(10.0 if piece == "a" else 0.0)
        return True

    async def scene() -> None:
        source, _ = staged(Checked(look), Attempt(*answer("a", "b", every=1.0)))
        assert text(await drain(source)) == "ba", "the second look was over first, and this stage keeps no order"

    run(scene())


@pytest.mark.parametrize("at_end", [True, False])
def test_a_cancel_does_not_wait_for_jobs(at_end: bool) -> None:
    began = []

    async def look(piece: str) -> bool:
        began.append(piece)
        await asyncio.sleep(FOREVER)
        return True

    async def scene() -> None:
        rest = answer("a") if at_end else [(0.0, ROLE + frame("a")), (FOREVER, b"")]
        source, _ = staged(Checked(look), Attempt(*rest))
        asyncio.get_running_loop().call_later(3.0, source.cancel, "enough")
        events = await drain(source)
        assert began == ["a"]
        assert kinds(events)[-1] == "abort"
        assert text(events) == ""
        assert time.monotonic() == 1003.0
        assert len(asyncio.all_tasks()) == 1

    run(scene())


def test_a_reader_that_is_cancelled_leaves_no_task() -> None:
    async def look(piece: str) -> bool:
        await asyncio.sleep(FOREVER)
        return True

    async def scene() -> None:
        source, network = staged(Checked(look), Attempt((0.0, ROLE + frame("a")), (FOREVER, b"")))
        reader = asyncio.ensure_future(drain(source))
        await asyncio.sleep(2.0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await source.aclose()
        assert network.responses[0].closed
        assert len(asyncio.all_tasks()) == 1

    run(scene())


@pytest.mark.parametrize(("blocking", "threads"), [(True, False), (False, True), (False, False)])
async def test_what_may_block_runs_in_a_thread(blocking: bool, threads: bool) -> None:
    seen = []

    def look(piece: str) -> bool:
        seen.append(threading.current_thread() is threading.main_thread())
        return True

    source, _ = staged(Checked(look, blocking=blocking), Attempt(*answer("a", "b")), threads=threads)
    await drain(source)
    assert set(seen) == {not (blocking or threads)}


def test_a_stage_that_raises_ends_the_stream_with_its_name_and_not_its_words() -> None:
    class Broken(Checked):
        def on_event(self, event: Event, now: float) -> Iterable[Event]:
            if isinstance(event, TextDelta) and event.text == "b":
                raise ValueError("secret words")
            return [event]

    async def scene() -> None:
        source, network = staged(Broken(str), Attempt(*answer("a", "b", "c", every=1.0)))
        events = await collect(source)
        assert text(events) == "a"
        assert isinstance(source.failure, StageError)
        assert "Broken" in str(source.failure)
        assert "ValueError" in str(source.failure)
        assert "secret" not in str(source.failure)
        assert isinstance(source.failure.__cause__, ValueError)
        assert network.responses[0].closed

    run(scene())


async def test_jobs_that_hang_take_no_place_from_others() -> None:
    """Each has a thread of its own: the loop's pool has a few, and name look-ups need them too."""
    let_go = threading.Event()
    hung = [staged(Checked(lambda piece: let_go.wait(20)), Attempt(*answer("a")), threads=True)[0] for _ in range(40)]
    readers = [asyncio.ensure_future(drain(source)) for source in hung]
    await asyncio.sleep(0.05)
    began = time.monotonic()
    source, _ = staged(Checked(lambda piece: True), Attempt(*answer("a")), threads=True)
    assert text(await drain(source)) == "a"
    await asyncio.to_thread(str)
    assert time.monotonic() - began < 5
    let_go.set()
    await asyncio.gather(*readers)


def test_a_job_that_ignores_its_cancellation_holds_up_nobody() -> None:
    async def look(piece: str) -> bool:
        try:
            await asyncio.sleep(FOREVER)
        finally:
            await asyncio.sleep(30.0)
        return True

    async def scene() -> None:
        source, _ = staged(Checked(look), Attempt((0.0, ROLE + frame("a")), (FOREVER, b"")))
        asyncio.get_running_loop().call_later(3.0, source.cancel, "enough")
        await drain(source)
        assert time.monotonic() < 1003.2
        await asyncio.sleep(40.0)

    run(scene())


def test_the_end_waits_for_a_slow_callback_once() -> None:
    async def slow(event: Event) -> None:
        await asyncio.sleep(FOREVER)

    async def scene() -> None:
        driver, _ = make(Attempt(*answer("a")))
        source = Staged(driver, [flow.on(TextDelta, slow)], context={})
        assert kinds(await drain(source))[-1] == "finish"
        assert time.monotonic() < 1005.2

    run(scene())
