"""Nothing a model writes reaches the terminal raw."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from slipstream.sinks.terminal.layout import clean, columns
from slipstream.sinks.terminal.layout.clean import MAX_MARKS

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, 中文。", "plain text, 中文。"),
        ("\x1b[2Jgone", "␛[2Jgone"),
        ("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇"),
        ("\x9b31mred\x7f", "\ufffd31mred␡"),
        ("over\rwrite", "over␍write"),
        ("a\r\nb", "a\nb"),
        ("a\tb\n\tc", "a   b\n    c"),
        ("中文\tx", "中文    x"),
        ("e\u0301\tx\n中\ty", "e\u0301   x\n中  y"),
        ("\u200b\tx\r\n\ty", "    x\n    y"),
        ("\x1b\tx", "␛   x"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\u2066a\u2069\u200eb\u200f\u061c", "ab"),
        ("in\u200bvis\u2060ible\ufeff", "invisible"),
        ("half \ud83d", "half \ufffd"),
        ("one\u2028line", "one line"),
        (ENGLAND, ENGLAND),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_signs(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text(alphabet="ab\t中e\u0301\u200b\r\x1b", max_size=20), st.text(alphabet="ab\t中", max_size=10))
def test_a_line_that_goes_on_keeps_its_tab_stops(begin: str, rest: str) -> None:
    shown = clean(begin)
    assert clean(begin + rest) == shown + clean(rest, columns(shown))
    assert clean(shown) == shown


def test_heaps_of_marks_are_cut() -> None:
    assert clean("e" + "\u0301" * 500 + "!") == "e" + "\u0301" * MAX_MARKS + "!"
    assert len(clean("x" + "\u200d\ufe0f" * 500)) == 1 + MAX_MARKS
    thai = "กำลังทดสอบภาษาไทยที่ยาวมาก" * 5
    assert clean(thai) == thai


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_what_is_left_is_harmless(text: str) -> None:
    shown = clean(text)
    assert all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean(shown) == shown
    shown.encode()
