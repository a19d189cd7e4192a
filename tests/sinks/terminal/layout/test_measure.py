"""Columns, and cutting by them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.sinks.terminal.layout import clean, columns, cut
from slipstream.sinks.terminal.layout.measure import MAX_CLUSTER, graphemes

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("中文", 4), ("，", 2), ("e\u0301", 1), (FAMILY, 2), ("❤\ufe0f", 2), ("한글", 4)],
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("text", "width", "begin"),
    [
        ("abc", 2, "ab"),
        ("中文字", 5, "中文"),
        (f"a{FAMILY}b", 2, "a"),
        (f"a{FAMILY}b", 3, f"a{FAMILY}"),
        ("abc", 0, ""),
    ],
)
def test_cut(text: str, width: int, begin: str) -> None:
    assert cut(text, width) == begin


def test_a_chain_of_joiners_is_no_single_character() -> None:
    chain = "\u200d".join("👨" * 1000)
    assert columns(chain) > 50
    assert max(map(len, graphemes(chain))) == MAX_CLUSTER


@given(st.text(max_size=80).map(clean), st.integers(-3, 100))
def test_a_cut_fits_and_is_as_long_as_it_may_be(text: str, width: int) -> None:
    text = text.replace("\n", "")
    begin = cut(text, width)
    assert text.startswith(begin)
    assert columns(begin) <= max(width, 0)
    following = next(graphemes(text[len(begin) :]), None)
    assert following is None or sum(map(columns, graphemes(begin))) + columns(following) > width


@given(st.text(max_size=80).map(clean))
def test_graphemes_make_up_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text
