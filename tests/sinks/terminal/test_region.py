"""The live region: after every frame the screen shows what it should, whatever was there before."""

from __future__ import annotations

import re

from hypothesis import given, settings, strategies as st
from tests.sinks.terminal.emulator import Emulator

from slipstream.sinks.terminal.difference import difference
from slipstream.sinks.terminal.layout import Line, columns
from slipstream.sinks.terminal.region import Region

WIDTH, HEIGHT = 20, 6
ESCAPE = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\")


def line(text: str) -> Line:
    return Line(text, columns(ESCAPE.sub("", text)))


def text_of(row: Line) -> str:
    """What a person sees of it."""
    return ESCAPE.sub("", row.text).rstrip()


def seen(rows: list[Line]) -> list[str]:
    plain = [text_of(row) for row in rows]
    while plain and not plain[-1]:
        plain.pop()
    return plain


# no combining marks: pyte puts one behind a full row on the next
PIECE = st.sampled_from(
    ["a", "bc", " ", "你", "好,", "é", "\x1b[1mx\x1b[0m", "\x1b[1;31mred\x1b[0m", "\x1b[0m",
     "\x1b]8;;https://a.b\x1b\\l\x1b]8;;\x1b\\", "한", "ß", "-"]
)  # fmt: skip
ROW = st.lists(PIECE, max_size=8).map("".join).filter(lambda text: columns(ESCAPE.sub("", text)) <= WIDTH)
ROWS = st.lists(ROW.map(line), max_size=HEIGHT - 1)
# pyte cannot show what is left of a wide character when the half of it is written over
NARROW = ROW.filter(str.isascii)
FRAME = st.tuples(st.lists(ROW.map(line), max_size=9), ROWS, st.booleans())


@settings(max_examples=80, deadline=None)
@given(st.lists(FRAME, max_size=8), st.integers(0, 7))
def test_the_screen_shows_what_is_settled_and_what_is_live(
    frames: list[tuple[list[Line], list[Line], bool]], at: int
) -> None:
    emulator, region = Emulator(WIDTH, HEIGHT), Region()
    emulator.write("x\r\n" * at)
    settled = [line("x")] * at
    for told, live, lost in frames:
        if lost:
            region.lost()
        emulator.write(region.draw(told, live))
        settled += told
        assert emulator.rows == seen([*settled, *live])
        assert emulator.parked == (seen(live)[:1] or [""])[0]
    emulator.write(region.draw([], []))
    emulator.write(region.leave())
    assert emulator.rows == seen(settled)
    assert emulator.is_clean


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ROWS, ROWS, st.integers(4, 30)), max_size=6))
def test_a_resize_leaves_nothing_behind(frames: list[tuple[list[Line], list[Line], int]]) -> None:
    emulator, region = Emulator(WIDTH, HEIGHT), Region()
    settled: list[str] = []
    for told, live, wide in frames:
        emulator.widen(wide)
        region.lost()
        fits = [row for row in told if row.width <= wide]
        shown = [row for row in live if row.width <= wide]
        emulator.write(region.draw(fits, shown))
        settled += [text_of(row) for row in fits]
        rows = emulator.rows
        expected = [*settled, *(text_of(row) for row in shown)]
        while expected and not expected[-1]:
            expected.pop()
        assert len(rows) <= len(expected)
        for row, wanted in zip(rows, expected, strict=False):
            assert wanted.startswith(row)  # pyte cuts what does not fit


def test_a_row_that_grows_is_not_written_again() -> None:
    region = Region()
    region.draw([], [line("\x1b[1mThe answer\x1b[0m is")])
    frame = region.draw([], [line("\x1b[1mThe answer\x1b[0m is 42")])
    assert "answer" not in frame
    assert frame.endswith(" 42\r\x1b[?2026l")
    assert "\x1b[K" not in frame


def test_the_colour_goes_on_where_the_row_does() -> None:
    region = Region()
    region.draw([], [line("\x1b[1mbold\x1b[0m")])
    assert "\x1b[5G\x1b[1mer\x1b[0m" in region.draw([], [line("\x1b[1mbolder\x1b[0m")])


def test_nothing_is_written_when_nothing_changed() -> None:
    region = Region()
    assert region.draw([], []) == ""
    assert region.draw([], [line("a")])
    assert region.draw([], [line("a")]) == ""
    assert region.leave()
    assert region.leave() == ""


