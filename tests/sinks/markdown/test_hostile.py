"""Hostile text costs bounded time and memory, and nothing of it breaks the events."""

from __future__ import annotations

import re
import time
import tracemalloc
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.codec.cuts import pieces
from tests.sinks.markdown.page import Page, to_html, tree

from slipstream.sinks.markdown import BlockClose, BlockEvent, Markdown, links
from slipstream.sinks.markdown.autolinks import BareURLs
from slipstream.sinks.markdown.inline import InlineParser
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.scan import Scope

SECONDS: Final = 10.0
"""Of CPU for a text, where a square would take minutes; wide, for a busy machine."""

HOSTILE: Final = {
    "quotes": ">" * 10_000,
    "quotes apart": "> " * 10_000,
    "quotes on lines": ">" * 200 + "a\n" + (">" * 200 + "\n") * 100,
    "lists": "- " * 10_000 + "a",
    "lists on lines": "".join("  " * depth + "- a\n" for depth in range(300)),
    "numbers": "1. " * 5_000,
    "line": "a" * 1_000_000,
    "line of Chinese": "中" * 300_000,
    "line of words": "word " * 100_000,
    "lines": "a\n" * 20_000,
    "blank lines": "\n" * 100_000,
    "heading": "# " + "#a " * 10_000,
    "underlines": "a\n= =\n" * 3_000,
    "delimiter rows": "-|-\n" * 10_000,
    "emphasis": "*a " * 10_000,
    "emphasis closed": "*a_ " * 7_000,
    "stars": "*" * 50_000,
    "stars and letters": "a**b" * 5_000,
    "one bold": "**" + "a *b* " * 5_000,
    "tildes": "~a ~~b " * 5_000,
    "brackets": "[" * 20_000,
    "brackets in brackets": "[a" * 5_000 + "]" * 5_000,
    "links": "[a](" * 3_000,
    "link in link": "[" * 500 + "a" + "](u)" * 500,
    "images": "![a" * 5_000,
    "images and a mark": ("![" * 18 + "a* ") * 300,
    "images without end": "ab" + "![" * 60 + "a]",
    "targets of images": "![](" * 3_000,
    "targets and parentheses": "[a](((" * 2_000,
    "parentheses": "[a](" + "(" * 20_000,
    "titles": '[a](b "' * 3_000,
    "labels": "[a]" * 10_000,
    "notes": "[^a]" * 5_000,
    "backticks": "".join("`" * size + "a" for size in range(1, 200)),
    "ticks": "`a" * 10_000,
    "code never closed": "`" + "a " * 20_000,
    "tags": "<a " * 10_000,
    "attributes": "<a " + "b " * 10_000,
    "comments": "a <!-- " * 5_000,
    "instructions": "a <? " * 5_000,
    "cdata": "a <![CDATA[ " * 3_000,
    "html": "<div>" * 10_000,
    "html blocks": "<!-- a\n" * 5_000,
    "dollars": "$a " * 10_000,
    "dollar": "costs $5 " + "and so on " * 5_000,
    "double dollars": "a $$ " * 5_000,
    "tex": "a \\( " * 5_000,
    "entities": "&a" * 10_000,
    "backslashes": "\\" * 20_000,
    "addresses": "a@" * 10_000,
    "address": "a." * 10_000 + "@b.c",
    "urls": "http://" * 5_000,
    "urls without a domain": "http://a_b.c/" * 3_000,
    "url": "http://a.b/" + "(" * 10_000 + ")" * 10_000,
    "pipes": "|" * 20_000 + "\n" + "|-" * 20_000,
    "rows": "|a|b|\n|-|-|\n" + "|" * 20_000,
    "short rows": "|" + "a|" * 128 + "\n|" + "-|" * 128 + "\n" + "|a\n" * 1500,
    "definitions": "[a]: b\n" * 5_000,
    "half a definition": "[a]: b '" + "c " * 10_000,
    "late definitions": "".join(f"[a{at}] " for at in range(500))
    + "\n\n"
    + "".join(f"[a{at}]: b\n\n" for at in range(500)),
    "footnotes": "[^a]: " * 3_000,
    "fence": "`" * 30_000,
    "fences": "```\n" * 10_000,
    "tabs": "\t" * 20_000 + "a",
    "controls": "".join(map(chr, range(32))) * 500 + "\x1b[31m\x9b0m\x7f" * 500,
    "right to left": "\u202e\u2066\u200f\u061c" * 2_000,
    "half surrogates": "\ud800a\udfff" * 2_000,
}  # fmt: skip


def read(text: str, size: int = 64) -> list[BlockEvent]:
    """The last events."""
    markdown = Markdown()
    for piece in pieces(text, size):
        markdown.feed(piece)
    return markdown.end()


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_bounded(name: str) -> None:
    text = HOSTILE[name]
    began = time.process_time()
    last = read(text)
    assert time.process_time() - began < SECONDS
    assert all(isinstance(event, BlockEvent) for event in last)


