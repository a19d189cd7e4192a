"""RELIABILITY C1 rows 21, 22 and 26: silence of every kind, on real sockets. Each clock fires alone and names itself.

The arithmetic of the clocks is tested in virtual time (tests/run/test_clocks.py, test_driver.py); here that nothing
below them stands in the way.
"""

from __future__ import annotations

import time

import pytest
from tests.faults.doors import KEY, PROMPT, Door
from tests.faults.hostile import HostileServer, Script, flood, full_backlog, read_request, send, silence
from tests.faults.wire import FIRST, FIRST_TEXT, FRAMES, WHOLE, chunk, frame, head

from slipstream import Client
from slipstream.errors import StreamTimeoutError
from slipstream.events import Heartbeat
from slipstream.run.timeouts import CLOCKS

BOUND = 0.25
LATE = 0.3
"""Seconds beyond the bound that a busy machine may take; the promise is 0.1."""

COMMENTS = flood(chunk(b": keep-alive\n\n"), 10**6, pause=0.02)
DRIP = flood(chunk(frame({"content": "x"})), 10**6, pause=0.02)

SILENCES: dict[str, tuple[Script, str]] = {
    "headers": ([read_request, silence], ""),
    "first_output": ([read_request, send(head() + chunk(FRAMES[0])), COMMENTS], ""),
    "gap": ([read_request, send(head() + chunk(FIRST)), COMMENTS], FIRST_TEXT),
    "idle": ([read_request, send(head() + chunk(FIRST)), silence], FIRST_TEXT),
    "total": ([read_request, send(head()), DRIP], "x" * 10**4),
}


def only(clock: str) -> dict[str, float | None]:
    return {**dict.fromkeys(CLOCKS), clock: BOUND}


@pytest.mark.parametrize("clock", SILENCES)
def test_each_clock_fires_alone_on_time_and_names_itself(door: Door, clock: str) -> None:
    script, truth = SILENCES[clock]
    with HostileServer(script) as server:
        outcome = door(server.url, truth=truth, timeout=only(clock), max_retries=0)
        assert isinstance(outcome.error, StreamTimeoutError)
        assert isinstance(outcome.error, TimeoutError)
        assert (outcome.error.clock, outcome.error.seconds) == (clock, BOUND)
        assert f"(the {clock} timeout)" in str(outcome.error)
        assert BOUND <= outcome.seconds < BOUND + LATE
        assert outcome.message.finish_reason == "interrupted"
        server.wait_gone()


def test_the_connect_clock(door: Door) -> None:
    with full_backlog() as url:
        outcome = door(url, timeout=only("connect"), max_retries=0)
        assert isinstance(outcome.error, StreamTimeoutError)
        assert outcome.error.clock == "connect"
        assert BOUND <= outcome.seconds < BOUND + LATE


@pytest.mark.parametrize("clock", ["gap", "idle", "first_output", "headers"])
def test_a_clock_does_not_fire_where_it_has_nothing_to_say(door: Door, clock: str) -> None:
    """A steady stream, longer than each of these bounds, breaks none of them."""
    frames = [frame({"content": str(i % 10)}) for i in range(30)]
    from tests.faults.hostile import dribble
    from tests.faults.wire import DONE

    body = b"".join(frames) + frame({}, "stop") + DONE
    script = [read_request, send(head(chunked=False)), dribble(body, len(frames[0]), pause=0.02)]
    with HostileServer(script) as server:
        outcome = door(server.url, truth="0123456789" * 3, timeout=only(clock), max_retries=0)
        assert outcome.error is None
        assert outcome.seconds > BOUND


def test_a_number_is_the_total(door: Door) -> None:
    with HostileServer([read_request, silence]) as server:
        outcome = door(server.url, timeout=BOUND)
        assert isinstance(outcome.error, StreamTimeoutError)
        assert outcome.error.clock == "total"
        assert BOUND <= outcome.seconds < BOUND + LATE


def test_headers_that_are_late_are_asked_for_again_within_the_budget(door: Door) -> None:
    with HostileServer([read_request, silence], [read_request, send(WHOLE)]) as server:
        outcome = door(server.url, timeout={"headers": BOUND})
        assert outcome.error is None
        assert outcome.metrics.attempts == 2


def test_content_that_is_late_is_not_asked_for_again(door: Door) -> None:
    """The caller's patience is over, and a second attempt would start from nothing."""
    with HostileServer([read_request, send(head()), COMMENTS]) as server:
        outcome = door(server.url, timeout={"first_output": BOUND})
        assert isinstance(outcome.error, StreamTimeoutError)
        assert len(server.requests) == 1


def test_a_reader_that_is_slow_is_no_silence_of_the_provider() -> None:
    timeout = {"gap": BOUND, "idle": BOUND}
    with HostileServer([read_request, send(WHOLE)]) as server, Client(base_url=server.url, api_key=KEY) as client:
        with client.stream(PROMPT, timeout=timeout) as stream:
            for number, _ in enumerate(stream.text_stream):
                time.sleep(2 * BOUND if number == 0 else 0)
        assert stream.message.complete


def test_heartbeats_show_while_the_reader_waits() -> None:
    script = [read_request, send(head()), COMMENTS]
    with HostileServer(script) as server, Client(base_url=server.url, api_key=KEY) as client:
        with client.stream(PROMPT) as stream:
            beats = [event for event, _ in zip(stream, range(3), strict=False)]
        assert beats == [Heartbeat(comment="keep-alive")] * 3


def test_the_wall_clock_may_jump(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """All deadlines are monotonic: a day forward fires nothing, a day back holds nothing up (row 26)."""
    real = time.time
    for jump in (86_400.0, -86_400.0):
        moments = iter([0.0])
        monkeypatch.setattr(time, "time", lambda jump=jump, moments=moments: real() + next(moments, jump))
        script = [read_request, send(head() + chunk(FIRST)), silence]
        with HostileServer(script) as server:
            outcome = door(server.url, timeout=only("idle"), max_retries=0)
            assert isinstance(outcome.error, StreamTimeoutError)
            assert BOUND <= outcome.seconds < BOUND + LATE
