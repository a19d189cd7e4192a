"""What the settings of the tests promise: none of them fails because a machine is busy."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_no_property_has_a_bound_in_wall_time() -> None:
    decorated = settings(max_examples=3)  # as the decorators of the test modules are made
    assert decorated.deadline is None
    assert HealthCheck.too_slow in decorated.suppress_health_check
