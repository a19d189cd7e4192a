"""Every recorded chat completion stream, against a second reading of it, and cut in every way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.dialects.chat_naive import BOX_TAGS, Naive
from tests.dialects.chat_wire import RECORDED, dialect_of, events_of, frames_of, pieces, quiet, recorded

from slipstream import dialects, events as e
from slipstream.events import Message

STREAMS = [(folder, number) for folder, count in RECORDED.items() for number in range(1, count + 1)]
each_stream = pytest.mark.parametrize(("folder", "number"), STREAMS, ids=lambda value: str(value))

# Why each ended: ours, theirs. Read by eye; those not named ended with `stop`.
ENDS = {
    ("glm", 1): ("tool_calls", "tool_calls"),
    ("glm", 2): ("tool_calls", "tool_calls"),
    ("glm", 6): ("tool_calls", "tool_calls"),
    ("glm", 7): ("tool_calls", "tool_calls"),
    ("glm_via_others", 2): ("tool_calls", "tool_calls"),
    ("openai_chat", 2): ("tool_calls", "tool_calls"),
    ("openai_chat", 4): ("tool_calls", "tool_calls"),
    ("openai_chat", 12): ("length", "length"),
    ("openai_compat", 1): ("tool_calls", "tool_calls"),
    ("openai_compat", 3): ("tool_calls", "tool_calls"),
    ("openai_compat", 6): ("tool_calls", "tool_calls"),
    ("openai_compat", 8): ("length", "length"),
    ("openai_compat", 2): ("error", "tool_use_failed"),  # an error inside the stream
    ("openai_compat", 5): ("other", None),  # Snowflake sends no finish reason, only [DONE]
}


def test_every_recording_is_read(corpora: Path) -> None:
    for folder, count in RECORDED.items():
        assert len(list((corpora / "streams" / folder).iterdir())) == count


@each_stream
def test_the_fold_is_what_the_recording_says(corpora: Path, folder: str, number: int) -> None:
    body = recorded(corpora, folder, number)
    naive = Naive(body)
    message = Message.of(events_of(body, dialect=dialect_of(folder)))
    first = next(wire for wire in naive.wires if wire.get("choices"))
    assert (message.id, message.model) == (first["id"], first["model"])
    assert [choice.index for choice in message.choices] == sorted(naive.text)
    for choice in message.choices:
        assert choice.text == shown(naive.text[choice.index], folder)
        assert choice.reasoning == naive.reasoning[choice.index]
        assert choice.refusal == naive.refusal[choice.index]
        assert not any(block.open for block in choice.blocks) or naive.error
    assert [(call.name, call.input) for call in message.tool_calls] == naive.calls
    assert all(call.error is None for call in message.tool_calls)
    assert (message.finish_reason, message.raw_finish_reason) == ENDS.get((folder, number), ("stop", "stop"))


def shown(text: str, folder: str) -> str:
    if dialect_of(folder) == "zhipu":
        for tag in BOX_TAGS:
            text = text.replace(tag, "")
    return text


@each_stream
def test_the_usage_is_what_the_recording_says(corpora: Path, folder: str, number: int) -> None:
    body = recorded(corpora, folder, number)
    naive = Naive(body)
    found = [ev for ev in events_of(body, dialect=dialect_of(folder)) if isinstance(ev, e.Usage)]
    usage = found[0] if found else None
    assert len(found) == (naive.usage is not None)
    if usage is not None:
        counted = (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.reasoning_tokens)
        assert (*counted, usage.cached_tokens) == naive.counts()
        assert usage.details == naive.usage
        assert not usage.estimated


@each_stream
def test_cuts_change_nothing(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    whole = quiet(events_of(body, dialect=dialect))
    assert quiet(events_of(*pieces(body, 1), dialect=dialect)) == whole
    assert quiet(events_of(*frames_of(body), dialect=dialect)) == whole
    generator = random.Random(number)
    for _ in range(5):
        size = generator.randrange(2, 3000)
        assert quiet(events_of(*pieces(body, size), dialect=dialect)) == whole
    assert quiet(events_of(body, b"data: {}\n\n", dialect=dialect)) == whole


@each_stream
def test_line_ends_change_nothing(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    whole = quiet(events_of(body, dialect=dialect))
    for line_end in (b"\r\n", b"\r"):
        other = body.replace(b"\n", line_end)
        assert quiet(events_of(*pieces(other, 777), dialect=dialect)) == whole


@each_stream
def test_a_cut_stream_is_interrupted_and_keeps_what_came(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    frames = frames_of(body)
    decoder = dialects.get(dialect).decoder()
    for count, frame in enumerate(frames):
        if count < 40 or count % 20 == 0 or count > len(frames) - 20:
            check_cut(frames[:count], dialect, complete=decoder.complete)
        decoder.feed(frame)


def check_cut(frames: list[bytes], dialect: str, *, complete: bool) -> None:
    body = b"".join(frames)
    naive = Naive(body)
    assert complete == naive.complete
    last = events_of(body, dialect=dialect)[-1]
    message = Message.of(events_of(body, dialect=dialect))
    assert message.text == shown(naive.text.get(0, ""), "glm" if dialect == "zhipu" else "")
    if naive.done or (complete and naive.error is None):
        assert isinstance(last, e.Finish)
    else:
        assert isinstance(last, e.Error)
        assert (last.kind, last.retryable) == ("StreamInterruptedError", True) or naive.error
        assert not message.tool_calls
        assert message.finish_reason == ("error" if naive.error else "interrupted")


@each_stream
def test_a_last_chunk_without_its_blank_line_counts(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    whole = quiet(events_of(body, dialect=dialect))
    assert quiet(events_of(body.rstrip(b"\n"), dialect=dialect)) == whole


@each_stream
def test_raw_rides_on_every_event(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    naive = Naive(body)
    decoder = dialects.get(dialect).decoder(include_raw=True)
    plain = dialects.get(dialect).decoder()
    wires = iter(naive.wires)
    for frame in frames_of(body):
        events = quiet(decoder.feed(frame))
        bare = quiet(plain.feed(frame))
        if frame == b"data: [DONE]\n\n":
            assert events == bare
        elif b"data: " in frame:
            wire = next(wires)
            assert events
            assert all(event.raw is events[0].raw for event in events)
            assert events[0].raw == wire
            assert [type(event) for event in events] == ([type(event) for event in bare] or [e.Raw])


@each_stream
def test_objects_give_the_same_as_bytes(corpora: Path, folder: str, number: int) -> None:
    body, dialect = recorded(corpora, folder, number), dialect_of(folder)
    naive = Naive(body)
    decoder = dialects.get(dialect).decoder()
    events = [event for wire in naive.wires for event in decoder.feed_wire(wire)] + decoder.end()
    if naive.complete or naive.error:
        assert events == quiet(events_of(body, dialect=dialect))
    else:
        assert isinstance(events[-1], e.Error)  # without [DONE] nobody knows that it was all


def test_an_error_in_the_recording_ends_it(corpora: Path) -> None:
    events = events_of(recorded(corpora, "openai_compat", 2))
    error = events[-1]
    assert isinstance(error, e.Error)
    assert (error.kind, error.code, error.status, error.retryable) == ("BadRequestError", "tool_use_failed", 400, False)
    assert "failed_generation" not in error.message
    message = Message.of(events)
    assert message.reasoning.startswith("We need to call the tool")
    assert message.error is error


def test_the_recorded_sources_come_once(corpora: Path) -> None:
    events = events_of(recorded(corpora, "openai_compat", 12))
    sources = [event for event in events if isinstance(event, e.Source)]
    assert len({source.url for source in sources}) == len(sources) == 7
    assert len({source.id for source in sources}) == 7


def test_the_recorded_filter_verdicts_come_once_each(corpora: Path) -> None:
    verdicts = [event for event in events_of(recorded(corpora, "openai_chat", 9)) if isinstance(event, e.Moderation)]
    assert [verdict.source for verdict in verdicts] == ["azure", "azure"]
    assert "prompt_filter_results" in verdicts[0].verdict
    assert verdicts[1].verdict["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}


def test_the_recorded_log_probabilities_add_up(corpora: Path) -> None:
    message = Message.of(events_of(recorded(corpora, "openai_chat", 7)))
    assert [entry["token"] for entry in message.logprobs["content"]] == ["Foo", "!"]


def test_the_recorded_details_are_kept_for_the_echo(corpora: Path) -> None:
    message = Message.of(events_of(recorded(corpora, "openai_compat", 5)))
    (block,) = [block for block in message.blocks if block.kind == "reasoning"]
    assert block.details is not None
    joined = "".join(entry.get("text", "") for entry in block.details)
    assert joined == block.text == "15 * 27 = 405"
