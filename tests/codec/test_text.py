"""Text that UTF-8 can hold."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st
from tests.codec.cuts import PLACES, cut

from slipstream.codec.text import SurrogateJoiner, join_surrogates, to_utf8

ANY = st.text(st.sampled_from("ab讲\ud83d\ude00\udc00\U0001f600"))


def joined(parts: list[str]) -> str:
    joiner = SurrogateJoiner()
    return "".join([*(joiner.feed(part) for part in parts), joiner.end()])


@given(ANY, PLACES)
@example("\ud83d\ude00", [1])
@example("\ud83d", [])
@example("\ud83d\ud83d\ude00", [1, 2, 2])
def test_cut_anywhere_it_is_the_same(text: str, places: list[int]) -> None:
    assert joined(cut(text, places)) == join_surrogates(text)
    assert to_utf8(text).decode() == join_surrogates(text)


@given(st.text())
def test_good_text_is_left_alone(text: str) -> None:
    assert join_surrogates(text) == text
    assert joined([text]) == text


@pytest.mark.parametrize("text", ["plain", "讲几个"])
def test_good_text_is_the_same_object(text: str) -> None:
    assert SurrogateJoiner().feed(text) is text
