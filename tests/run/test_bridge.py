"""From the loop's thread to the reader's: in order, with back-pressure, and with every failure heard."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from tests.run.interrupting import interrupted
from tests.run.scripted import FOREVER, ROLE, Attempt, ScriptedTransport, answer, frame, kinds, make, text

from slipstream.errors import OverloadedError
from slipstream.events import Event
from slipstream.run.bridge import HIGH, Bridge
from slipstream.run.loop import LoopThread, submit
from slipstream.run.retry import RetryPolicy
from slipstream.run.transport import HTTPRequest


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    """A loop in a thread."""
    thread = LoopThread()
    thread.acquire()
    yield thread
    thread.release()


def bridge(thread: LoopThread, *attempts: Attempt, **options: object) -> tuple[Bridge, ScriptedTransport]:
    driver, network = make(*attempts, **options)
    loop = thread.acquire()
    thread.release()
    return Bridge(loop, driver), network


def drain(source: Bridge) -> list[Event]:
    events: list[Event] = []
    while batch := source.next_batch():
        events += batch
    return events


def test_events_come_in_order_and_the_end_stays_the_end(thread: LoopThread) -> None:
    source, _ = bridge(thread, Attempt(*answer(*"abcdefgh")))
    assert text(drain(source)) == "abcdefgh"
    assert source.next_batch() == []
    assert source.failure is None
    assert source.response is not None
    source.close()


def test_a_failure_is_an_event_and_an_attribute(thread: LoopThread) -> None:
    source, _ = bridge(thread, Attempt(status=503), retry=RetryPolicy(max_retries=0))
    assert kinds(drain(source)) == ["error"]
    assert isinstance(source.failure, OverloadedError)
    source.close()


def test_a_bug_of_ours_reaches_the_reader_instead_of_hanging_it(thread: LoopThread) -> None:
    def prepare() -> HTTPRequest:
        raise ZeroDivisionError("a bug")

    source, _ = bridge(thread, Attempt(), prepare=prepare)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        source.next_batch()
    assert source.next_batch() == []
    source.close()


def test_a_reader_that_stops_stops_the_engine_and_gets_everything_later(thread: LoopThread) -> None:
    pieces = [str(i % 10) for i in range(10 * HIGH)]
    source, network = bridge(thread, Attempt(*answer(*pieces)))
    first = source.next_batch()
    deadline = time.monotonic() + 5
    while not source._paused and time.monotonic() < deadline:
        time.sleep(0.001)
    assert HIGH - 1 <= source._batches.qsize() <= HIGH
    left = len(network.responses[0]._reads)
    assert left > len(pieces) - 2 * HIGH
    assert text(first + drain(source)) == "".join(pieces)
    source.close()


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_blocked_reader_is_freed(thread: LoopThread, how: str) -> None:
    source, network = bridge(thread, Attempt((0, ROLE), (0, frame("a")), (FOREVER, b"")))
    events: list[Event] = []
    reader = threading.Thread(target=lambda: events.extend(drain(source)))
    reader.start()
    while not network.responses:
        time.sleep(0.001)
    if how == "cancel":
        source.cancel("the button")
    else:
        source.close()
    reader.join(5)
    assert not reader.is_alive()
    assert kinds(events)[-1:] in (["abort"], ["text-delta"])
    source.close()
    assert network.responses[0].closed


def test_closing_frees_an_engine_that_waits_for_room(thread: LoopThread) -> None:
    source, network = bridge(thread, Attempt(*answer(*"x" * 10 * HIGH)))
    source.next_batch()
    deadline = time.monotonic() + 5
    while not source._paused and time.monotonic() < deadline:
        time.sleep(0.001)
    source.close()
    assert network.responses[0].closed
    assert source._batches.qsize() >= HIGH, "what had arrived can still be read"


def test_two_threads_may_read_and_both_see_the_end(thread: LoopThread) -> None:
    pieces = [str(i % 10) for i in range(100)]
    source, _ = bridge(thread, Attempt(*answer(*pieces)))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(len(text(drain(source))))) for _ in range(3)]
    for reader in threads:
        reader.start()
    for reader in threads:
        reader.join(5)
    assert sum(counts) == 100
    source.close()


def test_begin_waits_for_the_headers(thread: LoopThread) -> None:
    source, _ = bridge(thread, Attempt(*answer("x"), headers=0.05))
    seen = [source.response]
    source.begin()
    seen.append(source.response)
    assert [info is not None for info in seen] == [False, True]
    drain(source)
    source.close()


def test_begin_ends_when_nothing_will_come(thread: LoopThread) -> None:
    source, _ = bridge(thread, Attempt(status=401))
    source.begin()
    assert source.failure is not None
    source.close()


def test_closing_twice_and_cancelling_after_the_end_is_nothing(thread: LoopThread) -> None:
    source, _ = bridge(thread, Attempt(*answer("x")))
    drain(source)
    source.close()
    source.close()
    source.cancel("late")


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_signal_while_it_closes_leaves_nothing_locked(thread: LoopThread) -> None:
    for place in itertools.count():
        source, network = bridge(thread, Attempt((0, ROLE), (0, frame("a")), (FOREVER, b"")))
        source.next_batch()
        was_interrupted = interrupted(source.close, place)
        source.close()
        drain(source)
        assert network.responses[0].closed
        submit(source.loop, asyncio.sleep(0)).result(5)  # the loop lives
        if not was_interrupted:
            break
    assert place > 10


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_signal_while_it_is_read_leaves_a_source_that_can_be_closed_and_ends(thread: LoopThread) -> None:
    for place in itertools.count():
        source, _ = bridge(thread, Attempt(*answer("a", "b")))
        was_interrupted = interrupted(partial(drain, source), place)
        source.close()
        drain(source)
        submit(source.loop, asyncio.sleep(0)).result(5)
        if not was_interrupted:
            break
    assert place > 10
