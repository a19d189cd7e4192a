"""The shared background loop: started once, stopped by the last, and nobody's thread but its own."""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import threading
import time

import pytest
from tests.run.interrupting import interrupted

from slipstream.run.loop import LoopThread, submit


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


async def where() -> str:
    return threading.current_thread().name


def test_users_share_one_loop_and_the_last_one_stops_it() -> None:
    mine = LoopThread()
    first, second = mine.acquire(), mine.acquire()
    assert first is second
    assert submit(first, where()).result(5) == "slipstream"
    mine.release()
    assert submit(first, where()).result(5) == "slipstream"
    mine.release()
    assert first.is_closed()
    assert "slipstream" not in names()


def test_it_starts_again() -> None:
    mine = LoopThread()
    first = mine.acquire()
    mine.release()
    second = mine.acquire()
    assert second is not first
    assert submit(second, where()).result(5) == "slipstream"
    mine.release()


def test_stopping_ends_what_still_runs() -> None:
    mine = LoopThread()
    loop = mine.acquire()
    work = submit(loop, asyncio.sleep(3600))
    mine.release()
    with pytest.raises(asyncio.CancelledError):
        work.result(5)


def test_stopping_within_a_running_loop_works() -> None:
    """Jupyter closes a sync client while its own loop runs in the same thread."""

    async def cell() -> None:
        mine = LoopThread()
        loop = mine.acquire()
        mine.release()
        assert loop.is_closed()

    asyncio.run(cell())


def test_stopping_does_not_wait_for_a_name_server() -> None:
    asked, answer = threading.Event(), threading.Event()
    mine = LoopThread()
    loop = mine.acquire()

    def hang() -> None:
        asked.set()
        answer.wait(10)

    async def look_up() -> None:
        await asyncio.get_running_loop().run_in_executor(None, hang)

    work = submit(loop, look_up())
    assert asked.wait(5)
    mine.release()
    assert loop.is_closed()
    answer.set()
    with pytest.raises(asyncio.CancelledError):
        work.result(5)


def test_work_that_comes_as_the_loop_stops_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)  # which stops a turn later
    held, go = threading.Event(), threading.Event()
    mine = LoopThread()
    loop = mine.acquire()

    def hold() -> None:
        held.set()
        go.wait(10)

    loop.call_soon_threadsafe(hold)
    assert held.wait(5)
    work = submit(loop, where())
    releasing = threading.Thread(target=mine.release)
    releasing.start()
    deadline = time.monotonic() + 10
    while len(vars(loop)["_ready"]) < 2:  # the work and the stop, for one turn
        assert time.monotonic() < deadline
        time.sleep(0.001)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        work.result(5)
    releasing.join(10)
    assert loop.is_closed()


def test_many_threads_get_the_same_loop() -> None:
    mine = LoopThread()
    barrier = threading.Barrier(16)
    loops: list[asyncio.AbstractEventLoop] = []

    def take() -> None:
        barrier.wait(5)
        loops.append(mine.acquire())

    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, loops))) == 1
    for _ in threads:
        mine.release()
    assert loops[0].is_closed()


def test_a_forked_child_starts_anew() -> None:
    mine = LoopThread()
    loop = mine.acquire()
    child = LoopThread()
    vars(child).update(_loop=loop, _users=1)
    child.forget()
    assert (vars(child)["_loop"], vars(child)["_users"]) == (None, 0)
    mine.release()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_signal_while_one_waits_leaves_the_loop_free() -> None:
    mine = LoopThread()
    loop = mine.acquire()
    for place in itertools.count():
        if not interrupted(lambda: submit(loop, where()).result(5), place):
            break
        assert submit(loop, where()).result(5) == "slipstream"
    assert place > 3
    mine.release()


@pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning")
def test_a_signal_while_the_thread_starts_leaves_no_loop_that_nobody_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = LoopThread()

    def stopped(_thread: threading.Thread) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", stopped)
        with pytest.raises(KeyboardInterrupt):
            mine.acquire()
        gc.collect()
    loop = mine.acquire()
    assert submit(loop, where()).result(5) == "slipstream"
    mine.release()
    assert loop.is_closed()
