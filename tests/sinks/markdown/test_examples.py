"""Every example of CommonMark and GFM, whole, character by character and line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.codec.cuts import CORPORA
from tests.sinks.markdown.page import COMMONMARK, to_html

FOLDER = CORPORA / "markdown"
# GFM's text is older than CommonMark 0.31 here: two hyphens may stand in a comment now.
OLDER = {645}
EXTENSION = {"table": "tables", "autolink": "autolinks", "strikethrough": "strikethrough", "disabled": "tasks"}


def examples(name: str) -> list[Any]:
    path = FOLDER / name
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        pytest.param(row, id=f"{row['example']}") for row in rows if row["example"] not in OLDER or "ext" not in row
    ]


def cuts(markdown: str) -> Iterator[list[str]]:
    yield [markdown]
    yield list(markdown)
    yield markdown.splitlines(keepends=True)
    yield re.findall(r"(?s).{1,4}", markdown)


def test_the_cases_are_there(corpora: Path) -> None:
    assert len(examples("commonmark_examples.jsonl")) == 328
    assert len(examples("gfm_only_examples.jsonl")) == 21


@pytest.mark.parametrize("row", examples("commonmark_examples.jsonl"))
def test_commonmark(row: dict[str, Any]) -> None:
    for pieces in cuts(row["markdown"]):
        assert to_html(pieces, **COMMONMARK) == row["html"]


@pytest.mark.parametrize("row", [*examples("gfm_only_examples.jsonl")])
def test_gfm(row: dict[str, Any]) -> None:
    options = dict(COMMONMARK)
    if row["ext"] in EXTENSION:
        options[EXTENSION[row["ext"]]] = True
    for pieces in cuts(row["markdown"]):
        assert to_html(pieces, tagfilter=row["ext"] == "tagfilter", **options) == row["html"]


def cmark_gfm() -> list[Any]:
    path = FOLDER / "cmark-gfm" / "extensions.txt"
    text = path.read_text(encoding="utf-8").replace("→", "\t") if path.exists() else ""
    found = re.finditer(r"^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", text, re.MULTILINE | re.DOTALL)
    return [pytest.param(one[1], one[2], id=str(at)) for at, one in enumerate(found, 1) if "<IGNORE>" not in one[2]]


def alike(page: str) -> str:
    """HTML whose task boxes and footnotes are named as this file's examples name them."""
    page = page.replace('<input disabled="" type="checkbox">', '<input type="checkbox" disabled="" />')
    page = page.replace(
        '<input checked="" disabled="" type="checkbox">', '<input type="checkbox" checked="" disabled="" />'
    )
    page = re.sub(r' data-footnote[a-z-]*(="[^"]*")?| aria-label="[^"]*"', "", page)
    names = list(dict.fromkeys(re.findall(r'href="#fn-([^"]*)"', page)))
    for number, name in enumerate(names, 1):
        page = re.sub(rf'(#|")(fn|fnref)-{re.escape(name)}"', rf'\g<1>\g<2>{number}"', page)
    return page


@pytest.mark.parametrize(("markdown", "page"), cmark_gfm())
def test_cmark_gfm(markdown: str, page: str) -> None:
    for pieces in cuts(markdown):
        assert alike(to_html(pieces, tagfilter=True, math=False)) == page
