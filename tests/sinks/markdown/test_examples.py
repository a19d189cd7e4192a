"""The page of every example of CommonMark and GFM is the one that is written there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from tests.sinks.markdown.cases import Case, cmark_gfm, every_case, inputs, markdown_it, spec
from tests.sinks.markdown.page import COMMONMARK, to_html

# GFM's text is older than CommonMark 0.31 here: two hyphens may stand in a comment now.
OLDER: Final = {"gfm_only 645"}
EXTENSION: Final = {"table": "tables", "autolink": "autolinks", "strikethrough": "strikethrough", "disabled": "tasks"}

# Where markdown-it's own rules are not those of GFM (cmark-gfm and comrak give what we give).
MARKDOWN_IT: Final = {
    "tables": {
        "-   foo|foo": "a list item goes before a table",
        "# | 1 | 2": "so does a heading",
    },
    "strikethrough": {
        "~~~~": "more than two tildes are text",
        "~a~": "one tilde will do",
    },
    "issue-fixes": {"![![]()": "a line end in an image's description is a blank"},
}


def test_the_cases_are_there(corpora: Path) -> None:
    assert len(spec("commonmark")) == 328
    assert len(spec("gfm_only")) == 22
    assert len(inputs()) == 319 + 216
    assert len(every_case()) == 328 + 22 + 319 + 216 + 33 + 113


@pytest.mark.parametrize("case", spec("commonmark"), ids=lambda case: case.name)
def test_commonmark(case: Case) -> None:
    assert to_html([case.markdown], **COMMONMARK) == case.page


@pytest.mark.parametrize("case", spec("gfm_only"), ids=lambda case: case.name)
def test_gfm(case: Case) -> None:
    if case.name in OLDER:
        assert "--" in case.markdown
        return
    options = dict(COMMONMARK)
    if case.extension in EXTENSION:
        options[EXTENSION[case.extension]] = True
    assert to_html([case.markdown], tagfilter=case.extension == "tagfilter", **options) == case.page


def alike(page: str) -> str:
    """HTML whose task boxes and footnotes are named as the file's examples name them."""
    page = page.replace('<input disabled="" type="checkbox">', '<input type="checkbox" disabled="" />')
    page = page.replace(
        '<input checked="" disabled="" type="checkbox">', '<input type="checkbox" checked="" disabled="" />'
    )
    page = re.sub(r' data-footnote[a-z-]*(="[^"]*")?| aria-label="[^"]*"', "", page)
    names = list(dict.fromkeys(re.findall(r'href="#fn-([^"]*)"', page)))
    for number, name in enumerate(names, 1):
        page = re.sub(rf'(#|")(fn|fnref)-{re.escape(name)}"', rf'\g<1>\g<2>{number}"', page)
    return page


@pytest.mark.parametrize("case", cmark_gfm("extensions"), ids=lambda case: case.name)
def test_cmark_gfm(case: Case) -> None:
    if "<IGNORE>" not in case.page:
        assert alike(to_html([case.markdown], tagfilter=True, math=False)) == case.page


def plain_table(page: str) -> str:
    """HTML of the other files of cmark-gfm and of markdown-it as we write it: alignment as an attribute, no meta."""
    page = re.sub(r' style="text-align: ?(\w+);?"', r' align="\1"', page)
    page = re.sub(r' data-meta="[^"]*"', "", page)
    return page.replace("<s>", "<del>").replace("</s>", "</del>").replace("<br>", "<br />")


@pytest.mark.parametrize("name", ["extensions-full-info-string", "extensions-table-prefer-style-attributes"])
def test_the_other_files_of_cmark_gfm(name: str, corpora: Path) -> None:
    assert cmark_gfm(name)
    for case in cmark_gfm(name):
        assert to_html([case.markdown], math=False) == plain_table(case.page)


@pytest.mark.parametrize("name", sorted(MARKDOWN_IT))
def test_markdown_it(name: str, corpora: Path) -> None:
    different = MARKDOWN_IT[name]
    for case in markdown_it(name):
        ours = to_html([case.markdown], math=False, footnotes=False, autolinks=False, cjk=False)
        named = any(mark in case.markdown for mark in different)
        assert (ours == plain_table(case.page)) or named, case.markdown
