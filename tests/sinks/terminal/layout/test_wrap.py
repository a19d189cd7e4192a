"""Where lines end."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.sinks.terminal.layout.screen import check, plain

from slipstream.sinks.terminal.layout import Look, Span, Style, clean, wrap
from slipstream.sinks.terminal.layout.wrap import breaks


def shown(text: str, width: int) -> list[str]:
    return [plain(line) for line in wrap(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, []),
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 20, ["one  two"]),
        ("one\ntwo", 20, ["one", "two"]),
        ("one\n\ntwo", 20, ["one", "", "two"]),
        ("  indented", 20, ["indented"]),
        ("a verylongword", 5, ["a", "veryl", "ongwo", "rd"]),
        ("你好世界", 4, ["你好", "世界"]),
        ("你好世界", 5, ["你好", "世界"]),
        ("你好，世界", 4, ["你", "好，", "世界"]),
        ("他说“你好”。", 6, ["他说", "“你", "好”。"]),
        ("测试（一个）完", 6, ["测试", "（一", "个）完"]),
        ("他说：「好！」", 6, ["他说：", "「好！", "」"]),
        ("使用Python编程", 8, ["使用", "Python编", "程"]),
        ("don’t stop", 6, ["don’t", "stop"]),
        ("👨\u200d👩\u200d👧👨\u200d👩\u200d👧", 3, ["👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("中a", 1, ["?", "a"]),
    ],
)
def test_lines(text: str, width: int, lines: list[str]) -> None:
    assert shown(text, width) == lines


def test_styles_go_on_over_lines_and_end_with_each() -> None:
    spans = [Span("see "), Span("the long docs", Style("1", "https://example.com"))]
    link, end = "\x1b]8;;https://example.com\x1b\\", "\x1b]8;;\x1b\\"
    assert [line.text for line in wrap(spans, 8)] == [
        f"see {link}\x1b[1mthe\x1b[0m{end}",
        f"{link}\x1b[1mlong\x1b[0m{end}",
        f"{link}\x1b[1mdocs\x1b[0m{end}",
    ]
    assert [line.text for line in wrap(spans, 80, Look(colour=False, links=False))] == ["see the long docs"]


def test_a_word_of_two_styles_is_not_broken() -> None:
    assert [plain(line) for line in wrap([Span("one un"), Span("break", Style("1")), Span("able")], 12)] == [
        "one",
        "unbreakable",
    ]


@given(st.text(alphabet="ab ，。（）中文\n👩\u200d\u0301“”", max_size=80).map(clean), st.integers(2, 30))
def test_lines_fit_and_hold_everything(text: str, width: int) -> None:
    lines = wrap(text, width)
    check(lines, width)
    assert "".join("".join(map(plain, lines)).split()) == "".join(text.split())


@given(st.text(alphabet="ab ，。中文", max_size=60), st.text(alphabet="ab ，。中文", max_size=30), st.integers(2, 30))
def test_lines_before_the_last_unit_stay_when_text_grows(text: str, more: str, width: int) -> None:
    before, after = list(breaks(text, width)), list(breaks(text + more, width))
    assert before[:-2] == after[: max(0, len(before) - 2)]


@given(st.text(alphabet="ab ，。中文\n", max_size=60), st.integers(2, 30), st.integers(0, 20))
def test_the_rest_is_laid_out_alike_from_any_line_on(text: str, width: int, at: int) -> None:
    pieces = list(breaks(text, width))
    if at < len(pieces):
        assert list(breaks(text, width, pieces[at].start)) == pieces[at:]
