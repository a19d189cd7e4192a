"""The guard over whole streams: rows 61 to 68 of the reliability list, and every way a stream can be cut."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Message,
    Metadata,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Resume,
    Retract,
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
    ToolResult,
    Usage,
)
from slipstream.flow.guard import Guard, GuardRules, guard
from slipstream.flow.pipeline import Pipeline

from .streams import (
    MASK,
    all_text,
    call_block,
    cut,
    masked,
    reasoning_block,
    run,
    stream,
    text_block,
    text_of,
    without_text,
)

WORD = "forbidden"


def masking(words: Any = (WORD,), **options: Any) -> Guard:
    return guard(words, mask=MASK, **options)


# ---- row 61: split everywhere


def test_row_61_split_in_two_and_three_pieces() -> None:
    text = f"a {WORD} b"
    for one in range(len(text) + 1):
        for two in range(one, len(text) + 1):
            out = run(masking(), stream(text_block(text[:one], text[one:two], text[two:])))
            assert text_of(out) == "a # b"


def test_row_61_over_content_blocks() -> None:
    for at in range(1, len(WORD)):
        events = stream(text_block("a " + WORD[:at], id="t0"), text_block(WORD[at:] + " b", id="t1"))
        out = run(masking(), events)
        assert text_of(out) == "a # b"
        assert Message.of(out).blocks[0].text == "a #"
        assert without_text(out) == without_text(events)


def test_row_61_over_many_blocks_of_one_character() -> None:
    blocks = [text_block(char, id=f"t{at}") for at, char in enumerate(f"a {WORD} b")]
    out = run(masking(), stream(*blocks))
    assert text_of(out) == "a # b"
    assert without_text(out) == without_text(stream(*blocks))


@pytest.mark.parametrize(
    "between", [Usage(output_tokens=1), Metadata({"a": 1}), Resume(reason="StreamInterruptedError")]
)
def test_row_61_over_what_says_nothing_about_the_place(between: Event) -> None:
    for at in range(1, len(WORD)):
        events = stream(text_block(WORD[:at], id="t0"), [between], text_block(WORD[at:], id="t1"))
        assert text_of(run(masking(), events)) == "#"


def test_row_61_over_the_seam_of_a_fallback() -> None:
    for at in range(1, len(WORD)):
        inside: list[Event] = [
            TextStart(),
            TextDelta(WORD[:at]),
            Resume(model="other"),
            TextDelta(WORD[at:]),
            TextEnd(),
        ]
        assert text_of(run(masking(), stream(inside))) == "#"


def test_row_61_answers_are_never_joined() -> None:
    inside: list[Event] = [TextStart("a"), TextStart("b", choice=1), TextDelta("for", "a"), TextDelta("bidden", "b", 1)]
    inside += [TextDelta("bidden", "a"), TextDelta("for", "b", 1), TextEnd("a"), TextEnd("b", 1)]
    out = run(masking(), stream(inside, choices=2))
    assert text_of(out) == "#"
    assert text_of(out, choice=1) == "biddenfor"


def test_row_61_channels_are_never_joined_and_never_wait_for_each_other() -> None:
    inside: list[Event] = [ReasoningStart(), TextStart(), ReasoningDelta("for"), TextDelta("bidden for")]
    inside += [ReasoningDelta("bidden"), TextDelta("bidden"), TextEnd(), ReasoningEnd()]
    out = run(masking(), stream(inside))
    assert text_of(out, ReasoningDelta) == "#"
    assert text_of(out) == "bidden #"


def test_row_61_a_stream_that_takes_over_is_told_what_was_shown() -> None:
    for channel, block, kind in (("text", text_block, TextDelta), ("reasoning", reasoning_block, ReasoningDelta)):
        stage = masking()
        stage.prime("so far for", channel=channel)  # type: ignore[arg-type]
        assert text_of(run(stage, stream(block("bidden fruit"))), kind) == "# fruit"


@pytest.mark.parametrize("between", [call_block("{}"), reasoning_block("hm")])
def test_over_something_else_what_was_held_goes_on_and_the_rest_is_masked(between: list[Event]) -> None:
    events = stream(text_block("a for", id="t0"), between, text_block("bidden b", id="t1"))
    out = run(masking(), events)
    assert [block.text for block in Message.of(out).blocks if block.kind == "text"] == ["a for", "# b"]
    assert without_text(out) == without_text(events)
    # The text that stood before stands before.
    kinds = [type(event) for event in out]
    assert kinds.index(TextEnd) < kinds.index(type(between[0]))


@pytest.mark.parametrize("between", [call_block("{}"), reasoning_block("hm")])
def test_over_something_else_nothing_at_all_leaves_if_asked(between: list[Event]) -> None:
    events = stream(text_block("a for", id="t0"), between, text_block("bidden b", id="t1"))
    out = run(masking(seams="step"), events)
    assert [block.text for block in Message.of(out).blocks if block.kind == "text"] == ["a #", " b"]
    held_until_the_end = run(masking(seams="step"), stream(text_block("a for", id="t0"), between))
    assert text_of(held_until_the_end) == "a for"


# ---- row 62: written otherwise

VARIANTS = {
    "full width": "ｆｏｒｂｉｄｄｅｎ",
    "zero width": "for\u200bbid\u200dden",
    "case": "FoRbIdDeN",
    "combining": "fo\u0308rbidde\u0301n",
    "homoglyph": "fоrbіddеn",  # Cyrillic o, i, e
    "right to left marks": "for\u200fbid\u202eden",
    "variation selectors": "for\ufe0fbidden",
    "NFD": unicodedata.normalize("NFD", "förbidden"),
    "NFC": unicodedata.normalize("NFC", "förbidden"),
}


@pytest.mark.parametrize("written", VARIANTS.values(), ids=VARIANTS)
def test_row_62_written_otherwise(written: str) -> None:
    for parts in ([written], list(written)):
        assert text_of(run(masking(), stream(text_block("a ", *parts, " b")))) == "a # b"
        out = run(masking(), stream(call_block('{"a": "', *parts, '"}')))
        assert text_of(out, ToolInputDelta) == '{"a": "#"}'


@pytest.mark.parametrize(
    ("written", "ignore"), [("f o r b i d d e n", "spaces"), ("for**bid**den", "markdown"), ("for&#98;idden", "html")]
)
def test_row_62_with_something_inside(written: str, ignore: str) -> None:
    for parts in ([written], list(written)):
        assert text_of(run(masking(ignore=[ignore]), stream(text_block("a ", *parts, " b")))) == "a # b"


def test_row_62_json_escapes_in_arguments() -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in WORD)
    text = f'{{"a": "{escaped} \\u00e9"}}'
    for at in range(len(text)):
        out = run(masking(), stream(call_block(text[:at], text[at:])))
        assert text_of(out, ToolInputDelta) == '{"a": "# \\u00e9"}'
        assert [event.input for event in out if isinstance(event, ToolCall)] == [{"a": "# é"}]


# ---- row 63: the end


def test_row_63_a_clean_end_shows_what_was_held() -> None:
    out = run(masking(), stream(text_block("a forbid"), call_block('{"a": "forbid'), [RefusalDelta("no forbid")]))
    assert text_of(out) == "a forbid"
    assert text_of(out, ToolInputDelta) == '{"a": "forbid'
    assert text_of(out, RefusalDelta) == "no forbid"
    assert out[-1] == Finish()


def test_row_63_a_stream_that_just_stops_ends_well() -> None:
    inside: list[Event] = [TextStart(), TextDelta("a for"), ToolInputStart("c", "t"), ToolInputDelta('"for', "c")]
    out = run(masking(), stream(inside, end=False))
    assert text_of(out) == "a for"
    assert text_of(out, ToolInputDelta) == '"for'


@pytest.mark.parametrize("end", [Error("it broke"), Abort()])
def test_row_63_any_other_end_drops_it(end: Event) -> None:
    held: list[Event] = [TextStart(), TextDelta("a forbid"), ReasoningStart(), ReasoningDelta("b forbid")]
    held += [ToolInputStart("c", "tool"), ToolInputDelta('{"a": "forbid', "c"), RefusalDelta("forbid")]
    out = run(masking(), stream(held, [end], end=False))
    assert out[-1] == end
    assert text_of(out) == "a "
    assert "forbid" not in all_text(out)


def test_row_63_a_block_that_has_closed_is_dropped_too() -> None:
    out = run(masking(), stream(text_block("a forbid"), [Error("it broke")], end=False))
    assert text_of(out) == "a "


def test_a_restart_voids_what_is_held() -> None:
    before = stream([TextStart(), TextDelta("a for")], end=False)
    after = stream(text_block("bidden"))
    out = run(masking(), [*before, Restart(), *after])
    assert text_of(out) == "a bidden"


# ---- row 64: hold-back attacks


@pytest.mark.parametrize("endless", ["\u200b" * 5000, "1" * 5000, "a" * 5000, "sk-" * 2000, "\u0301" * 5000])
def test_row_64_what_is_held_is_bounded(endless: str) -> None:
    stage = guard([WORD, "a" * 50], patterns=[r"[0-9]{20}x"], pii=True, max_hold=200)
    for event in (Start(), StepStart(), TextStart(), TextDelta("forb")):
        stage.on_event(event, 0.0)
    lane = stage._texts.open[TextDelta, "text-0", 0]  # type: ignore[union-attr]
    for at in range(0, len(endless), 50):
        stage.on_event(TextDelta(endless[at : at + 50]), 0.0)
        assert lane._scanner.held <= 200
        assert len(lane._scanner.held_text) == lane._scanner.held


def test_row_64_arguments_are_bounded_too() -> None:
    stage = guard([WORD])
    out = run(stage, stream(call_block(*(['{"a": ', *(["1" * 100] * 100), "}"]))))
    assert text_of(out, ToolInputDelta) == '{"a": ' + "1" * 10_000 + "}"
    early = stream(
        [ToolInputStart("c", "t"), ToolInputDelta("[", "c"), *([ToolInputDelta("1" * 100, "c")] * 50)], end=False
    )
    assert len(text_of(run(guard([WORD]), [*early, Error("it broke")]), ToolInputDelta)) > 100


# ---- row 66: something raises


def test_row_66_a_mask_that_raises_lets_nothing_out() -> None:
    def broken(rule: str, length: int) -> str:
        raise RuntimeError("forbidden")

    pipeline = Pipeline([guard([WORD], mask=broken)])
    out = pipeline.feed(stream(text_block("a forbi", "dden b", "more")), 0.0)
    assert isinstance(out[-1], Error)
    assert out[-1].kind == "StageError"
    assert text_of(out) == "a "
    assert "forbi" not in all_text(out)


class Unreadable:
    """A tool's result that cannot be looked at."""

    def __str__(self) -> str:
        raise ValueError(WORD)


