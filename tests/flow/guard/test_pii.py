"""The ready patterns: what they find, what they leave alone, in every cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard import GuardRules, guard
from slipstream.flow.guard.pii import NAMES, iban, id_number, luhn, patterns_of

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
    ("DE89370400440532013000", "<iban>"),
    ("DE89 3704 0044 0532 0130 00", "<iban>"),
    ("de89 3704 0044 0532 0130 00.", "<iban>."),
    ("AT61 1904 3002 3457 3201 the rest", "<iban> the rest"),
    ("NO93-8601-1117-947", "<iban>"),
    ("GB82 WEST 1234 5698 7654 32, too", "<iban>, too"),
    ("账号GB82WEST12345698765432。", "账号<iban>。"),
    ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "<iban>"),
    ("10.0.0.1 and 192.168.100.200", "<ip> and <ip>"),
    ("10.0.0.1.", "<ip>."),
    ("(http://127.0.0.1:8080/a, 10.0.0.0/8)", "(http://<ip>:8080/a, <ip>/8)"),
    ("地址是１９２。168.0.1".replace("。", "."), "地址是<ip>"),
    ("...255.255.255.255...", "..<ip>..."),
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
    "version 1.2.3 and 1.2.3.4.5, not 256.1.1.1 or 1.2.3.999 or 1.2.3.4567",
    "v1.2.3.4 and 1.3.6.1.4.1.311 and 10.0.0",
    "RX78 is it, AB12 CDEF GHIJ klmn",
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


IBANS = [
    "AD1200012030200359100100",
    "AE070331234567890123456",
    "BE68539007547034",
    "BR1800360305000010009795493C1",
    "CH9300762011623852957",
    "DE89370400440532013000",
    "ES9121000418450200051332",
    "FR1420041010050500013M02606",
    "GB82WEST12345698765432",
    "IT60X0542811101000000123456",
    "MT84MALT011000012345MTLCAST001S",
    "NL91ABNA0417164300",
    "NO9386011117947",
    "PL61109010140000071219812874",
    "SA0380000000608010167519",
    "SE4550000000058398257466",
    "TR330006100519786457841326",
]


@pytest.mark.parametrize("number", IBANS)
def test_an_iban_is_one_span(number: str) -> None:
    """Though digits of it may pass for a telephone number or a card."""
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    for text in (number, grouped, grouped.lower(), grouped.replace(" ", "\xa0"), grouped.replace(" ", "-")):
        assert seen(f"to {text}, or {text} now") == seen(*f"to {text}, or {text} now") == "to <iban>, or <iban> now"
    for at in range(4, len(number)):
        wrong = number[:at] + str((int(number[at], 36) + 1) % 10) + number[at + 1 :]
        assert not iban(wrong), "one wrong character is seen"


@pytest.mark.parametrize(
    "text",
    [
        "DE88 3704 0044 0532 0130 00",  # the check digits are 89
        "DE893704004405320130001",  # one digit too many
        "DE8937040044053201300",  # one too few
        "ZZ89370400440532013000",  # no such country
        "XDE89370400440532013000",
        "DE89  3704 0044 0532 0130 00",
    ],
)
def test_what_is_no_iban(text: str) -> None:
    assert seen(f"a {text} b", rules=GuardRules(pii="iban")) == f"a {text} b"


def test_a_card_in_an_iban() -> None:
    """4111 1111 1111 1111 is a card; with these digits before it, it is a part of an account's number."""
    number = "DE" + next(f"{check:02}" for check in range(2, 99) if iban(f"DE{check:02}411111111111111100"))
    assert seen(f"{number} 4111 1111 1111 1111 00") == "<iban>"
    assert seen(f"{number}411111111111111100") == "<iban>"
    assert seen("4111 1111 1111 1111") == "<bank_card>"


@given(st.text("0125. v", max_size=24), st.lists(st.integers(0, 24), max_size=5))
def test_ip_is_what_re_says(text: str, places: list[int]) -> None:
    """With a look-ahead of two characters, which the guard's own expressions have not."""
    octet = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
    expected = re.sub(rf"(?:(?<![0-9])\.|(?<![0-9.vV])){octet}(?:\.{octet}){{3}}(?!\.?[0-9])", "<ip>", text)
    assert seen(*cut(text, places), rules=GuardRules(pii="ip")) == expected


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
