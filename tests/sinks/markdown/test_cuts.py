"""However a text is cut, the page is the same; and what is shown of a text depends on nothing but the text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.codec.cuts import cut
from tests.sinks.markdown.cases import Case, batches
from tests.sinks.markdown.page import COMMONMARK, Page, parse, tree
from tests.sinks.markdown.texts import TEXTS

from slipstream.sinks.markdown import Markdown


def page(pieces: list[str], **options: Any) -> object:
    return tree(parse(pieces, **options).root)


def shown(pieces: list[str]) -> object:
    """What is shown before the end."""
    seen, markdown = Page(), Markdown()
    for piece in pieces:
        seen.apply(markdown.feed(piece))
    return tree(seen.root)


@pytest.mark.parametrize("cases", batches(60))
def test_every_case_at_every_cut(cases: tuple[Case, ...]) -> None:
    for case in cases:
        text = case.markdown
        whole = page([text])
        for at in range(1, len(text)):
            assert page([text[:at], text[at:]]) == whole, (case.name, at)
        assert page(list(text)) == whole, case.name
        assert page(text.splitlines(keepends=True)) == whole, case.name


@pytest.mark.parametrize("cases", batches(240))
def test_every_case_without_extensions(cases: tuple[Case, ...]) -> None:
    for case in cases:
        text = case.markdown
        whole = page([text], **COMMONMARK)
        for size in (1, 2, 3, 5, 8, 13):
            pieces = re.findall(rf"(?s).{{1,{size}}}", text)
            assert page(pieces, **COMMONMARK) == whole, (case.name, size)


@pytest.mark.parametrize("cases", batches(240))
def test_what_is_shown_of_every_case(cases: tuple[Case, ...]) -> None:
    for case in cases:
        assert shown(list(case.markdown)) == shown([case.markdown]), case.name


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, places=st.lists(st.integers(0, 80), max_size=8))
def test_any_cut_gives_the_same_page(text: str, places: list[int]) -> None:
    whole = page([text])
    assert page(cut(text, places)) == whole
    assert page(list(text)) == whole


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_what_is_shown_depends_on_the_text_alone(text: str) -> None:
    assert shown(list(text)) == shown([text])


@pytest.mark.parametrize(
    "text",
    [
        "- [x] \n    -\n===> \n_\\)&amp;![",  # a box with nothing behind it is no heading's text, dropped or not yet
        "- [x] [a]: /u\n  ---\n",  # behind a box there is no definition
        "- [x] a\n  ---\n",
        "x [a](" + "\u4e2d" * 5000 + ") b",  # targets that are longer than what may be left out
        "x [a](u '" + "so it goes on " * 300 + "') b",
        "x [a](<" + "so it goes on " * 300 + ">) b",
        "x ![" + "so it goes on " * 300 + "](u) b",
    ],
)
def test_found_by_others(text: str) -> None:
    whole = page([text])
    for size in (1, 4, 7, 64):
        assert page(re.findall(rf"(?s).{{1,{size}}}", text)) == whole
    assert page([text[: len(text) // 2], text[len(text) // 2 :]]) == whole


def test_a_line_end_cut_in_two() -> None:
    for text in ("a\r\nb", "a\r\n\r\nb", "```\r\nx\r\n```\r\n", "a\rb", "\r\n\r\n", "a\r"):
        assert page(list(text)) == page([text]) == page([text.replace("\r\n", "\n").replace("\r", "\n")])
