"""The parser against `re`: each piece of its syntax, and all spans of a text that it can tell apart."""

from __future__ import annotations

import re

import pytest
from tests.flow.guard import oracle

from slipstream.flow.guard.regex_parse import Parser
from slipstream.flow.guard.regex_tree import CharSets, endless, longest
from slipstream.flow.guard.screen import Pattern, Rules

# The expression, its flags, and a text in which it matches.
SYNTAX = [
    ("a|b|", 0, "ab"),
    ("a{2}b{,1}c{1,}", 0, "aabcc"),
    ("a{,}b", 0, "aab"),
    ("a{b}{}{1", 0, "a{b}{}{1"),
    ("x{2,3}?y*?z??", 0, "xxyzz"),
    ("[]a]b[^]a]", 0, "]bc"),
    (r"[\]\\a-c^]-[a\-z]", 0, "\\--"),
    (r"\x61\u0062\101\0\07", 0, "abA\0\7"),
    (r"\U00000061\N{LATIN SMALL LETTER B}", 0, "ab"),
    (r"\.\*\(\)\[\{\|\ \n\t", 0, ".*()[{| \n\t"),
    (r"(?P<word>a)(b)(?:c)(?#note (a)", 0, "abc"),
    (r"AB(?-i:c)", re.I, "aBc"),
    (r"a(?i:B)c", 0, "abc"),
    (r"(?s:.)x.", 0, "\nxa"),
    (r"(?a:\w)\w", 0, "aéé"),
    (r"(?u:\w)\w", re.A, "éa"),
    (" a b # note | c\n [ #] \\  {2}\n", re.X, "ab#  "),
    (" a +  # note\n b", re.X, "aab"),
    (r"^a$\n^b", re.M, "a\nb"),
    (r"\Aa\Z", 0, "a"),
    (r"\ba\B.\b", re.S, "ab"),
    (r"(?<![\w-])a(?![\w-])", 0, "a b-a"),
    (r"(?=[ab]|$)a?b?", re.M, "ab"),
    (r"(?<=a|b)c(?=(?:d|e))", 0, "ccacd"),
    ("ſK", re.I, "sk"),
    ("(?:a*)*b(?:|c)+", 0, "aabc"),
    ("(a|ab)(c|bcd)(d*)", 0, "abcdd"),
]


@pytest.mark.parametrize(("regex", "flags", "text"), SYNTAX)
def test_it_means_what_it_means_to_re(regex: str, flags: int, text: str) -> None:
    pattern = Pattern(regex, "p", None, flags)
    rules = Rules(patterns=[pattern], max_hold=1000)
    outcomes = []
    for given in (text, f"{text} {text}"[:13], text[1:], text[::-1], text.swapcase(), "a]\\^-c", "abcABC", "k\nK"):
        outcomes.append(oracle.labels(given, oracle.pattern_spans(given, [pattern]), ["p"]))
        oracle.check(rules, list(given), outcomes[-1])
    assert any(outcomes[0]), "a case that finds nothing tests nothing"


WHOLE = [("(?i)aB", "Ab"), ("(?x) a +  # note\n b", "aab"), ("(?ms)^a.b$", "x\na\nb\n")]


@pytest.mark.parametrize(("regex", "text"), WHOLE)
def test_flags_for_the_whole_expression(regex: str, text: str) -> None:
    scanner = Rules(patterns=[Pattern(regex, "p")], max_hold=10).scanner()
    pieces = [*scanner.feed(text), *scanner.end()]
    assert [piece.text for piece in pieces if piece.rule] == [found[0] for found in re.finditer(regex, text)]


@pytest.mark.parametrize("regex", ["a++b", "(?>a|ab)c", "a?+b", "a{1,2}+b"])
def test_possessive_and_atomic_are_read_as_plain(regex: str) -> None:
    """They match fewer spans than the plain form; all of these are masked."""
    rules = Rules(patterns=[Pattern(regex, "p")], max_hold=100)
    for text in ("aab", "abc", "acaab", "b"):
        spans = [oracle.Span(*found.span(), 0) for found in re.finditer(regex, text)]
        got = oracle.given([*(scanner := rules.scanner()).feed(text), *scanner.end()])
        assert all(got[at] for span in spans for at in range(span.start, span.end))


def test_a_dollar_matches_before_each_line_feed() -> None:
    scanner = Rules(patterns=[Pattern("a$", "p")]).scanner()
    pieces = [*scanner.feed("a\nab\na"), *scanner.end()]
    assert [piece.text for piece in pieces if piece.rule] == ["a", "a"]


@pytest.mark.parametrize(
    ("regex", "length", "part"),
    [
        ("abc", 3, None),
        ("a{2,5}|b{3}", 5, None),
        ("(?:ab?){3}", 6, None),
        (r"\b(?=a)", 0, None),
        (r"(?:\b)*", 0, None),
        ("x[ab]*y", float("inf"), "[ab]*"),
        ("(?:a{2,}b){2}", float("inf"), "a{2,}"),
    ],
)
def test_how_long_it_can_match(regex: str, length: float, part: str | None) -> None:
    tree = Parser(regex, re.compile(regex).flags, CharSets(), "it").parse()
    assert longest(tree) == length
    assert endless(tree) == part
