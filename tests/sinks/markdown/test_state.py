"""The state at any moment, and callbacks on each change of it."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from tests.sinks.markdown.texts import TEXTS

from slipstream.errors import InvalidRequestError
from slipstream.sinks.markdown import BlockClose, BlockEvent, BlockOpen, BlockReplace, Markdown, State, TextAppend

TABLE = "| a | b |\n|---|--:|\n| 1 | **2** |\n"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", State()),
        ("so", State(blocks=("paragraph",))),
        ("so\n\n", State()),
        ("```", State()),
        ("```py\n", State(blocks=("code",), in_code=True, language="py")),
        ("```py\nx", State(blocks=("code",), in_code=True, language="py")),
        ("```py\nx\n``", State(blocks=("code",), in_code=True, language="py")),
        ("```py\nx\n```\n", State()),
        ("```\nx", State(blocks=("code",), in_code=True)),
        ("    x", State(blocks=("code",), in_code=True)),
        ("$$\nx", State(blocks=("math",), in_math=True)),
        ("## T", State(blocks=("heading",), heading_level=2)),
        ("> > q", State(blocks=("quote", "quote", "paragraph"), quote_depth=2)),
        ("- a\n  - b", State(blocks=("list", "item", "list", "item", "paragraph"), list_depth=2)),
        ("- ```sh\n  x", State(blocks=("list", "item", "code"), in_code=True, language="sh", list_depth=1)),
        ("| a | b |\n", State(blocks=("paragraph",))),
        (TABLE, State(("table",), in_table=True, align=("", "right"), header=("a", "b"), rows=(("1", "2"),))),
        (f"{TABLE}\n", State()),
    ],
)
def test_the_state(text: str, state: State) -> None:
    markdown = Markdown()
    for char in text:
        markdown.feed(char)
    assert markdown.state == state
    markdown.end()
    assert markdown.state == State()


def test_a_row_that_grows_is_among_the_rows() -> None:
    markdown = Markdown()
    markdown.feed(f"{TABLE}| 3 | 4")
    assert markdown.state.rows == (("1", "2"), ("3", "4"))
    markdown.feed("5 |\n")
    assert markdown.state.rows == (("1", "2"), ("3", "45"))


def test_the_rows_of_a_state_are_those_of_its_moment() -> None:
    markdown, seen = Markdown(), []
    for char in TABLE + "| 3 | 4 |\n| 5 | 6 |\n\n| c |\n|---|\n| 1 |\n":
        markdown.feed(char)
        rows = markdown.state.rows
        seen.append((rows, tuple(rows)))
    assert all(rows == then and then == rows and hash(rows) == hash(then) for rows, then in seen)
    for (rows, then), (later, now) in pairwise(seen):
        assert (rows == later) == (then == now)


def test_rows_are_a_sequence() -> None:
    markdown = Markdown()
    markdown.feed(f"{TABLE}| 3 | 4 |\n| 5 ")
    rows = markdown.state.rows
    assert (len(rows), rows[0], rows[-1], rows[1:]) == (3, ("1", "2"), ("5",), (("3", "4"), ("5",)))
    assert list(rows) == [*rows] == list(reversed(list(reversed(rows))))
    assert repr(rows) == repr(tuple(rows))
    assert ("3", "4") in rows
    with pytest.raises(IndexError):
        rows[3]


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_the_state_is_what_the_events_say(text: str) -> None:
    markdown = Markdown()
    kinds: dict[int, str] = {}
    for char in text:
        for event in markdown.feed(char):
            if isinstance(event, (BlockOpen, BlockReplace)) and event.kind != "definitions":
                kinds[event.id] = event.kind
            elif isinstance(event, BlockClose):
                kinds.pop(event.id, None)
        shown = [kind for kind in markdown.state.blocks if kind not in ("paragraph", "table-row")]
        assert shown == [kind for kind in kinds.values() if kind not in ("paragraph", "table-row")]


# ---- callbacks


def test_each_event_is_told_in_order() -> None:
    heard: list[BlockEvent] = []
    markdown = Markdown().on("event", heard.append)
    events = [event for piece in ("# a\n", "```p", "y\nx\n", "```\n", "- b") for event in markdown.feed(piece)]
    assert heard == events
    events += markdown.end()
    assert heard == events


def test_with_callbacks_the_page_is_the_same() -> None:
    text = f"# a\n\nso *b*\n\n```py\nx\n```\n\n{TABLE}\n- c\n- d\n"
    with_them, without = Markdown().on(BlockEvent, lambda event: None), Markdown()
    assert [event for char in text for event in with_them.feed(char)] == [
        event for char in text for event in without.feed(char)
    ]


def test_some_events_by_name_and_by_class() -> None:
    opened: list[str] = []
    told: list[Any] = []
    markdown = Markdown().on(["block-open", BlockClose], lambda event: opened.append(event.type))
    markdown.on(TextAppend, told.append)
    markdown.feed("```py\nx = 1\n```\n")
    assert opened == ["block-open", "block-close"]
    assert "".join(event.text for event in told) == "x = 1\n"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_each_change_of_the_state_is_told(size: int) -> None:
    """Of a text at once no line's state is left out either."""
    text = f"```py\nx\n```\n\n{TABLE}"
    heard: list[State] = []
    markdown = Markdown().on("state", heard.append)
    for at in range(0, len(text), size):
        markdown.feed(text[at : at + size])
    markdown.end()
    assert all(before != after for before, after in pairwise(heard))
    languages = [state.language for state in heard if state.in_code]
    rows = [state.rows for state in heard if state.in_table and state.blocks == ("table",)]
    assert languages == ["py"]
    assert rows[0] == ()
    assert rows[-1] == (("1", "2"),)
    assert heard[-1] == State()