def endless() -> list[Any]:
    """A tool's result that holds itself."""
    made: list[Any] = [WORD]
    made.append(made)
    return made


@pytest.mark.parametrize("output", [Unreadable(), endless()])
def test_row_66_what_cannot_be_looked_at_lets_nothing_out(output: Any) -> None:
    out = Pipeline([guard([WORD])]).feed(stream(text_block("a for"), [ToolResult("c", output)]), 0.0)
    assert isinstance(out[-1], Error)
    assert out[-1].kind == "StageError"
    assert not any(isinstance(event, ToolResult) for event in out)
    assert WORD not in all_text(out)


def test_no_error_quotes_the_text() -> None:
    out = run(masking(), stream([TextStart(), Error(f"the provider says {WORD}", code=WORD)], end=False))
    assert out[-1] == Error(f"the provider says {MASK}", code=MASK)


# ---- what a match does


def test_mask_is_one_for_a_span() -> None:
    stage = guard(["abc", "cde", "x"])
    assert text_of(run(stage, stream(text_block(*"1abcde2xx3")))) == "1***2******3"
    long = guard(patterns=[r"a{3,40}"])
    assert text_of(run(long, stream(text_block(*("b" + "a" * 30 + "b"))))) == "b***b"


@given(st.lists(st.integers(0, 30), max_size=6))
def test_a_mask_may_be_made_of_rule_and_length(places: list[int]) -> None:
    text = "is abcde and xx or abcabc."
    stage = guard({"long": ["abc", "cde"], "short": ["x"]}, mask=lambda rule, length: f"<{rule}:{length}>")
    expected = "is <long:5> and <short:1><short:1> or <long:3><long:3>."
    assert text_of(run(stage, stream(text_block(*cut(text, places))))) == expected


