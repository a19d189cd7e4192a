"""What may be shown at once: whole units, and an unfinished one is left."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.graphemes import split_graphemes
from slipstream.flow.units import CUTS


def units(by: str, text: str) -> list[str]:
    """The finished units; the unfinished rest is missing."""
    found, at = [], 0
    while (end := CUTS[by](text, at, at + 1)) > at:
        found.append(text[at:end])
        at = end
    return found


@pytest.mark.parametrize(
    ("by", "text", "expected"),
    [
        ("char", "e\u0301x", ["e", "\u0301", "x"]),
        ("grapheme", "e\u0301x", ["e\u0301", "x"]),
        ("grapheme", "x👨\u200d👩", ["x"]),
        ("grapheme", "x\r", ["x"]),
        ("word", "one two  three", ["one ", "two  "]),
        ("word", "  one two\n", ["  ", "one ", "two\n"]),
        ("cjk", "你好，world 再见。", ["你", "好，", "world ", "再", "见。"]),
        ("cjk", "GLM模型", ["GLM", "模", "型"]),
        ("cjk", "”，“好", ["”", "，", "“", "好"]),
        ("cjk", "abc", []),
        ("line", "a\n\nb", ["a\n", "\n"]),
    ],
)
def test_units(by: str, text: str, expected: list[str]) -> None:
    assert units(by, text) == expected


@given(st.sampled_from(sorted(CUTS)), st.text("ab \n你。，”👍🏽\u0301\u200d\r", max_size=40), st.integers(0, 50))
def test_a_cut_is_the_first_end_that_is_far_enough(by: str, text: str, least: int) -> None:
    found = units(by, text)
    ends = [sum(map(len, found[: index + 1])) for index in range(len(found))]
    assert text.startswith("".join(found))
    wanted = next((end for end in ends if end >= least), ends[-1] if ends else 0) if least else 0
    assert CUTS[by](text, 0, least) == wanted


@given(st.text("ab👍🏽👨\u200d👩\u0301🇨🇳", max_size=30))
def test_graphemes_are_never_torn(text: str) -> None:
    whole = split_graphemes(text)
    assert units("grapheme", text) == whole[: len(units("grapheme", text))]


@pytest.mark.parametrize("by", sorted(CUTS))
def test_a_long_unfinished_unit_is_read_in_one_go(by: str) -> None:
    assert CUTS[by]("x" * 100_000, 0, 50) in (0, 50)
