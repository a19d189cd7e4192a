"""Tokens by length add up."""

from __future__ import annotations

from hypothesis import given, strategies as st

from slipstream.flow.tokens import CHARACTERS_PER_TOKEN, TOKENS_PER_WIDE, by_length, tokens_of, weight_of


@given(st.lists(st.text("ab 你好。é", max_size=9)))
def test_pieces_weigh_what_the_whole_weighs(pieces: list[str]) -> None:
    assert sum(map(weight_of, pieces)) == weight_of("".join(pieces))


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_numbers_are_those_that_are_stated(wide: int, narrow: int) -> None:
    text = "你" * wide + "a" * narrow
    exact = wide * TOKENS_PER_WIDE + narrow / CHARACTERS_PER_TOKEN
    assert exact - 1e-6 <= by_length(text) < exact + 1
    assert by_length(text) == tokens_of(weight_of(text))


def test_a_letter_is_a_token_and_nothing_is_none() -> None:
    assert (by_length(""), by_length("a"), by_length("aaaa"), by_length("aaaaa")) == (0, 1, 1, 2)
