"""What stands for a match makes no forbidden word of its neighbours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Message,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolResult,
)
from slipstream.flow import apply
from slipstream.flow.guard import guard
from slipstream.flow.guard.reaction import DEFAULT_MASK, Reaction
from slipstream.flow.guard.screen import Pattern, Rules, Word

from .streams import call_block, cut, reasoning_block, run, stream, text_block, text_of

JOINING: list[dict[str, Any]] = [
    {"on_match": "drop"}, {"mask": ""}, {"mask": "a"}, {"mask": lambda rule, length: ""},
    {"mask": lambda rule, length: "bad"}, {"mask": " "},
]  # fmt: skip


@pytest.mark.parametrize("options", JOINING)
@given(text=st.text("bad ", max_size=24), places=st.lists(st.integers(0, 24), max_size=5))
def test_no_forbidden_word_is_made(options: dict[str, Any], text: str, places: list[int]) -> None:
    words = ["bad", "dab", "ab a"]
    out = run(guard(words, **options), stream(text_block(*cut(text, places))))
    shown = text_of(out)
    for at in range(len(out)):  # in no prefix of the stream
        assert not any(word in text_of(out[:at]) for word in words)
    assert shown == text_of(run(guard(words, **options), stream(text_block(text))))
    if not any(word in text for word in words):
        assert shown == text


@given(st.text("abd", max_size=12), st.lists(st.integers(0, 20), max_size=5), st.booleans())
def test_nor_in_a_call(text: str, places: list[int], between: bool) -> None:
    arguments = f'{{"{text}": ["{text}"]}}'
    inside = call_block(*cut(arguments, places)) if between else [ToolCall("c", "t", {text: [text]}, arguments)]
    out = run(guard(["bad", "ab"], on_match="drop"), stream(inside))
    (call,) = (event for event in out if isinstance(event, ToolCall))
    assert "bad" not in repr(call)
    assert "ab" not in call.arguments
    if between:
        assert call.arguments == "".join(event.text for event in out if isinstance(event, ToolInputDelta))


def test_examples() -> None:
    assert text_of(run(guard(["bad"], on_match="drop"), stream(text_block("b", "bad", "ad!")))) == "***!"
    assert text_of(run(guard(["bad"], mask=""), stream(text_block("bbbadadad")))) == "b***ad"
    assert text_of(run(guard(["bad"], mask="a"), stream(text_block("bbadd")))) == "***"
    assert text_of(run(guard(["bad"], on_match="drop"), stream(text_block("a bad b")))) == "a  b"


def test_over_blocks_and_in_what_comes_whole() -> None:
    blocks = [*text_block("b", id="a"), *text_block("badad", id="b"), *reasoning_block("bbadad")]
    out = run(guard(["bad"], on_match="drop"), stream(blocks, [ToolResult("c", {"x": ["bbadad"]})]))
    assert "bad" not in repr(Message.of(out).to_dict())
    assert text_of(out) == "***"
    assert [event.output for event in out if isinstance(event, ToolResult)] == [{"x": ["***"]}]


def test_behind_a_check_too() -> None:
    async def rude(text: str) -> bool:
        return "x" in text

    stage = guard(["bad"], check=rude, mode="window", window=2, overlap=0, on_match="drop")
    out = apply(stage, stream(text_block("ba", "xx", "d.")))
    assert text_of(out) == "***."


@pytest.mark.parametrize("end", [Abort("user"), Error("failed", "internal")])
def test_what_was_held_for_it_is_dropped_with_the_rest(end: Event) -> None:
    out = run(guard(["bad"], on_match="drop"), [*stream(text_block("a bbada")[:-1], end=False), end])
    assert text_of(out) == "a "


def test_primed() -> None:
    stage = guard(["bad"], on_match="drop")
    stage.prime("b")
    out = [event for given in (TextStart(), TextDelta("badad"), TextEnd()) for event in stage.on_event(given, 0.0)]
    assert text_of([*out, *stage.on_end(0.0)]) == "***"


def test_who_is_told() -> None:
    told: list[tuple[str, str]] = []
    apply(guard(["bad"], on_match="drop", on_hit=lambda *about: told.append(about)), stream(text_block("bbadad")))
    assert told == [("words", "text")] * 2


# ---- masks that are forbidden themselves


@pytest.mark.parametrize("mask", ["bad", "a B.A.D. bad", "ｂａｄ", "\u200bbad"])
def test_a_forbidden_mask_is_refused(mask: str) -> None:
    with pytest.raises(InvalidRequestError, match="mask: the rule 'rude'"):
        guard({"rude": ["bad"]}, mask=mask)


def test_a_mask_that_a_function_makes() -> None:
    made = text_of(run(guard(["bad"], mask=lambda rule, length: "so bad"), stream(text_block("x bad y"))))
    assert made == "x *** y"


def test_the_mask_of_the_guard_is_not_forbidden_either() -> None:
    rules = Rules([Word("bad")], [Pattern(r"[*.]", "stars")])
    reaction = Reaction("mask", None, None, rules)
    assert reaction.cover("words", 3) == "###"
    assert Reaction("mask", None, None).cover("words", 3) == DEFAULT_MASK
    everything = Reaction("mask", None, None, Rules((), [Pattern(".", "all")]))
    assert everything.cover("all", 1) == ""
    assert everything.joins
    assert text_of(run(guard(["bad"], patterns=[r"\*"], on_match="drop"), stream(text_block("bbadad*")))) == "[...]"
