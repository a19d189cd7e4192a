"""A page that is only ever appended to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st
from tests.sinks.html.cases import SCHEMES, TEXTS
from tests.sinks.html.test_safety import Reader

from slipstream.sinks.html import HTMLStream

WORDS = st.sampled_from(
    (
        "word ", "**bold** ", "`code` ", "[link](http://a.b/c) ", "[ref] ", "[ref][x] ", "![img](/b.png) ", "*em* ",
        "**half ", "http://a.b/c ", "a_b_c ", "2 * 3 ", "$5 ", "f(x) < g[0] ", "`a[0]` ", "x@y.com ", "!", "~~no~~ ",
        "[link **with** bold](/u) ", "[<http://x.y> foo](/u) ", "[a [b] c](/u) ", "[open ", "\\[ ", "$x$ ", "<b>",
        "&amp; ", "\\(a\\) ", "[^x] ", "so[^1][^x] ", "so[^1]: ",
        "many words that go on and on until the line is long enough to be nothing but a paragraph ",
    )
)  # fmt: skip
REF = '<sup class="footnote-ref"><a href="#fn-1">1</a></sup>'
PROSE = st.lists(WORDS, max_size=20).map("".join)


def told(text: str, size: int) -> str:
    stream = HTMLStream(images=True, links=SCHEMES)
    pieces = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*pieces, stream.end()])


def balanced(page: str) -> None:
    """Well-formed: each tag ends in its turn."""
    around: list[str] = []
    for end, name, _ in re.findall(r"<(/?)([a-z0-9]+)((?:[^<>\"]|\"[^\"]*\")*)>", page):
        if end:
            assert around.pop() == name
        elif name not in ("br", "hr", "img", "input"):
            assert name != "a" or "a" not in around  # a browser would end the outer link there
            around.append(name)
    assert around == []


@settings(max_examples=300, deadline=None)
@given(text=PROSE)
def test_nothing_is_written_that_more_text_would_change(text: str) -> None:
    whole = told(text, len(text) or 1)
    for size in (1, 3, 17):
        assert told(text, size) == whole


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_every_page_is_well_formed(text: str) -> None:
    for size in (1, 5, 400):
        page = told(text, size)
        balanced(page)
        Reader().feed(page)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("# One **two**\n\nthree", "<h1>One <strong>two</strong></h1>\n<p>three</p>\n"),
        ("- a\n- b\n\n  c\n- [x] d", None),
        ("Title\n=====\n", "<h1>Title</h1>\n"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |\n", None),
        ("```py\nx < y\n```\n", '<pre><code class="language-py">x &lt; y\n</code></pre>\n'),
        ("$$\na<b\n$$\n", '<div class="math display">\\[a&lt;b\n\\]</div>\n'),
        ("> a\n>\n> b", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n"),
        ("[x]: /u\n\n[x] and [y]\n\n[y]: /v", '<p><a href="/u">x</a> and [y]</p>\n'),
        ("a[^1]\n\n[^1]: note", f'<p>a{REF}</p>\n<div class="footnote" id="fn-1"><sup>1</sup>\n<p>note</p>\n</div>\n'),
        (
            "`[^1]` [b[^1]](/u) [^a-z] [^A-Z0-9]",
            '<p><code>[^1]</code> <a href="/u">b[^1]</a> [^a-z] [^A-Z0-9]</p>\n',
        ),
        (
            "[^1]: x\n\n[a *b [^1]*](/u)",
            '<div class="footnote" id="fn-1"><sup>1</sup>\n<p>x</p>\n</div>\n'
            '<p><a href="/u">a <em>b <sup class="footnote-ref">1</sup></em></a></p>\n',
        ),
        ("# a[^1]\n\n- **b[^1]**", f"<h1>a{REF}</h1>\n<ul>\n<li><strong>b{REF}</strong>\n</li>\n</ul>\n"),
        ("<div>\nx\n\n<b>y</b>", '<div class="html">&lt;div&gt;\nx\n</div>\n<p>&lt;b&gt;y&lt;/b&gt;</p>\n'),
    ],
)
def test_named_cases(text: str, page: str | None) -> None:
    made = told(text, 1)
    balanced(made)
    assert page is None or made == page
    assert told(text, 1000) == made


def test_items_begin_with_bare_text() -> None:
    page = (
        "<ul>\n<li>a\n</li>\n<li>b\n<p>c</p>\n</li>\n"
        '<li><input checked="" disabled="" type="checkbox"> d\n</li>\n</ul>\n'
    )
    assert told("- a\n- b\n\n  c\n- [x] d", 1) == page


def test_a_table_grows_row_by_row() -> None:
    stream = HTMLStream()
    assert stream.feed("| a | b |\n|---|--:|\n| 1 |") == (
        '<table>\n<thead>\n<tr>\n<th>a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
    )
    assert stream.feed(" 2 |\n") == '<td>1</td>\n<td align="right">2</td>\n</tr>\n'
    assert stream.end() == "</tbody>\n</table>\n"


def test_words_come_while_their_paragraph_goes_on() -> None:
    stream = HTMLStream()
    begun = stream.feed(
        "This is the beginning of a paragraph that is long enough to be one, whatever comes behind it. "
    )
    assert begun == "<p>This is the beginning of a paragraph that is long enough to be one, whatever comes behind"
    assert stream.feed("And **more") == " it. And"
    assert stream.feed("** of it, ") == " <strong>more</strong> of"
    assert stream.feed("[a link](http") == ""
    assert stream.feed("s://a.b/) and") == ' it, <a href="https://a.b/">a link</a>'


def test_a_reference_stands_before_its_footnote_is_there() -> None:
    stream = HTMLStream(prefix="p-")
    begun = stream.feed(
        "This is the beginning of a paragraph that is long enough to be one, as models are.[^1][^No] And"
    )
    one, two = (f'<sup class="footnote-ref"><a href="#fn-p-{name}">{name}</a></sup>' for name in ("1", "no"))
    assert begun.endswith(f"as models are.{one}{two}")
    end = stream.feed("\n\n[^1]: One.\n[^No]: Two.\n") + stream.end()
    assert 'id="fn-p-1"' in end
    assert 'id="fn-p-no"' in end


def test_without_footnotes_a_reference_is_text() -> None:
    assert HTMLStream(footnotes=False).feed("a[^1]\n\n") == "<p>a[^1]</p>\n"
