"""A user's TOML laid over the packaged registry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError, SlipstreamError, UnknownModelError
from slipstream.models import Registry

REGISTRY = Registry.default()

ACME = """
[providers.acme]
base_url = "https://llm.acme.example/v1"
keys = ["ACME_API_KEY"]
default_model = "acme-large"
aliases = ["ac"]

[[models]]
provider = "acme"
id = "acme-large"
aliases = ["large"]
output = 8192
thinking = "none"

[[models]]
provider = "acme"
match = ["acme-vision-*"]
vision = true
"""


def extend(text: str) -> Registry:
    return REGISTRY.extended(text, "mine.toml")


def test_a_new_provider_and_its_models() -> None:
    registry = extend(ACME)
    assert registry.resolve("acme-large").output == 8192
    assert registry.resolve("large") == registry.resolve("acme") == registry.resolve("ac/acme-large")
    assert registry.resolve("acme-vision-2").vision is True
    assert registry.providers()[-1].name == "acme"
    assert registry.provider("acme").key_required
    assert registry.resolve("glm-4.7-flash") == REGISTRY.resolve("glm-4.7-flash")
    first = registry.first_with_key(lambda variable: variable == "ACME_API_KEY")
    assert first == registry.resolve("acme-large")


def test_the_registry_it_extends_stays_as_it_is() -> None:
    before = (REGISTRY.models(), REGISTRY.providers())
    extend(ACME)
    assert (REGISTRY.models(), REGISTRY.providers()) == before
    with pytest.raises(UnknownModelError):
        REGISTRY.resolve("acme-large")


def test_a_known_model_changes_the_named_keys_only() -> None:
    registry = extend('[[models]]\nprovider = "Zhipu"\nid = "GLM-4.7-Flash"\noutput = 65536')
    model, before = registry.resolve("glm-flash"), REGISTRY.resolve("glm-flash")
    assert (model.output, model.id, model.context, model.free) == (65536, "glm-4.7-flash", before.context, True)
    assert len(registry.models()) == len(REGISTRY.models())


def test_a_known_provider_changes_the_named_keys_only() -> None:
    registry = extend('[providers.OpenAI]\nbase_url = "http://127.0.0.1:9/v1"')
    provider = registry.provider("openai")
    assert (provider.base_url, provider.keys) == ("http://127.0.0.1:9/v1", ("OPENAI_API_KEY",))
    assert [p.name for p in registry.providers()] == [p.name for p in REGISTRY.providers()]


def test_an_id_of_another_provider_wins_where_no_provider_is_named() -> None:
    registry = extend('[[models]]\nprovider = "vllm"\nid = "glm-4.7-flash"')
    assert registry.resolve("glm-4.7-flash").provider == "vllm"
    assert registry.resolve("zhipu/glm-4.7-flash") == REGISTRY.resolve("glm-4.7-flash")


def test_a_users_alias_wins_over_a_built_in_id() -> None:
    registry = extend(ACME.replace('"large"', '"GPT-4o"'))
    assert registry.resolve("gpt-4o").name == "acme/acme-large"
    assert registry.resolve("openai/gpt-4o") == REGISTRY.resolve("gpt-4o")


def test_a_users_id_wins_over_a_built_in_alias() -> None:
    registry = extend('[[models]]\nprovider = "vllm"\nid = "opus"')
    assert registry.resolve("opus").name == "vllm/opus"


def test_a_pattern_of_a_user_wins_over_the_same_built_in_one() -> None:
    registry = extend('[[models]]\nprovider = "vllm"\nmatch = ["gpt-*"]\ntools = false')
    assert registry.resolve("gpt-9").provider == "vllm"
    assert registry.resolve("gpt-4o-2024-11-20").provider == "openai"  # a more specific pattern


def test_a_provider_without_keys_needs_none() -> None:
    provider = extend('[providers.home]\nbase_url = "http://10.0.0.2:8000/v1"').provider("home")
    assert (provider.key_required, provider.dialect) == (False, "openai_chat")


def test_extending_twice_adds_up() -> None:
    registry = extend(ACME).extended('[[models]]\nprovider = "acme"\nid = "acme-small"', "more.toml")
    assert {registry.resolve(name).provider for name in ("acme-large", "acme-small")} == {"acme"}


def test_an_empty_file_and_a_byte_order_mark_are_harmless() -> None:
    assert extend("").models() == REGISTRY.models()
    assert extend("\ufeff" + ACME).resolve("acme-large")


MODEL = '[[models]]\nprovider = "zhipu"\nid = "m"\n'
PROVIDER = '[providers.p]\nbase_url = "https://p.example"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "mine.toml is not TOML: "),
        ("modles = []", "mine.toml: unknown key 'modles'; accepted: providers, models"),
        (MODEL + "contxt = 1", "mine.toml: [[models]] number 1: unknown key 'contxt'; accepted: id, provider, aliases"),
        (PROVIDER + "key = 'A'", "mine.toml: [providers.p]: unknown key 'key'; accepted: dialect, base_url, regions"),
        (PROVIDER + "name = 'A'", "[providers.p]: unknown key 'name'"),
        (MODEL + "context = '200K'", "number 1: context is text that does not fit; it takes a whole number of tokens"),
        (MODEL + "context = 0", "context is 0; it takes a whole number of tokens above 0"),
        (MODEL + "context = 1.5", "context is 1.5; it takes"),
        (MODEL + "output = true", "output is True; it takes"),
        (MODEL + "vision = 1", "vision is 1; it takes true or false"),
        (MODEL + "vision = 2026-01-01", "vision is of another type; it takes true or false"),
        (MODEL + "free = 'yes'", "free is text that does not fit; it takes true or false"),
        (MODEL + "thinking = true", "thinking is True; it takes one of none, switchable, always"),
        (MODEL + "thinking = 'on'", "thinking is 'on'; it takes one of none, switchable, always"),
        (MODEL + "aliases = 'x'", "aliases is text that does not fit; it takes a list of texts"),
        (MODEL + "match = [1]", "match is a list; it takes a list of texts"),
        ("[[models]]\nprovider = 'zhipu'\nid = 5", "id is 5; it takes text"),
        ("[[models]]\nprovider = 'zhipu'", "number 1: id is missing (a family takes match instead)"),
        ("[[models]]\nid = 'm'", "number 1: provider is missing; providers: openai, zhipu"),
        ("[[models]]\nid = 'm'\nprovider = 'nope'", "number 1: no provider 'nope'; providers: openai, zhipu"),
        (MODEL + MODEL.replace('"m"', '"M"'), "mine.toml: [[models]] number 2: zhipu m stands here twice"),
        ("models = 1", "mine.toml: models takes tables [[models]]"),
        ("models = [1]", "mine.toml: [[models]] number 1 takes a table"),
        ("providers = []", "mine.toml: providers takes tables [providers.<name>]"),
        ("providers.p = 1", "mine.toml: [providers.p] takes a table"),
        ("[providers.p]", "[providers.p]: base_url is missing; it takes an http(s) address"),
        ("[providers.p]\nbase_url = 'p.example'", "base_url is text that does not fit; it takes an http(s) address"),
        ("[providers.'a/b']\nbase_url = 'https://p.example'", "name is text that does not fit; it takes letters"),
        (PROVIDER + "dialect = 'soap'", "dialect is 'soap'; it takes one of openai_chat, zhipu, anthropic"),
        (PROVIDER + "stream_usage = 'no'", "stream_usage is 'no'; it takes one of ask, always, never"),
        (PROVIDER + "prefill = true", "prefill is True; it takes one of prefix, partial, assistant-last"),
        (PROVIDER + "regions = []", "regions is a list; it takes a table of http(s) addresses"),
        (PROVIDER + "key_regions = { A = 'eu' }", "key_regions.A names no region; regions: none is declared"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=re.escape(said)):
        extend(text)


def test_a_key_where_its_variable_belongs_is_refused_and_not_repeated() -> None:
    key = "sk-proj-abcdefghijklmnop"
    with pytest.raises(InvalidRequestError, match="names of environment variables") as caught:
        extend(f'{PROVIDER}keys = ["{key}"]')
    assert key not in str(caught.value)


@pytest.mark.parametrize("text", [None, b"", 5])
def test_only_text_is_read(text: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"mine\.toml: the registry is a"):
        extend(text)


def refusal(text: str) -> str | None:
    """Why the text is refused, or None if it is accepted; any other error is a failure."""
    try:
        extend(text)
    except SlipstreamError as error:
        return str(error)
    return None


@given(st.text(alphabet='[]{}="\n.,#abmodels_providers0x5\\\x00', max_size=60))
def test_any_text_gives_a_registry_or_one_of_our_errors(text: str) -> None:
    assert (refusal(text) or "mine.toml").startswith("mine.toml")


VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text("ab/ é"))


@given(st.sampled_from(["models", "providers"]), st.sampled_from(["id", "keys", "match", "context", "dialect"]), VALUES)
def test_any_value_gives_a_registry_or_one_of_our_errors(table: str, key: str, value: Any) -> None:
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
    base = PROVIDER if table == "providers" else '[[models]]\nprovider = "zhipu"\n'
    assert (refusal(f"{base}{key} = {shown}") or "mine.toml").startswith("mine.toml")