def test_the_state_is_told_behind_the_events_of_its_line() -> None:
    heard: list[str] = []
    markdown = Markdown()
    markdown.on(State, lambda state: heard.append("/".join(state.blocks)))
    markdown.on(BlockOpen, lambda event: heard.append(f"<{event.kind}>"))
    markdown.feed("so\n\n```\nx\n```\n")
    assert heard == ["<paragraph>", "paragraph", "", "<code>", "code", ""]


async def test_async_callbacks_are_awaited_one_by_one() -> None:
    heard: list[str] = []

    async def slow(event: BlockOpen) -> None:
        heard.append(f"{event.kind} begins")
        await asyncio.sleep(0)
        heard.append(f"{event.kind} ends")

    markdown = Markdown().on("block-open", slow).on("block-close", lambda event: heard.append("closed"))
    await markdown.afeed("# a\n")
    assert heard == ["heading begins", "heading ends", "closed"]
    await markdown.afeed("- b")
    await markdown.aend()
    assert heard[3:9] == ["list begins", "list ends", "item begins", "item ends", "paragraph begins", "paragraph ends"]
    assert heard[9:] == ["closed"] * 3


async def test_after_feed_async_callbacks_wait_for_drain() -> None:
    heard: list[str] = []

    async def slow(event: BlockOpen) -> None:
        heard.append(event.kind)

    markdown = Markdown().on("block-open", slow)
    markdown.feed("# a\n")
    markdown.feed("# b\n")
    assert heard == []
    await markdown.drain()
    assert heard == ["heading", "heading"]
    await markdown.drain()
    assert len(heard) == 2


async def test_a_callback_that_raises_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    def bad(event: BlockOpen) -> None:
        raise ValueError("secret words")

    async def worse(event: BlockOpen) -> None:
        raise KeyError("secret words")

    markdown = Markdown().on("block-open", bad).on("block-open", worse)
    markdown.on("block-open", lambda event: heard.append(event.kind))
    with caplog.at_level(logging.ERROR):
        await markdown.afeed("# a\n\n# b\n")
    assert heard == ["heading", "heading"]
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_a_callback_may_feed() -> None:
    heard: list[str] = []
    markdown = Markdown()

    def more(event: BlockClose) -> None:
        if len(heard) < 4:
            markdown.feed("# b\n")

    markdown.on("block-open", lambda event: heard.append(event.kind)).on("block-close", more)
    markdown.feed("# a\n")
    assert heard == ["heading"] * 4


# ---- refusals


@pytest.mark.parametrize("what", ["open", "", 5, None, int, ["block-open", "state-change"], b"event"])
def test_an_unknown_event_is_refused(what: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"block-open.*state") as refused:
        Markdown().on(what, print)
    assert refused.value.argument == "what"


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="on\\(callback\\) is a str"):
        Markdown().on("event", "print")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "value"),
    [("tables", 1), ("math", None), ("cjk", "yes"), ("late_refs", "never"), ("late_refs", True), ("footnotes", [])],
)
def test_a_wrong_option_is_refused(option: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{option}: .*accepted: ") as refused:
        Markdown(**{option: value})
    assert refused.value.argument == option


@pytest.mark.parametrize("text", [b"a", None, 5, ["a"]])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"feed: .*accepted: a str"):
        Markdown().feed(text)


def test_text_behind_the_end_is_refused() -> None:
    markdown = Markdown()
    markdown.feed("a")
    markdown.end()
    assert markdown.end() == []
    with pytest.raises(InvalidRequestError, match="has ended"):
        markdown.feed("b")
