"""At every prefix: what is closed is what a parser of the whole prefix makes of it, and it never changes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from tests.sinks.markdown.cases import Case, batches
from tests.sinks.markdown.oracles import GFM, alike, by_comrak, differences
from tests.sinks.markdown.page import Page, Renderer, Shown, parse, tree
from tests.sinks.markdown.texts import TEXTS

from slipstream.sinks.markdown import Markdown

# A definition that is not over - its title may still come - defines nothing yet; the parse of the prefix takes it.
_half_definition = re.compile(r"\]:[^\n]*(\n[^\n]*)?\Z").search


def closed(page: Page) -> list[Shown]:
    """The closed blocks of the page that show something."""
    return [block for block in page.root.children if not block.open and block.kind != "definitions"]


def prefixes(text: str, **options: Any) -> Iterator[tuple[str, Page]]:
    """Each prefix, and the page after it. `Page` refuses every change of a closed block."""
    page, markdown = Page(), Markdown(**options)
    for at, char in enumerate(text, 1):
        page.apply(markdown.feed(char))
        if not _half_definition(text[:at]):
            yield text[:at], page


@pytest.mark.parametrize("cases", batches(60))
def test_the_closed_part_is_comraks(cases: tuple[Case, ...]) -> None:
    for case in cases:
        if "\0" in case.markdown or "\r" in case.markdown:
            continue  # line ends within HTML and NULs are written otherwise
        for prefix, page in prefixes(case.markdown, **GFM):
            ours = Renderer().all(closed(page))
            if ours and not by_comrak(prefix, GFM).startswith(alike(ours)):
                assert differences(prefix), (case.name, prefix)


@pytest.mark.parametrize("cases", batches(120))
def test_the_closed_part_is_that_of_the_whole(cases: tuple[Case, ...]) -> None:
    for case in cases:
        for prefix, page in prefixes(case.markdown):
            _compare(prefix, page)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_what_is_closed_is_what_the_prefix_gives(text: str) -> None:
    for prefix, page in prefixes(text):
        _compare(prefix, page)


def _compare(prefix: str, page: Page) -> None:
    whole = closed(parse([prefix]))
    for ours, theirs in zip(closed(page), whole, strict=False):
        assert tree(ours) == tree(theirs), prefix


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_what_is_closed_stays(text: str) -> None:
    """Without late definitions the page of a closed block is the same at every longer prefix."""
    seen: list[object] = []
    for _, page in prefixes(text, late_refs="off"):
        now = [tree(block) for block in closed(page)]
        assert now[: len(seen)] == seen
        seen = now