@pytest.mark.parametrize("name", HOSTILE)
def test_small_pieces_and_one_piece_agree(name: str) -> None:
    """The beginning of it, character by character and at once; and the tree is shallow enough to be walked."""
    text = HOSTILE[name][:600]
    began = time.process_time()
    assert to_html(list(text)) == to_html([text])
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", ["line", "emphasis", "one bold", "brackets", "lists on lines", "fences", "lines"])
def test_memory_is_bounded(name: str) -> None:
    """Twice the text takes about twice the memory: tokens and nodes of what is open, no copies of it for each piece."""
    small, large = (peak((HOSTILE[name] * 50)[:size]) for size in (3_000, 6_000))
    assert large < 2.6 * small + 200_000


def peak(text: str) -> int:
    tracemalloc.start()
    try:
        read(text, 512)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_closed_is_let_go() -> None:
    """A long answer of many blocks leaves nothing behind but what is open."""
    markdown, block = Markdown(), "A *paragraph* of words.\n\n- an item\n\n```py\ncode\n```\n\n"
    tracemalloc.start()
    try:
        markdown.feed(block * 20)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            markdown.feed(block * 5)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 100_000


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(), max_size=60))
def test_any_characters(text: str) -> None:
    """Whatever a str can hold: the events can be written as JSON, the page is whole, and half surrogates are gone."""
    markdown, page = Markdown(), Page()
    events = [event for char in text for event in markdown.feed(char)] + markdown.end()
    assert msgspec.json.encode(events).decode()
    page.apply(events)
    assert not any(block.open for block in page.root.children)


@pytest.mark.parametrize("text", ["[a](" * 500, "[a]((" * 500, "![](b(" * 500, "[a](b" * 500 + ")" * 500])
def test_parentheses_are_looked_at_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In nested targets, a walk for each of them looked at every parenthesis 32 times."""
    looks: list[int] = []
    stop = links._bare_stop

    def counted(text: str, at: int) -> re.Match[str] | None:
        looks.append(at)
        return stop(text, at)

    monkeypatch.setattr(links, "_bare_stop", counted)
    InlineParser(text, Scope(Options(), {}, set())).parse()
    assert len(looks) < 3 * (text.count("(") + text.count(")"))


@settings(max_examples=500, deadline=None)
@given(text=st.text("a(() )\\\n", max_size=40), deep=st.integers(0, 40))
def test_a_destination_ends_where_its_own_walk_ends(text: str, deep: int) -> None:
    """What one walk notes for all parentheses in it is what a walk from each finds."""
    text = "(" * deep + text
    destinations = links.Destinations(text)
    for at in (found.end() for found in re.finditer(r"(?<!\\)\(", text)):
        assert destinations.bare(at) == links.Destinations(text).bare(at)
        if len(text) < 33:
            assert destinations.bare(at) == walk(text, at)


def walk(text: str, at: int) -> tuple[int, int]:
    """Where a destination ends, the plain way; and how many parentheses are open there."""
    depth = 0
    while at < len(text) and text[at] not in " \n" and (depth or text[at] != ")"):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 2 if text[at] == "\\" and text[at + 1 : at + 2] > " " else 1
    return min(at, len(text)), depth


@settings(max_examples=500, deadline=None)
@given(
    parts=st.lists(st.sampled_from(["www.", "http://", "_", ".", "a", "-", "*", "\\", "<", " ", "\u4e2d", "\u3002"])),
    cjk=st.booleans(),
)
def test_an_address_does_not_depend_on_those_before_it(parts: list[str], cjk: bool) -> None:
    """A domain that was refused is remembered, for the marks in it alone."""
    text = "".join(parts)
    urls = BareURLs(text, cjk)
    for found in re.finditer("www\\.|http://", text):
        assert urls.at(found.start()) == BareURLs(text, cjk).at(found.start())


def test_a_target_ends_in_what_is_read() -> None:
    """What may become an autolink is left out, and the dollar before it; so the parenthesis in it ends no link."""
    markdown, page = Markdown(), Page()
    page.apply(markdown.feed("$[a](b$<ab:)"))
    assert "Link" not in repr(tree(page.root))


@pytest.mark.parametrize("blank", [" ", "\n", "\t "])
def test_blanks_are_no_label(blank: str) -> None:
    """What stands before them is a reference of its own (CommonMark 6.3)."""
    page = to_html([f"[a][{blank}]\n\n[a]: /a\n"])
    assert page.startswith('<p><a href="/a">a</a>[')
    assert '<a href="/b">' in to_html([f"[a][{blank}][b]\n\n[b]: /b\n"])


def test_half_surrogates_and_nul_are_replaced() -> None:
    assert to_html(["a\ud800b\0c"]) == "<p>a\ufffdb\ufffdc</p>\n"
    assert to_html(list("a\ud800b\0c")) == "<p>a\ufffdb\ufffdc</p>\n"


def test_ten_thousand_quotes_are_a_hundred_and_text() -> None:
    text = ">" * 10_000 + "a"
    assert 90 < len(Markdown().feed(text)) < 110
    assert any(isinstance(event, BlockClose) for event in read(text))
