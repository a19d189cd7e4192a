"""The engine in virtual time: what is sent again, what ends a stream, what a reader sees of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from tests.run.scripted import (
    COMMENT,
    CUT,
    DONE,
    FOREVER,
    ROLE,
    Attempt,
    Read,
    ScriptedTransport,
    answer,
    collect,
    frame,
    kinds,
    make,
    text,
)
from tests.run.virtual_time import run

from slipstream.errors import (
    AuthenticationError,
    ConnectionFailedError,
    MalformedChunkError,
    OverloadedError,
    RateLimitError,
    SlipstreamError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from slipstream.events import Abort, Retry
from slipstream.run.retry import RetryPolicy
from slipstream.run.timeouts import CLOCKS, Timeouts

UNREACHABLE = ConnectionFailedError("nobody there", retryable=True)
NO_BOUNDS = dict.fromkeys(CLOCKS)
ANSWER = ["start", "step-start", "text-start", "text-delta", "text-delta", "text-end", "step-end", "finish"]


def only(**bounds: float | None) -> Timeouts:
    """These clocks and no others."""
    return Timeouts(**{**NO_BOUNDS, **bounds})


def test_a_good_answer_comes_whole_and_gives_its_connection_back() -> None:
    async def scene() -> None:
        driver, network = make(Attempt(*answer("Hel", "lo")))
        events = await collect(driver)
        assert kinds(events) == ANSWER
        assert text(events) == "Hello"
        assert driver.failure is None
        assert driver.metrics.attempts == 1
        assert network.responses[0].released
        assert not network.responses[0].closed
        assert await driver.next_batch() == []

    run(scene())


SILENCES: dict[str, tuple[Attempt, float]] = {
    "connect": (Attempt(connect=FOREVER), 5.0),
    "headers": (Attempt(connect=1, headers=FOREVER), 6.0),
    "first_output": (Attempt(*[(1.0, COMMENT)] * 100), 5.0),
    "gap": (Attempt((1, ROLE), (1, frame("a")), *[(1.0, COMMENT)] * 100), 7.0),
    "idle": (Attempt((1, ROLE), (1, frame("a")), (1, COMMENT), (FOREVER, DONE)), 8.0),
    "total": (Attempt(*answer(*"abcdefghij", every=1.0)), 5.0),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_each_timeout_fires_alone_on_time_and_names_itself(clock: str) -> None:
    async def scene() -> None:
        attempt, moment = SILENCES[clock]
        driver, network = make(attempt, timeouts=only(**{clock: 5.0}), retry=RetryPolicy(max_retries=0))
        began = time.monotonic()
        events = await collect(driver)
        assert time.monotonic() - began == pytest.approx(moment)
        assert isinstance(driver.failure, StreamTimeoutError)
        assert (driver.failure.clock, driver.failure.seconds) == (clock, 5.0)
        assert f"(the {clock} timeout)" in str(driver.failure)
        assert "5 s" in str(driver.failure)
        assert kinds(events)[-1] == "error"
        assert all(response.closed for response in network.responses)

    run(scene())


def test_nothing_times_out_without_bounds() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(*answer("a", "b", every=10_000.0), connect=10_000, headers=10_000), timeouts=only())
        assert text(await collect(driver)) == "ab"

    run(scene())


FAILURES = [
    Attempt(error=UNREACHABLE),
    Attempt((0, ROLE), (0, CUT)),
    Attempt((0, b"")),
    Attempt((0, ROLE), (0, b'data: {"error": {"message": "busy", "type": "overloaded_error"}}\n\n')),
    Attempt((0, b'{"error": {"message": "slow down"}}'), status=429),
    *(Attempt(status=status) for status in (408, 409, 500, 502, 503, 504, 529)),
    Attempt(connect=FOREVER),
]


@pytest.mark.parametrize("number", range(len(FAILURES)))
def test_what_fails_before_the_first_content_is_sent_again_and_shows_one_start(number: int) -> None:
    async def scene() -> None:
        driver, network = make(FAILURES[number], Attempt(*answer("Hel", "lo")))
        events = await collect(driver)
        assert kinds(events) == ["retry", *ANSWER]
        retry = events[0]
        assert isinstance(retry, Retry)
        assert retry.attempt == 2
        assert 0.25 <= retry.delay <= 0.5
        assert len(network.requests) == 2

    run(scene())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 413, 402])
def test_a_request_that_is_wrong_is_not_sent_again(status: int) -> None:
    async def scene() -> None:
        driver, network = make(Attempt(status=status, x_request_id="req-7"))
        events = await collect(driver)
        assert kinds(events) == ["error"]
        assert driver.failure is not None
        assert getattr(driver.failure, "status", None) == status
        assert driver.failure.request_id == "req-7"
        assert (driver.failure.provider, driver.failure.model) == ("acme", "m-1")
        assert len(network.requests) == 1

    run(scene())


@pytest.mark.parametrize(("status", "advice", "requests"), [(500, "false", 1), (400, "true", 2), (429, "false", 1)])
def test_the_provider_may_say_whether_to_retry(status: int, advice: str, requests: int) -> None:
    async def scene() -> None:
        driver, network = make(Attempt(status=status, x_should_retry=advice), Attempt(*answer("x")))
        await collect(driver)
        assert len(network.requests) == requests

    run(scene())


def test_the_budget_of_retries_is_one_for_all_kinds_of_failure() -> None:
    async def scene() -> None:
        driver, network = make(Attempt(error=UNREACHABLE), Attempt(status=503), Attempt(status=429, body=1))
        events = await collect(driver)
        assert kinds(events) == ["retry", "retry", "error"]
        assert isinstance(driver.failure, RateLimitError)
        assert len(network.requests) == 3
        first, second = (event.delay for event in events if isinstance(event, Retry))
        assert 0.25 <= first <= 0.5 <= second <= 1.0
        assert network.times == pytest.approx([0.0, first, first + second])

    run(scene())


@pytest.mark.parametrize(("headers", "wait"), [({"retry_after": "7"}, 7.0), ({"retry_after_ms": "1500"}, 1.5)])
def test_the_wait_that_the_provider_names_is_kept(headers: dict[str, Any], wait: float) -> None:
    async def scene() -> None:
        driver, network = make(Attempt(status=429, **headers), Attempt(*answer("x")))
        await collect(driver)
        assert driver.failure is None
        assert network.times == [0.0, wait]

    run(scene())


@pytest.mark.parametrize("bounds", [{"total": 5.0}, {"first_output": 5.0}, {}])
def test_a_wait_beyond_the_budget_fails_at_once_and_names_it(bounds: dict[str, float]) -> None:
    async def scene() -> None:
        driver, network = make(Attempt(status=429, retry_after="1000000000"), timeouts=Timeouts(**bounds))
        await collect(driver)
        assert isinstance(driver.failure, RateLimitError)
        assert driver.failure.retry_at == 1e9
        assert "1e+09 s" in str(driver.failure)
        assert network.times == [0.0]
        assert time.monotonic() == 1000.0

    run(scene())


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", ""])
def test_nonsense_for_a_wait_is_a_wait_of_our_own(nonsense: str) -> None:
    async def scene() -> None:
        driver, network = make(Attempt(status=429, retry_after=nonsense), Attempt(*answer("x")))
        await collect(driver)
        assert driver.failure is None
        assert 0.25 <= network.times[1] <= 0.5

    run(scene())


def test_a_total_of_minutes_allows_a_wait_of_minutes() -> None:
    async def scene() -> None:
        attempts = (Attempt(status=429, retry_after="120"), Attempt(*answer("x")))
        driver, network = make(*attempts, timeouts=Timeouts(total=300.0))
        await collect(driver)
        assert driver.failure is None
        assert network.times == [0.0, 120.0]

    run(scene())


def test_a_retry_that_cannot_be_in_time_is_not_waited_for() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(status=503), Attempt(*answer("x")), timeouts=Timeouts(total=0.1))
        await collect(driver)
        assert isinstance(driver.failure, OverloadedError), "the cause says more than a timeout would"
        assert time.monotonic() == 1000.0

    run(scene())


def test_total_ends_the_second_attempt_too() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(status=503), Attempt(headers=FOREVER), timeouts=only(total=10.0))
        await collect(driver)
        assert isinstance(driver.failure, StreamTimeoutError)
        assert driver.failure.clock == "total"
        assert time.monotonic() == pytest.approx(1010.0)

    run(scene())


ENDINGS: dict[str, tuple[list[Read], type[SlipstreamError]]] = {
    "a cut": ([(0, CUT)], StreamInterruptedError),
    "a clean end": ([], StreamInterruptedError),
    "an error in the stream": (
        [(0, b'data: {"error": {"message": "busy", "type": "overloaded_error"}}\n\n'), (0, DONE)],
        OverloadedError,
    ),
    "a malformed frame": ([(0, b'data: {"choices": [}\n\n')], MalformedChunkError),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_after_the_first_content_nothing_is_sent_again(name: str) -> None:
    async def scene() -> None:
        reads, kind = ENDINGS[name]
        driver, network = make(Attempt((0, ROLE), (0, b"id: e1\n" + frame("Hel")), *reads))
        events = await collect(driver)
        assert text(events) == "Hel"
        assert kinds(events)[-1] == "error"
        assert type(driver.failure) is kind
        assert driver.failure.model == "m-1"
        assert len(network.requests) == 1
        assert network.responses[0].closed
        if isinstance(driver.failure, StreamInterruptedError):
            assert driver.failure.last_event_id == "e1"

    run(scene())


def test_a_cut_after_the_finish_reason_loses_nothing() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt((0, ROLE + frame("Hel") + frame("lo")), (0, frame(finish="stop")), (0, CUT)))
        assert kinds(await collect(driver)) == ANSWER
        assert driver.failure is None

    run(scene())


def test_heartbeats_show_at_once_while_the_opening_is_held_back() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt((1, ROLE), (1, COMMENT), (1, frame("a")), (1, frame(finish="stop")), (0, DONE)))
        assert kinds(await driver.next_batch()) == ["heartbeat"]
        assert time.monotonic() == 1002.0
        assert kinds(await driver.next_batch())[:2] == ["start", "step-start"]
        await driver.aclose()

    run(scene())


def test_a_retry_shows_before_its_pause() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(status=429, retry_after="30"), Attempt(*answer("x")))
        assert kinds(await driver.next_batch()) == ["retry"]
        assert time.monotonic() == 1000.0
        await driver.aclose()

    run(scene())


def network_of(number: int) -> tuple[Attempt, ...]:
    """Networks where second 5 falls into another wait each."""
    return [
        (Attempt(connect=10),),
        (Attempt(connect=1, headers=10),),
        (Attempt((10, ROLE)),),
        (Attempt((1, ROLE), (10, frame("a"))),),
        (Attempt((1, ROLE + frame("a")[:-10]), (10, b"")),),
        (Attempt((1, ROLE), (1, frame("a")), (10, b"")),),
        (Attempt(status=429, retry_after="20"), Attempt(*answer("x"))),
        (Attempt((10, b"{}"), status=500, connect=2),),
        (Attempt((1, ROLE + frame("a")), (1, frame(finish="stop")), (10, DONE)),),
    ][number]


@pytest.mark.parametrize("number", range(9))
def test_cancel_ends_every_wait_at_once(number: int) -> None:
    async def scene() -> None:
        driver, network = make(*network_of(number))
        asyncio.get_running_loop().call_later(5, driver.cancel, "the button")
        events = await collect(driver)
        assert time.monotonic() == 1005.0
        assert events[-1] == Abort("the button")
        assert "finish" not in kinds(events)
        assert driver.failure is None
        assert all(response.closed for response in network.responses)

    run(scene())


@pytest.mark.parametrize("number", range(9))
def test_a_cancelled_task_ends_every_wait_at_once(number: int) -> None:
    async def scene() -> None:
        driver, network = make(*network_of(number))
        task = asyncio.ensure_future(collect(driver))
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() == 1005.0
        assert all(response.closed for response in network.responses)
        await driver.aclose()

    run(scene())


def test_cancel_before_the_first_read_sends_nothing() -> None:
    async def scene() -> None:
        driver, network = make(Attempt(*answer("x")))
        driver.cancel()
        assert kinds(await collect(driver)) == ["abort"]
        assert network.requests == []

    run(scene())


def test_cancel_after_the_end_changes_nothing() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(*answer("x")))
        events = await collect(driver)
        driver.cancel()
        assert kinds(events)[-1] == "finish"
        assert await driver.next_batch() == []

    run(scene())


def test_closing_frees_a_reader_in_another_task() -> None:
    async def scene() -> None:
        driver, network = make(Attempt((1, ROLE), (1, frame("a")), (FOREVER, b"")))
        reader = asyncio.ensure_future(collect(driver))
        await asyncio.sleep(5)
        await driver.aclose()
        events = await reader
        assert time.monotonic() == 1005.0
        assert text(events) == "a"
        assert network.responses[0].closed

    run(scene())


def test_an_error_body_that_never_ends_does_not_hide_the_status() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt((0, b'{"error": '), (FOREVER, b""), status=401))
        await collect(driver)
        assert isinstance(driver.failure, AuthenticationError)
        assert time.monotonic() - 1000.0 <= 10.0

    run(scene())


def test_a_flood_of_an_error_body_is_cut_off() -> None:
    async def scene() -> None:
        driver, network = make(
            Attempt(*[(0.001, b"x" * 10_000)] * 10_000, status=500), retry=RetryPolicy(max_retries=0)
        )
        await collect(driver)
        assert getattr(driver.failure, "status", None) == 500
        assert len(network.responses[0]._reads) > 9_900

    run(scene())


def test_begin_waits_for_the_headers_and_no_longer() -> None:
    async def scene() -> None:
        driver, _ = make(Attempt(status=503, retry_after="2"), Attempt(*answer("Hel", "lo", every=5.0), headers=1))
        await driver.begin()
        assert time.monotonic() == 1003.0
        assert driver.response is not None
        assert driver.response.status == 200
        assert kinds(await collect(driver)) == ["retry", *ANSWER]

    run(scene())


def test_a_whole_answer_gives_the_same_events() -> None:
    body = (
        b'{"id": "c", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"},'
        b' "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}'
    )

    async def scene() -> None:
        driver, _ = make(Attempt((1, body[:20]), (1, body[20:])), streaming=False)
        events = await collect(driver)
        assert text(events) == "Hello"
        assert {"start", "usage", "finish"} <= set(kinds(events))

    run(scene())


def test_prepare_may_block_without_blocking_the_loop() -> None:
    """The local model starts inside `prepare`; it runs in a thread."""
    transport_seen: list[ScriptedTransport] = []

    async def scene() -> None:
        import threading

        from slipstream.run.transport import HTTPRequest

        main = threading.current_thread()

        def prepare() -> HTTPRequest:
            assert threading.current_thread() is not main
            return HTTPRequest("http://local/", {})

        driver, network = make(Attempt(*answer("x")), prepare=prepare, blocking=True)
        transport_seen.append(network)
        await collect(driver)
        assert driver.failure is None

    asyncio.run(scene())
    assert len(transport_seen[0].requests) == 1
