"""The documentation's code runs, as it stands, against the embedded model."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks() -> list[tuple[str, str]]:
    """Every Python block of every page, with a name to find it by."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            found.append((f"{page.name}:{line}", match[1]))
    return found


@pytest.mark.parametrize(("name", "code"), blocks(), ids=[name for name, _ in blocks()])
@pytest.mark.usefixtures("local_endpoint")
def test_the_code_of_the_docs_runs(
    name: str, code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLIPSTREAM_MODEL", "local")
    monkeypatch.chdir(tmp_path)
    main = ModuleType("__main__")  # classes look their annotations up in the module that they say they are of
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(compile(code, name, "exec", dont_inherit=True), main.__dict__)
    assert capsys.readouterr().err == ""


def test_there_is_code_to_run() -> None:
    assert len(blocks()) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_reference_names_every_option_and_setting() -> None:
    from inspect import signature

    from slipstream.client import Ask, Client

    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    names = {*Ask.__annotations__, *signature(Client).parameters}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_every_stage_has_a_page_with_code_that_runs() -> None:
    from slipstream import flow

    index = (ROOT / "docs" / "stages" / "README.md").read_text(encoding="utf-8")
    for name in flow.STAGES:
        page = ROOT / "docs" / "stages" / f"{name}.md"
        assert BLOCK.search(page.read_text(encoding="utf-8")), f"{page.name} has no example"
        assert f"({name}.md)" in index, f"the index does not name {name}"
