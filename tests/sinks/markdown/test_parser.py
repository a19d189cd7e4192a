"""Any cut gives the same page, closed blocks stay, hostile text is bounded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st
from tests.sinks.markdown.page import Page, Renderer, Shown, parse, to_html

from slipstream.sinks.markdown import BlockClose, Markdown

_PIECES = st.sampled_from(
    "a|b c|*|**|_|~~|`|```|~~~|\n|\n\n|> |- |1. |# |    |  |\t|[x]|[^x]|[x]: /u\n|[^x]: note|](u)|![|<div>|<b>|<!--|-->"
    "|---|===|\\||- [x] |$$|$|\\(|\\)|\\[|\\]|&amp;|&|www.a.b|http://a.b|a@b.co|\\|\r\n|+ |10) |:-|-|<|>|\x00|中文|é".replace(
        "\\||", "\\v|"
    ).split("|")
)
TEXTS = st.lists(_PIECES.map(lambda piece: piece.replace("\\v", "|")), max_size=24).map("".join)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, places=st.lists(st.integers(0, 80), max_size=8))
def test_any_cut_gives_the_same_page(text: str, places: list[int]) -> None:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    pieces = [text[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    whole = to_html([text])
    assert to_html(pieces) == whole
    assert to_html(list(text)) == whole


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_what_is_closed_is_what_the_prefix_gives(text: str) -> None:
    """`Page` refuses every change of a closed block; what is closed is in the parse of each longer text alike."""
    page, markdown = Page(), Markdown(late_refs="off")
    for at, char in enumerate(text):
        page.apply(markdown.feed(char))
        whole = parse([text[: at + 1]], late_refs="off")
        closed = [block for block in page.root.children if not block.open]
        for ours, theirs in zip(closed, whole.root.children, strict=False):
            assert Renderer().block(ours) == Renderer().block(theirs)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_what_is_shown_depends_on_the_prefix_alone(text: str) -> None:
    page, markdown = Page(), Markdown()
    for char in text:
        page.apply(markdown.feed(char))
    assert shown(page.root) == shown(Page().apply(Markdown().feed(text)).root)


def shown(block: Shown) -> object:
    return block.kind, block.attrs, block.text, block.inline, [shown(child) for child in block.children]


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("para\n#tag", "<p>para\n#tag</p>\n"),
        ("para\n***bold***", "<p>para\n<em><strong>bold</strong></em></p>\n"),
        ("see [docs]\n\n[docs]: /url", '<p>see <a href="/url">docs</a></p>\n'),
        ("`*a* $b$`", "<p><code>*a* $b$</code></p>\n"),
        ("$a*b*c$ costs $5 and $6", "<p><math>a*b*c</math> costs $5 and $6</p>\n"),
        ("$$\nx*y*\n$$\nz", "<math>x*y*\n</math>\n<p>z</p>\n"),
        ("$$x$$ then", "<math>x</math>\n<p>then</p>\n"),
        ("\\[ x \\]", "<math> x </math>\n"),
        ("so \\(x\\) and $$y$$", "<p>so <math>x</math> and <math display>y</math></p>\n"),
    ],
)
def test_named_cases(markdown: str, page: str) -> None:
    assert to_html([markdown]) == page
    assert to_html(list(markdown)) == page


@pytest.mark.parametrize(
    ("prefix", "page"),
    [
        ("so **bold", "<p>so <strong>bold</strong></p>\n"),
        ("so **bold*", "<p>so <strong>bold</strong></p>\n"),
        ("so **", "<p>so</p>\n"),
        ("so `code", "<p>so <code>code</code></p>\n"),
        ("so [text](http://a", "<p>so text</p>\n"),
        ("so ![pic](http://a", "<p>so </p>\n"),
        ("text\n--", "<p>text</p>\n"),
        ("- a\n- ", "<ul>\n<li>a</li>\n</ul>\n"),
        ("a | b\n- | -", "<p>a | b</p>\n"),
        ("```py\nx\n``", '<pre><code class="language-py">x\n</code></pre>\n'),
    ],
)
def test_what_a_prefix_shows(prefix: str, page: str) -> None:
    markdown, seen = Markdown(), Page()
    for char in prefix:
        seen.apply(markdown.feed(char))
    assert Renderer().page(seen.root) == page


HOSTILE = {
    "quotes": ">" * 10_000,
    "quotes apart": "> " * 10_000,
    "lists": "- " * 10_000 + "a",
    "line": "a" * 1_000_000,
    "emphasis": "*a " * 30_000,
    "emphasis closed": "*a_ " * 20_000,
    "brackets": "[" * 30_000,
    "links": "[a](" * 10_000,
    "images": "![a" * 10_000,
    "backticks": "".join("`" * size + "a" for size in range(1, 300)),
    "tags": "<a " * 10_000,
    "comments": "a <!-- " * 10_000,
    "dollars": "$a " * 20_000,
    "entities": "&a" * 20_000,
    "pipes": "|" * 20_000 + "\n" + "|-" * 20_000,
    "definitions": "[a]: b\n" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_bounded(name: str) -> None:
    """Seconds where a square would take minutes; the bound is wide, for a busy machine."""
    text = HOSTILE[name]
    began = time.process_time()
    markdown = Markdown()
    for at in range(0, len(text), 64):
        markdown.feed(text[at : at + 64])
    closed = [event for event in markdown.end() if isinstance(event, BlockClose)]
    assert time.process_time() - began < 10
    assert closed or name == "definitions"
