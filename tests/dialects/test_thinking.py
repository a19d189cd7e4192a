"""`thinking=` in every form."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.dialects.common.request import Thinking
from slipstream.dialects.common.thinking import EFFORTS, normalise_thinking
from slipstream.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, Thinking(enabled=True)),
        (False, Thinking(enabled=False)),
        ("high", Thinking(enabled=True, effort="high")),
        ("none", Thinking(enabled=False, effort="none")),
        (Thinking(budget=1), Thinking(budget=1)),
        ({"type": "enabled", "budget_tokens": 2048}, Thinking(enabled=True, budget=2048)),
        ({"type": "disabled"}, Thinking(enabled=False)),
        ({"type": "adaptive", "effort": "max"}, Thinking(enabled=True, effort="max", extra={"type": "adaptive"})),
        ({"type": "enabled", "clear_thinking": False}, Thinking(enabled=True, extra={"clear_thinking": False})),
        ({"budget_tokens": 2048}, Thinking(enabled=True, budget=2048)),
        ({}, Thinking()),
    ],
)
def test_forms(value: Any, expected: Thinking | None) -> None:
    assert normalise_thinking(value) == expected


def test_every_effort_passes() -> None:
    for effort in EFFORTS:
        thinking = normalise_thinking(effort)
        assert thinking is not None
        assert thinking.effort == effort


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("huge", "thinking: 'huge' is unknown; accepted: True, False, one of none, minimal"),
        (4096, "thinking: an int"),
        ([], "thinking: a list"),
        ({"type": "on"}, r"thinking\.type: 'on' is unknown; accepted: enabled"),
        ({"type": ["enabled"]}, r"thinking\.type: a list"),
        ({"budget_tokens": 0}, r"thinking\.budget_tokens"),
        ({"budget_tokens": True}, r"thinking\.budget_tokens"),
        ({"budget_tokens": "many"}, r"thinking\.budget_tokens"),
        ({"effort": "huge"}, r"thinking\.effort: 'huge' is unknown"),
    ],
)
def test_wrong_values_are_refused_by_name(value: Any, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        normalise_thinking(value)


def test_the_input_is_not_changed() -> None:
    value = {"type": "enabled", "budget_tokens": 2048, "display": "omitted"}
    normalise_thinking(value)
    assert value == {"type": "enabled", "budget_tokens": 2048, "display": "omitted"}