def test_the_cursor_is_hidden_once_and_frames_are_synchronized() -> None:
    region = Region()
    first, second = region.draw([], [line("a")]), region.draw([line("a")], [line("b")])
    assert first.startswith("\x1b[?2026h\x1b[?25l")
    assert second.startswith("\x1b[?2026h\r")
    assert "\x1b[?25l" not in second
    assert second.endswith("\x1b[?2026l")


@settings(max_examples=40, deadline=None)
@given(st.lists(NARROW.map(line), min_size=1, max_size=HEIGHT - 1), st.data())
def test_a_frame_without_new_rows_scrolls_nothing_on_a_screen_that_shrank(old: list[Line], data: st.DataObject) -> None:
    """tmux tells of a resize late: until then frames are made for the rows that were."""
    new = data.draw(st.lists(NARROW.map(line), min_size=1, max_size=len(old)))
    region = Region()
    region.draw([], old)
    small = Emulator(WIDTH, 2)
    small.write("over\r\nlive\r")  # what it has left: a row that is over, and the first live row
    small.write(region.draw([], new))
    assert (small.rows[0], small.screen.cursor.x, small.screen.cursor.y) == ("over", 0, 1)
    region.lost()
    small.write(region.draw([], [line("known")]))
    assert small.rows == ["over", "known"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(NARROW.map(line), min_size=1, max_size=HEIGHT - 1), st.integers(2, HEIGHT), st.integers(0, HEIGHT - 2),
    st.integers(0, 4), st.booleans(),
)  # fmt: skip
def test_what_is_over_is_not_lost_on_a_screen_that_shrank(
    old: list[Line], height: int, above: int, more: int, same: bool
) -> None:
    """tmux drops the rows below the cursor first, and tells of it when the block may be over already."""
    region = Region()
    region.draw([], old)
    small = Emulator(WIDTH, height)
    over = [f"over {number}" for number in range(min(above, height - 1))]
    small.write("".join(f"{row}\r\n" for row in over))
    told = [line(f"{row.text if same else 'told'} {number}") if number or not same else row
            for number, row in enumerate(old)] + [line(f"more {number}") for number in range(more)]  # fmt: skip
    small.write(region.draw(told, [line("live 1"), line("live 2")]))
    region.lost()  # now the resize is known
    small.write(region.draw([], [line("live")]))
    rows = iter(small.rows)
    for row in [*over, *filter(None, map(text_of, told)), "live"]:
        assert row in rows, (row, small.rows)  # each below the one before it


def test_a_full_row_does_not_lose_its_last_character() -> None:
    emulator, region = Emulator(WIDTH, HEIGHT), Region()
    emulator.write(region.draw([], [line("abc")]))
    emulator.write(region.draw([], [line("x" * WIDTH), line("你" * (WIDTH // 2))]))
    emulator.write(region.draw([], [line("x" * (WIDTH - 1) + "y"), line("你" * (WIDTH // 2))]))
    assert emulator.rows == ["x" * (WIDTH - 1) + "y", "你" * (WIDTH // 2)]


def test_a_row_is_not_cut_before_a_mark() -> None:
    old, new = line("one cafe"), line("one cafe\u0301")
    assert difference(old, new).endswith("e\u0301")
    assert difference(new, old) == "\x1b[8Ge"
    assert difference(line("#"), line("#\ufe0f\u20e3")) == "\x1b[K#\ufe0f\u20e3"
    assert difference(line("\x1b[1me\x1b[0m"), line("\x1b[1me\x1b[0m\u0301")).endswith("\x1b[1me\x1b[0m\u0301")


def test_a_sequence_is_not_cut() -> None:
    red, green = line("a\x1b[31mb\x1b[0m"), line("a\x1b[32mb\x1b[0m")
    assert difference(red, green) == "\x1b[2G\x1b[32mb\x1b[0m"
    link = "\x1b]8;;https://a.b/{}\x1b\\text{}\x1b]8;;\x1b\\"
    assert difference(line(link.format("c", "")), line(link.format("d", ""))).startswith("\x1b[Ktext") is False
    assert difference(line(link.format("c", "")), line(link.format("c", "s"))) == (
        "\x1b[5G" + link.format("c", "s").replace("text", "")
    )
