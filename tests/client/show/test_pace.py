"""When to paint."""

from __future__ import annotations

from slipstream.client.show.pace import FRAMES, Pace


def frames(gap: float, cost: float, count: int = 2000) -> tuple[int, float, float]:
    """Frames, the share of time they took, and the longest wait, for deltas that come `gap` seconds apart."""
    pace = Pace()
    now = busy = longest = 0.0
    painted = 0
    waiting: float | None = None
    for number in range(count):
        at = number * gap
        while waiting is not None and max(pace.due, now) < at:
            now = max(pace.due, now)
            longest = max(longest, now - waiting)
            pace.painted(now, now + cost, cost)
            now, busy, painted, waiting = now + cost, busy + cost, painted + 1, None
        now = max(now, at)
        pace.arrived(at)
        waiting = at if waiting is None else waiting
    return painted, busy / max(now, count * gap), longest


def test_paced_deltas_are_painted_at_once() -> None:
    for gap in (0.005, 0.01, 0.05):
        painted, share, longest = frames(gap, 0.0005)
        assert painted >= 1990
        assert share <= 0.2
        assert longest < 0.005


def test_fast_deltas_are_painted_thirty_times_a_second() -> None:
    painted, share, longest = frames(0.001, 0.0005, 10_000)
    assert FRAMES * 10 * 0.9 <= painted <= FRAMES * 10 + 60
    assert longest <= 1 / FRAMES + 0.002
    assert share < 0.2


def test_slow_frames_take_a_fifth_of_the_time() -> None:
    for gap in (0.001, 0.01):
        painted, share, _ = frames(gap, 0.05, round(20 / gap))
        assert painted > 1
        assert share <= 0.22


def test_one_dear_frame_among_cheap_ones_makes_no_stall() -> None:
    pace = Pace()
    pace.painted(0.0, 0.0003, 0.0003)
    pace.painted(0.01, 0.06, 0.05)
    assert pace.due <= 0.06 + 0.008


def test_a_frame_that_waited_for_the_processor_costs_what_it_computed() -> None:
    pace = Pace()
    pace.painted(0.0, 0.1, 0.0003)
    assert pace.due <= 0.1 + 0.0015


def test_a_burst_before_a_pause_is_no_load_after_it() -> None:
    pace = Pace()
    for number in range(130):
        pace.arrived(number * 0.001)
    assert pace.loaded
    pace.arrived(5.0)
    assert not pace.loaded
