"""Model text made harmless."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, strategies as st

from slipstream.cli.clean import Cleaner, clean, one_line
from slipstream.sinks.terminal.layout.clean import clean as rendered

TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(map(chr, [*range(0x20), 0x7F, *range(0x80, 0xA0)])) + TURNS
texts = st.text(st.sampled_from(CONTROLS + "ab[0;m中🐙")) | st.text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 中文 🐙\tx\n", "plain 中文 🐙\tx\n"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("\x9b2J", "\ufffd2J"),
        ("\x7f\x00\x08", "␡␀␈"),
        ("safe\u202egnp.exe", "safe\ufffdgnp.exe"),
        ("שלום \u2067x\u2069", "שלום x"),
        ("👩\u200d💻 می\u200cخواهم", "👩\u200d💻 می\u200cخواهم"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_controls_become_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(texts)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert {char for char in clean(text) if unicodedata.category(char) == "Cc"} <= {"\t", "\n"}
    assert not set(TURNS) & set(clean(text))


def test_what_is_rendered_and_what_is_not_lose_the_same_characters() -> None:
    for char in map(chr, range(0x3000)):
        if char != "\t":  # of which the rendered view makes blanks
            assert clean(f"a{char}b") == rendered(f"a{char}b")


@given(texts, st.lists(st.integers(0, 40), max_size=5))
def test_pieces_give_the_same_as_the_whole(text: str, places: list[int]) -> None:
    cuts = [0, *sorted(places), len(text)]
    cleaner = Cleaner()
    pieces = [cleaner.feed(text[start:end]) for start, end in itertools.pairwise(cuts)]
    assert "".join(pieces) + cleaner.end() == clean(text)


def test_byte_by_byte_is_the_same_too() -> None:
    text = "a\r\n\x1b[2J\r\rb\r"
    cleaner = Cleaner()
    assert "".join(map(cleaner.feed, text)) + cleaner.end() == clean(text)


@given(texts)
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text, 20)
    assert len(line) <= 20
    assert "\n" not in line
    assert "\x1b" not in line
