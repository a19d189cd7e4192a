"""The ready patterns: what they find, what they leave alone, in every cut."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard import GuardRules, guard
from slipstream.flow.guard.pii import NAMES, id_number, luhn, patterns_of

from .streams import call_block, cut, run, stream, text_block, text_of

ALL = GuardRules(pii=True)


def seen(*parts: str, rules: GuardRules = ALL) -> str:
    """The text with the name of the rule for each span."""
    stage = guard(rules, mask=lambda rule, length: f"<{rule}>")
    return text_of(run(stage, stream(text_block(*parts))))


PEM = """-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,0A1B

MIIEow+/=
abc
-----END RSA PRIVATE KEY-----"""
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
FOUND = [
    ("write to joe.b+x@mail.example.co.uk, or a@b.cn.", "write to <email>, or <email>."),
    ("联系abc@x.com吧", "联系<email>吧"),
    ("电话13800138000。", "电话<phone>。"),
    ("+86 138 0013 8000", "<phone>"),
    ("86-13800138000", "<phone>"),
    ("138-0013-8000", "<phone>"),
    ("010-62770334", "<phone>"),
    ("(0755) 86013388", "<phone>"),
    ("+1 (415) 555-2671", "<phone>"),
    ("+442071838750", "<phone>"),
    ("0044 20 7183 8750", "<phone>"),
    ("415-555-2671", "<phone>"),
    ("(415) 555-2671", "<phone>"),
    ("11010519491231002X", "<id_card>"),
    ("11010519491231002x", "<id_card>"),
    ("110105 19491231 002X", "<id_card>"),
    ("110105491231002", "<id_card>"),
    ("4111 1111 1111 1111", "<bank_card>"),
    ("4111-1111-1111-1111", "<bank_card>"),
    ("4111111111111111", "<bank_card>"),
    ("378282246310005", "<bank_card>"),
    ("3782 822463 10005", "<bank_card>"),
    ("6222021234567890128", "<bank_card>"),
    ("sk-abcdefghijklmnop1234", "<key>"),
    ("sk-ant-api03-abcdefghijklmnop_1234", "<key>"),
    ("AKIAIOSFODNN7EXAMPLE", "<key>"),
    ("LTAI5tAbCdEfGhIjKlMn", "<key>"),
    ("AIza" + "Sy" * 17 + "x", "<key>"),
    ("ghp_" + "a1" * 18, "<key>"),
    ("github_pat_" + "a1" * 11, "<key>"),
    ("xoxb-1234567890-abc", "<key>"),
    ("hf_" + "aB" * 15, "<key>"),
    ("sk_live_abcdefghijklmnop", "<key>"),
    ("0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp", "<key>"),
    (JWT, "<key>"),
    ("Authorization: Bearer abcdefghijklmnopqrstuvwx", "Authorization: <key>"),
    (PEM, "<key>"),
    (PEM.replace("\n", "\\n"), "<key>"),
    ("１３８００１３８０００", "<phone>"),
    ("138\u200b0013\u200b8000", "<phone>"),
    ("ｊｏｅ＠ｘ．ｃｏｍ", "<email>"),
]
CLEAN = [
    "a@b",
    "order 1380013800012345",
    "2024-01-02 12:30:45",
    "12345678901",
    "110105194912310021",  # the check digit is X
    "110105 19491331 002X",  # no such month
    "4111111111111112",
    "task-management-systems-engineering",
    "the bearer of bad news",
    "pi is 3.14159265358979323846",
    "10.0.0.1 and 192.168.100.200",
    "ISBN 978-3-16-148410-0",
    "1700000000000 ms",
    "AKIA",
    "0123456789abcdef0123456789abcdef",
    "It costs 1,234,567.89 yuan.",
    "这是一个普通的句子，没有任何敏感信息。",
    "-----BEGIN CERTIFICATE-----",
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text[:24] for text, _ in FOUND])
def test_found_in_every_cut(text: str, expected: str) -> None:
    text, expected = f"a {text} b", f"a {expected} b"
    assert seen(text) == expected
    assert seen(*text) == expected
    for at in range(0, len(text), 3):
        assert seen(text[:at], text[at:]) == expected


@pytest.mark.parametrize("text", CLEAN)
def test_left_alone(text: str) -> None:
    assert seen(f"a {text} b") == f"a {text} b"


def test_one_kind_alone() -> None:
    text = "joe@x.com 13800138000 4111111111111111"
    assert seen(text, rules=GuardRules(pii="email")) == "<email> 13800138000 4111111111111111"
    assert seen(text, rules=GuardRules(pii=["phone", "bank_card"])) == "joe@x.com <phone> <bank_card>"


def test_a_key_longer_than_any_hold_is_masked_to_its_end() -> None:
    long = "eyJ" + "aB3" * 2000
    assert seen(*[long[at : at + 7] for at in range(0, len(long), 7)], " b") == "<key> b"


def test_a_number_in_arguments() -> None:
    out = run(guard(ALL), stream(call_block('{"phone": 138', "00138000}")))
    assert any(getattr(event, "arguments", "") == '{"phone": "***"}' for event in out)


@given(st.text("0123456789 -+()ax@.", max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_any_cut_is_as_the_whole(text: str, places: list[int]) -> None:
    assert seen(*cut(text, places)) == seen(text)


@pytest.mark.parametrize("number", ["4111111111111111", "5500 0000 0000 0004", "3400-0000-0000-009", "79927398713"])
def test_luhn(number: str) -> None:
    assert luhn(number)
    for at, char in enumerate(number):
        if char.isdigit():
            assert not luhn(number[:at] + str((int(char) + 1) % 10) + number[at + 1 :]), "one wrong digit is seen"


def test_check_digit_of_identity_numbers() -> None:
    assert id_number("11010519491231002X")
    assert id_number("11010519491231002x")
    assert sum(id_number(f"11010519491231002{digit}") for digit in "0123456789X") == 1


def test_every_name_has_patterns_under_that_name() -> None:
    for name in NAMES:
        found = patterns_of((name,))
        assert found
        assert {pattern.name for pattern in found} == {name}
