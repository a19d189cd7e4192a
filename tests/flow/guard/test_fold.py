"""Folding: each code point alone, once and for all."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard.fold import Folder, cases, fold_char, folder, hidden, plain, plain_char
from slipstream.flow.guard.looks import LOOKS, RADICALS, UNSEEN
from slipstream.flow.guard.screen import Rules, Word

BLOCKS = (range(0x3400), range(0xA000, 0xAC00), range(0xF900, 0x20000), range(0xE0000, 0xE0200))
EVERY = [chr(code) for block in BLOCKS for code in block]


@given(st.text(), st.text())
def test_the_fold_of_a_whole_is_that_of_its_parts(left: str, right: str) -> None:
    folds = folder()
    assert folds.fold(left + right) == folds.fold(left) + folds.fold(right)
    assert plain(left + right) == plain(left) + plain(right)


def test_folding_twice_is_folding_once() -> None:
    """So it does not matter in which spelling a word is listed; and the case is all that sets `plain` apart."""
    folds = Folder()
    for char in EVERY:
        once = folds[char]
        assert folds.fold(once) == once, ascii(char)
        assert folds.fold(plain_char(char)) == once, ascii(char)


def test_ascii_folds_to_small_letters_only() -> None:
    for char in string.printable:
        assert plain_char(char) == char
        assert fold_char(char) == (" " if char.isspace() else char.lower())


@pytest.mark.parametrize(
    ("text", "folded", "read"),
    [
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width", "Full width"),
        ("Straße ﬁn İstanbul", "strasse fin istanbul", "Straße fin Istanbul"),
        ("РАУРАL раураl", "paypal paypal", "PAYPAL paypal"),  # Cyrillic all but the last
        ("ΡΑΥΡΑL ΝΑΖΙ Μonkey Ηello νous", "paypal nazi monkey hello vous", "PAYPAL NAZI Monkey Hello vous"),  # Greek
        ("ꓐꓮꓓ ᏀᎡᎬᎬᎠ ⲃⲁⲇ ⲂⲀⲆ Ƅad ∨iagra", "bad greed bad bad bad viagra", "bad greed bad BAD Bad viagra"),
        ("⻩色 ⻢⻤ ⺒", "黄色 马鬼 巳", "黄色 马鬼 巳"),
        ("e\u0301 é ë\u0308", "e e e", "e e e"),
        ("b\u200ba\u00add\u2060\ufe0f\u202e\x00", "bad", "bad"),
        ("１٢३④❺", "12345", "12345"),
        ("𝕭𝖆𝖉 ⒷⒶⒹ 🅑🅐🅓 🇧🇦🇩", "bad bad bad bad", "Bad BAD bad bad"),
        ("1–2‑3−4", "1-2-3-4", "1-2-3-4"),
        ("坏人\u2f00豈", "坏人一豈", "坏人一豈"),
        ("Ελλάδα ΕΛΛΆΔΑ", "eλλaδa eλλaδa", "Eλλaδa EΛΛAΔA"),
    ],
)
def test_what_a_reader_sees(text: str, folded: str, read: str) -> None:
    assert folder().fold(text) == folded
    assert plain(text) == read


def test_what_is_drawn_as_nothing_is_dropped() -> None:
    for char in EVERY:
        if unicodedata.category(char) in ("Mn", "Me", "Cf") or char in UNSEEN:
            assert hidden(char), ascii(char)
            assert fold_char(char) == "", ascii(char)


def test_the_table_holds_folded_characters() -> None:
    """A key in another case, or that decomposes, would never be looked up."""
    for odd, plain_letters in LOOKS.items():
        assert fold_char(odd) == plain_letters
        assert plain_letters.isascii()


def test_what_may_stand_inside_a_word() -> None:
    assert folder(frozenset({"spaces"})).fold("b a\n\u00a0d") == "bad"
    assert folder(frozenset({"markdown"})).fold("*b*_a_`~d~ \\x|") == "bad x"
    assert folder(frozenset({"spaces", "markdown"})).fold("* b * a") == "ba"


def test_parts_of_chinese_characters() -> None:
    for part, whole in RADICALS.items():
        assert "\u2e80" <= part <= "\u2ef3"
        assert "\u4e00" <= whole <= "\u9fff"
        assert unicodedata.normalize("NFKD", part) == part, "NFKD does it"


@pytest.mark.parametrize(("word", "text"), [("μήνυμα", "ΜΉΝΥΜΑ Μήνυμα μηνυμα"), ("ΝΟΥΣ", "νους Νους ΝΟΥΣ")])
def test_words_of_a_script_that_looks_latin_match_in_any_case(word: str, text: str) -> None:
    rules = Rules([Word(word)])
    for part in text.split():
        assert rules.first_in(part) == "words"
    assert cases("bad") == ["bad"]
    assert cases("слово") == ["слово"]
