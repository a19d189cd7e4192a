"""Loops are found, soon and at the same place however they are cut; what only looks like one is left alone."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.flow.made import answer, cut, joined, recordings, text_of

from slipstream import flow
from slipstream.errors import InvalidOutputError, InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Message,
    Metadata,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputDelta,
    ToolInputStart,
)
from slipstream.flow.detect_loop import EVERY, MIN_LENGTH, REPEATS, RULE_FACTOR, WINDOW, detect_loop
from slipstream.run import failures

PROSE = (
    "The octopus has three hearts, and two of them stop when it swims, which is why it would rather crawl. "
    "Its blood is blue because it carries copper instead of iron. 章鱼有三颗心脏，血液是蓝色的，因为含有铜而不是铁。"
    "Nobody has counted its dreams, though its skin changes while it sleeps.\n\n"
)


def unit(period: int, seed: int = 0) -> str:
    """A text of this length that has no shorter period of its own."""
    chance = random.Random(period * 1000 + seed)
    words = ["the", "of", "and", "to", "in", "you", "that", "it", "was", "for", "的", "是", "在", "有", "我们"]
    text = ""
    while len(text) < period:
        text += chance.choice(words) + chance.choice([" ", " ", ", ", ". "])
    return text[:period]


def shown(text: str, sizes: list[int] | None = None, **options: Any) -> str:
    """What is let through of a text; all of it if no loop is found."""
    out = flow.apply(detect_loop(**options), answer(*cut(text, sizes or [])))
    Order().check_all(out)
    return text_of(out)


# ---- it fires


@pytest.mark.parametrize("period", [*range(1, 40), *range(40, 401, 9), 400, 1000])
def test_a_loop_is_found_soon_and_at_the_same_character(period: int) -> None:
    chance = random.Random(period)
    text = PROSE + unit(period) * (5000 // period + 5)
    parts = [chance.randint(1, 30) for _ in range(len(text) // 8)]
    found = shown(text)
    assert found == shown(text, parts) == shown(text, [1] * len(text))
    loop = len(found) - len(PROSE)
    factor = RULE_FACTOR if period < 4 else 1  # which may come out without letters
    assert loop <= max(factor * MIN_LENGTH, REPEATS * period) + EVERY + period


@given(st.integers(1, 300), st.integers(0, 5), st.integers(0, 2000), st.lists(st.integers(1, 50), max_size=100))
@settings(max_examples=60)
def test_wherever_it_begins(period: int, seed: int, before: int, sizes: list[int]) -> None:
    text = (PROSE + unit(2000, seed))[:before] + unit(period, seed) * (RULE_FACTOR * MIN_LENGTH // period + 5)
    found = shown(text, sizes)
    assert len(found) < len(text)
    assert found == shown(text)


@pytest.mark.parametrize(
    "again",
    [
        "哈",
        "no ",
        "I am sorry. ",
        "Wait, let me check that again.\n",
        "- the same item\n",
        PROSE,
        "<br>text</br>",
        "\\n",
    ],
    ids=["laughter", "word", "sentence", "line", "item", "paragraph", "markup", "escape"],
)
def test_what_models_really_do(again: str) -> None:
    assert len(shown(again * 2000)) < max(RULE_FACTOR * MIN_LENGTH, REPEATS * len(again)) + len(again) + EVERY


def test_white_space_for_ever_is_a_loop_too() -> None:
    assert len(shown('{"a": 1' + " " * 9000)) < RULE_FACTOR * MIN_LENGTH + 2 * EVERY
    assert len(shown("done" + "\n" * 9000)) < RULE_FACTOR * MIN_LENGTH + 2 * EVERY


def test_the_end_says_what_it_was() -> None:
    out = flow.apply(detect_loop(), answer("again " * 500))
    assert out[-3:] == [TextEnd(), StepEnd("other", "loop"), Finish("other", "loop")]


# ---- it does not fire


TABLE = "| name | value | unit |\n|---|---|---|\n" + "".join(f"| row {n} | {n * 7 % 31} | kg |\n" for n in range(200))
CODE = "".join(f"        if value == {n}:\n            return names[{n}]\n" for n in range(200))
ITEMS = "".join(f"{n}. Item number {n} is much like the one before.\n" for n in range(200))
LEGAL = {
    "a rule": "-" * 1000,
    "a table": TABLE,
    "empty cells": "|   |   |   |\n" * 60,
    "table border": "+-----" * 150,
    "code": CODE,
    "closing": "    }\n" * 30,
    "indentation": "x = 1\n" + " " * 900 + "y",
    "a list": ITEMS,
    "zeros": "0, " * 300,
    "bytes": "0x00, " * 150,
    "laughter": "哈" * 200,
    "ellipsis": "......" * 100,
    "a refrain": ("Row, row, row your boat, gently down the stream. " * 2)
    + "Merrily, merrily, life is but a dream. " * 4,
    "a paragraph twice": PROSE * 2,
    "a quotation": PROSE + "As I said: " + PROSE + "And again: " + PROSE,
    "prose": unit(20_000),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_only_looks_like_a_loop_passes(name: str) -> None:
    text = unit(500) + LEGAL[name] + unit(500, 1)
    assert shown(text) == text


def test_recorded_streams_have_no_loop(corpora: Path) -> None:
    for events in recordings(corpora):
        assert flow.apply(detect_loop(), events) == events


def test_recorded_markdown_has_no_loop(corpora: Path) -> None:
    files = [path for path in (corpora / "markdown").rglob("*.md") if path.stat().st_size < 2_000_000]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert shown(text, [4000] * (len(text) // 4000)) == text, path.name


# ---- where it looks


def test_thinking_and_arguments_are_watched_and_each_block_by_itself() -> None:
    start: list[Event] = [Start(), StepStart()]
    thinking = flow.apply(detect_loop(), [*start, ReasoningStart(), *[ReasoningDelta("Wait. ")] * 999, ReasoningEnd()])
    assert thinking[-1] == Finish("other", "loop")
    call = flow.apply(detect_loop(), [*start, ToolInputStart("c", "f"), *[ToolInputDelta("again ", "c")] * 999])
    assert call[-1] == Finish("other", "loop")
    Order().check_all(thinking)
    Order().check_all(call)
    blocks: list[Event] = []
    for index in range(99):
        blocks += [TextStart(f"t{index}"), TextDelta("the same again", f"t{index}"), TextEnd(f"t{index}")]
    assert flow.apply(detect_loop(), [*start, *blocks]) == [*start, *blocks]


def test_one_choice_loops_and_the_other_goes_on() -> None:
    events: list[Event] = [Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1)]
    for index in range(300):
        events += [TextDelta("again ", "a"), TextDelta(f"{index} is fine. ", "b", 1)]
    events += [TextEnd("a"), TextEnd("b", 1), StepEnd(choice=0), StepEnd(choice=1), Finish()]
    out = flow.apply(detect_loop(), events)
    Order().check_all(out)
    looped, fine = Message.of(out).choices
    assert (looped.raw_finish_reason, fine.raw_finish_reason) == ("loop", None)
    assert len(looped.text) < MIN_LENGTH + 2 * EVERY
    assert fine.text == text_of(events, choice=1)
    assert out[-1] == Finish()


def test_a_restart_forgets() -> None:
    half = ["again "] * 40
    out = flow.apply(detect_loop(), [*answer(*half)[:-3], Restart(), *answer(*half)])
    assert out[-1] == Finish()


@pytest.mark.parametrize("end", [Error("x"), Abort()], ids=lambda event: str(event.type))
def test_nothing_is_held(end: Event) -> None:
    stage = detect_loop()
    for event in (TextDelta("again " * 10), end):
        assert list(stage.on_event(event, 0)) == [event]
    assert list(stage.on_end(0)) == []
    assert stage.wake_at() is None


# ---- what it does then


def test_it_may_fail_the_stream() -> None:
    out = flow.apply(detect_loop(on_loop="error"), answer(*["again "] * 999))
    error = out[-1]
    assert isinstance(error, Error)
    assert error.code == "loop"
    assert isinstance(failures.exception(error, {}), InvalidOutputError)


def test_it_may_only_tell() -> None:
    given = answer(*["again "] * 999)
    out = flow.apply(detect_loop(on_loop="mark"), given)
    marks = [event for event in out if isinstance(event, Metadata)]
    assert marks == [Metadata({"loop": {"kind": "text-delta", "block": "text-0"}})]
    assert [event for event in out if not isinstance(event, Metadata)] == given
    Order().check_all(out)


def test_memory_is_bounded() -> None:
    stage = detect_loop(on_loop="mark")
    for index in range(3000):
        list(stage.on_event(TextDelta(f"{index} and so on it goes for ever and ever; "), 0))
    (lane,) = stage._lanes.values()
    assert len(lane.watcher._tail) <= 2 * WINDOW + EVERY  # type: ignore[attr-defined]


def test_its_own_numbers() -> None:
    text = "ab cd " * 20
    assert len(shown(text, repeats=4, min_length=48, window=400)) <= 48 + EVERY
    assert shown(text) == text


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"repeats": 1}, "repeats: 1; accepted: repetitions, a whole number of 2 or more"),
        ({"repeats": True}, "repeats: True"),
        ({"min_length": 1}, "min_length: 1"), ({"min_length": 2.5}, "min_length: 2.5"), ({"window": -1}, "window: -1"),
        ({"window": 1000}, "window: 1000 is too short; accepted: 1600 or more, 4 times min_length"),
        ({"on_loop": "raise"}, "on_loop: 'raise'; accepted: stop, error, mark"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        detect_loop(**options)


def test_joined_is_what_it_says() -> None:
    assert joined([TextDelta("a"), TextDelta("b"), TextDelta("c", "x")]) == [TextDelta("ab"), TextDelta("c", "x")]
