"""Word lists against the oracle: every prefix that left, and no character held longer than it must be."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.flow.guard import oracle

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.screen import Piece, Rules, Word

# Few letters, so that words overlap and nest; several spellings of each, marks, what folds to two, what folds to none.
TEXT = st.text("abAＢаßsﬁf\u0301\u200b\u00ad 坏人*_", max_size=14)
PLAIN = st.text("ab ", max_size=30)
WORD = st.text("abs f坏人", min_size=1, max_size=4).filter(lambda text: bool(text.strip()))
WORDS = st.lists(st.builds(Word, WORD, st.sampled_from("xyz"), st.booleans()), min_size=1, max_size=5)
PLACES = st.sets(st.integers(1, 30))
IGNORE = st.sets(st.sampled_from(("spaces", "markdown")))


def masked(rules: Rules, *parts: str) -> str:
    """The outcome with each masked span as stars in brackets, to read."""
    scanner = rules.scanner()
    pieces = [piece for part in parts for piece in scanner.feed(part)] + scanner.end()
    return "".join(piece.text if piece.rule is None else "[" * piece.first + "*" * len(piece.text) for piece in pieces)


@settings(max_examples=400, deadline=None)
@given(TEXT | PLAIN, WORDS, IGNORE, PLACES)
@example("x坏ab", [Word("ab", whole=True)], set(), {1})
@example("坏éab", [Word("ab", whole=True)], set(), {1})
@example("xab", [Word("ab")], set(), {2})
@example("abcdefghi", [Word("abcde"), Word("defgh"), Word("cdefghij")], set(), {5})
@example("abab", [Word("aba"), Word("bab")], set(), {1, 2, 3})
@example("ab\u0301\u200b", [Word("ab")], set(), {2, 3})
def test_words_are_masked_and_all_else_leaves_at_once(
    text: str, words: list[Word], ignore: set[str], places: set[int]
) -> None:
    rules = Rules(words, ignore=frozenset(ignore))
    outcome, shown = oracle.word_outcomes(text, words, ignore, rules.max_hold)
    for char in text:  # what the rules learn from other texts must change nothing
        rules.scanner().feed(f"{char}坏")
    for parts in ([text] if text else [], list(text), oracle.cut(text, places)):
        oracle.check(rules, [part for part in parts if part], outcome, shown)


@settings(max_examples=200, deadline=None)
@given(st.text("ab\u200b\u0301ß", max_size=25), WORDS, st.integers(4, 7), PLACES)
@example("a" + "\u200b" * 9 + "b" + "\u200b" * 9 + "a", [Word("aba")], 4, {3})
def test_what_grows_beyond_the_bound_is_masked(text: str, words: list[Word], bound: int, places: set[int]) -> None:
    rules = Rules(words, max_hold=bound)
    outcome, shown = oracle.word_outcomes(text, words, (), bound)
    for parts in (list(text), oracle.cut(text, places)):
        oracle.check(rules, [part for part in parts if part], outcome, shown)


@pytest.mark.parametrize(
    "spelling",
    [
        "badword",
        "BADWORD",
        "ｂａｄｗｏｒｄ",
        "b\u200ba\u200cd\u2060word",
        "b\u00adadword",
        "ba\u0301dwo\u0308rd",
        "bádwörd",
        "bаdwоrd",  # Cyrillic
        "𝓫𝓪𝓭𝔀𝓸𝓻𝓭",
        "ⓑⓐⓓⓦⓞⓡⓓ",
        "🅱🅰🅳🆆🅾🆁🅳",
        "ᴃadword".replace("ᴃ", "ʙ"),
        "\u202ebadword\u202c",
        "bad\ufe0fword",
        "bad\x00word",
        "badw\U000e0061ord",
        "b\u034fadword",
        "bad\u3164word",
    ],
)
def test_every_spelling_is_found_at_every_cut(spelling: str) -> None:
    rules = Rules([Word("BadWord")])
    for at in range(len(spelling) + 1):
        out = masked(rules, "so ", spelling[:at], spelling[at:], " it is")
        assert out.replace("*", "").replace("\u202e", "") == "so [ it is"


def test_options_find_what_is_spread_out() -> None:
    """Spaces and Markdown inside a word are looked through only if asked."""
    assert masked(Rules([Word("bad")]), "b a d **b**ad") == "b a d **b**ad"
    assert masked(Rules([Word("bad")], ignore=frozenset({"spaces"})), "b a\u3000d b\nad bd") == "[***** [**** bd"
    markdown = Rules([Word("bad")], ignore=frozenset({"markdown"}))
    assert masked(markdown, "**b**ad b\\_ad `b`a~~d") == "**[***** [***** `[******"


def test_a_whole_word_stands_alone() -> None:
    rules = Rules([Word("cat", whole=True), Word("new york", whole=True)])
    assert masked(rules, "cat concat cats a cat_ (cat) Cat") == "[*** concat cats a cat_ ([***) [***"
    assert masked(rules, "a new york xnew york") == "a [******** xnew york"
    assert masked(rules, "养cat的") == "养[***的"


def test_a_word_inside_another_holds_nothing_if_it_must_stand_alone() -> None:
    scanner = Rules([Word("cat", whole=True)]).scanner()
    assert scanner.feed("conca") == [Piece("conca", None)]
    assert scanner.feed(" ca") == [Piece(" ", None)]
    assert scanner.held == 2


def test_a_longer_word_and_its_beginning() -> None:
    rules = Rules([Word("bad", "short"), Word("badly", "long")])
    scanner = rules.scanner()
    assert scanner.feed("bad") == []
    assert scanner.feed("l") == []
    assert scanner.feed("y") == [Piece("badly", "long")]
    assert scanner.feed("badl") == []
    assert scanner.feed("e") == [Piece("bad", "short"), Piece("le", None)]


def test_a_span_that_goes_on_is_one_span() -> None:
    scanner = Rules([Word("aba")]).scanner()
    assert scanner.feed("ab") == []
    assert scanner.feed("a") == [Piece("aba", "words")]
    assert scanner.feed("b") == []
    assert scanner.feed("a") == [Piece("ba", "words", False)]
    assert scanner.feed("\u0301x") == [Piece("\u0301", "words", False), Piece("x", None)]


def test_two_spans_that_touch_are_two() -> None:
    assert masked(Rules([Word("ab")]), "abab") == "[**[**"


def test_part_of_a_ligature_masks_it_whole() -> None:
    assert masked(Rules([Word("if")]), "xiﬁx") == "x[**x"


@pytest.mark.parametrize(
    ("words", "message"),
    [([Word("")], r"words\[0\] has no character"), ([Word("a"), Word("\u200b")], r"words\[1\] has no character")],
)
def test_a_word_of_nothing_is_refused(words: list[Word], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        Rules(words)


def test_a_word_longer_than_the_bound_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"words\[0\] has 6 characters; accepted: up to max_hold \(5\)"):
        Rules([Word("abcdef")], max_hold=5)