def test_a_mask_that_waits_for_its_length_stands_in_the_block_where_it_began() -> None:
    stage = guard([WORD], mask=lambda rule, length: "#" * length)
    out = run(stage, stream(text_block("a forb", id="t0"), text_block("idden", id="t1"), text_block(" b", id="t2")))
    assert [block.text for block in Message.of(out).blocks] == ["a #########", "", " b"]


def test_drop() -> None:
    assert text_of(run(guard([WORD], on_match="drop"), stream(text_block("a for", "bidden b")))) == "a  b"


@pytest.mark.parametrize("on_match", ["stop", "retract"])
@pytest.mark.parametrize(
    ("inside", "before"),
    [
        (text_block("a for", "bidden b"), "a "),
        (text_block("a forbidden b"), "a "),
        ([*text_block("a for", id="t0"), *text_block("bidden", id="t1")], "a "),
        ([*text_block("a "), *reasoning_block("forbidden")], "a "),
        ([*text_block("a "), *call_block('{"a": "', "for", 'bidden"}')], "a "),
        ([*text_block("a "), ToolCall("c", "tool", {"a": WORD}, f'{{"a": "{WORD}"}}')], "a "),
        ([*text_block("a "), RefusalDelta(WORD)], "a "),
        ([TextStart(), TextDelta("a "), StepStart(1), TextStart("c1", choice=1), TextDelta(WORD, "c1", 1)], "a "),
    ],
)
def test_stop_and_retract(on_match: Any, inside: list[Event], before: str) -> None:
    choices = 2 if any(isinstance(event, StepStart) for event in inside) else 1
    out = run(guard({"bad": [WORD]}, on_match=on_match), [*stream(inside, end=False), Finish()])
    assert text_of(out) == before
    assert WORD not in all_text(out)
    assert out[-1] == Finish("content_filter", "guard")
    ends = [event for event in out if isinstance(event, StepEnd)]
    assert ends == [StepEnd("content_filter", "guard", choice) for choice in range(choices)]
    retracts = [event for event in out if isinstance(event, Retract)]
    expected = [Retract("bad", choices - 1)] if on_match == "retract" else []
    assert retracts == expected
    assert not any(isinstance(event, ToolCall) for event in out)


