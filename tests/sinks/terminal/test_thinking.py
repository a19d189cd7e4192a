"""Thinking: its tail while it goes on, one line when it is done; or all of it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings, strategies as st

from slipstream.sinks.terminal import Look
from slipstream.sinks.terminal.surface import Surface
from slipstream.sinks.terminal.thinking import ShownThinking, Thinking

TEXT = "First I look at 长江 and\r\nthe Loire.\n\n\nIt isn't   easy, so I think on and on and on.\n"


def surface(width: int = 20, height: int = 24) -> Surface:
    return Surface(width, height, Look(colour=False))


def cut(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(at % (len(text) + 1) for at in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 200), max_size=20))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    for kind in (Thinking, ShownThinking):
        once, often = kind(surface()), kind(surface())
        once.feed(TEXT)
        for piece in cut(TEXT, cuts):
            often.feed(piece)
        assert often.open() == once.open()
        once.end()
        often.end()
        assert often.settled() == once.settled()
        assert often.open() == []


def test_words_are_counted_and_a_character_is_one() -> None:
    thinking = Thinking(surface(40))
    thinking.feed("one tw")
    thinking.feed("o 你好 three")
    thinking.end()
    assert [row.text for row in thinking.settled()] == ["▸ thought for 0 s (5 words)"]


def test_all_of_it_is_kept_when_it_is_shown() -> None:
    thinking = ShownThinking(surface())
    thinking.feed(TEXT)
    thinking.end()
    assert [row.text for row in thinking.settled()] == [
        "  First I look at 长", "  江 and", "  the Loire.", "", "  It isn't   easy,", "  so I think on and",
        "  on and on.", "thought for 0 s (20…",
    ]  # fmt: skip


def test_the_time_is_that_of_its_blocks() -> None:
    place = surface(60)
    thinking = Thinking(place)
    thinking.feed("a")
    place.now = 3.0
    thinking.pause()
    place.now = 100.0
    thinking.end()
    assert thinking.settled()[0].text == "▸ thought for 3 s (1 word)"
    long = Thinking(place)
    place.now = 225.0
    assert long.open()[0].text == "thinking … 2 min 5 s"


def test_thinking_without_words_is_told_when_it_took_time() -> None:
    place = surface(60)
    short, long = Thinking(place), Thinking(place)
    short.end()
    place.now = 2.0
    long.end()
    assert short.settled() == []
    assert [row.text for row in long.settled()] == ["▸ thought for 2 s"]


def test_it_fits_a_small_screen() -> None:
    for height in range(1, 12):
        thinking = Thinking(surface(20, height))
        thinking.feed("word " * 100)
        assert len(thinking.open()) <= max(0, height - 2)


def test_a_long_line_costs_what_is_new() -> None:
    for kind in (Thinking, ShownThinking):
        thinking = kind(surface(80))
        for _ in range(20_000):
            thinking.feed("word 你好 ")
        assert len(thinking._text) < 80 * 50
