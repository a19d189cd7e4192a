"""Regular expressions against the oracle, which asks `re` about every span of every reading of the text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, example, given, settings, strategies as st
from tests.flow.guard import oracle

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard import machine, moves, nfa
from slipstream.flow.guard.screen import Pattern, Piece, Rules, Word

TEXT = st.text("abA1- \n", max_size=12) | st.text("aAb1１Ａ②-ﬁ\u200b\u0301", max_size=6)
PLACES = st.sets(st.integers(1, 30))
ATOMS = st.sampled_from(["a", "b", "1", "-", "[ab]", "[^a]", "[a-z0-9]", r"\d", r"\w", r"\s", ".", r"\x61", "fi"])
EDGES = st.sampled_from(
    [r"\b", r"\B", "^", r"\A", r"\Z", "(?=a)", "(?!a)", "(?<=1)", "(?<!1)", r"(?=b|\d)", r"(?!\w|-)", r"(?=-|\Z)"]
)
BOUNDS = st.sampled_from(["?", "{2}", "{1,3}", "{0,2}?", "*", "+", "{,2}", "{1,}"])


def _longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = inner.map(lambda it: f"(?:{it})")
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda its: f"(?:{'|'.join(its)})"),
        st.builds(str.__add__, grouped, BOUNDS),
        st.builds(str.__add__, EDGES, grouped),
        st.builds(str.__add__, grouped, EDGES),
    )


REGEX = st.recursive(ATOMS, _longer, max_leaves=6)
FLAGS = st.sets(st.sampled_from([re.I, re.M, re.S, re.A])).map(lambda flags: int(sum(flags)))
EVEN = st.sampled_from([None, lambda text: len(text) % 2 == 0, lambda text: text.count("a") != 1])
PATTERN = st.builds(Pattern, REGEX, st.sampled_from("pq"), st.none(), FLAGS, st.just(0))
CHECKED = st.builds(Pattern, REGEX, st.sampled_from("pq"), EVEN, FLAGS, st.just(0))
VALID = st.sampled_from([bool, lambda text: len(text) % 2 == 0])
TAILED = st.builds(Pattern, REGEX, st.sampled_from("pq"), VALID, FLAGS, st.integers(0, 2))


def rules_of(patterns: list[Pattern], words: list[Word] | None = None) -> Rules | None:
    """The rules, if none of the made-up patterns is refused for what it is."""
    try:
        return Rules(words or [], patterns, max_hold=1000)
    except InvalidRequestError as error:
        if not re.search("matches no character|matches of at most", str(error)):
            raise
        return None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, st.lists(PATTERN, min_size=1, max_size=3), PLACES)
@example("a1１-\u200b", [Pattern(r"\b\w{2}(?!\w)", "p")], {1})
@example("bac", [Pattern("(?:a|b*)c", "p")], {1})
@example("ab", [Pattern("(?:a?){3}b", "p")], {1})
@example("aab", [Pattern("a*b|a", "p")], {2})
def test_every_span_that_matches_is_masked(text: str, patterns: list[Pattern], places: set[int]) -> None:
    rules = rules_of(patterns)
    if rules is None:
        return
    outcome = oracle.labels(text, oracle.pattern_spans(text, patterns), [it.name for it in patterns])
    for parts in (list(text), oracle.cut(text, places)):
        oracle.check(rules, [part for part in parts if part], outcome)


@example("aabb", [Pattern("a{1,3}bb", "p", lambda text: len(text) == 3)], [], {2})
@example("1\u03011", [Pattern(r"1\B", "p")], ["1"], set())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, st.lists(CHECKED, min_size=1, max_size=2), st.lists(st.text("ab1", min_size=1, max_size=3)), PLACES)
def test_words_and_checked_patterns_together(
    text: str, patterns: list[Pattern], texts: list[str], places: set[int]
) -> None:
    words = [Word(it, "word") for it in texts]
    rules = rules_of(patterns, words)
    if rules is None:
        return
    spans = [*oracle.word_spans(text, words), *oracle.pattern_spans(text, patterns, len(words))]
    outcome = oracle.labels(text, spans, [*(it.name for it in words), *(it.name for it in patterns)])
    for parts in (list(text), oracle.cut(text, places)):
        oracle.check(rules, [part for part in parts if part], outcome)


@settings(deadline=None)
@given(st.text("abc<>\u200b", max_size=30), st.integers(2, 6), PLACES)
@example("<aaaaaaaaa>aa", 4, {1, 7})
@example("<aaaaaaaaa<aa", 4, {1, 7})
def test_a_match_beyond_the_bound_is_masked_while_it_lives(text: str, bound: int, places: set[int]) -> None:
    """`<[^<>]*>` may still match from each `<` that neither bracket followed."""

    def starts(prefix: str) -> list[tuple[int, int]]:
        at = prefix.rfind("<")
        return [(at, 0)] if at >= 0 and ">" not in prefix[at:] else []

    spans = [*oracle.pattern_spans("", []), *oracle.overgrown(text, starts, bound)]
    spans += [oracle.Span(*found.span(), 0) for found in re.finditer("<[^<>]*>", text)]
    outcome = oracle.labels(text, spans, ["tag"])
    rules = Rules(patterns=[Pattern("<[^<>]*>", "tag")], max_hold=bound)
    for parts in (list(text), oracle.cut(text, places)):
        oracle.check(rules, [part for part in parts if part], outcome)


PHONE = Pattern(r"(?<!\d)1[3-9]\d{9}(?!\d)", "phone")


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "１３８００１３８０００",
        "138\u200b0013\u200d8000",
        "1٣8٠٠1380٠٠",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "1\u03013800138000",
    ],
)
def test_every_spelling_of_a_number_is_found_at_every_cut(number: str) -> None:
    rules = Rules(patterns=[PHONE])
    text = f"打 {number}。"
    for at in range(len(text) + 1):
        scanner = rules.scanner()
        pieces = [*scanner.feed(text[:at]), *scanner.feed(text[at:]), *scanner.end()]
        assert "".join(piece.text for piece in pieces if piece.rule) == number


def test_a_text_leaves_when_one_more_character_decides() -> None:
    scanner = Rules(patterns=[PHONE]).scanner()
    assert scanner.feed("x1") == [Piece("x", None)]
    assert scanner.feed("380013800") == []
    assert scanner.feed("0") == []
    assert scanner.held == 11
    assert scanner.feed("0") == [Piece("138001380000", None)]  # twelve digits are no number
    assert scanner.feed(" 13800138000") == [Piece(" ", None)]
    assert scanner.feed(" ") == [Piece("13800138000", "phone"), Piece(" ", None)]
    assert scanner.feed("13800138000") == []
    assert scanner.end() == [Piece("13800138000", "phone")]


def test_text_leaves_as_soon_as_nothing_can_match() -> None:
    scanner = Rules(patterns=[Pattern("ab?c", "p"), Pattern(r"x\d{2,4}", "q")]).scanner()
    held = []
    for char in "aabcabbx12345":
        scanner.feed(char)
        held.append(scanner.held)
    assert held == [1, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4, 0, 0]


def test_what_a_check_refuses_is_clear_text() -> None:
    rules = Rules(patterns=[Pattern(r"\d{4}", "sum", lambda text: sum(map(int, text)) == 10)])
    scanner = rules.scanner()
    assert [*scanner.feed("1111 １２３４ 40"), *scanner.feed("321"), *scanner.end()] == [
        Piece("1111 ", None),
        Piece("１２３４", "sum"),
        Piece(" ", None),
        Piece("40", None),
        Piece("321", None),
    ]


def test_a_check_that_fails_lets_nothing_go() -> None:
    def broken(text: str) -> bool:
        raise ZeroDivisionError(text)

    scanner = Rules(patterns=[Pattern(r"\d{3}", "p", broken)]).scanner()
    scanner.feed("x12")
    with pytest.raises(ZeroDivisionError):
        scanner.feed("3 and more")
    assert [piece.text for piece in scanner.end() if piece.rule is None] == [" and more"]


@pytest.mark.parametrize(
    ("regex", "message"),
    [
        (r"(a)\1", "'p' has a back reference"),
        (r"(?P<x>a)(?P=x)", "'p' has a back reference"),
        (r"(a)?(?(1)b|c)", "'p' has a conditional"),
        (r"(?<=ab)c", r"'p' has a look-around of more than one character, '\(\?<=ab\)'"),
        (r"a(?!.*b)", "'p' has a look-around of more than one"),
        (r"a(?!)", "'p' has a look-around of more than one"),
        (r"(?=\bx)a", "'p' has a look-around of more than one"),
        (r"\b", "'p' matches no character"),
        (r"a(", "'p' is no regular expression"),
        (r"x[ab]+y", r"'p' cannot be guarded without unbounded hold: '\[ab\]\+' has no upper bound.*max_hold="),
        (r"(?:a|b(?:cd*)?)", r"unbounded hold: 'd\*' has no upper bound"),
        (r"a{3,}", r"unbounded hold: 'a\{3,\}' has no upper bound"),
        (r"a{500}b{501}", "'p' matches up to 1001 characters"),
        (b"a", "'p' is of bytes"),
        (7, "'p' is no regular expression"),
    ],
)
def test_what_cannot_be_guarded_is_refused_by_name(regex: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        Rules(patterns=[Pattern(regex, "p")])


def test_a_pattern_too_large_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="'p' is too large; accepted: up to 20000"):
        Rules(patterns=[Pattern("(?:a{1,200}b){1,200}", "p")], max_hold=100_000)


def test_a_long_checked_pattern_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="'p' has valid=; accepted: matches of at most 256"):
        Rules(patterns=[Pattern("a{1,257}", "p", bool)])


@pytest.mark.parametrize("valid", [None, lambda text: True])
def test_few_states_kept_change_nothing(monkeypatch: pytest.MonkeyPatch, valid: Callable[[str], bool] | None) -> None:
    text = "a1b22-c333 13800138000 x@y.zz " * 20
    patterns = [Pattern(r"\w{2,5}@\w{1,3}\.\w{2}", "mail", valid), PHONE]
    before = oracle.given(Rules(patterns=patterns).scanner().feed(text))
    monkeypatch.setattr(machine, "MAX_STATES", 3)
    monkeypatch.setattr(machine, "_MAX_CHARS", 3)
    monkeypatch.setattr(nfa, "_MAX_CACHED", 3)
    monkeypatch.setattr(moves, "_MAX_CACHED", 3)
    assert oracle.given(Rules(patterns=patterns).scanner().feed(text)) == before


@given(st.text("abA1- \n", max_size=12), st.lists(TAILED, min_size=1, max_size=2), PLACES)
def test_any_tail_is_only_looked_at(text: str, patterns: list[Pattern], places: set[int]) -> None:
    rules = rules_of(patterns)
    assume(rules is not None)
    assert rules is not None
    outcome = oracle.labels(text, oracle.pattern_spans(text, patterns), [it.name for it in patterns])
    oracle.check(rules, oracle.cut(text, places), outcome)


def test_the_tail_of_a_match_is_only_looked_at() -> None:
    patterns = [Pattern(r"a{1,3}(?![a.])", "p", bool), Pattern(r"a{1,3}\.(?!a)", "p", bool, 0, 1)]
    for text in ("aa. aa", "aa.a b", "a.", "aaa.b", "a.a.a", "aaa.a."):
        outcome = oracle.labels(text, oracle.pattern_spans(text, patterns), ["p", "p"])
        for parts in ([text], [*text]):
            oracle.check(Rules(patterns=patterns), parts, outcome)
    outcome = oracle.labels("aa. a.a", [oracle.Span(0, 2, 0), oracle.Span(6, 7, 0)], ["p"])
    oracle.check(Rules(patterns=patterns), ["aa. a.a"], outcome)
    with pytest.raises(InvalidRequestError, match="'p' has a tail"):
        Rules(patterns=[Pattern("a", "p", None, 0, 1)])
