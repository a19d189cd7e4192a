"""What a model cannot do is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.errors import InvalidRequestError, UnsupportedError
from slipstream.models import Model, Registry
from slipstream.models.capabilities import check

REGISTRY = Registry.default()
MUTE = Model(id="mute", provider="p", tools=False)


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("glm-4-flash-250414", {"thinking": True}, "glm-4-flash-250414 cannot think; models that can: glm-4.7-flash"),
        ("glm-4v-flash", {"thinking": True}, "glm-4v-flash cannot think; models that can: glm-4.7-flash"),
        ("glm-4.1v-thinking-flash", {"thinking": False}, "always thinks, thinking=False is not accepted; models that "),
        ("glm-5.3", {"thinking": False}, "models that can answer without: glm-4.7-flash, glm-4-flash-250414"),
        ("glm-4.7-flash", {"images": True}, "glm-4.7-flash cannot see images; models that can: glm-4.6v-flash"),
        ("claude-opus-4-6", {"prefill": True}, "cannot continue a trailing assistant message; models that can: claude"),
        ("gpt-4o", {"prefill": True}, "gpt-4o cannot continue a trailing assistant message; models that can: claude"),
    ],
)
def test_refusals_name_the_model_and_those_that_can(name: str, asked: dict[str, Any], said: str) -> None:
    model = REGISTRY.resolve(name)
    with pytest.raises(UnsupportedError) as caught:
        check(model, **asked)
    assert said in str(caught.value)
    assert (caught.value.provider, caught.value.model) == (model.provider, model.id)


def test_tools_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"^mute cannot call tools; models that can: deft \(p, mute\)$"):
        check(
            Model(id="mute", provider="p", tools=False), tools=True, among=[Model(id="deft", provider="q", tools=True)]
        )


def test_nobody_is_named_where_nobody_can() -> None:
    with pytest.raises(UnsupportedError, match=r"^mute cannot call tools \(p, mute\)$"):
        check(MUTE, tools=True, among=[])


def test_models_of_the_same_provider_are_named_alone() -> None:
    among = [Model(id="far", provider="q", vision=True), Model(id="near", provider="p", vision=True)]
    with pytest.raises(UnsupportedError, match="models that can: near "):
        check(Model(id="blind", provider="p", vision=False), images=True, among=among)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("glm-4.7-flash", {"thinking": True, "tools": True, "max_tokens": 131072}),
        ("glm-4.7-flash", {"thinking": False}),
        ("glm-4-flash-250414", {"thinking": False, "max_tokens": 16384}),
        ("glm-4.1v-thinking-flash", {"thinking": True, "images": True}),
        ("glm-4.6v-flash", {"thinking": True, "images": True}),
        ("claude-sonnet-4-5", {"prefill": True}),
        ("local", {"prefill": True, "thinking": False}),
    ],
)
def test_what_a_model_can_do_passes(name: str, asked: dict[str, Any]) -> None:
    check(REGISTRY.resolve(name), **asked)


def test_what_is_unknown_passes() -> None:
    model = REGISTRY.resolve("vllm/anything")
    check(model, thinking=True, images=True, tools=True, max_tokens=10**9, prefill=True)
    check(model, thinking=False)


def test_nothing_asked_passes_everywhere() -> None:
    for model in REGISTRY.models():
        check(model)


def test_max_tokens_above_the_limit_names_the_limit() -> None:
    with pytest.raises(InvalidRequestError, match="max_tokens is 1025; glm-4v-flash gives at most 1024") as caught:
        check(REGISTRY.resolve("glm-4v-flash"), max_tokens=1025)
    assert caught.value.model == "glm-4v-flash"


def test_the_context_bounds_an_answer_without_a_limit_of_its_own() -> None:
    model = Model(id="m", provider="p", context=100)
    check(model, max_tokens=100)
    with pytest.raises(InvalidRequestError, match="gives at most 100"):
        check(model, max_tokens=101)


@pytest.mark.parametrize("value", [0, -1, 1.5, "10", True])
def test_max_tokens_takes_a_positive_whole_number(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="max_tokens takes a whole number above 0"):
        check(REGISTRY.resolve("vllm/anything"), max_tokens=value)
