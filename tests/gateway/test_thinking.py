"""Thinking as a client of one API asks for it, at the models of all others."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream import dialects
from slipstream.client.endpoint import Endpoint
from slipstream.client.prepare import build_request
from slipstream.dialects.common.request import Thinking
from slipstream.dialects.common.thinking import EFFORTS, normalise_thinking
from slipstream.gateway.thinking import thinking_for
from slipstream.models import Model, Registry

REGISTRY = Registry.default()
WANTED: list[Any] = [
    True, False, *EFFORTS,
    {"type": "adaptive"}, {"type": "adaptive", "effort": "xhigh"}, {"type": "auto"},
    *({"type": "enabled", "budget_tokens": budget} for budget in (1, 1024, 31999)),
]  # fmt: skip


def endpoint_of(model: Model) -> Endpoint:
    return Endpoint(REGISTRY.provider(model.provider), model, "https://x", "key")


def asked(name: str, wanted: Any) -> Thinking | None:
    return thinking_for(endpoint_of(REGISTRY.resolve(name)), normalise_thinking(wanted))


@pytest.mark.parametrize("model", REGISTRY.models(), ids=lambda model: model.name)
def test_no_model_refuses_what_is_made_of_it(model: Model) -> None:
    endpoint = endpoint_of(model)
    for wanted in WANTED:
        suited = thinking_for(endpoint, normalise_thinking(wanted))
        options = {"thinking": suited, "max_tokens": min(64000, model.output or 64000, model.context or 64000)}
        dialects.get(endpoint.dialect).body(build_request(endpoint, "Hi", options, streaming=True))


@pytest.mark.parametrize(("budget", "effort"), [(1, "low"), (1024, "low"), (1025, "medium"), (8193, "high")])
def test_a_budget_becomes_an_effort_where_only_efforts_are_known(budget: int, effort: str) -> None:
    wanted = {"type": "enabled", "budget_tokens": budget}
    assert asked("openai/gpt-unknown", wanted) == Thinking(enabled=True, effort=effort)  # type: ignore[arg-type]


def test_a_budget_stays_one_where_budgets_are_known() -> None:
    wanted = {"type": "enabled", "budget_tokens": 5000}
    assert asked("gemini/gemini-2.5-flash", wanted) == Thinking(enabled=True, budget=5000)


def test_where_thinking_is_on_or_off_how_hard_is_left_out() -> None:
    assert asked("qwen/qwen-unknown", "high") == Thinking(enabled=True)
    assert asked("qwen/qwen-unknown", "none") == Thinking(enabled=False)


def test_the_words_of_another_api_are_left_out() -> None:
    assert asked("anthropic/claude-unknown", {"type": "enabled", "summary": "auto"}) == Thinking(enabled=True)


def test_an_effort_that_a_model_does_not_know_becomes_the_nearest() -> None:
    suited = asked("anthropic/claude-unknown", "minimal")
    assert suited is not None
    assert suited.effort == "low"


def test_a_model_that_does_not_think_is_asked_nothing() -> None:
    assert asked("local", "high") is None
    assert asked("local", None) is None
