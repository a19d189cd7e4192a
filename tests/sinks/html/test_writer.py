"""All patches together are the page, whatever the cuts."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.sinks.html.cases import SCHEMES, TEXTS, Law, cuts, patches
from tests.sinks.html.reference import page
from tests.sinks.markdown.cases import Case, batches, cmark_gfm, every_case, spec
from tests.sinks.markdown.page import COMMONMARK
from tests.sinks.markdown.test_examples import EXTENSION, OLDER, alike

from slipstream.sinks.html import HTML, Patch, apply
from slipstream.sinks.markdown import BlockEvent, Markdown, tree


def _has_html(events: list[BlockEvent]) -> bool:
    def within(nodes: Any) -> bool:
        return any(isinstance(node, tree.RawHTML) or within(getattr(node, "children", ())) for node in nodes)

    return any(getattr(event, "kind", "") == "html" or within(getattr(event, "inline", ())) for event in events)


def _options(case: Case) -> dict[str, Any]:
    on = {EXTENSION[case.extension]: True} if case.extension in EXTENSION else {}
    options: dict[str, Any] = {**COMMONMARK, **on}
    return options


def _examples() -> list[Case]:
    """The examples without raw HTML: of those, the page is what is written there."""
    found = []
    for case in (*spec("commonmark"), *spec("gfm_only")):
        markdown = Markdown(**_options(case))
        if case.name not in OLDER and not _has_html([*markdown.feed(case.markdown), *markdown.end()]):
            found.append(case)
    return found


def test_the_cases_are_there(corpora: object) -> None:
    assert len(_examples()) > 250
    assert len(every_case()) > 1000


@pytest.mark.parametrize("case", _examples(), ids=lambda case: case.name)
def test_every_example_of_commonmark_and_gfm(case: Case) -> None:
    for pieces in cuts(case.markdown):
        assert apply(patches(pieces, images=True, links=SCHEMES, **_options(case))) == case.page


@pytest.mark.parametrize("case", cmark_gfm("extensions"), ids=lambda case: case.name)
def test_every_example_of_cmark_gfm(case: Case) -> None:
    markdown = Markdown(math=False)
    html = case.page
    if _has_html([*markdown.feed(case.markdown), *markdown.end()]):
        html = alike(page(case.markdown, math=False))  # tags are shown here
    for pieces in cuts(case.markdown):
        assert "<IGNORE>" in html or alike(apply(patches(pieces, images=True, math=False))) == html


@pytest.mark.parametrize("cases", batches(50))
def test_every_case_of_the_corpora(cases: tuple[Case, ...]) -> None:
    for case in cases:
        whole = page(case.markdown)
        if "script:" in whole or "data:" in whole:
            continue  # a link that is not allowed; tests/sinks/html/test_safety.py has those
        for pieces in cuts(case.markdown):
            assert apply(patches(pieces, images=True, links=SCHEMES)) == whole, case.name


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, places=st.lists(st.integers(0, 90), max_size=6))
def test_any_text_cut_anywhere(text: str, places: list[int]) -> None:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(ends)]
    found = patches(pieces, images=True, links=SCHEMES)
    assert apply(found) == page(text)
    Law(late=True).check(found)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_what_is_closed_never_changes(text: str) -> None:
    text = text.replace("]: ", "] ")  # no definition comes late
    html, law = HTML(images=True), Law(late=False)
    for char in text:
        law.check(html.feed(char))
    law.check(html.end())


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_every_prefix_is_a_page(text: str) -> None:
    """The property and the patches agree at each moment, and hold no handles."""
    html, found = HTML(images=True), list[Patch]()
    for char in text:
        found += html.feed(char)
        assert apply(found) == html.html
    assert "data-block" not in html.html


NAMED = {
    "a list turns loose": ("- a\n- b\n\n- c", 3),
    "a loose list with children": ("- a\n  - x\n  - y\n\n- b\n\n  c", 5),
    "a heading by its underline": ("- Title\n  ---\n\nx", 2),
    "a table": ("| a | b |\n|:--|--:|\n| `1` | **2** |\n| 3 |\n\nx", 2),
    "a paragraph before a table": ("say\na | b\n--|--\n1 | 2", 2),
    "definitions between": ("a\n\n[x]: /u 'title'\n\nb [x]", 2),
    "definitions alone in an item": ("1. a\n\n2. [x]: /u\n3. c", 2),
    "definitions behind a footnote": ("a[^1]\n\n[^1]: note\n\n[x]: /u\n\n[y]: /v\n", 2),
    "tasks": ("- [x] a\n- [ ] b\n\n  c\n- [x]\n", 2),
    "a late link": ("see [docs], **[docs]**\n\n[docs]: /url\n\nend", 2),
    "late footnotes in another order": ("a[^1] b[^2]\n\n[^2]: two\n\n[^1]: one [^2]\n\n    more\n\nend", 5),
    "footnotes before their references": ("[^n]: note\n\ntext\n\nsee [^n] and [^n]", 2),
    "a footnote without a reference": ("text\n\n[^n]: note [^m]\n\n[^m]: other", 1),
    "math": ("so $a<b$ and $$c$$\n\n$$\nx & y\n$$\n\n\\[ z \\]", 2),
    "raw html": ("a <b onclick='x'>b</b>\n\n<script>\nalert(1)\n</script>\n\nc", 2),
    "a long paragraph": ("word *emphasis* `code` [link](/u) " * 60, 20),
    "a long quote": ("> say **so** " * 60 + "\n\n- x", 2),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_cases(name: str) -> None:
    text, most = NAMED[name]
    for pieces in cuts(text):
        found = patches(pieces)
        assert apply(found) == page(text)
        closed = [patch.block for patch in found if patch.op == "close"]
        assert len(closed) == len(set(closed))
    assert sum(patch.op == "replace" for patch in patches([text])) <= most


def test_a_reference_within_a_link_is_no_second_link() -> None:
    """HTML has no link within a link: browsers end the outer one there. The way back still leads to the reference."""
    html = HTML(prefix="p-")
    found = [*html.feed("[a *b[^1]*](/u) c[^1]\n\n[^1]: note\n"), *html.end()]
    text, _, notes = apply(found).partition("<section")
    assert text == (
        '<p><a href="/u">a <em>b<sup class="footnote-ref" id="fnref-p-1">1</sup></em></a> c<sup class="footnote-ref">'
        '<a href="#fn-p-1" id="fnref-p-1-2" data-footnote-ref>1</a></sup></p>\n'
    )
    assert '<a href="#fnref-p-1" ' in notes
    assert '<a href="#fnref-p-1-2" ' in notes


def test_the_page_tells_what_it_holds_mid_way() -> None:
    html = HTML()
    html.feed("# Title\n\nso **bo")
    assert html.html == "<h1>Title</h1>\n<p>so <strong>bo</strong></p>"


def test_what_goes_on_is_appended() -> None:
    html = HTML()
    html.feed("one")
    assert html.feed(" two & three") == [Patch("append", 1, " two &amp; three")]
    html.feed("\n\n```py\nx")
    assert html.feed(" < y") == [Patch("append", 2, " &lt; y")]
    html.feed("\n```\n\n**a")
    pen = html.feed(" b")[0]
    assert (pen.op, pen.html) == ("append", " b")
    assert html.html.endswith("<p><strong>a b</strong></p>")
    assert html.feed("** [l](/u") != []
    assert html.feed(")") == [Patch("replace", 3, '<p data-block="3"><strong>a b</strong> <a href="/u">l</a></p>')]


def test_of_a_long_paragraph_only_the_tail_is_replaced() -> None:
    html, sizes = HTML(), []
    for char in "many words before it, " * 100 + "".join(f"**bold** and [a link](/{at}), " for at in range(100)):
        sizes += [len(patch.html) for patch in html.feed(char) if patch.op == "replace"]
    assert len(sizes) >= 100
    assert sorted(sizes)[-2] < 200  # but for once: where the tail gets its handle
    html.end()
    assert "<span" not in html.html


GROWING = {
    "prose": "Some **bold** words and `code`, [a link](http://a.b) and no more.\n\n",
    "a paragraph": "Some **bold** words and `code`, [a link](http://a.b) and no more. ",
    "a list": "- an item with **bold** words and `code`\n",
    "a table": "| a cell | **bold** words | `code` |\n",
    "code": "x = f(y)  # a comment\n",
    "what is never closed": "**words ",
    "footnotes": "words[^1] ",
}
BEFORE = {"a table": "| a | b | c |\n|---|---|---|\n", "code": "```\n", "footnotes": "[^1]: so\n\n"}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_text_is_twice_the_html_that_is_sent(name: str) -> None:
    def sent(count: int) -> int:
        text = BEFORE.get(name, "") + GROWING[name] * count
        return sum(len(patch.html) for patch in patches([text[at : at + 4] for at in range(0, len(text), 4)]))

    assert sent(400) < 2.2 * sent(200)


HOSTILE = {
    "late footnotes backwards": "".join(f"[^{at}] " for at in range(1000))
    + "\n\n"
    + "".join(f"[^{at}]: n\n\n" for at in reversed(range(1000))),
    "late links": "".join(f"[l{at}] " for at in range(1000)) + "\n\n" + "".join(f"[l{at}]: /u\n" for at in range(1000)),
    "a long list turns loose": "- a\n" * 5000 + "\n- b",
    "deep quotes": "> " * 10_000 + "a",
    "deep emphasis": "*a _b " * 5000,
    "a line": "a" * 1_000_000,
    "a wide table": "|" * 1000 + "\n" + "|-" * 1000 + "\n" + "|x" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_bounded(name: str) -> None:
    """Seconds where a square would take minutes; the bounds are wide, for a busy machine."""
    text, began = HOSTILE[name], time.process_time()
    found = patches([text[at : at + 64] for at in range(0, len(text), 64)])
    assert time.process_time() - began < 10
    assert sum(len(patch.html) for patch in found) < 50 * len(text)


def test_patches_are_json() -> None:
    (patch, *_) = HTML().feed("x")
    assert json.loads(msgspec.json.encode(patch)) == {"op": "append", "block": 0, "html": '<p data-block="1"></p>'}