@given(
    st.text("abc ", max_size=30), st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=3), st.data()
)
def test_stop_shows_all_before_the_first_match_and_nothing_of_it(
    text: str, words: list[str], data: st.DataObject
) -> None:
    places = data.draw(st.lists(st.integers(0, 30), max_size=5))
    out = run(guard(words, on_match="stop"), stream(text_block(*cut(text, places))))
    first = min((text.find(word) for word in words if word in text), default=len(text))
    assert text_of(out) == text[:first]
    assert (out[-1] == Finish("content_filter", "guard")) == (first < len(text) or any(word in text for word in words))


def test_a_match_beside_the_answer_never_ends_the_stream() -> None:
    events = stream([Metadata({"note": f"about {WORD}"})], text_block("fine"))
    out = run(guard([WORD], on_match="stop"), events)
    assert Metadata({"note": "about ***"}) in out
    assert out[-1] == Finish()


def test_nothing_is_retracted_before_anything_was_shown() -> None:
    out = run(guard([WORD], on_match="retract"), [Start(), File("text/plain", b"forbidden")])
    assert out == [Start(), Finish("content_filter", "guard")]


def test_thinking_that_was_masked_is_no_longer_signed() -> None:
    events = stream(reasoning_block("is forbidden", signature="sig"), reasoning_block("fine", id="r1", signature="sig"))
    ends = [event for event in run(masking(), events) if isinstance(event, ReasoningEnd)]
    assert [event.signature for event in ends] == [None, "sig"]


