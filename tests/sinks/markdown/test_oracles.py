"""The page of any text is the one that comrak and markdown-it-py give, but for differences that have a name."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import assume, given, settings, strategies as st
from tests.sinks.markdown.oracles import (
    CJK,
    DIFFERENCES,
    FOOTNOTES,
    GFM,
    by_comrak,
    by_markdown_it,
    differences,
    link_in_link,
    ours,
)
from tests.sinks.markdown.page import COMMONMARK, to_html
from tests.sinks.markdown.texts import MARKS

_ODD: Final = ("\x00", "\ud800", "\r", "$", "\\(", "\\[")  # what they write otherwise, or do not take
_MARKS: Final = tuple(mark for mark in MARKS if not any(odd in mark for odd in _ODD))


def texts(*more: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from([*_MARKS, *more]), max_size=14).map("".join)


# The same examples in every run: a difference that is found anew is a case to look at, no reason to fail others.
_fixed: Final = settings(max_examples=1000, deadline=None, derandomize=True)


@_fixed
@given(text=texts())
def test_commonmark(text: str) -> None:
    assume("[^" not in text)
    page = ours(text, COMMONMARK)
    if page not in (by_comrak(text, COMMONMARK), by_markdown_it(text)):
        assert differences(text), text


@_fixed
@given(text=texts("~~a~~", "| x |", "\n| a |", "ftp://x.y", "www.", "_d"))
def test_gfm(text: str) -> None:
    assume("[^" not in text)
    if ours(text, GFM) != by_comrak(text, GFM):
        assert differences(text), text


@_fixed
@given(text=texts("**注意：**", "**「", "」**", "한국", "。**", "*，", "_（", "）_", "\ufe00", "🙂", "～"))
def test_cjk(text: str) -> None:
    assume("[^" not in text)
    if ours(text, CJK) != by_comrak(text, CJK):
        assert differences(text), text


@_fixed
@given(text=texts("[^1]", "[^2]", "\n\n[^1]: one\n\n", "\n\n[^2]: *two*\n\n    more\n\n"))
def test_footnotes(text: str) -> None:
    assume("[^x" not in text)
    if ours(text, FOOTNOTES) != by_comrak(text, FOOTNOTES):
        assert differences(text) or text.count("]:") > 1, (
            text
        )  # twice defined, or within one another: numbered otherwise


# No images: comrak numbers the notes in their descriptions, which show none.
_BRACKETS: Final = (
    "[", "]", "[a]", "[b]", "[c]", "[d]", "[[a]]", "[[b][c]]", "[x[a]]", "[^1]", "[^2]", "](u)", "](u[b])", "]([c])",
    "](u '[d]')", "(", "u", "*", "**", "`", "w ", " ", "<u>", "~~", "\\", "\n",
)  # fmt: skip
_DEFINITIONS: Final = (
    "[a]: /a\n\n", "[b]:/b 't'\n\n", "[c]: <c>\n[d]:'\n\n", "[c]: /c\n\n", "[d]: /d\n\n", "[^1]: one [a]\n\n",
    "[^2]: two\n\n", "[a]: <x\n\n", "words\n\n",
)  # fmt: skip
_REFERENCES: Final = st.builds(
    "{}{}\n\n{}".format,
    st.sampled_from(["", "# ", "> "]),
    st.lists(st.sampled_from(_BRACKETS), min_size=1, max_size=12).map("".join),
    st.lists(st.sampled_from(_DEFINITIONS), min_size=1, max_size=6, unique=True).map("".join),
)


@_fixed
@given(text=_REFERENCES)
def test_late_references(text: str) -> None:
    """Each definition may change what the next one is looked for by; whole, by lines and by characters."""
    whole = to_html([text], **FOOTNOTES)
    assert to_html(text.splitlines(keepends=True), **FOOTNOTES) == to_html(list(text), **FOOTNOTES) == whole
    theirs = by_comrak(text, FOOTNOTES)
    if ours(text, FOOTNOTES) != theirs:
        assert differences(text) or link_in_link(theirs), text


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.why)
def test_a_difference_is_not_named_for_all(known: object) -> None:
    plain = (
        "# Title\n\nSome *text* with `code`, a [link](u) and ~~more~~.\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert differences(plain) == []
    assert ours(plain, GFM) == by_comrak(plain, GFM)
