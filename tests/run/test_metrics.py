"""The figures of a stream, from a fake clock."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.events import ReasoningDelta, Start, TextDelta
from slipstream.run.metrics import GRADES, Histogram, Metrics, grade


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("time_to_first_output", 0.49, "good"),
        ("time_to_first_output", 0.5, "slow"),
        ("time_to_first_output", 1.0, "bad"),
        ("tokens_per_second", 51.0, "good"),
        ("tokens_per_second", 50.0, "slow"),
        ("tokens_per_second", 20.0, "bad"),
        ("total", 9.9, "good"),
        ("total", 29.9, "slow"),
        ("total", 30.0, "bad"),
        ("time_to_cancel", 0.01, "good"),
        ("time_to_cancel", 0.2, "slow"),
        ("time_to_cancel", 0.5, "bad"),
        ("total", None, None),
    ],
)
def test_the_grades_of_the_checklist(name: str, value: float | None, verdict: str | None) -> None:
    assert grade(name, value) == verdict


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300), st.floats(0.01, 1.0))
def test_percentiles_are_within_a_tenth(durations: list[float], share: float) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    found = histogram.percentile(share)
    exact = next(d for i, d in enumerate(sorted(durations), 1) if i >= share * len(durations))
    assert found is not None
    assert exact / 1.1 - 1e-5 <= found <= exact * 1.1 + 1e-5
    assert histogram.max == max(durations)


def test_a_histogram_of_nothing_has_no_percentile() -> None:
    assert Histogram().percentile(0.5) is None


def test_a_long_stream_takes_constant_memory() -> None:
    histogram = Histogram()
    for i in range(100_000):
        histogram.add(i % 997 / 100)
    assert len(histogram._buckets) < 200


def stream() -> Metrics:
    """Headers at 0.1 s, a byte at 0.2, thinking at 0.4, text at 0.5 and 0.9, the end at 1.0."""
    metrics = Metrics()
    metrics.started(100.0)
    metrics.headers(100.1)
    metrics.received(100.2, 10)
    metrics.received(100.4, 5)
    metrics.output(100.4, [Start(), ReasoningDelta("hm")])
    metrics.output(100.5, [TextDelta("a"), TextDelta("b")])
    metrics.output(100.9, [TextDelta("c")])
    metrics.output_tokens = 5
    metrics.ended(101.0)
    return metrics


def test_times_count_from_the_start() -> None:
    metrics = stream()
    assert metrics.time_to_headers == pytest.approx(0.1)
    assert metrics.time_to_first_byte == pytest.approx(0.2)
    assert metrics.time_to_first_output == pytest.approx(0.4)
    assert metrics.time_to_first_text == pytest.approx(0.5)
    assert metrics.time_to_last_output == pytest.approx(0.9)
    assert metrics.total == pytest.approx(1.0)
    assert (metrics.bytes, metrics.output_events) == (15, 4)


def test_rates_and_gaps() -> None:
    metrics = stream()
    assert metrics.tokens_per_second == pytest.approx(4 / 0.5)
    assert metrics.effective_tokens_per_second == pytest.approx(5.0)
    assert metrics.gap_max == pytest.approx(0.4)
    assert metrics.gap_p50 == pytest.approx(0.1, rel=0.1)
    assert metrics.gap_p99 == pytest.approx(0.4, rel=0.1)


def test_the_second_start_and_end_do_not_count() -> None:
    metrics = stream()
    metrics.started(200.0)
    metrics.ended(300.0)
    assert metrics.total == pytest.approx(1.0)


def test_nothing_measured_is_none_and_never_a_division_by_zero() -> None:
    metrics = Metrics()
    figures = metrics.to_dict()
    assert {name for name, value in figures.items() if value is not None} == {"attempts", "bytes", "output_events"}
    assert metrics.grades == dict.fromkeys(GRADES)
    metrics.started(1.0)
    metrics.output(1.0, [TextDelta("all at once")])
    metrics.output_tokens = 9
    metrics.ended(1.0)
    assert metrics.tokens_per_second is None
    assert metrics.effective_tokens_per_second is None


def test_repr_shows_what_is_known() -> None:
    assert repr(Metrics()) == "Metrics(attempts=0, bytes=0, output_events=0)"
    assert "tokens_per_second=8" in repr(stream())
