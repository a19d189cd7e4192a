"""What `Provider` and `Model` answer by themselves."""

from __future__ import annotations

import pytest

from slipstream.models import DIALECTS, Model, Provider

TWO_REGIONS = Provider(
    name="p",
    base_url="https://here.example",
    regions={"there": "https://there.example"},
    keys=("HERE_KEY", "THERE_KEY"),
    key_regions={"THERE_KEY": "there"},
)


def test_entries_have_defaults() -> None:
    provider = Provider(name="custom")
    assert (provider.dialect, provider.url_for(), provider.keys) == ("openai_chat", "", ())
    assert (provider.thinking_style, provider.prefill, provider.system_role) == ("none", None, "system")


def test_a_models_name_holds_its_provider() -> None:
    assert Model(id="a/b", provider="custom").name == "custom/a/b"


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("HERE_KEY", "https://here.example"),
        ("THERE_KEY", "https://there.example"),
        ("OTHER_KEY", "https://here.example"),
        (None, "https://here.example"),
    ],
)
def test_a_key_leads_to_its_region(variable: str | None, address: str) -> None:
    assert TWO_REGIONS.url_for(variable) == address


def test_key_variables_are_looked_for_in_order() -> None:
    assert TWO_REGIONS.key_variable(lambda variable: True) == "HERE_KEY"
    assert TWO_REGIONS.key_variable(lambda variable: variable.startswith("THERE")) == "THERE_KEY"
    assert TWO_REGIONS.key_variable(lambda variable: False) is None


def test_entries_are_frozen() -> None:
    with pytest.raises(AttributeError):
        TWO_REGIONS.name = "q"  # type: ignore[misc]


def test_the_dialects_are_those_of_the_design() -> None:
    assert DIALECTS == (
        "openai_chat",
        "zhipu",
        "anthropic",
        "openai_responses",
        "gemini",
        "gemini_interactions",
        "ollama",
        "slipstream",
    )
