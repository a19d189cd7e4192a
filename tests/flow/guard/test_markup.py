"""Words behind HTML: at every cut, and nothing found before it is sure."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.flow.guard import oracle

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.screen import Piece, Rules, Word

RULES = Rules([Word("bad"), Word("a<b"), Word("cat", whole=True)], ignore=frozenset({"html"}))
PIECES = ["b", "a", "d", "&#98;", "&#x61", "&#0100;", "&amp;", "&lt;", "<", ">", "<i>", "</i", "<!--", "&", "cat", ";"]
PARTS = st.lists(st.sampled_from([*PIECES, " "]), max_size=12).map("".join)


def masked(text: str) -> list[str]:
    scanner = RULES.scanner()
    return [piece.text for piece in [*scanner.feed(text), *scanner.end()] if piece.rule]


@pytest.mark.parametrize(
    "spelling",
    [
        "bad",
        "b&#97;d",
        "&#98;&#x61;&#100;",
        "b&#97d",
        "b<b>a</b>d",
        "b<!--x-->ad",
        "b<br/>ad",
        "&#00098;ad",
        "<i>b</i>ad",
        "a&lt;b",
    ],
)
def test_found_at_every_cut(spelling: str) -> None:
    text = f"x {spelling} y"
    outcome = oracle.given([*(scanner := RULES.scanner()).feed(text), *scanner.end()])
    assert any(outcome)
    for at in range(len(text) + 1):
        oracle.check(RULES, [part for part in (text[:at], text[at:]) if part], outcome)
    oracle.check(RULES, list(text), outcome)


@pytest.mark.parametrize("text", ["b& ad", "b < ad", "b&nosuch;ad", "b&lt;ad", "ba&;d"])
def test_what_shows_something_between_is_no_match(text: str) -> None:
    assert masked(text) == []


@settings(max_examples=300, deadline=None)
@given(PARTS, st.sets(st.integers(1, 60)))
@example("<b&#97;d", {3, 5})
@example("b</i b</i ad> ad", {3})
def test_cuts_change_nothing_and_plain_words_are_found_too(text: str, places: set[int]) -> None:
    if not text:
        return
    outcome = oracle.given([*(scanner := RULES.scanner()).feed(text), *scanner.end()])
    for parts in (list(text), oracle.cut(text, places)):
        oracle.check(RULES, parts, outcome)
    for span in oracle.word_spans(text, [Word("bad"), Word("a<b"), Word("cat", whole=True)]):
        assert all(outcome[span.start : span.end])


def test_a_tag_that_never_closes_hides_nothing_that_markdown_would_show() -> None:
    assert masked("<ba&#100; x") == ["ba&#100;"]


def test_what_is_held() -> None:
    scanner = RULES.scanner()
    assert scanner.feed("x &am") == [Piece("x ", None)]
    assert scanner.feed("p; <i class=long>") == [Piece("&amp; <i class=long>", None)]
    assert scanner.feed("b") == []
    assert scanner.feed("<i>") == []
    assert scanner.feed("c") == [Piece("b<i>", None)]
    assert scanner.held == 1


def test_a_tag_inside_a_word_is_bounded() -> None:
    rules = Rules([Word("bad")], ignore=frozenset({"html"}), max_hold=40)
    scanner = rules.scanner()
    pieces = [piece for char in "xb<i " + "a" * 50 + ">cx" for piece in scanner.feed(char)]
    out = oracle.given([*pieces, *scanner.end()])
    assert [label is not None for label in out] == [False, *[True] * 55, False, False]
    assert sum(label == ("words", True) for label in out) == 1


def test_entities_inside_a_word_are_bounded() -> None:
    """They count as what is held, also while it is not known what they stand for."""
    rules = Rules([Word("bad")], ignore=frozenset({"html"}), max_hold=40)
    text = "xb<i " + "a" * 10 + ">&#" + "0" * 25 + "97;d!"
    scanner = rules.scanner()
    out: list[oracle.Label] = []
    for char in text:
        out += oracle.given(scanner.feed(char))
        assert scanner.held <= 40
    assert out == [None, ("words", True), *[("words", False)] * (len(text) - 3), None]


def test_a_bound_too_small_for_entities_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="max_hold: 35; accepted: characters, 36 or more"):
        Rules([Word("bad")], ignore=frozenset({"html"}), max_hold=35)
