"""What holds for any text, any cut, any width: lines fit, nothing is lost, what is settled never changes."""

from __future__ import annotations

import re
from collections import Counter
from itertools import zip_longest

import pytest
from hypothesis import given, settings, strategies as st
from tests.sinks.terminal.layout.screen import (
    PLAIN,
    check,
    contains,
    cuts,
    leaves,
    letters,
    plain,
    scrolled,
    watched,
    whole,
)

from slipstream.sinks.terminal.layout import Layout, Line, Look, columns

# Pieces that mean something to Markdown, to a terminal, or to whoever measures text.
MARKS = (
    *(
        "a",
        "word",
        "中",
        "文字",
        "，",
        "。",
        "（",
        " ",
        "  ",
        "\n",
        "\n",
        "\n\n",
        "supercalifragilistic" * 3,
        "长" * 30,
    ),
    *("*", "**", "`", "~~", "|", "_", "\\", "&amp;", "[", "](", "http://x.y/z", ")", "![", "[^1]", "www.example.com"),
    *("```\n", "```python\n", "~~~", "| a | b |\n|---|:-:|\n", "| x | y |\n", "$", "$$", "\\(", "\\)", "---", "==="),
    *("- ", "1. ", "> ", "# ", "## ", "- [ ] ", "- [x] ", "[^1]: ", "[a]: http://b\n", "<div>", "<!--", "-->", "<br>"),
    *("\t", "    ", "/* c", "*/", "def f(x): # c", '"""', "'"),
    *("\x1b[31m", "\x9b2J", "\x07", "\u202e", "\u2066", "\ud800", "\u200b"),
    *("👨\u200d👩\u200d👧", "🇬🇧", "e\u0301", "\u0301" * 12, "ก็"),
)
texts = st.lists(st.sampled_from(MARKS), max_size=50).map("".join)
widths = st.one_of(st.integers(1, 40), st.integers(1, 1000))
looks = st.builds(Look, colour=st.booleans(), links=st.booleans(), highlight=st.booleans(), unicode=st.booleans())
seeds = st.integers(0, 1 << 16)


@settings(max_examples=150, deadline=None)
@given(texts, widths, looks, seeds)
def test_any_cut_settles_the_lines_of_the_whole(text: str, width: int, look: Look, seed: int) -> None:
    assert watched(cuts(text, seed), width, look) == whole(text, width, look)


@settings(max_examples=100, deadline=None)
@given(texts, widths)
def test_nothing_is_lost(text: str, width: int) -> None:
    width = max(width, 2)  # one column has no room for a Chinese character
    shown = letters("".join(map(plain, whole(text, width, PLAIN))))
    found = [(kind, words) for kind, words in leaves(text) if columns(words)]  # accents alone take no column
    said = letters("".join(words for _, words in found))
    shown, said = shown.replace("^", ""), said.replace("^", "")  # a footnote's reference is shown without it
    assert not Counter(said) - Counter(shown)
    if not any(kind == "table-row" for kind, _ in found):  # cells that wrap stand beside each other
        assert contains(shown, said)


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.integers(2, 60), min_size=1, max_size=3), looks, seeds)
def test_a_screen_that_scrolls_and_resizes_loses_nothing(text: str, sizes: list[int], look: Look, seed: int) -> None:
    scrolled(cuts(text, seed), sizes, look, seed)


WORDS = [f"w{number}" for number in range(200)]
HEAD = "| ÷ | × |\n|---|---|\n"
SCROLLING = {
    "a paragraph": " ".join(WORDS),
    "a marked paragraph": " ".join(f"**{word}**" if at % 3 else f"`{word}`" for at, word in enumerate(WORDS)),
    "a list": "".join(f"- {word}\n" for word in WORDS),
    "code": "```\n" + " ".join(WORDS) + "\n```\n",
    "raw HTML": "<div>\n" + " ".join(WORDS) + "\n</div>\n",
    "a table": HEAD + "".join(f"| {a} | {b} |\n" for a, b in zip(*[iter(WORDS)] * 2, strict=True)),
    "a table of long cells": HEAD + "| " + " ".join(WORDS[:100]) + " | " + " ".join(WORDS[100:]) + " |\n",
    "a heading": " ".join(WORDS) + "\n---\n",
    "a marked heading": "".join(f"**{word}** " if at % 3 else f"`{word}` " for at, word in enumerate(WORDS))
    + "\n---\n",
    "a header": "| " + " ".join(WORDS) + " | x |\n|---|---|\n",
    "a header behind words": " ".join(WORDS[:100]) + "\n| " + " ".join(WORDS[100:]) + " |\n|---|\n",
    "records": "|" + "× |" * 40 + "\n|" + "---|" * 40 + "\n" + "".join(f"| {word} " * 40 + "|\n" for word in WORDS[:9]),
}


@pytest.mark.parametrize("name", SCROLLING)
@pytest.mark.parametrize("seed", range(8))
def test_what_scrolls_away_is_shown_once(name: str, seed: int) -> None:
    text = SCROLLING[name]
    lines = scrolled(cuts(text, seed), [40, 25, 60], PLAIN, seed)
    shown, expected = (only_words(some) for some in (lines, whole(text, 40, PLAIN)))
    if "table" in name or "header" in name:  # rows cut at other places have other cells side by side
        assert Counter(shown) == Counter(expected)
    else:
        assert shown == expected


def only_words(lines: list[Line]) -> str:
    return re.sub("[^a-z0-9]", "", "".join(map(plain, lines)))


@pytest.mark.parametrize("width", [1, 2, 3, 7, 20, 1000])
def test_hostile_nesting_fits_any_width(width: int) -> None:
    for text in ("> " * 10_000 + "deep", "- " * 300 + "deep", "1. " * 300 + "deep", "*" * 3000 + "deep", "[" * 3000):
        lines = whole(text, width, Look())
        assert contains("".join(map(plain, lines)), "deep" if "deep" in text else "[" * 3000)


def test_a_line_of_a_megabyte_is_shown() -> None:
    for text in ("x" * 1_000_000, "好" * 300_000, "x " * 400_000, "```\n" + "x" * 1_000_000, "<div>" + "y" * 1_000_000):
        layout = Layout(80)
        layout.feed(text)
        shown = layout.open()
        layout.settle(len(shown) - 20)
        layout.feed("more" * 10)
        assert len(layout.open()) in (20, 21)
        layout.end()
        check(layout.settled(), 80)


def test_open_lines_are_those_of_the_text_so_far() -> None:
    text = "# Head\n\nSome *words* and `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend"
    layout = Layout(40)
    settled = []
    for end in range(1, len(text) + 1):
        layout.feed(text[end - 1])
        settled += layout.settled()
        fresh = Layout(40)
        fresh.feed(text[:end])
        expected = fresh.settled() + fresh.open()
        shown = settled + layout.open()
        assert [plain(line).split() for line in shown] == [plain(line).split() for line in expected], text[:end]


def test_settled_lines_stay_the_beginning() -> None:
    text = "one\n\n- two\n- three\n\n  four\n- five\n\n```\nsix\nseven\n```\n\n> eight\n>\n> nine\n"
    final = whole(text, 30, PLAIN)
    layout, settled = Layout(30, PLAIN), []
    for char in text:
        layout.feed(char)
        settled += layout.settled()
        assert all(a == b for a, b in zip_longest(settled, final[: len(settled)]))
