"""From names to models."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError, SlipstreamError, UnknownModelError
from slipstream.models import Model, Registry

REGISTRY = Registry.default()


@pytest.mark.parametrize(
    ("name", "provider", "id"),
    [
        ("glm-4.7-flash", "zhipu", "glm-4.7-flash"),
        (" GLM-4.7-Flash ", "zhipu", "glm-4.7-flash"),
        ("openai/gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("OpenAI/GPT-4o-mini", "openai", "gpt-4o-mini"),
        ("openrouter/z-ai/glm-4.5", "openrouter", "z-ai/glm-4.5"),
        ("openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o"),
        ("openrouter/auto", "openrouter", "openrouter/auto"),  # the id itself has a slash
        ("z-ai/glm-4.5", "zhipu", "glm-4.5"),
        ("groq/openai/gpt-oss-20b", "groq", "openai/gpt-oss-20b"),
        ("local", "local", "smollm2-135m-instruct"),
        ("local/some/model.gguf", "local", "some/model.gguf"),
        ("anthropic", "anthropic", "claude-haiku-5-5"),
        ("vllm/Qwen/Qwen3-8B", "vllm", "Qwen/Qwen3-8B"),
        ("openai/never-heard-of", "openai", "never-heard-of"),
    ],
)
def test_accepted_forms(name: str, provider: str, id: str) -> None:
    model = REGISTRY.resolve(name)
    assert (model.provider, model.id) == (provider, id)


@pytest.mark.parametrize(
    ("name", "provider", "id"),
    [
        ("glm-4.7-flash", "zhipu", "glm-4.7-flash"),
        ("glm-4.7-flash", "ZAI", "glm-4.7-flash"),
        ("zhipu/glm-4.7-flash", "zhipu", "glm-4.7-flash"),
        ("z-ai/glm-4.5", "openrouter", "z-ai/glm-4.5"),
        ("openai/gpt-4o", "openrouter", "openai/gpt-4o"),
        ("openrouter/auto", "openrouter", "openrouter/auto"),
        ("auto", "openrouter", "auto"),
        ("gpt-4o", "vllm", "gpt-4o"),
        ("openai", "ollama", "openai"),
        (None, "zhipu", "glm-4.7-flash"),
    ],
)
def test_with_a_provider(name: str | None, provider: str, id: str) -> None:
    model = REGISTRY.resolve(name, provider)
    assert (model.provider, model.id) == (REGISTRY.provider(provider).name, id)


def test_an_id_that_only_its_provider_knows_has_unknown_capabilities() -> None:
    assert REGISTRY.resolve("acme-1", "vllm") == Model(id="acme-1", provider="vllm")
    assert REGISTRY.resolve("gpt-4o", "vllm") == Model(id="gpt-4o", provider="vllm")  # not OpenAI's


@pytest.mark.parametrize(
    ("name", "thinking", "vision"),
    [
        ("glm-4.5-air", "switchable", False),
        ("glm-4-air-250414", "none", False),
        ("glm-4v-plus-0111", "none", True),
        ("glm-4.6v-flashx", "switchable", True),
        ("glm-9", None, None),
        ("gpt-4o-2024-11-20", "none", True),
        ("gpt-4o-audio-preview", "none", None),
        ("gpt-5-mini-2025-08-07", "always", True),
        ("gpt-5.4-2026-03-05", "switchable", True),
        ("gpt-7", None, None),
        ("claude-haiku-4-5-20251001", "switchable", True),
        ("claude-opus-4-20250514", "switchable", True),
        ("claude-something-9", None, None),
        ("qwen3-vl-8b-thinking", "always", True),
        ("qwen3-vl-8b-instruct", "none", True),
        ("qwen3-30b-a3b-thinking-2507", "always", None),
        ("deepseek-v4-flash", "switchable", True),
        ("kimi-k2-0905-preview", "none", False),
        ("gemini-3-pro-preview", "always", True),
        ("magistral-small-2509", "always", None),
    ],
)
def test_a_family_speaks_for_an_unknown_id(name: str, thinking: str | None, vision: bool | None) -> None:
    model = REGISTRY.resolve(name)
    assert (model.id, model.thinking, model.vision) == (name, thinking, vision)
    assert (model.aliases, model.match) == ((), ())
    assert REGISTRY.resolve(model.name) == model


def test_an_older_snapshot_keeps_its_own_limit() -> None:
    assert REGISTRY.resolve("gpt-4o-2024-05-13").output == 4096
    assert REGISTRY.resolve("gpt-4o-2024-08-06").output == 16384


def test_everything_is_a_family_only_where_the_provider_is_named() -> None:
    assert REGISTRY.resolve("llamacpp/whatever").prefill is True
    with pytest.raises(UnknownModelError):
        REGISTRY.resolve("whatever")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gtp-4o", "near names: gpt-4o"),
        ("gml-4.7-flash", "near names: glm-4.7-flash"),
        ("opnai/gpt-4o", "no provider 'opnai' in 'opnai/gpt-4o'; near names: openai"),
        ("openai/", "no model 'openai/'"),
        ("x" * 500, "x" * 80 + "...'"),
    ],
)
def test_unknown_names_are_refused_with_near_ones(name: str, said: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        REGISTRY.resolve(name)
    assert said in str(caught.value)
    assert '"provider/model"' in str(caught.value)
    assert "zhipu, anthropic" in str(caught.value)
    assert len(str(caught.value)) < 800


def test_an_unknown_provider_is_refused_with_near_ones() -> None:
    with pytest.raises(UnknownModelError, match="no provider 'antropic'; near names: anthropic") as caught:
        REGISTRY.resolve("x", "antropic")
    assert "openai, zhipu" in str(caught.value)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", 5, b"glm-4.7-flash", ["a"]])
def test_what_cannot_be_a_name_is_refused(name: Any) -> None:
    with pytest.raises(InvalidRequestError, match="model is"):
        REGISTRY.resolve(name)
    with pytest.raises(InvalidRequestError, match="model is"):
        REGISTRY.resolve(name, "openai")
    with pytest.raises(InvalidRequestError, match="provider is"):
        REGISTRY.provider(name)


def test_no_name_at_all_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no model is named"):
        REGISTRY.resolve()
    with pytest.raises(InvalidRequestError, match=r"vllm has no default model.*\n.*vllm/<id>"):
        REGISTRY.resolve(provider="vllm")


def outcome(name: str, provider: str | None = None) -> str:
    """The provider of the model, or the message of the refusal; any other error is a failure."""
    try:
        return REGISTRY.provider(REGISTRY.resolve(name, provider).provider).name
    except SlipstreamError as error:
        return str(error)


@given(st.text(), st.none() | st.text() | st.sampled_from([p.name for p in REGISTRY.providers()]))
def test_any_text_gives_a_model_or_one_of_our_errors(name: str, provider: str | None) -> None:
    assert outcome(name, provider)


@given(st.sampled_from(REGISTRY.models()), st.integers(0, 40), st.text(max_size=3))
def test_a_name_with_a_slip_never_breaks(model: Model, at: int, piece: str) -> None:
    assert outcome(model.name[:at] + piece + model.name[at + 1 :])


def test_the_first_provider_with_a_key_gives_the_default_model() -> None:
    def first(*variables: str) -> str | None:
        model = REGISTRY.first_with_key(lambda variable: variable in variables)
        return model.name if model is not None else None

    assert first() is None
    assert first("ZAI_API_KEY") == "zhipu/glm-4.7-flash"
    assert first("DEEPSEEK_API_KEY", "ANTHROPIC_API_KEY") == "anthropic/claude-haiku-5-5"
    assert first("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "ZHIPUAI_API_KEY") == "openai/gpt-5.4-mini"
    assert first("TOGETHER_API_KEY", "VLLM_API_KEY") is None  # no default model


def test_the_default_registry_is_read_once() -> None:
    assert Registry.default() is REGISTRY
