"""What is shown of an open paragraph: all of it but a short tail, and nothing that stands still."""

from __future__ import annotations

import html
import re
from typing import Final

import pytest
from hypothesis import given, settings, strategies as st
from tests.cost import cpu
from tests.sinks.markdown.oracles import GFM, by_comrak
from tests.sinks.markdown.page import Page, Shown

from slipstream.sinks.markdown import Markdown
from slipstream.sinks.markdown.reading import SMOOTH
from slipstream.sinks.markdown.scan import MAX_HIDDEN
from slipstream.sinks.markdown.tree import plain

TAIL: Final = 300  # characters of the text: what may be left out, and the last word
PROSE: Final = " and then it goes on with *some* words, `code`, (more of it): see there, 12 of them." * 90

# How each begins; the prose follows.
BEGINNINGS: Final = (
    "x `a[b](c`", "`a [b](c` d", "`x[0](` calls it.", "Use list[int](the generic type,", "[0](see", "`](` is",
    "x $a[b](c$", "[0](see *it* (or", "$a[b](c", "x [a](<b", "x [a](b \"title", "x [a](b 'title", "x [a](b (title",
    "[a](b(c", "wow ![not an image", "see <![CDATA[", "see <!-- ", "see <?php", "x <a b='", "x <a b", "x \\<b c",
    "x `<b c", "x &am", "x [^1", "x [a][b", "x $5", "x \\(", "[note]: 'tis", "[note]: /u 'title", "[note]: <b",
    "a ![d](e", "a ![d](http://a", "- [x](a", "> [0](see", "# [0](see", "| [0](see",
    "\\[1] Smith", "\\[ x = 1", "- \\[1] Smith",
    "[0](" + "\u4e2d\u6587\u6ca1\u6709\u7a7a\u683c\uff0c" * 60,
)  # fmt: skip


def silence(text: str, size: int) -> int:
    """The longest run of characters that bring nothing new, in pieces of some size."""
    markdown, silent, longest = Markdown(), 0, 0
    for piece in re.findall(rf"(?s).{{1,{size}}}", text):
        silent = 0 if markdown.feed(piece) else silent + len(piece)
        longest = max(longest, silent)
    return longest


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_no_beginning_makes_the_display_stand_still(beginning: str) -> None:
    text = (beginning + PROSE)[:SMOOTH]
    assert silence(text[:2000], 1) <= TAIL
    assert silence(text, 6) <= TAIL


@pytest.mark.parametrize("beginning", BEGINNINGS[:8])
def test_what_can_be_no_link_is_shown_at_once(beginning: str) -> None:
    assert silence((beginning + PROSE)[:2000], 1) <= 8


def test_a_long_address_is_no_prose() -> None:
    """It is left out while it is written, up to the length that addresses have."""
    markdown = Markdown()
    markdown.feed("so [text](https://a.b/c?" + "d" * 1000)
    seen = Page()
    seen.apply(markdown.feed("e"))
    assert seen.blocks.keys() == {0}
    assert any(markdown.feed("e" * 100) for _ in range(14))


@pytest.mark.parametrize("beginning", ["a", "x <a", "`a", "# a", "**a", "|a|\n|-|\n|a", "[a](u"])
@pytest.mark.parametrize("blank", [" ", "\t"])
def test_blanks_without_end_cost_no_square(beginning: str, blank: str) -> None:
    """Four times as many cost about four times, and sixteen times if each piece looked at those before it."""
    ratios = (_cost(beginning + blank * 40_000) / _cost(beginning + blank * 10_000) for _ in range(3))
    assert any(ratio < 8 for ratio in ratios)


def test_blanks_within_a_heading_cost_no_square() -> None:
    ratios = (_cost(f"# a{' ' * 24_000}b c") / _cost(f"# a{' ' * 6_000}b c") for _ in range(3))
    assert any(ratio < 8 for ratio in ratios)


def _cost(text: str) -> float:
    return cpu(lambda: _feed(text))


def _feed(text: str) -> None:
    markdown = Markdown()
    for at in range(0, len(text), 4):
        markdown.feed(text[at : at + 4])
    markdown.end()


def words_of(block: Shown) -> list[str]:
    text = plain(block.inline) + block.text
    return re.findall(r"w[0-9]+", text) + [word for child in block.children for word in words_of(child)]


_BITS: Final = (
    "](", "[", "![", "[a](", "(", ")", "]", "`", "``", "$", "$$", "\\(", "<", "<b ", "<b c='", "<!-- ", "<![CDATA[",
    "<?x ",
    "&", "&#", "&am", "*", "**", "_", "~~", "\\", '"', "'", "[^1", "http://", "www.", "@", "!", "|", "](u '", "](<",
)  # fmt: skip
_TEXT: Final = st.lists(st.tuples(st.sampled_from(_BITS), st.integers(0, 30)), min_size=1, max_size=10)


def paragraph(bits: list[tuple[str, int]]) -> str:
    """Numbered words, and marks between them."""
    count, out = 0, "w0 "
    for mark, size in bits:
        out += mark + " ".join(f"w{at}" for at in range(count + 1, count + 1 + size)) + " " * (size % 2)
        count += size
    return out[:1000]


@settings(max_examples=150, deadline=None)
@given(bits=_TEXT)
def test_what_comrak_shows_of_a_prefix_is_shown_but_for_a_tail(bits: list[tuple[str, int]]) -> None:
    text = paragraph(bits)
    markdown, page = Markdown(autolinks=False), Page()
    for at in range(0, len(text), 25):
        page.apply(markdown.feed(text[at : at + 25]))
        prefix = text[: at + 25]
        seen = set(words_of(page.root))
        tail = set(re.findall(r"w[0-9]+", prefix[-TAIL:]))
        theirs = re.sub(r"<!--.*?-->|<[^>]*>", "", by_comrak(prefix, GFM | {"autolinks": False}))
        lost = set(re.findall(r"w[0-9]+", html.unescape(theirs))) - seen - tail
        assert not lost, prefix


def test_the_tail_is_what_the_limit_says() -> None:
    """A text may not hide more than the limit, whatever stands in it."""
    assert MAX_HIDDEN < TAIL
