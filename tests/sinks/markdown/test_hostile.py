"""Hostile text costs bounded time and memory, and nothing of it breaks the events."""

from __future__ import annotations

import time
import tracemalloc
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.codec.cuts import pieces
from tests.sinks.markdown.page import Page, to_html

from slipstream.sinks.markdown import BlockClose, BlockEvent, Markdown

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


def test_half_surrogates_and_nul_are_replaced() -> None:
    assert to_html(["a\ud800b\0c"]) == "<p>a\ufffdb\ufffdc</p>\n"
    assert to_html(list("a\ud800b\0c")) == "<p>a\ufffdb\ufffdc</p>\n"


def test_ten_thousand_quotes_are_a_hundred_and_text() -> None:
    text = ">" * 10_000 + "a"
    assert 90 < len(Markdown().feed(text)) < 110
    assert any(isinstance(event, BlockClose) for event in read(text))
