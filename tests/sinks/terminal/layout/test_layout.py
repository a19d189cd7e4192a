"""How each kind of block looks, and when its lines are settled."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.sinks.terminal.layout.screen import PLAIN, laid_out, plain, whole

from slipstream.errors import InvalidRequestError
from slipstream.sinks.terminal.layout import Layout, Look, prepare

UNICODE = Look(colour=False, links=False, highlight=False)


def steps(layout: Layout, *pieces: str) -> list[tuple[list[str], list[str]]]:
    """After each piece, what was settled and what is open."""
    out = []
    for piece in pieces:
        layout.feed(piece)
        out.append(([plain(line) for line in layout.settled()], [plain(line) for line in layout.open()]))
    return out


BLOCKS = {
    "paragraphs": ("one\ntwo\n\nthree", ["one two", "", "three"]),
    "a line end between Chinese characters": ("第一\n第二，\nthird", ["第一第二， third"]),
    "a hard break": ("one  \ntwo\\\nthree", ["one", "two", "three"]),
    "headings": ("# One\n\nTwo\n---\ntext", ["# One", "", "## Two", "", "text"]),
    "a rule": ("a\n\n***\n\nb", ["a", "", "─" * 20, "", "b"]),
    "a quote": ("> one two three four five\n> > six", ["▎ one two three four", "▎ five", "▎", "▎ ▎ six"]),
    "a tight list": ("- one\n- two two two two two\n  - three\n    - four", [
        "• one", "• two two two two", "  two", "  ◦ three", "    ▪ four",
    ]),
    "a loose list": ("- one\n\n- two\n\n  more", ["• one", "", "• two", "", "  more"]),
    "numbers": ("8. a\n9. b\n10. c", [" 8. a", " 9. b", "10. c"]),
    "big numbers": ("99. a\n100. b", ["99. a", "100. b"]),
    "tasks": ("- [ ] a\n- [x] b\n1. [x] c", ["☐ a", "☑ b", "", " 1. ☑ c"]),
    "an empty item": ("- a\n-\n- c", ["• a", "•", "• c"]),
    "items in items": ("- - - a", ["• ◦ ▪ a"]),
    "code": ("```py\nx = 1\n\ny\n```", ["── py ──────────────", "x = 1", "", "y", "─" * 20]),
    "indented code": ("    x\n\n    y", ["─" * 20, "x", "", "y", "─" * 20]),
    "long code": ("```\n" + "x" * 45 + "\n```", ["─" * 20, "x" * 20, "↪ " + "x" * 18, "↪ " + "x" * 7, "─" * 20]),
    "tabs in code": ("```\n\tx\n```", ["─" * 20, "    x", "─" * 20]),
    "code that is never closed": ("```\nx", ["─" * 20, "x", "─" * 20]),
    "code in an item": ("- a\n\n  ```\n  x\n  ```", ["• a", "", "  " + "─" * 18, "  x", "  " + "─" * 18]),
    "raw HTML": ("<div>\n  <b>bold text here</b>\n</div>", ["<div>", "<b>bold text", "here</b>", "</div>"]),
    "math": ("$$\n\\alpha^2\n$$\n\nand $x_1$", ["  α²", "", "and x₁"]),
    "a footnote": ("a[^n]\n\n[^n]: the note that goes on", ["a[n]", "", "[n] the note that", "    goes on"]),
    "references": ("a[^1], b [^2] **c**[^Note]: d", ["a[1], b [2] c[note]:", "d"]),
    "no references": ("a [^abc] [^a-z] x[^a-z] `[^1]` [^ 1] [^]", ["a [^abc] [^a-z]", "x[^a-z] `[^1]` [^ 1]", "[^]"]),
    "a known footnote": ("[^n]: note\n\na[^n]", ["[n] note", "", "a[n]"]),
    "a link": ("[text](http://a.b)", ["text (http://a.b)"]),
    "an autolink": ("<http://a.b>", ["http://a.b"]),
    "a link without a text": ("[](http://a.b)", ["http://a.b"]),
    "an image": ("![cat](http://a.b/c.png)", ["🖼 cat", "(http://a.b/c.png)"]),
    "a late link": ("[a][b] c\n\n[b]: http://a.b", ["[a][b] c", "", "a: http://a.b"]),
    "definitions": ("[b]: http://a.b\n\n[a][b]", ["a (http://a.b)"]),
    "strike": ("~~no~~ `code`", ["~~no~~ `code`"]),
    "raw tags": ("a<br>b <i>c</i>", ["a", "b <i>c</i>"]),
    "a table": ("| a | bcd |\n|--:|:-:|\n| 12 | e |", [
        "┌────┬─────┐", "│  a │ bcd │", "├────┼─────┤", "│ 12 │  e  │", "└────┴─────┘",
    ]),
    "a table with a wide cell": ("| a | b |\n|---|---|\n| x | one two three four |\n| y | z |", [
        "┌───┬──────────────┐",
        "│ a │ b            │",
        "├───┼──────────────┤",
        "│ x │ one two      │",
        "│   │ three four   │",
        "├───┼──────────────┤",
        "│ y │ z            │",
        "└───┴──────────────┘",
    ]),
    "a table in Chinese": ("| 名称 | 值 |\n|---|---|\n| 一 | `x`<br>y |", [
        "┌──────┬─────┐", "│ 名称 │ 值  │", "├──────┼─────┤", "│ 一   │ `x` │", "│      │ y   │", "└──────┴─────┘",
    ]),
    "a table too wide": ("| name | description |\n|---|---|\n| first | something long to say |\n| b | c |", [
        "name │ description", "─" * 20,
        "name: first", "description:", "  something long to", "  say", "─" * 20,
        "name: b", "description: c", "─" * 20,
    ]),
    "nothing": ("", []),
    "blank lines": ("\n\n  \n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    text, lines = BLOCKS[name]
    assert laid_out(text, 20, UNICODE) == lines


def test_ascii() -> None:
    text = "- a\n  - [x] b\n\n> q\n\n---\n\n```py\n" + "x" * 25 + "\n```\n\n| a |\n|---|\n| $\\pi$ |\n\n![i](j.png)"
    lines = laid_out(text, 20, PLAIN)
    assert all(line.isascii() for line in lines)
    assert lines[:3] == ["- a", "  [x] b", ""]
    assert "| q" in lines
    assert "| \\pi |" in lines


def test_colours() -> None:
    look = Look(links=False)
    assert whole("**b** *i* `c` ~~s~~ ***x***", 40, look)[0].text == (
        "\x1b[1mb\x1b[0m \x1b[3mi\x1b[0m \x1b[36mc\x1b[0m \x1b[9ms\x1b[0m \x1b[3;1mx\x1b[0m"
    )
    assert "\x1b[35mdef\x1b[0m" in whole("```python\ndef f(): pass\n```", 40, look)[1].text
    assert "\x1b" not in "".join(line.text for line in whole("# h\n\n**b** `c`\n\n```py\ndef f\n```", 40, UNICODE))
    assert "\x1b" not in whole("```python\ndef f(): pass\n```", 40, Look(highlight=False))[1].text


def test_links() -> None:
    look = Look(colour=False)
    assert whole("[t](http://a.b/ä)", 40, look)[0].text == "\x1b]8;;http://a.b/%C3%A4\x1b\\t\x1b]8;;\x1b\\"
    assert whole("[t](javascript:x)", 40, look)[0].text == "t (javascript:x)"
    assert whole("[t](src/a.py)", 40, look)[0].text == "t (src/a.py)"
    assert plain(whole("[bank.com](http://evil.example)", 60, look)[0]) == "bank.com (http://evil.example)"
    assert plain(whole("![cat](http://a.b/c.png)", 40, look)[0]) == "🖼 cat (a.b)"


def test_control_characters_are_shown() -> None:
    text = "a\x1b[2Jb\u202ec `\x07`\n\n```\n\x1b]0;x\x07\n```\n\n| \x9b |\n|---|\n\n[x](http://a\x1bb)"
    shown = "\n".join(laid_out(text, 40, UNICODE))
    assert "a␛[2Jb\ufffdc `␇`" in shown
    assert "␛]0;x␇" in shown


def test_paragraphs_settle_when_they_end() -> None:
    assert steps(Layout(20, PLAIN), "one", " two", "\n\nth", "ree\n# H\n") == [
        ([], ["one"]),
        ([], ["one two"]),
        (["one two"], ["", "th"]),
        (["", "three", "", "# H"], []),
    ]


def test_code_settles_line_by_line() -> None:
    assert steps(Layout(20, PLAIN), "a\n\n```\nx", " = 1\ny", "\n", "```\n") == [
        (["a", "", "-" * 20], ["x"]),
        (["x = 1"], ["y"]),
        (["y"], []),
        (["-" * 20], []),
    ]


def test_items_and_quotes_settle_while_their_container_is_open() -> None:
    assert steps(Layout(20, PLAIN), "- one\n- two", "\n  - three", "\n\n> q\n>\n> r") == [
        (["- one"], ["- two"]),
        (["- two"], ["  - three"]),
        (["  - three", "", "| q"], ["|", "| r"]),
    ]


def test_a_list_that_turns_loose_parts_later_items_only() -> None:
    assert steps(Layout(20, PLAIN), "- one\n- two\n", "\n- three\n- four\n\nend") == [
        (["- one"], ["- two"]),
        (["- two", "", "- three", "", "- four"], ["", "end"]),
    ]


def test_a_paragraph_becomes_a_table_or_a_heading() -> None:
    table = steps(Layout(20, PLAIN), "| a | b |", "\n|---|---|\n", "| c |")
    assert table[0] == ([], ["| a | b |"])
    assert [line[:3] for line in table[1][1]] == ["+--", "| a", "+--"]
    assert table[2][1][-1].startswith("| c")
    assert steps(Layout(20, PLAIN), "Head", "\n---\n") == [([], ["Head"]), (["## Head"], [])]


def test_a_mark_without_content_is_shown() -> None:
    layout = Layout(20, PLAIN)
    assert steps(layout, "a\n\n- [ ")[0] == (["a"], ["", "-"])
    layout.feed("] b")
    assert [plain(line) for line in layout.open()] == ["", "[ ] b"]


def test_the_open_lines_are_kept_until_something_changes() -> None:
    layout = Layout(20)
    layout.feed("some text")
    shown = layout.open()
    assert layout.open() is shown
    layout.feed("")
    assert layout.open() is shown
    layout.feed(" more")
    assert layout.open() is not shown


def test_settle_lets_go_of_lines() -> None:
    layout = Layout(10, PLAIN)
    layout.feed("head\n\none two three four five six")
    assert [plain(line) for line in layout.settled()] == ["head"]
    assert [plain(line) for line in layout.open()] == ["", "one two", "three four", "five six"]
    layout.settle(2)
    assert layout.settled() == []
    assert [plain(line) for line in layout.open()] == ["three four", "five six"]
    layout.settle(0)
    layout.feed(" seven **eight**")
    assert [plain(line) for line in layout.open()] == ["three four", "five six", "seven", "eight"]
    layout.settle(99)
    assert layout.open() == []
    layout.feed(" nine")
    layout.end()
    assert [plain(line) for line in layout.settled()] == ["nine"]


def test_tab_stops_stay_where_the_beginning_of_a_line_left_the_screen() -> None:
    layout = Layout(9, PLAIN)
    layout.feed("```\nabcdefghij")
    layout.settled()
    layout.settle(1)
    layout.feed("\tx\n\ty\n```\n")
    assert [plain(line) for line in layout.settled()] == ["\\ j  x", "    y", "-" * 9]


def test_a_definition_that_was_none_is_not_shown_again() -> None:
    layout, shown = Layout(10, PLAIN), []
    for char in "[some long words that are none]: <a b\nand more":
        layout.feed(char)
        lines = layout.open()
        shown += lines[:-1]
        layout.settle(len(lines) - 1)
    layout.end()
    words = "".join(map(plain, shown + layout.settled()))
    assert words.replace(" ", "") == "[somelongwordsthatarenone]:<abandmore"


def test_a_blank_line_or_a_mark_may_be_settled_alone() -> None:
    layout = Layout(10, PLAIN)
    layout.feed("a\n\n- one two three")
    layout.settled()
    layout.settle(1)
    assert [plain(line) for line in layout.open()] == ["- one two", "  three"]
    layout.settle(1)
    assert [plain(line) for line in layout.open()] == ["  three"]


def test_words_are_found_again_when_the_text_before_them_changes() -> None:
    layout = Layout(12, PLAIN)
    layout.feed("a [link that is long](http://a.b")
    count = len(layout.open()) - 1
    layout.settle(count)
    layout.feed(") and more words")
    layout.end()
    assert "".join(map(plain, layout.settled())).endswith("and morewords")


RULE = "├───┼──────────────┤"
SPREAD = "| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n"


def test_lines_part_all_rows_of_a_table_as_soon_as_one_is_tall() -> None:
    layout = Layout(20, UNICODE)
    [(_, few), (_, opened), (_, closed), (_, more)] = steps(
        layout, SPREAD, "| 3 | twelve letters", " and more |\n", "| 4 | z |\n"
    )
    assert not any(line.startswith("├") for line in few[3:])
    for shown, rows in ((opened, 3), (closed, 3), (more, 4)):
        assert shown.count(RULE) == rows, shown
    layout.end()
    assert [plain(line) for line in layout.settled()] == laid_out(
        SPREAD + "| 3 | twelve letters and more |\n| 4 | z |", 20, UNICODE
    )


def test_rows_that_left_the_screen_are_not_parted_later() -> None:
    layout = Layout(20, UNICODE)
    layout.feed(SPREAD)
    above = [plain(line) for line in layout.open()]
    layout.settle(len(above))
    layout.feed("| 3 | twelve letters and more |\n| 4 | z |\n")
    layout.end()
    below = [plain(line) for line in layout.settled()]
    assert [line[0] for line in above] == list("┌│├││")
    assert [line[0] for line in below if line[0] != "│"] == ["├", "├", "└"]


def test_what_must_be_wrapped_has_columns_that_can_be_read() -> None:
    text = "| Name | Price | A long header that must be wrapped |\n|---|---|---|\n| Rhododendron | 2 | x |"
    assert laid_out(text, 35, UNICODE)[0].startswith("┌──────────────┬───────┬")
    assert laid_out(text, 34, UNICODE)[0] == "Name │ Price │ A long header that"
    chinese = "| 名 | 说明 |\n|---|---|\n| 一 | 苹果是一种水果 |"
    assert laid_out(chinese, 17, UNICODE)[3] == "│ 一 │ 苹果是一 │"
    assert laid_out(chinese, 16, UNICODE)[0] == "名 │ 说明"


def test_a_table_that_scrolls_keeps_its_widths() -> None:
    layout = Layout(40, PLAIN)
    layout.feed("| a | b |\n|---|---|\n| c | d |\n| e")
    shown = [plain(line) for line in layout.open()]
    layout.settle(4)
    assert [plain(line) for line in layout.settled()] == []
    layout.feed(" | a longer cell |\n| f | g |\n\nend")
    rest = [plain(line) for line in layout.settled()]
    assert {len(line) for line in rest} == {len(shown[0])}
    assert [" ".join(line.replace("|", " ").split()) for line in rest[1:5]] == ["e a", "long", "er", "cell"]
    assert rest[-1] == shown[0]


def test_resize_lays_out_what_is_open_only() -> None:
    layout = Layout(20, PLAIN)
    layout.feed("one two three\n\nfour five six")
    assert [plain(line) for line in layout.settled()] == ["one two three"]
    assert [plain(line) for line in layout.open()] == ["", "four five six"]
    layout.resize(9)
    assert [plain(line) for line in layout.open()] == ["", "four five", "six"]
    layout.resize(30)
    assert [plain(line) for line in layout.open()] == ["", "four five six"]


@pytest.mark.parametrize("width", [0, -1, True, 2.5, "80", None])
def test_a_width_is_a_number_of_columns(width: object) -> None:
    with pytest.raises(InvalidRequestError, match="accepted: columns, a whole number of 1 or more"):
        Layout(width)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="width"):
        Layout(80).resize(width)  # type: ignore[arg-type]


def test_options_are_those_of_markdown() -> None:
    layout = Layout(40, PLAIN, tables=False, math=False)
    layout.feed("| a |\n|---|\n\n$x$")
    layout.end()
    assert [plain(line) for line in layout.settled()] == ["| a | |---|", "", "$x$"]


def test_prepare_imports_what_comes_late() -> None:
    script = (
        "import sys; from slipstream.sinks.terminal.layout import prepare; a = 'pygments' in sys.modules; prepare()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script + "; print(a, 'pygments' in sys.modules, 'wcwidth' in sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "True", "True"]
    prepare(Look(highlight=False))
