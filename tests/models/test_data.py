"""The packaged data: every entry loads, resolves and says what it should."""

from __future__ import annotations

import importlib.resources
import tomllib
from typing import Any

import pytest

from slipstream.models import DIALECTS, Model, Provider, Registry

REGISTRY = Registry.default()
RAW: dict[str, Any] = tomllib.loads(
    importlib.resources.files("slipstream.models").joinpath("registry.toml").read_text(encoding="utf-8")
)

FREE = {
    "glm-4.7-flash": (200, 128, "switchable", False),
    "glm-4-flash-250414": (128, 16, "none", False),
    "glm-4.6v-flash": (128, 32, "switchable", True),
    "glm-4.1v-thinking-flash": (64, 16, "always", True),
    "glm-4v-flash": (16, 1, "none", True),
}


@pytest.mark.parametrize("name", FREE)
def test_free_glm_models_have_the_published_figures(name: str) -> None:
    model = REGISTRY.resolve(name)
    figures = (model.context, model.output, model.thinking, model.vision)
    context, output, thinking, vision = FREE[name]
    assert figures == (context * 1024, output * 1024, thinking, vision)
    assert model.provider == "zhipu"
    assert model.free


def test_the_free_hosted_models_are_these() -> None:
    assert {m.id for m in REGISTRY.models() if m.free and m.provider != "local"} == set(FREE)


@pytest.mark.parametrize("model", REGISTRY.models(), ids=lambda model: model.name)
def test_each_model_resolves_by_every_name(model: Model) -> None:
    for name in (model.id, model.id.upper(), model.name, *model.aliases):
        assert REGISTRY.resolve(name) == model
        assert REGISTRY.resolve(name, model.provider) == model


def test_no_name_stands_for_two_models() -> None:
    names = [name.lower() for model in REGISTRY.models() for name in (model.id, *model.aliases)]
    assert len(names) == len(set(names))


def test_no_pattern_stands_in_two_entries() -> None:
    patterns = [(entry["provider"], pattern) for entry in RAW["models"] for pattern in entry.get("match", ())]
    assert len(patterns) == len(set(patterns))


def test_every_provider_of_the_raw_data_is_there_in_order() -> None:
    assert [provider.name for provider in REGISTRY.providers()] == list(RAW["providers"])
    assert [provider.name for provider in REGISTRY.providers()][:4] == ["openai", "zhipu", "anthropic", "deepseek"]


@pytest.mark.parametrize("provider", REGISTRY.providers(), ids=lambda provider: provider.name)
def test_each_provider_is_whole(provider: Provider) -> None:
    assert provider.dialect in DIALECTS
    elsewhere = provider.name == "local" or (not provider.base_url and provider.url_keys)
    assert provider.base_url.startswith(("http://127.0.0.1:", "https://")) or elsewhere
    assert not provider.key_required or (provider.keys and provider.key_page)
    assert set(provider.key_regions) <= set(provider.keys)
    assert set(provider.key_regions.values()) <= set(provider.regions)
    for name in (provider.name, provider.name.upper(), *provider.aliases):
        assert REGISTRY.provider(name) == provider


@pytest.mark.parametrize("provider", [p for p in REGISTRY.providers() if p.default_model], ids=lambda p: p.name)
def test_each_default_model_is_a_known_one_of_its_provider(provider: Provider) -> None:
    model = REGISTRY.resolve(provider=provider.name)
    assert model in REGISTRY.models() or provider.name == "slipstream"  # whose server says what its default is
    assert (model.id, model.provider) == (provider.default_model, provider.name)
    assert REGISTRY.resolve(provider.name) == model


def test_an_answer_fits_into_its_context() -> None:
    for model in REGISTRY.models():
        assert model.output is None or (model.context is not None and model.output <= model.context)


def test_who_declares_prefill_has_a_way_to_ask_for_it() -> None:
    for model in REGISTRY.models():
        assert not model.prefill or REGISTRY.provider(model.provider).prefill is not None


def test_who_can_switch_thinking_has_a_switch() -> None:
    for model in REGISTRY.models():
        style = model.thinking_style or REGISTRY.provider(model.provider).thinking_style
        assert model.thinking != "switchable" or style != "none", model.name


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        (None, "https://open.bigmodel.cn/api/paas/v4/"),
        ("ZHIPUAI_API_KEY", "https://open.bigmodel.cn/api/paas/v4/"),
        ("ZAI_API_KEY", "https://api.z.ai/api/paas/v4/"),
    ],
)
def test_a_zhipu_key_goes_to_its_region(variable: str | None, address: str) -> None:
    assert REGISTRY.provider("zhipu").url_for(variable) == address


def test_the_coding_plan_has_an_address() -> None:
    assert REGISTRY.provider("zhipu").regions["coding"] == "https://api.z.ai/api/coding/paas/v4/"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("glm-5.3", "thinking", "always"),  # WIRE section 6: cannot be disabled
        ("claude-sonnet-4-5-20250929", "prefill", True),
        ("claude-sonnet-4-5-20250929", "thinking_style", "budget"),
        ("claude-sonnet-4-6", "prefill", False),  # WIRE section 8 row 34: newer Claude models reject it
        ("claude-sonnet-4-6", "thinking_style", None),
        ("gpt-4o-mini", "system_role", None),
        ("o3-mini-2025-01-31", "system_role", "developer"),
    ],
)
def test_facts_that_change_the_request(name: str, field: str, value: Any) -> None:
    assert getattr(REGISTRY.resolve(name), field) == value


@pytest.mark.parametrize(
    ("name", "prefill", "usage", "tokens"),
    [
        ("openai", None, "ask", "max_completion_tokens"),
        ("zhipu", None, "always", "max_tokens"),
        ("anthropic", "assistant-last", "always", "max_tokens"),
        ("deepseek", "prefix", "ask", "max_tokens"),
        ("mistral", "prefix", "always", "max_tokens"),
        ("moonshot", "partial", "always", "max_tokens"),
        ("llamacpp", "assistant-last", "ask", "max_tokens"),
        ("local", "assistant-last", "ask", "max_tokens"),
    ],
)
def test_how_providers_depart_from_their_dialect(name: str, prefill: str | None, usage: str, tokens: str) -> None:
    provider = REGISTRY.provider(name)
    assert (provider.prefill, provider.stream_usage, provider.max_tokens_field) == (prefill, usage, tokens)


@pytest.mark.parametrize(
    ("name", "dialect", "address"),
    [
        ("gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta"),
        ("gemini-openai", "openai_chat", "https://generativelanguage.googleapis.com/v1beta/openai/"),
        ("gemini-interactions", "gemini_interactions", "https://generativelanguage.googleapis.com/v1beta"),
        ("vertex", "gemini", "https://aiplatform.googleapis.com/v1/publishers/google"),
    ],
)
def test_google_by_each_of_its_apis(name: str, dialect: str, address: str) -> None:
    provider = REGISTRY.provider(name)
    assert (provider.dialect, provider.base_url) == (dialect, address)


@pytest.mark.parametrize(
    ("name", "provider", "style"),
    [
        ("gemini-2.5-flash", "gemini", "budget"),
        ("gemini-2.5-flash-preview-09-2025", "gemini", "budget"),
        ("gemini-3-pro-preview", "gemini", None),
        ("vertex/gemini-2.5-pro", "vertex", "budget"),
        ("vertex/gemini-3-pro-preview", "vertex", None),
    ],
)
def test_gemini_thinks_by_budget_up_to_2_5(name: str, provider: str, style: str | None) -> None:
    model = REGISTRY.resolve(name)
    assert (model.provider, model.thinking_style) == (provider, style)