def test_thinking_that_shares_a_match_loses_both_signatures() -> None:
    events = stream(reasoning_block("forb", signature="sig"), reasoning_block("idden", id="r1", signature="sig"))
    ends = [event for event in run(masking(), events) if isinstance(event, ReasoningEnd)]
    assert [event.signature for event in ends] == [None, None]


# ---- who is told


def test_on_hit_is_told_the_rule_and_the_channel_once() -> None:
    told: list[tuple[str, str]] = []
    stage = guard({"bad": [WORD]}, pii=["phone"], on_hit=lambda *about: told.append(about))
    inside = [*reasoning_block("for", "bidden"), *text_block("a 13800138000 b"), *call_block('{"a": "', f'{WORD}"}}')]
    run(stage, stream(inside, [RefusalDelta(WORD), Metadata({"a": WORD})]))
    assert told == [
        ("bad", "reasoning"), ("phone", "text"), ("bad", "tool_input"), ("bad", "refusal"), ("bad", "metadata"),
    ]  # fmt: skip


def test_on_hit_is_told_of_a_call_that_came_whole() -> None:
    told: list[tuple[str, str]] = []
    stage = guard([WORD], on_hit=lambda *about: told.append(about))
    run(stage, stream([ToolCall("c", "tool", None, f'["{WORD}"]', error="no")]))
    assert told == [("words", "tool_input")]


def test_on_hit_may_be_async_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(rule: str, channel: str) -> None:
        raise RuntimeError(rule)

    out = run(guard([WORD], on_hit=fails, on_match="stop"), stream(text_block("a ", WORD)))
    assert out[-1] == Finish("content_filter", "guard")
    assert "on_hit" in caplog.text


# ---- wire objects


def test_wire_objects_do_not_pass() -> None:
    raw = {"content": WORD}
    events = [
        Start(raw=raw), StepStart(raw=raw), TextStart(raw=raw), TextDelta("a ", raw=raw), TextDelta("for", raw=raw),
        TextDelta("bid", raw=raw), TextEnd(raw=raw), ToolInputStart("c", "t", raw=raw),
        ToolInputDelta("{}", "c", raw=raw), ToolInputEnd("c", raw=raw), ToolCall("c", "t", {}, raw=raw),
        RefusalDelta("x", raw=raw), Usage(raw=raw), StepEnd(raw=raw), Finish(raw=raw),
    ]  # fmt: skip
    out = run(masking(), events)
    assert all(event.raw is None for event in out)
    assert WORD not in all_text(out)
    passed = run(masking(pass_raw=True), events)
    assert all(event.raw is raw for event in passed if not isinstance(event, TextDelta) or event.text != "forbid")


# ---- properties: any words, cuts, blocks, answers, channels

