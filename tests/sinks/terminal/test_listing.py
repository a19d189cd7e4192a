"""Sources, boxes, and the row that says what is going on."""

from __future__ import annotations

import pytest

from slipstream.events import Box, Retry, Source
from slipstream.sinks.terminal import Look
from slipstream.sinks.terminal.layout import columns
from slipstream.sinks.terminal.listing import box_row, source_rows
from slipstream.sinks.terminal.progress import Progress
from slipstream.sinks.terminal.surface import Surface, quoted, seconds


def surface(width: int = 40, **look: bool) -> Surface:
    return Surface(width, 24, Look(colour=False, **look))


def test_sources_are_links() -> None:
    rows = source_rows([Source("1", "https://a.b/c d\x1b\\", "A page"), Source("2", "javascript:x", "Bad")], surface())
    assert rows[0].text == "[1] \x1b]8;;https://a.b/c%20d%1B%5C\x1b\\A page\x1b]8;;\x1b\\"
    assert rows[0].width == len("[1] A page")
    assert rows[1].text == "[2] Bad"


@pytest.mark.parametrize("width", [40, 21, 7, 1])
def test_an_address_that_is_no_link_is_wrapped_and_nothing_of_it_is_lost(width: int) -> None:
    url = "https://a.b/" + "".join(map(str, range(100)))
    for title, text in (("", url), ("A\npage", f"A page <{url}>")):
        rows = source_rows([Source("1", url, title)] * 2, surface(width, links=False))
        assert all(row.width == columns(row.text) <= width for row in rows)
        joined = "".join(row.text for row in rows).replace(" ", "")
        assert joined == f"[1]{text}[2]{text}".replace(" ", "")
    first, second = (row.text for row in source_rows([Source("1", url[:60])], surface(links=False)))
    assert (first, second) == (f"[1] {url[:36]}", f"    {url[36:60]}")


def test_a_long_title_is_a_link_on_every_row() -> None:
    rows = source_rows([Source("1", "https://a.b/", "word " * 12), Source("")], surface(30))
    link = "\x1b]8;;https://a.b/\x1b\\"
    assert [row.text.partition(link)[0] for row in rows] == ["[1] ", "    ", "    ", "[2] "]
    assert [row.width for row in rows] == [28, 28, 13, 4]


def test_boxes() -> None:
    assert box_row(Box((0.125, 0.25, 1.0, 1.0), label="cat"), surface()).text == "▢ cat (0.125, 0.25, 1, 1)"
    assert box_row(Box((0.5, 0.5), kind="point", pixels=(5, 5)), surface(unicode=False)).text == "[ ] point (5, 5)"


def test_progress() -> None:
    progress, place = Progress(), surface(60)
    progress.begin(10.0)
    place.now = 12.0
    assert progress.row(place).text == "⠋ connecting · 2 s"
    progress.output("word " * 80, 12.0)
    progress.state = "receiving"
    place.now = 14.0
    assert progress.row(place).text == "⠋ receiving · 4 s · 50 tokens/s"
    progress.retry(Retry(2, 5.0, "OverloadedError"), 14.0)
    assert "retrying in 5 s (OverloadedError)" in progress.row(place).text
    place.now = 20.0
    assert "receiving" in progress.row(place).text
    assert progress.row(surface(8)).width == 8
    assert Progress().row(surface(60, unicode=False)).text == "| connecting - 0 s"


def test_times_and_urls() -> None:
    assert [seconds(value) for value in (-1.0, 0.9, 99.0, 125.4)] == ["0 s", "0 s", "99 s", "2 min 5 s"]
    assert quoted("https://a.b/é\u202e\x07") == "https://a.b/%C3%A9%E2%80%AE%07"
    assert quoted("\ud800") == "%3F"
