"""Tags inside text: no cut leaks them, no cut changes what comes out."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, strategies as st

from slipstream.codec.tags import MAX_LEADING_SPACE, Piece, TagStripper, ThinkSplitter, held_from
from slipstream.errors import InvalidRequestError

WORDS = [
    "<think>",
    "</think>",
    "<thinking>",
    "</thinking>",
    "<",
    "</",
    "</think",
    "a",
    "b ",
    " ",
    "\n",
    "ink>",
    ">",
    "想",
]
MARKERS = ("<|begin_of_box|>", "<|end_of_box|>")


def joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one kind as one piece."""
    return [(kind, "".join(text for _, text in group)) for kind, group in groupby(pieces, key=lambda piece: piece[0])]


def split(parts: list[str], *, expect_think: bool = False) -> list[Piece]:
    splitter = ThinkSplitter(expect_think=expect_think)
    pieces = [piece for part in parts for piece in splitter.feed(part)]
    return joined(pieces + splitter.end())


def strip(parts: list[str], tags: tuple[str, ...] = MARKERS) -> str:
    stripper = TagStripper(tags)
    return "".join(stripper.feed(part) for part in parts) + stripper.end()


def cuts(text: str) -> st.SearchStrategy[list[str]]:
    """The text cut at random places."""
    places = st.lists(st.integers(0, len(text)), max_size=8).map(sorted)
    return places.map(lambda at: [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)])


texts = st.lists(st.sampled_from(WORDS), max_size=10).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("text", "plain")]),
        ("<think>why</think>so", [("reasoning", "why"), ("text", "so")]),
        ("\n<think>\nwhy\n</think>\n\nso", [("reasoning", "why\n"), ("text", "so")]),
        ("<thinking>why</thinking>so", [("reasoning", "why"), ("text", "so")]),
        ("<think></think>\n\nso", [("text", "so")]),
        ("<think>\n\n</think>so", [("text", "so")]),
        ("</think>\n\nso", [("text", "so")]),
        ("<think>a</think><think>b</think>so", [("reasoning", "ab"), ("text", "so")]),
        ("<think>a </thinking> b</think>so", [("reasoning", "a </thinking> b"), ("text", "so")]),
        ("<think>never closed", [("reasoning", "never closed")]),
        ("<think>cut </thi", [("reasoning", "cut </thi")]),
        ("say `<think>x</think>`", [("text", "say `<think>x</think>`")]),
        ("  indented", [("text", "  indented")]),
        ("<thin", [("text", "<thin")]),
        ("<b>bold</b>", [("text", "<b>bold</b>")]),
        ("\n", [("text", "\n")]),
        ("", []),
    ],
)
def test_what_is_thinking(text: str, expected: list[Piece]) -> None:
    assert split([text]) == expected
    assert split(list(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("why</think>so", [("reasoning", "why"), ("text", "so")]),
        ("why</thinking>so", [("reasoning", "why"), ("text", "so")]),
        ("</think>so", [("text", "so")]),
        ("no end", [("reasoning", "no end")]),
    ],
)
def test_a_template_that_opened_the_block_itself(text: str, expected: list[Piece]) -> None:
    assert split([text], expect_think=True) == expected
    assert split(list(text), expect_think=True) == expected


@given(text=texts, expect=st.booleans(), data=st.data())
def test_cuts_do_not_matter(text: str, expect: bool, data: st.DataObject) -> None:
    assert split(data.draw(cuts(text)), expect_think=expect) == split([text], expect_think=expect)


@given(text=texts)
def test_nothing_but_tags_and_space_is_lost(text: str) -> None:
    """Every other character comes out, in order."""
    out = "".join(piece for _, piece in split(list(text)))
    kept = [character for character in text if character in "ab想"]
    assert [character for character in out if character in "ab想"] == kept


def test_the_splitter_holds_no_more_than_it_must() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<") == []
    assert splitter.feed("div>") == [("text", "<div>")]
    assert splitter.idle
    assert splitter.feed("a <") == [("text", "a <")]


def test_the_splitter_is_not_idle_inside_a_block() -> None:
    splitter = ThinkSplitter()
    assert not splitter.idle
    assert splitter.feed("<think>a < b") == [("reasoning", "a < b")]
    assert not splitter.idle
    assert splitter.feed("</think>") == []
    assert splitter.feed("\n\n") == []
    assert splitter.feed("so") == [("text", "so")]
    assert splitter.idle


def test_white_space_alone_is_not_held_for_ever() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed(" " * MAX_LEADING_SPACE) == []
    assert splitter.feed(" ") == [("text", " " * (MAX_LEADING_SPACE + 1))]
    assert splitter.idle


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<|begin_of_box|>[1,2]<|end_of_box|>.", "[1,2]."),
        ("no tags", "no tags"),
        ("a <| b |> c <", "a <| b |> c <"),
        ("<|begin_of_bo", "<|begin_of_bo"),
        ("<<|end_of_box|>", "<"),
    ],
)
def test_literal_tags_are_removed(text: str, expected: str) -> None:
    assert strip([text]) == expected
    assert strip(list(text)) == expected


@given(
    tags=st.lists(st.sampled_from(["abcd", "bc", "ab", "a", "<x>", "<xy>", "x>"]), min_size=1, max_size=4, unique=True),
    text=st.text("abcd<xy>", max_size=14),
    data=st.data(),
)
def test_cuts_do_not_matter_to_overlapping_tags(tags: list[str], text: str, data: st.DataObject) -> None:
    assert strip(data.draw(cuts(text)), tuple(tags)) == strip([text], tuple(tags))


@pytest.mark.parametrize(
    ("pieces", "out", "idle"),
    [
        (["a <"], "a ", False),
        (["a <", "b"], "a <b", True),
        (["c<|end_of_box|>"], "c", True),
        (["c<|end_of_box|"], "c", False),
    ],
)
def test_the_stripper_is_idle_when_nothing_is_held(pieces: list[str], out: str, idle: bool) -> None:
    stripper = TagStripper(MARKERS)
    assert "".join(stripper.feed(piece) for piece in pieces) == out
    assert stripper.idle is idle


@pytest.mark.parametrize("tags", [(), ("",), ("<x>", ""), "<x>"])
def test_wrong_tags_are_refused_by_name(tags: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequestError, match="tags"):
        TagStripper(tags)


@pytest.mark.parametrize(
    ("text", "start", "index"), [("a<th", 0, 1), ("a<th", 2, 4), ("<think>", 0, 7), ("<<", 0, 1), ("", 0, 0)]
)
def test_where_a_tag_may_begin(text: str, start: int, index: int) -> None:
    assert held_from(text, ("<think>",), start) == index