TEXTS = st.text("abc .", max_size=25)
WORDS = st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=4)
CHANNELS = {TextDelta: text_block, ReasoningDelta: reasoning_block}


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[tuple[type[Event], int], str], list[Event]]:
    """Texts of two answers, each thinking first, cut into deltas and blocks, the answers interleaved."""
    texts: dict[tuple[type[Event], int], str] = {}
    lines: list[list[Event]] = []
    for choice in range(2):
        line: list[Event] = []
        for kind, block in CHANNELS.items().__reversed__():
            text = texts[kind, choice] = draw(TEXTS)
            for at, part in enumerate(cut(text, draw(st.lists(st.integers(0, 25), max_size=3)))):
                parts = cut(part, draw(st.lists(st.integers(0, 25), max_size=3)))
                line += block(*parts, id=f"{kind.__name__}-{choice}-{at}", choice=choice)
        lines.append(line)
    merged: list[Event] = []
    while any(lines):
        line = draw(st.sampled_from([line for line in lines if line]))
        merged.append(line.pop(0))
    return texts, stream(merged, choices=2)


@given(answers(), WORDS)
def test_any_cut_is_as_the_whole(
    made: tuple[dict[tuple[type[Event], int], str], list[Event]], words: list[str]
) -> None:
    texts, events = made
    stage = guard(words, mask=MASK)
    out: list[Event] = []
    order = Order()
    for event in events:  # every released prefix is looked at
        new = [*stage.on_end(0.0)] if event == Finish() else []
        for made_event in [*new, *stage.on_event(event, 0.0)]:
            order.check(made_event)
            out.append(made_event)
        for (kind, choice), text in texts.items():
            assert masked(text, words).startswith(text_of(out, kind, choice))
    for (kind, choice), text in texts.items():
        assert text_of(out, kind, choice) == masked(text, words)
    assert order.state == "done"
    for choice in range(2):  # what is no text is what it was, in its order
        assert [e for e in without_text(out) if getattr(e, "choice", choice) == choice] == [
            e for e in without_text(events) if getattr(e, "choice", choice) == choice
        ]


@given(answers(), WORDS)
def test_nothing_is_lost_where_nothing_matches(
    made: tuple[dict[tuple[type[Event], int], str], list[Event]], words: list[str]
) -> None:
    _, events = made
    harmless = [word.translate(str.maketrans("abc", "xyz")) for word in words]
    out = run(guard(harmless), events)
    assert out == [event for event in events if getattr(event, "text", True)]


@given(st.lists(st.tuples(st.sampled_from("trc"), st.text("ab", max_size=4)), max_size=8), WORDS)
def test_no_word_is_whole_over_whatever_seams(runs: list[tuple[str, str]], words: list[str]) -> None:
    """Text, thinking and calls in any order: what has parted a word, shows no more than its beginning."""
    inside: list[Event] = []
    for at, (kind, text) in enumerate(runs):
        if kind == "c":
            inside += call_block('{"q": "x"}', id=f"c{at}")
        else:
            inside += (text_block if kind == "t" else reasoning_block)(*text, id=f"{kind}{at}")
    out = run(guard(words, mask=MASK), stream(inside))
    message = Message.of(out)
    assert not any(word in message.text or word in message.reasoning for word in words)
    assert without_text(out) == without_text(stream(inside))


@given(
    answers(),
    st.lists(st.sampled_from([r"a{1,3}b", r"c+b?", r"\bab\b", r"[ab]{2,4}c", r"a(?!b)"]), min_size=1),
    st.data(),
)
def test_patterns_do_not_depend_on_the_cut(
    made: tuple[dict[tuple[type[Event], int], str], list[Event]], patterns: list[str], data: st.DataObject
) -> None:
    texts, events = made
    rules = GuardRules(patterns=patterns, max_hold=50)
    out = run(guard(rules, mask=MASK), events)
    for (kind, choice), text in texts.items():
        alone = run(guard(rules, mask=MASK), stream(text_block(text)))
        assert text_of(out, kind, choice) == text_of(alone)


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"text": 1}, "text"),
        ({"text": "a", "channel": "words"}, "channel"),
        ({"text": "a", "choice": -1}, "choice"),
        ({"text": "a", "choice": True}, "choice"),
    ],
)
def test_prime_refuses_by_name(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidRequestError, match=word):
        masking().prime(**arguments)
