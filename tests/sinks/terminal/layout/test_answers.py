"""Recorded answers of real models, at the widths that screens have; and what laying out costs."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice

import pytest
from tests.contract.recordings import recordings
from tests.cost import cpu
from tests.sinks.terminal.layout.screen import PLAIN, cuts, leaves, letters, plain, scrolled, watched, whole

from slipstream.events import Error, ReasoningDelta, TextDelta
from slipstream.sinks.markdown import Markdown
from slipstream.sinks.terminal.layout import Layout, Look

pytestmark = pytest.mark.usefixtures("corpora")
LONGEST = 6000  # characters of one answer: enough for every kind of block, quick enough to watch each piece of it


@cache
def answers() -> list[str]:
    """Texts and thoughts of the recorded streams that are more than a sentence."""
    found = set()
    for recording in recordings():
        events = recording.decoded()
        if not any(isinstance(event, Error) for event in events):
            for kind in (TextDelta, ReasoningDelta):
                found.add("".join(event.text for event in events if isinstance(event, kind)))
    return sorted(text[:LONGEST] for text in found if len(text) > 150)


def test_there_are_some() -> None:
    assert len(answers()) > 20
    assert any("**" in text for text in answers())
    assert any("\u4e00" <= char <= "\u9fff" for text in answers() for char in text)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_any_cut_settles_the_lines_of_the_whole(width: int) -> None:
    for text in answers():
        assert watched(cuts(text, width), width, Look()) == whole(text, width, Look())


@pytest.mark.parametrize("width", [5, 40, 120])
def test_every_letter_is_shown(width: int) -> None:
    for text in answers():
        shown = Counter(letters("".join(map(plain, whole(text, width, PLAIN)))))
        assert not Counter(letters("".join(words for _, words in leaves(text)))) - shown


def test_a_screen_that_scrolls_and_resizes() -> None:
    for text in answers():
        scrolled(cuts(text, 1), [25, 80, 43], Look(), 1)


# ---- cost

ITEM = "- item **{0}** with `code` and 一些 words\n"
LONG = {
    "prose": "Some prose, 一些中文, with **bold** words and `code`,\nand a [link](https://example.com).\n\n" * 500,
    "a list": "".join(ITEM.format(number) for number in range(1300)),
    "a table": "| name | value |\n|---|---|\n" + "".join(f"| row {at} | {'x' * (at % 25)} |\n" for at in range(2000)),
    "code": "```python\n" + "def f(x):\n    return x + 1  # one more\n\n" * 700 + "```\n",
    "a paragraph": "word **bold** and `code` with 中文 text, " * 700,
}


def cost(text: str, laid_out: bool) -> float:
    """CPU seconds of a text in pieces of four characters, the open lines asked for at every fortieth."""
    return cpu(lambda: _work(text, laid_out))


def _work(text: str, laid_out: bool) -> None:
    layout, markdown = Layout(80), Markdown()
    pieces = iter(text[at : at + 4] for at in range(0, len(text), 4))
    while batch := list(islice(pieces, 40)):
        for piece in batch:
            layout.feed(piece) if laid_out else markdown.feed(piece)
        layout.settled()
        layout.open()
    layout.end()


@pytest.mark.parametrize("name", LONG)
def test_twice_the_text_costs_about_twice(name: str) -> None:
    text = LONG[name]
    half = min(cost(text[: len(text) // 2], True) for _ in range(2))
    full = min(cost(text, True) for _ in range(2))
    assert full < 3 * half + 0.05, f"{name}: {half:.2f} s, {full:.2f} s"  # a square would be 4 times


@pytest.mark.parametrize("name", LONG)
def test_laying_out_is_cheap(name: str) -> None:
    text = LONG[name]
    spent = min(cost(text, True) for _ in range(3)) - min(cost(text, False) for _ in range(3))
    assert spent < 15e-6 * len(text), f"{name}: {spent:.2f} s for {len(text)} characters"
