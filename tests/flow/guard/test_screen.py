"""The engine as a whole: how a text begins, ends and breaks off, and what a hostile one costs."""

from __future__ import annotations

import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import assume, example, given, settings, strategies as st
from tests.flow.guard import oracle

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.screen import Pattern, Piece, Rules, Word

PHONE = Pattern(r"(?<!\d)1[3-9]\d{9}(?!\d)", "phone")
CARD = Pattern(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", "card", lambda text: text[0] == "4")
ONE = Pattern("[1z]{1,9}", "one", lambda text: text[0] == "1")
MAIL = Pattern(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,3}", "mail")
BOTH = Rules([Word("badword"), Word("a" * 50 + "b"), Word("cat", whole=True)], [PHONE, CARD, MAIL])


def test_nothing_forbidden_changes_nothing() -> None:
    scanner = Rules().scanner()
    assert scanner.feed("any text") == [Piece("any text", None)]
    assert scanner.feed("") == []
    assert scanner.end() == []


def test_a_clean_end_decides_the_rest() -> None:
    scanner = BOTH.scanner()
    assert scanner.feed("ba") == []
    assert scanner.end() == [Piece("ba", None)]
    assert scanner.feed("dword ") == [Piece("dword ", None)]  # a new text
    assert scanner.feed("cat") == []
    assert scanner.end() == [Piece("cat", "words")]


def test_a_text_that_broke_off_is_forgotten() -> None:
    scanner = BOTH.scanner()
    assert scanner.feed("so badwor") == [Piece("so ", None)]
    assert scanner.drop() == scanner.held + 6
    assert scanner.held == 0
    assert scanner.feed("d ") == [Piece("d ", None)]


@settings(max_examples=200, deadline=None)
@given(
    st.text("ab1 \u200b", max_size=8),
    st.text("ab1 \u200b", min_size=1, max_size=8),
    st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=3),
    st.booleans(),
)
@example("a", "b", ["ab"], True)
@example("x1", "1 ", ["b"], False)
def test_what_began_before_the_seam_is_found(before: str, after: str, texts: list[str], checked: bool) -> None:
    """Primed with what was shown, the rest comes out as if it had been one text."""
    words = [Word(it, whole=checked) for it in texts]
    patterns = [Pattern(r"(?<!1)1{2,3}(?!1)", "ones", (lambda _: True) if checked else None)]
    names = [*(word.name for word in words), "ones"]

    def spans(text: str) -> list[oracle.Span]:
        return [*oracle.word_spans(text, words), *oracle.pattern_spans(text, patterns, len(words))]

    whole = spans(before + after)
    assume(not any(span.end <= len(before) for span in whole))  # that would not have been shown
    outcome = oracle.labels(before + after, whole, names)[len(before) :]
    if outcome[0] is not None:
        outcome[0] = (outcome[0][0], True)
    scanner = Rules(words, patterns).scanner()
    scanner.prime(before)
    assert scanner.held == 0
    out: list[oracle.Label] = []
    for char in after:
        out += oracle.given(scanner.feed(char))
        assert out == outcome[: len(out)]
    assert out + oracle.given(scanner.end()) == outcome


def test_a_long_text_at_once_is_the_same_as_in_pieces() -> None:
    text = "so badword and 13800138000, me@mail.example cat concat 4111 1111 1111 1111 " * 60
    outcome = oracle.given([*(scanner := BOTH.scanner()).feed(text), *scanner.end()])
    assert sum(label is not None and label[1] for label in outcome) >= 60 * 4
    oracle.check(BOTH, list(text), outcome)


def test_threads_share_rules() -> None:
    rules = Rules([Word("badword")], [PHONE, CARD, MAIL])
    texts = [f"{'x' * n}badword{n} 1380013800{n % 10} a{n}@b.cd é\u200b{chr(0x4E00 + n)}" * 20 for n in range(24)]

    def outcome(text: str) -> list[oracle.Label]:
        scanner = rules.scanner()
        return oracle.given([piece for char in text for piece in scanner.feed(char)] + scanner.end())

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(outcome, texts))
    fresh = Rules([Word("badword")], [PHONE, CARD, MAIL])
    for text, got in zip(texts, together, strict=True):
        scanner = fresh.scanner()
        assert got == oracle.given([*scanner.feed(text), *scanner.end()])


HOSTILE = {
    "zero width inside a word": "ba" + "\u200b" * 60_000,
    "marks on a number": "13800138000" + "\u0301" * 60_000,
    "the start of a long word, for ever": "a" * 60_000,
    "digits": "1234567890" * 6_000,
    "digits and spaces": "12 34 5 " * 7_500,
    "the start of an address": "abc." * 15_000,
    "many short matches behind a long one": "X" + "1 é" * 20_000,
    "matches of every length": "z" * 60_000,
    "tags": "<" * 20_000 + "&" * 20_000 + "&#" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_costs_little(name: str) -> None:
    """Held: at most the bound. Memory: far from that of the text. Time: 100 us a character, some 10 times what it is.

    What is not linear takes far more.
    """
    text = HOSTILE[name]
    rules = Rules(
        [Word("badword"), Word("a" * 50 + "b"), Word("cat", whole=True)],
        [PHONE, CARD, MAIL, Pattern("X.*Y", "open"), Pattern("z{1,900}", "z"), ONE],
        ignore=frozenset({"html"}),
        max_hold=1000,
    )
    scanner = rules.scanner()
    scanner.feed(text[:1000])
    tracemalloc.start()
    for at in range(1000, 11_000, 100):
        scanner.feed(text[at : at + 100])
        assert scanner.held <= 1000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.process_time()
    for at in range(11_000, len(text), 100):
        scanner.feed(text[at : at + 100])
        assert scanner.held <= 1000
    assert time.process_time() - began < 100e-6 * len(text)
    assert peak < 1_000_000


def test_zero_width_without_end_in_a_word_is_masked() -> None:
    """Fail closed: what could still be the word after so many characters is not shown."""
    scanner = Rules([Word("bad")], max_hold=100).scanner()
    text = "xba" + "\u200b" * 500 + "d!"
    out = oracle.given([piece for char in text for piece in scanner.feed(char)])
    assert out == [None, ("words", True), *[("words", False)] * 502, None]


def test_emoji_stay_whole() -> None:
    text = "👩‍👩‍👧‍👦 ❤️ 🏴\U000e0067\U000e0062\U000e007f"
    scanner = BOTH.scanner()
    assert "".join(piece.text for char in text for piece in scanner.feed(char)) == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"words": ["bad"]}, r"words\[0\]: a str; accepted: a Word with a name"),
        ({"words": [Word(7)]}, r"words\[0\].text: 7; accepted: a str"),  # type: ignore[arg-type]
        ({"patterns": [Word("a")]}, r"patterns\[0\]: a Word; accepted: a Pattern"),
        ({"ignore": {"tabs"}}, "ignore: 'tabs' is unknown; accepted: spaces, markdown, html"),
        ({"max_hold": 0}, "max_hold: 0; accepted: characters, a whole number of 1 or more"),
        ({"max_hold": True}, "max_hold: True"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        Rules(**arguments)


def test_the_bound_is_readable() -> None:
    assert Rules().max_hold == 1000
    assert Rules(max_hold=7).max_hold == 7
