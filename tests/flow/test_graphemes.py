"""Boundaries between the characters that a person sees."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from hypothesis import given, strategies as st
from wcwidth import iter_graphemes

from slipstream.flow import graphemes
from slipstream.flow.graphemes import MAX_CLUSTER, first_boundary, incomplete_tail, safe_cut, split_graphemes

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ACCENT = "e\u0301"
KEYCAP = "1\ufe0f\u20e3"
HINDI = "क्षि"
FLAG = "🇨🇳"
PIECES = (
    "a", "Z", " ", "\n", "\r", "\r\n", "中", "文", "。", "한", "\u1112\u1161\u11ab", "é", ACCENT, FAMILY, "👍🏽",
    "❤\ufe0f", FLAG, "🇨",
    KEYCAP, HINDI, "ก็", "\u200d", "\u0301", "\u200b", "\ud83d", "\udc00", "©", "\u0600", "👍", "☺", "ש", "ع", "\u064b",
    "が", "か\u3099",
)  # fmt: skip

TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40)


def boundaries(text: str) -> list[int]:
    """All boundaries by the rules alone."""
    return [0, *accumulate(len(cluster) for cluster in iter_graphemes(text))]


@given(TEXTS)
def test_it_is_the_same_as_the_rules(text: str) -> None:
    known = boundaries(text)
    assert split_graphemes(text) == list(iter_graphemes(text))
    for at in range(-1, len(text) + 2):
        within = min(max(at, 0), len(text))
        assert first_boundary(text, at) == min(cut for cut in known if cut >= within)
        assert safe_cut(text, at) == max(cut for cut in known if cut <= within)


@given(TEXTS, TEXTS)
def test_nothing_that_follows_can_change_what_stands_before_a_strict_tail(text: str, more: str) -> None:
    tail = incomplete_tail(text, strict=True)
    assert len(text) - tail in boundaries(text + more)


def test_every_plain_character_breaks_from_every_other() -> None:
    plain = [char for char in map(chr, range(0x40000)) if graphemes._all_plain(char)]
    assert len(plain) > 150_000
    for row in (plain, plain[::2] + plain[1::2], plain[::-1]):
        text = "".join(row)
        assert sum(1 for _ in iter_graphemes(text)) == len(text)


def test_no_settled_character_is_a_picture() -> None:
    from wcwidth.grapheme import _is_extended_pictographic

    settled = [char for char in map(chr, range(0x40000)) if graphemes._settled(char)]
    assert [char for char in settled if _is_extended_pictographic(ord(char))] == []


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("", 0), ("hello", 0), ("你好", 0), ("你好。", 0), ("한", 0), ("line\n", 0), ("line\r", 1), ("line\r\n", 0),
        (FAMILY, 7), ("x👨\u200d", 2), ("x👍", 1), ("x👍🏽", 2), (FLAG, 0), (FLAG + "🇨", 1), ("क्", 2), ("❤", 1),
        (KEYCAP, 3),
        ("e", 0), ("e\u0301", 2), ("a" + "\u0301" * MAX_CLUSTER, 0), ("a" + "\u0301" * 20, 21),
    ],
)  # fmt: skip
def test_what_may_go_on(text: str, tail: int) -> None:
    assert incomplete_tail(text) == tail
    assert incomplete_tail("中" + text) == tail


@pytest.mark.parametrize(("text", "tail"), [("e", 1), ("你", 1), ("a\n", 0), (FLAG, 2), (FLAG + "🇨", 1)])
def test_by_the_letter_of_the_rules(text: str, tail: int) -> None:
    assert incomplete_tail(text, strict=True) == tail


def test_a_character_longer_than_the_room() -> None:
    assert safe_cut(FAMILY + "a", 3) == 0
    assert first_boundary(FAMILY + "a", 3) == len(FAMILY)


def test_plain_text_does_not_load_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("plain text went through the rules")

    monkeypatch.setattr(graphemes, "_clusters", refuse)
    text = "Hello, 世界。你好！ Привет 한국어 مرحبا 🙂🚀 ok"
    assert split_graphemes(text) == list(text)
    assert [safe_cut(text, at) for at in range(len(text))] == list(range(len(text)))
    assert [first_boundary(text, at) for at in range(len(text))] == list(range(len(text)))
    assert incomplete_tail(text) == 0


def test_the_ranges_are_in_order() -> None:
    found = re.findall(r"(.)-(.)", graphemes._SETTLED_RANGES, re.S)
    assert found
    assert all(low < high for low, high in found)
