"""What is forbidden: checked by name, compiled once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard import GuardRules, guard

from .streams import run, stream, text_block, text_of


def seen(text: str, rules: GuardRules) -> str:
    return text_of(run(guard(rules, mask=lambda rule, length: f"<{rule}>"), stream(text_block(text))))


@pytest.mark.parametrize(
    ("rules", "text", "expected"),
    [
        (GuardRules(["bad"]), "a BAD b", "a <words> b"),
        (GuardRules("not bad"), "bad is not  not bad", "bad is not  <words>"),
        (GuardRules({"rude": "bad", "secret": ["key"]}), "bad key a", "<rude> <secret> a"),
        (GuardRules(patterns="b.d"), "a bxd", "a <pattern-1>"),
        (GuardRules(patterns=re.compile("b.d", re.I)), "a BXD", "a <pattern-1>"),
        (GuardRules("cat", ignore="markdown", pii="email"), "c**at** a@b.cn", "<words>** <email>"),
        (GuardRules({"rude": ["bad"], "secret": ["key"]}), "bad key", "<rude> <secret>"),
        (GuardRules(word for word in ["bad"]), "bad", "<words>"),
        (GuardRules(patterns=["b.d", "c+d{1,2}"], max_hold=20), "bxd cd", "<pattern-1> <pattern-2>"),
        (GuardRules(patterns={"three": "b.d"}), "bxd", "<three>"),
        (GuardRules(patterns=[re.compile("b.d", re.I)]), "BxD", "<pattern-1>"),
        (GuardRules(["bad"], ["b.d"], ["phone"]), "bad bxd 13800138000", "<words> <pattern-1> <phone>"),
        (GuardRules(["cat"], whole_words=True), "concatenate a cat", "concatenate a <words>"),
        (GuardRules(["cat"], ignore=["spaces", "markdown"]), "c a **t**", "<words>**"),
        (GuardRules(["cat"], ignore="markdown"), "c`a`t", "<words>"),
    ],
)
def test_what_is_found(rules: GuardRules, text: str, expected: str) -> None:
    assert seen(text, rules) == expected


def test_one_set_of_rules_serves_many_streams() -> None:
    rules = GuardRules(["bad"])
    first, second = guard(rules), guard(rules)
    assert text_of(run(first, stream(text_block("b", "a")))) == "ba"
    assert text_of(run(second, stream(text_block("d")))) == "d"


def test_the_same_words_are_compiled_once() -> None:
    words = ["one", "two"]
    made = GuardRules.shared(words, None, None, (), False, None)
    assert GuardRules.shared(("one", "two"), None, None, (), False, None).compiled is made.compiled
    assert GuardRules.shared(["one"], None, None, (), False, None).compiled is not made.compiled
    assert GuardRules.shared(words, None, None, (), True, None).compiled is not made.compiled


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "nothing to look for"),
    ({"words": [], "patterns": {}, "pii": False}, "nothing to look for"),
    ({"words": b"bad"}, "words"),
    ({"words": 3}, "words"),
    ({"words": [3]}, "words"),
    ({"words": [""]}, "empty word"),
    ({"words": ["  "]}, "empty word"),
    ({"words": ["\u200b"]}, "words"),
    ({"words": {"rude": b"bad"}}, "rude"),
    ({"words": ""}, "empty word"),
    ({"words": {"rude": ""}}, "rude.*empty word"),
    ({"words": {"": ["bad"]}}, "category"),
    ({"words": {3: ["bad"]}}, "category"),
    ({"words": {"rude": [None]}}, "rude"),
    ({"patterns": b"b.d"}, "patterns: a bytes"),
    ({"patterns": "("}, r"patterns\[0\].*no regular expression"),
    ({"patterns": [3]}, r"patterns\[0\]"),
    ({"patterns": ["("]}, r"patterns\[0\].*no regular expression"),
    ({"patterns": {"x": "("}}, "patterns.*x"),
    ({"patterns": {"": "a"}}, "name"),
    ({"patterns": [re.compile(b"a")]}, r"patterns\[0\]: a bytes"),
    ({"patterns": [r"(a)\1"]}, "back reference"),
    ({"patterns": ["x*"]}, "pattern-1"),
    ({"patterns": ["ab+c"]}, "unbounded"),
    ({"patterns": ["ab+c"], "pii": True}, "unbounded"),
    ({"pii": "name"}, "pii: 'name'; accepted: email, phone, id_card, bank_card, iban, ip, key"),
    ({"pii": ["email", 3]}, "pii: a int"),
    ({"pii": 3}, "pii"),
    ({"words": ["bad"], "ignore": ["dots"]}, "ignore"),
    ({"words": ["bad"], "ignore": 3}, "ignore"),
    ({"words": ["bad"], "whole_words": 1}, "whole_words"),
    ({"words": ["bad"], "whole_words": True, "ignore": "spaces"}, "whole_words"),
    ({"words": ["bad"], "max_hold": 0}, "max_hold"),
    ({"words": ["bad"], "max_hold": True}, "max_hold"),
    ({"words": ["bad"], "max_hold": 1.5}, "max_hold"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=lambda value: repr(value)[:50])
def test_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        GuardRules(**arguments)


def test_a_bound_makes_an_endless_pattern_good() -> None:
    rules = GuardRules(patterns=["ab+c"], max_hold=10)
    assert seen("x abbbc y", rules) == "x <pattern-1> y"
    assert seen("x a" + "b" * 30 + " y", rules).startswith("x <pattern-1>")
