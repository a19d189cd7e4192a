"""docs/models.md says what the registry holds, and its code runs."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import fields

from slipstream.models import Model, Provider, Registry

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
REGISTRY = Registry.default()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def quoted(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


def row(provider: Provider) -> str:
    keys = quoted(*provider.keys) or "none"
    optional = " (optional)" if provider.keys and not provider.key_required else ""
    cells = (quoted(provider.name), quoted(*provider.aliases), keys + optional, quoted(provider.default_model))
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def test_the_table_of_providers_is_in_sync() -> None:
    table = PAGE.partition("<!-- providers: begin -->\n")[2].partition("<!-- providers: end -->")[0].splitlines()
    assert table[2:] == [row(provider) for provider in REGISTRY.providers()]


def test_the_table_of_free_models_is_in_sync() -> None:
    for model in REGISTRY.models():
        if model.free and model.provider == "zhipu":
            sees = "yes" if model.vision else "no"
            assert f"| `{model.id}` | {model.context} | {model.output} | {model.thinking} | {sees} |" in PAGE


def test_every_key_is_explained() -> None:
    models, _, providers = PAGE.partition("### Keys of `[[models]]`")[2].partition("### Keys of `[providers.<name>]`")
    for section, kind in ((models, Model), (providers, Provider)):
        for info in fields(kind):
            assert f"`{info.name}`" in section or info.name == "name"


def test_the_names_in_the_page_resolve() -> None:
    for name in re.findall(r"^\| `model=\"([^\"]+)\"` ", PAGE, re.MULTILINE):
        assert REGISTRY.resolve(name)


def test_the_toml_in_the_page_is_accepted() -> None:
    (text,) = blocks("toml")
    registry = REGISTRY.extended(text, "docs/models.md")
    assert registry.resolve("large").provider == "acme"
    assert registry.resolve("glm-4.7-flash").output == 65536


def test_the_python_in_the_page_runs() -> None:
    for code in blocks("python"):
        exec(compile(code, "docs/models.md", "exec"), {})
