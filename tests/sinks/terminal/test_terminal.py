"""The screen of an answer: whatever the cuts and the frames, a person sees what a whole rendering shows."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.contract.recordings import recordings
from tests.sinks.terminal.emulator import Emulator

from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Box,
    Event,
    File,
    Finish,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Resume,
    Retract,
    Retry,
    Source,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolError,
    ToolInputDelta,
    ToolInputStart,
    ToolResult,
)
from slipstream.sinks.terminal import Look, Terminal, ThinkingMode

ANSWER = """# Rivers

The **Loire** is *long*, see [its page](https://en.wikipedia.org/wiki/Loire); 卢瓦尔河是法国最长的河流，全长一千公里。

- source: `Gerbier de Jonc`
- mouth: Saint-Nazaire
  1. bridges, many of them and each with a story of its own that takes a line and more
  2. castles

| river | km | 中文 |
|-------|---:|:----:|
| Loire | 1020 | 卢瓦尔河 |
| Seine | 777 | 塞纳河 |

```python
def length(name: str) -> int:
    return KNOWN[name]  # in kilometres
```

> Not my words,
> but said.

The end\x1b[2J\x07 of it.
"""
STYLE = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\")
ALLOWED = re.compile(r"\x1b[78]|\x1b\[\d*[GABJK]|\x1b\[\?(?:2026|25)[hl]|" + STYLE.pattern)
EVENTS = 120  # of a recording: enough to see its kinds
SIZES = st.sampled_from([20, 33, 80])


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def shown(events: list[Event], width: int, height: int = 60, *, every: int = 1, **options: object) -> list[str]:
    """What is seen at the end, with a frame after so many events; 0 for one at the end alone."""
    emulator, terminal = Emulator(width, height), Terminal(width, height, **options)  # type: ignore[arg-type]
    now = 0.0
    for number, event in enumerate(events):
        now += 0.25
        terminal.on_event(event, now)
        if every and number % every == 0:
            emulator.write(terminal.frame(now))
    emulator.write(terminal.end(now))
    assert emulator.is_clean
    assert terminal.frame(now) == ""
    assert ALLOWED.sub("", emulator.raw).isprintable() or "\x1b" not in ALLOWED.sub("", emulator.raw)
    return emulator.rows


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=30), SIZES)
def test_cuts_and_frames_do_not_change_what_is_seen(cuts: list[int], width: int) -> None:
    events: list[Event] = [TextDelta(piece) for piece in pieces(ANSWER, cuts)]
    assert shown(events, width) == shown([TextDelta(ANSWER)], width, every=0)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=8), SIZES)
def test_every_frame_shows_what_the_text_so_far_is(cuts: list[int], width: int) -> None:
    emulator, terminal = Emulator(width, 60), Terminal(width, 60, progress=False)
    so_far = ""
    for piece in pieces(ANSWER, cuts):
        so_far += piece
        terminal.feed(piece)
        emulator.write(terminal.frame(1.0))
        fresh, at_once = Emulator(width, 60), Terminal(width, 60, progress=False)
        at_once.feed(so_far)
        fresh.write(at_once.frame(1.0))
        assert emulator.rows == fresh.rows


@pytest.mark.parametrize("height", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("width", [1, 2, 7, 20])
def test_a_small_terminal_shows_all_of_it_once(width: int, height: int) -> None:
    rng = random.Random(width * 100 + height)
    words = " ".join(f"w{number}" for number in range(150))
    events: list[Event] = [TextDelta(piece) for piece in pieces(words, [rng.randrange(2000) for _ in range(60)])]
    rows = shown(events, width, height)
    assert "".join(rows).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize("height", [1, 2, 3])
def test_a_small_terminal_tears_no_row(height: int) -> None:
    text = "The quick brown fox jumps over the lazy dog, again and again, until it is late.\n\n- one item, and\n- two"
    events: list[Event] = [TextDelta(char) for char in text]
    assert shown(events, 30, height) == shown([TextDelta(text)], 30, every=0)


def test_where_one_row_has_room_the_text_has_it() -> None:
    emulator, terminal = Emulator(40, 2), Terminal(40, 2)
    emulator.write(terminal.frame(0.0))
    assert "connecting" in emulator.rows[0]
    terminal.feed("Some words")
    emulator.write(terminal.frame(0.1))
    assert emulator.rows == ["Some words"]


NUMBERED = " ".join(f"w{number:03}" for number in range(200))
TURNS = {
    "a heading": f"{NUMBERED}\n---\n\nnext",
    "a heading without a blank line": f"{NUMBERED}\n===\nnext",
    "a heading of one long paragraph and another line": f"{NUMBERED}\n*a* b\n---\n\nnext",
    "a heading in a quote": f"> {NUMBERED}\n> ---\n\nnext",
    "a heading in an item": f"- {NUMBERED}\n  ---\n\nnext",
    "a table": f"| {NUMBERED} | x |\n|---|---|\n| 1 | 2 |\n\nnext",
    "a table without outer bars": f"x|**b**|{NUMBERED}\n-|-|-\n1|2|3\n\nnext",
    "a table behind words": f"intro\n| {NUMBERED} | x |\n|---|---|\n| 1 | 2 |\n\nnext",
    "a table of many columns": "|".join(NUMBERED.split()) + "\n" + "-|" * 200 + "\n\nnext",
}


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize(("size", "width", "height"), [(4, 80, 6), (7, 33, 4), (1, 40, 2), (400, 50, 5), (3, 30, 1)])
def test_what_scrolled_away_is_not_shown_again_as_something_else(name: str, size: int, width: int, height: int) -> None:
    text = TURNS[name]
    rows = shown([TextDelta(text[at : at + size]) for at in range(0, len(text), size)], width, height)
    assert re.findall(r"w\d{3}", "".join(rows).replace(" ", "")) == NUMBERED.split()
    assert rows[-1] == "next"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(12, 90)), min_size=1, max_size=10))
def test_a_resize_doubles_nothing_and_loses_nothing(resizes: list[tuple[int, int]]) -> None:
    """On a terminal that cuts rows and wraps nothing anew: it only ever grows here, so that it cuts nothing."""
    text = re.sub(
        r"\n\|.*|\x1b\[2J\x07", "", ANSWER
    )  # a narrow table breaks its cells, and so the order of its letters
    widths = sorted(width for _, width in resizes)
    emulator, terminal = Emulator(12, 40), Terminal(12, 40)
    for piece, width in zip(pieces(text, [cut for cut, _ in resizes]), [12, *widths], strict=False):
        emulator.widen(width)
        terminal.resize(width, 40)
        terminal.feed(piece)
        emulator.write(terminal.frame(0.0))
    emulator.write(terminal.end(0.0))
    letters = re.compile(r"[a-zA-Z\u4e00-\u9fff]").findall
    once = Terminal(200, 100)
    once.feed(text)
    alone = Emulator(200, 100)
    alone.write(once.end(0.0))
    assert letters("".join(emulator.rows)) == letters("".join(alone.rows))


def test_control_characters_of_the_model_never_pass() -> None:
    hostile = "\x1b]0;title\x07\x1b[31mred\x1b[2J\x9b1m\x07\x08\r\u202egnp.exe\u2066x\u2069"
    events: list[Event] = [
        Start(),
        ReasoningDelta(hostile),
        TextDelta(hostile),
        TextDelta(f"`{hostile}`\n\n```{hostile}\n{hostile}\n```\n[a]({hostile}) <https://a.b/{hostile}>"),
        ToolInputStart("1", hostile),
        ToolInputDelta(hostile, "1"),
        ToolCall("2", hostile, {hostile: hostile}, hostile),
        ToolResult("1", hostile),
        ToolError("2", hostile),
        RefusalDelta(hostile),
        Source("3", f"https://a.b/{hostile}", hostile),
        Box((0.0, 0.0, 1.0, 1.0), label=hostile),
        File(hostile, b"x", url=f"https://a.b/{hostile}"),
        Retry(1, 0.1, hostile, hostile),
        Resume(reason=hostile),
        Retract(hostile),
    ]
    for thinking in ("fold", "show"):
        terminal = Terminal(40, 30, thinking=thinking)
        written = ""
        for event in events:
            terminal.on_event(event, 0.0)
            written += terminal.frame(0.0)
        written += terminal.end(0.0)
        rest = ALLOWED.sub("", written)
        assert [char for char in rest if not char.isprintable() and char not in "\r\n"] == []


def test_text_is_dim_while_thought_and_folded_then() -> None:
    emulator, terminal = Emulator(40, 20), Terminal(40, 20)
    terminal.on_event(Start(), 0.0)
    terminal.on_event(ReasoningStart(), 0.0)
    for number in range(200):
        terminal.on_event(ReasoningDelta(f"idea{number} "), number / 10)
    emulator.write(terminal.frame(20.0))
    assert emulator.rows[0] == "thinking … 20 s"
    assert emulator.rows[-2].endswith("idea199")
    assert len(emulator.rows) == 6
    assert emulator.rows[-1].startswith("⠋ thinking · 20 s")
    terminal.on_event(ReasoningEnd(), 20.0)
    terminal.on_event(TextDelta("So"), 25.0)
    emulator.write(terminal.end(25.0))
    assert emulator.rows == ["▸ thought for 20 s (200 words)", "", "So"]


def test_thinking_again_is_folded_again() -> None:
    events: list[Event] = [
        ReasoningStart("r1"), ReasoningDelta("one two", "r1"), ReasoningEnd("r1"),
        TextStart("t1"), TextDelta("First.", "t1"), TextEnd("t1"),
        ReasoningStart("r2"), ReasoningDelta("three", "r2"), ReasoningEnd("r2"),
        TextStart("t2"), TextDelta("Second.", "t2"), TextEnd("t2"),
    ]  # fmt: skip
    assert shown(events, 40) == [
        "▸ thought for 0 s (2 words)", "", "First.", "", "▸ thought for 0 s (1 word)", "", "Second.",
    ]  # fmt: skip
    assert shown(events, 40, thinking="hide") == ["First.", "", "Second."]
    assert shown(events, 40, thinking="show") == [
        "  one two", "thought for 0 s (2 words)", "", "First.", "", "  three",
        "thought for 0 s (1 word)", "", "Second.",
    ]  # fmt: skip


def test_calls_grow_and_results_stand_below_them() -> None:
    emulator, terminal = Emulator(40, 20), Terminal(40, 20, progress=False)

    def step(event: Event) -> list[str]:
        terminal.on_event(event, 0.0)
        emulator.write(terminal.frame(0.0))
        return emulator.rows

    step(ToolInputStart("a", "get_weather"))
    assert step(ToolInputDelta('{"city": "Par', "a")) == ['● get_weather(city="Par")']
    step(ToolInputDelta('is"}', "a"))
    step(ToolInputStart("b", "get_time"))
    step(ToolCall("a", "get_weather", {"city": "Paris"}, '{"city": "Paris"}'))
    step(ToolCall("b", "get_time", {}, "{}"))
    rows = step(ToolResult("b", {"hour": 12}))
    assert rows == ['● get_weather(city="Paris")', "● get_time()", '  ⎿ {"hour": 12}']
    rows = step(ToolResult("a", "18 °C, cloudy"))
    assert rows[:2] == ['● get_weather(city="Paris")', "  ⎿ 18 °C, cloudy"]
    step(TextDelta("Warm."))
    assert step(ToolError("a", "too late"))[-1] == "  ⎿ get_weather: too late"
    assert "\x1b[31mget_weather: too late" in emulator.raw


def test_other_answers_are_not_shown() -> None:
    assert shown([TextDelta("one"), TextDelta("other", choice=1), ReasoningDelta("x", choice=1)], 40) == ["one"]


def test_blanks_before_the_text_open_nothing() -> None:
    events: list[Event] = [TextDelta("\n\n"), ReasoningDelta("hm"), TextDelta("\n"), TextDelta("\n"), TextDelta("Yes")]
    assert shown(events, 40) == ["▸ thought for 0 s (1 word)", "", "Yes"]


def test_a_block_that_goes_on_is_one_text() -> None:
    """Citations cut one paragraph into blocks."""
    events: list[Event] = [
        TextStart("a"), TextDelta("It is", "a"), TextEnd("a"), TextStart("b"), TextDelta(" cited.", "b"), TextEnd("b"),
        Source("s", "https://a.b/", "A", block="b"), Source("s2", "https://a.b/", "A"), Source("s3", "", "A book"),
    ]  # fmt: skip
    assert shown(events, 40) == ["It is cited.", "", "[1] A", "[2] A book"]
    assert shown(events, 40, look=Look(links=False)) == ["It is cited.", "", "[1] A <https://a.b/>", "[2] A book"]


def test_what_broke_is_said() -> None:
    events: list[Event] = [Start(), StepStart(), TextDelta("old"), Restart(), Start(), StepStart(), TextDelta("new")]
    rows = shown(events, 80)
    assert rows == ["old", "", "the stream broke; the answer begins anew, what stands above is void", "", "new"]
    events = [TextDelta("one "), Resume(reason="StreamInterruptedError"), TextDelta("text")]
    assert shown(events, 80) == ["one text", "", "the stream broke here and went on (StreamInterruptedError)"]
    rows = shown([Start(), Retry(2, 0.5, "OverloadedError", "glm-4.6"), TextDelta("x")], 80)
    assert rows == ["attempt 2 of glm-4.6 in 0.5 s (OverloadedError)", "", "x"]


def test_what_is_taken_back_is_erased_as_far_as_it_can_be() -> None:
    events: list[Event] = [TextDelta("# Title\n\nThis must go"), Retract("sensitive"), Finish()]
    assert shown(events, 40) == ["# Title", "", "this answer was taken back (sensitive)"]


def test_a_refusal_is_named() -> None:
    assert shown([RefusalDelta("I can"), RefusalDelta("not.")], 40) == ["the model refuses:", "", "I cannot."]


def test_boxes_are_listed_when_the_text_is_over() -> None:
    found = [Box((0.125, 0.2, 0.3, 0.4), label=f"cat {number}") for number in range(5)]
    emulator, terminal = Emulator(60, 20), Terminal(60, 20, progress=False)
    for event in (TextDelta("Cats: "), *found):
        terminal.on_event(event, 0.0)
        emulator.write(terminal.frame(0.0))
    assert emulator.rows == ["Cats:", *(f"▢ cat {number} (0.125, 0.2, 0.3, 0.4)" for number in (2, 3, 4))]
    terminal.on_event(TextDelta("five."), 0.0)
    emulator.write(terminal.end(0.0))
    assert emulator.rows == ["Cats: five.", "", *(f"▢ cat {number} (0.125, 0.2, 0.3, 0.4)" for number in range(5))]


def test_an_empty_answer_leaves_nothing() -> None:
    assert shown([Start(), StepStart(), StepEnd(), Finish()], 40) == []
    assert Terminal(40, 20).end(0.0) == ""


def test_a_mark_of_the_terminal_is_painted_over() -> None:
    emulator, terminal = Emulator(40, 20), Terminal(40, 20)
    terminal.feed("The answer")
    emulator.write(terminal.frame(0.0))
    emulator.write("^C")
    terminal.interrupted()
    emulator.write(terminal.frame(0.0))
    assert emulator.rows[0] == "The answer"
    emulator.write("^C")
    emulator.write(terminal.end(0.0))
    assert emulator.rows == ["The answer"]
    assert emulator.is_clean


def test_no_colour_means_none() -> None:
    terminal = Terminal(60, 20, look=Look(colour=False, highlight=False, links=False))
    terminal.on_event(ReasoningDelta("hm"), 0.0)
    written = terminal.frame(0.0)
    terminal.on_event(TextDelta(ANSWER), 0.0)
    terminal.on_event(ToolError("a", "broken", "tool"), 0.0)
    written += terminal.frame(0.0) + terminal.end(0.0)
    assert set(re.findall(r"\x1b\[[\d;]*m", written)) == {"\x1b[0m"}  # the one of the end


@pytest.mark.parametrize("width", [20, 80])
def test_recorded_streams_are_shown(width: int, corpora: Path) -> None:
    assert corpora
    for recording in recordings():
        events = recording.decoded()[:EVENTS]
        rows = shown(events, width, 200, every=7)
        assert rows == shown(events, width, 200, every=0), recording.name
        text = "".join(event.text for event in events if type(event) is TextDelta and event.choice == 0)
        words = re.findall(r"[a-z\u4e00-\u9fff]{4,}", text)
        seen = "".join(rows).replace(" ", "")
        assert sum(word in seen for word in words) >= 0.9 * len(words), recording.name  # a URL is none


@pytest.mark.parametrize(
    ("argument", "value"),
    [("width", 0), ("width", "80"), ("height", -1), ("height", True), ("thinking", "yes"), ("thinking", 1),
     ("look", {}), ("images", "sixel"), ("images", ["kitty"])],
)  # fmt: skip
def test_wrong_arguments_are_named(argument: str, value: object) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{argument}: .*accepted: ") as caught:
        Terminal(**{argument: value})  # type: ignore[arg-type]
    assert caught.value.argument == argument


ANY = st.sampled_from(
    [
        Start(), StepStart(), TextDelta("some *text* "), TextDelta("\n\n"), TextDelta("- item\n"),
        TextDelta("你好" * 9), TextDelta("```py\nx = 1\n"), ReasoningStart(), ReasoningDelta("I think "),
        ReasoningDelta("\n"), ReasoningEnd(),
        ToolInputStart("a", "tool"), ToolInputDelta('{"a": "b', "a"), ToolInputDelta('{"a": "b', "z"),
        ToolCall("a", "tool", {"a": [1, 2]}), ToolCall("b", "other", None, "bad"), ToolResult("a", "x\n" * 9),
        ToolResult("b", None, preliminary=True), ToolError("b", "broken"), ToolResult("never", b"asked"),
        RefusalDelta("I cannot"), Source("s", "https://a.b", "A"), Box((0.1, 0.2), kind="point"), Retry(2, 1.0, "X"),
        File("image/png", b"\x89PNG\r\n\x1a\n", "https://a.b"), Resume(), Restart(), Retract(), StepEnd(), Finish(),
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(ANY, st.booleans(), st.integers(0, 3)), max_size=25), st.integers(3, 50), st.integers(1, 12),
    st.sampled_from(["fold", "show", "hide"]),
)  # fmt: skip
def test_any_events_leave_a_clean_terminal(
    steps: list[tuple[Event, bool, int]], width: int, height: int, thinking: ThinkingMode
) -> None:
    emulator, terminal = Emulator(width, height), Terminal(width, height, thinking=thinking, look=Look(links=False))
    for now, (event, framed, wider) in enumerate(steps):
        terminal.on_event(event, float(now))
        width += wider
        emulator.widen(width)
        terminal.resize(width, height)
        if framed:
            emulator.write(terminal.frame(float(now)))
            assert emulator.screen.cursor.x == 0
    emulator.write(terminal.end(100.0))
    assert emulator.is_clean
    assert not any("thinking" in row or "receiving" in row for row in emulator.rows)


SGR = re.compile(r"\x1b\[[\d;]*m")


def rolled(texts: list[str], width: int, *, every: int = 1) -> list[str]:
    """What a pager is given, a frame after so many pieces; 0 for all at the end."""
    terminal = Terminal(width, 1, live=False, look=Look(links=False))
    written = []
    for number, text in enumerate(texts):
        terminal.feed(text)
        if every and number % every == 0:
            written.append(terminal.frame(float(number)))
    written.append(terminal.end(float(len(texts))))
    assert all(not frame or frame.endswith("\n") for frame in written)
    assert terminal.frame(1.0) == ""
    return "".join(written).splitlines()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=30), SIZES)
def test_a_pager_gets_the_rows_of_the_screen_each_once(cuts: list[int], width: int) -> None:
    rows = rolled(pieces(ANSWER, cuts), width)
    assert rows == rolled([ANSWER], width, every=0)
    bare = [SGR.sub("", row) for row in rows]
    assert not any("\x1b" in row for row in bare)
    assert [row.rstrip() for row in bare] == shown([TextDelta(ANSWER)], width, look=Look(links=False))


def test_a_pager_gets_a_row_as_soon_as_it_is_over() -> None:
    terminal = Terminal(20, live=False, look=Look(colour=False))
    terminal.feed("One paragraph.\n\nAnd ano")
    assert terminal.frame(0.0) == "One paragraph.\n"
    terminal.feed("ther.\n\n")
    assert terminal.frame(0.1) == "\nAnd another.\n"
    assert terminal.end(0.2) == ""


def test_a_pager_is_told_of_thinking_when_it_is_over() -> None:
    terminal = Terminal(40, live=False, look=Look(colour=False))
    terminal.on_event(ReasoningDelta("Hm. " * 40), 0.0)
    assert terminal.frame(1.0) == ""
    terminal.on_event(TextDelta("So."), 2.0)
    assert terminal.frame(2.0) == "▸ thought for 2 s (40 words)\n"
    assert terminal.end(3.0) == "\nSo.\n"
