"""When a request is sent again, and after how long."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError
from slipstream.run.retry import RetryPolicy, parse_max_retries, retry_after, should_retry

DATE = "Fri, 07 Nov 2025 23:59:00 GMT"


@given(st.integers(1, 10))
def test_the_delay_doubles_with_jitter_up_to_the_cap(attempt: int) -> None:
    policy = RetryPolicy(base=0.5, cap=8.0)
    bound = min(8.0, 0.5 * 2 ** (attempt - 1))
    delays = [policy.delay(attempt) for _ in range(50)]
    assert all(bound / 2 <= delay <= bound for delay in delays)
    assert len(set(delays)) > 1, "without jitter, all clients of an outage come back at once"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "1000000000"}, 1e9),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Sat, 08 Nov 2025 00:00:00 GMT", "date": DATE}, 60.0),
        ({"retry-after": "Fri, 07 Nov 2025 23:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sat, 08 Nov 2025 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Sat, 08 Nov 2025 00:00:00 GMT", "date": "today"}, None),
        ({"retry-after": "Sat, 99 Nov 2025 00:00:00 GMT", "date": DATE}, None),
        ({"retry-after": "Sat, 08 Nov 2025 00:00:00 -0000", "date": DATE}, 60.0),
    ],
)
def test_the_wait_that_headers_name(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), st.text(max_size=40)))
def test_no_header_can_make_it_raise_or_wait_backwards(headers: dict[str, str]) -> None:
    seconds = retry_after(headers)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ({}, None),
        ({"x-should-retry": "true"}, True),
        ({"x-should-retry": "False"}, False),
        ({"x-should-retry": "perhaps"}, None),
    ],
)
def test_x_should_retry(headers: dict[str, str], advice: bool | None) -> None:
    assert should_retry(headers) is advice


@pytest.mark.parametrize("value", [0, 1, 10])
def test_a_number_of_retries_is_taken(value: int) -> None:
    assert parse_max_retries(value) == value


@pytest.mark.parametrize("value", [-1, 11, True, 1.0, "2", None])
def test_other_numbers_of_retries_are_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"max_retries is .*; it takes a whole number from 0 to 10"):
        parse_max_retries(value)
