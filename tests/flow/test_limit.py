"""A bound on the length: exact, on a grapheme, at once, and the same however the text is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.flow.made import answer, cut, joined, recordings, text_of

from slipstream import flow
from slipstream.errors import InvalidRequestError
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
    RefusalDelta,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.flow.graphemes import MAX_CLUSTER, split_graphemes
from slipstream.flow.limit import limit
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.tokens import by_length

LENGTH = [TextEnd(), StepEnd("length", "limit"), Finish("length", "limit")]
ALPHABET = "ab c\n你好。e\u0301👍🏽👨\u200d👩🇨🇳\r"


def limited(*parts: str, **options: Any) -> list[Event]:
    """What is left of an answer; it is in legal order."""
    out = flow.apply(limit(**options), answer(*parts))
    Order().check_all(out)
    return out


def longest(text: str, fits: Any) -> str:
    """The most graphemes of a text that fit: the rule, read once more."""
    shown = ""
    for cluster in split_graphemes(text):
        if not fits(shown + cluster):
            break
        shown += cluster
    return shown


# ---- where it cuts


def test_an_answer_within_the_bound_is_untouched() -> None:
    assert joined(limited("hel", "lo", characters=5)) == answer("hello")
    assert joined(limited("hel", "lo", tokens=2)) == answer("hello")
    assert limited("hel", "lo", characters=500) == answer("hel", "lo")


def test_what_lies_beyond_is_never_shown_and_the_end_says_length() -> None:
    assert joined(limited("hello", " world", characters=7))[3:] == [TextDelta("hello w"), *LENGTH]


@pytest.mark.parametrize(
    ("text", "characters", "shown"),
    [
        ("ae\u0301x", 2, "a"), ("ae\u0301x", 3, "ae\u0301"), ("a👨\u200d👩\u200d👧b", 5, "a"),
        ("a👨\u200d👩\u200d👧b", 6, "a👨\u200d👩\u200d👧"), ("🇨🇳🇩🇪x", 3, "🇨🇳"), ("👍🏽!", 1, ""),
        ("\r\n\r\n", 3, "\r\n"),
    ],
)  # fmt: skip
def test_no_grapheme_is_torn(text: str, characters: int, shown: str) -> None:
    for parts in ([text], list(text)):
        assert text_of(limited(*parts, characters=characters)) == shown


@given(st.text(ALPHABET, max_size=160), st.lists(st.integers(1, 9), max_size=60), st.integers(1, 150))
def test_characters_are_exact_however_the_text_is_cut(text: str, sizes: list[int], characters: int) -> None:
    out = limited(*cut(text, sizes), characters=characters)
    shown = longest(text, lambda prefix: len(prefix) <= characters)
    assert text_of(out) == shown
    assert out[-1] == (Finish() if shown == text else Finish("length", "limit"))


@given(st.text(ALPHABET, max_size=160), st.lists(st.integers(1, 9), max_size=60), st.integers(1, 60))
def test_tokens_by_length_are_exact_however_the_text_is_cut(text: str, sizes: list[int], tokens: int) -> None:
    shown = longest(text, lambda prefix: by_length(prefix) <= tokens)
    assert text_of(limited(*cut(text, sizes), tokens=tokens)) == shown


def words(text: str) -> int:
    return len(text.split())


@given(st.text("ab \n你e\u0301", max_size=300), st.lists(st.integers(1, 40), max_size=60), st.integers(1, 60))
def test_tokens_by_a_function_of_ones_own(text: str, sizes: list[int], tokens: int) -> None:
    shown = longest(text, lambda prefix: words(prefix) <= tokens)
    assert text_of(limited(*cut(text, sizes), tokens=tokens, count=words)) == shown


def test_a_tokenizer_is_not_asked_about_the_whole_text_again_and_again() -> None:
    seen = 0

    def count(text: str) -> int:
        nonlocal seen
        seen += len(text)
        return by_length(text)

    parts = ["word " for _ in range(20_000)]
    shown = text_of(limited(*parts, tokens=20_000, count=count))
    assert by_length(shown) == pytest.approx(20_000, rel=0.05)
    assert seen < 8 * len(shown)


def test_a_real_tokenizer() -> None:
    bpe_openai = pytest.importorskip("bpe_openai", reason="slipstream[tokens] is not installed")
    count = _encoder(bpe_openai)
    parts = cut("The quick brown fox jumps over the lazy dog. " * 50, [3] * 2000)
    assert count(text_of(limited(*parts, tokens=100, count=count))) in range(98, 101)


def _encoder(bpe_openai: Any) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        encode = bpe_openai.get_encoding("o200k_base").encode_ordinary
    return lambda text: len(encode(text))


# ---- what is counted


def test_thinking_counts_only_when_asked() -> None:
    events: list[Event] = [
        Start(), StepStart(), ReasoningStart(), ReasoningDelta("think"), ReasoningEnd(), TextStart(),
        TextDelta("abcdef"), TextEnd(), StepEnd(), Finish(),
    ]  # fmt: skip
    assert text_of(flow.apply(limit(characters=5), events)) == "abcde"
    assert text_of(flow.apply(limit(characters=8, thinking=True), events)) == "abc"
    out = flow.apply(limit(characters=3, thinking=True), events)
    assert text_of(out, ReasoningDelta) == "thi"
    Order().check_all(out)


def test_all_blocks_of_a_choice_count_together() -> None:
    blocks: list[Event] = []
    for index in range(5):
        blocks += [TextStart(f"t{index}"), TextDelta("abc", f"t{index}"), TextEnd(f"t{index}")]
    out = flow.apply(limit(characters=7), [Start(), StepStart(), *blocks, RefusalDelta("no"), StepEnd(), Finish()])
    Order().check_all(out)
    assert text_of(out) == "abcabca"


def test_a_refusal_is_text_too() -> None:
    out = flow.apply(limit(characters=4), [Start(), StepStart(), RefusalDelta("I can"), RefusalDelta("not")])
    assert text_of(out, RefusalDelta) == "I ca"
    assert out[-1] == Finish("length", "limit")


def test_the_last_grapheme_is_held_near_the_bound_and_nothing_before() -> None:
    stage = limit(characters=MAX_CLUSTER + 10)
    assert list(stage.on_event(TextDelta("a" * 10), 0)) == [TextDelta("a" * 10)]
    assert list(stage.on_event(TextDelta("bcd"), 0)) == [TextDelta("bc")]
    assert list(stage.on_event(TextDelta("\u0301e"), 0)) == [TextDelta("d\u0301")]
    assert list(stage.on_event(TextDelta("f", "other"), 0)) == [TextDelta("e")]
    assert list(stage.on_event(TextEnd("other"), 0)) == [TextDelta("f", "other"), TextEnd("other")]
    assert stage.wake_at() is None


@pytest.mark.parametrize(
    "end", [Finish(), Error("x"), Abort(), StepEnd(), ToolCall("c", "f")], ids=lambda e: str(e.type)
)
def test_what_is_held_comes_before(end: Event) -> None:
    assert flow.apply(limit(characters=5), [TextDelta("abc"), end]) == [TextDelta("ab"), TextDelta("c"), end]


# ---- how it ends


def test_the_pipeline_ends_with_the_delta_that_passes_the_bound() -> None:
    pipeline = Pipeline([limit(characters=3)])
    assert not pipeline.ended
    pipeline.feed(answer("abc")[:4], 0.0)
    assert not pipeline.ended
    pipeline.feed([TextDelta("d")], 0.0)
    assert pipeline.ended


def test_each_choice_has_its_own_count() -> None:
    events: list[Event] = [
        Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1), TextDelta("abcdef", "a"),
        TextDelta("x", "b", 1), TextDelta("swallowed", "a"), Metadata({"kept": 1}), TextDelta("y", "b", 1),
        TextEnd("a"), StepEnd("stop", "stop", 0), TextDelta("zz", "b", 1), Usage(1, 2), TextDelta("more", "b", 1),
    ]  # fmt: skip
    out = flow.apply(limit(characters=3), events)
    Order().check_all(out)
    message = Message.of(out)
    assert [choice.text for choice in message.choices] == ["abc", "xyz"]
    assert [choice.finish_reason for choice in message.choices] == ["length", "length"]
    assert out[-1] == Finish("length", "limit")
    assert Metadata({"kept": 1}) in out


def test_a_choice_within_the_bound_ends_as_its_provider_says() -> None:
    events: list[Event] = [
        Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1), TextDelta("abcdef", "a"),
        TextDelta("x", "b", 1), TextEnd("a"), TextEnd("b", 1), StepEnd(choice=0), StepEnd(choice=1), Finish(),
    ]  # fmt: skip
    out = flow.apply(limit(characters=3), events)
    Order().check_all(out)
    assert [choice.finish_reason for choice in Message.of(out).choices] == ["length", "stop"]
    assert out[-1] == Finish()


CALL: list[Event] = [ToolInputDelta('{"a":1}', "c"), ToolInputEnd("c"), ToolCall("c", "f", {"a": 1}, '{"a":1}')]


def test_a_call_in_flight_comes_to_its_end() -> None:
    events: list[Event] = [
        Start(), StepStart(), ToolInputStart("c", "f"), TextStart(), TextDelta("abcdef"), TextDelta("more"), TextEnd(),
        *CALL, TextDelta("never"),
    ]  # fmt: skip
    out = flow.apply(limit(characters=3), events)
    Order().check_all(out)
    assert text_of(out) == "abc"
    assert out[-3:] == [CALL[-1], *LENGTH[1:]]


def test_a_call_that_never_completes_does_not_hold_the_end() -> None:
    events: list[Event] = [
        Start(), StepStart(), ToolInputStart("c", "f"), TextStart(), TextDelta("abcdef"), TextEnd(), ToolInputEnd("c"),
        StepEnd("stop"), Finish(),
    ]  # fmt: skip
    out = flow.apply(limit(characters=3), events)
    Order().check_all(out)
    assert out[-2:] == LENGTH[1:]


def test_a_restart_begins_anew() -> None:
    out = flow.apply(limit(characters=4), [*answer("abc")[:4], Restart(), *answer("wxyz!")])
    Order().check_all(out)
    assert text_of(out[out.index(Restart()) :]) == "wxyz"


def test_nothing_comes_out_of_a_stage_that_has_ended_the_stream() -> None:
    stage = limit(characters=1)
    list(stage.on_event(TextDelta("ab"), 0))
    assert list(stage.on_event(TextDelta("c"), 0)) == list(stage.on_event(Error("x"), 0)) == []


def test_recorded_streams(corpora: Path) -> None:
    for events in recordings(corpora):
        assert joined(flow.apply(limit(characters=1_000_000), events)) == joined(events)
        out = flow.apply(limit(characters=20), events)
        Order().check_all(out)
        for choice in Message.of(out).choices:
            assert len(choice.text) + len(choice.refusal) <= 20


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, "limit: none is given; accepted: characters= or tokens="),
        ({"characters": 1, "tokens": 1}, "limit: both are given"),
        ({"characters": 0}, "characters: 0; accepted: characters, a whole number of 1 or more"),
        ({"characters": True}, "characters: True"), ({"characters": 2.5}, "characters: 2.5"),
        ({"tokens": -1}, "tokens: -1"), ({"tokens": float("nan")}, "tokens: nan"),
        ({"characters": 1, "count": len}, "count: there are no tokens"), ({"tokens": 1, "count": 3}, "count: accepted"),
        ({"tokens": 1, "thinking": "yes"}, "thinking: a str; accepted: True or False"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        limit(**options)


def test_a_count_that_waits_or_counts_nothing_is_refused() -> None:
    async def count(text: str) -> int:
        return 1

    with pytest.raises(InvalidRequestError, match="not async"):
        limit(tokens=1, count=count)  # type: ignore[arg-type]
    bad = limit(tokens=1, count=lambda text: "3")  # type: ignore[arg-type, return-value]
    with pytest.raises(InvalidRequestError, match="count: it returned a str"):
        list(bad.on_event(TextDelta("x"), 0))
