"""The fold."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, strategies as st

from slipstream import events as e
from slipstream.events.message import PIECES_PER_JOIN, Message, TextBuffer


def test_a_whole_answer_folds() -> None:
    call = e.ToolCall("c1", "add", {"a": 1}, '{"a":1}')
    message = Message.of(
        [
            e.Start("m1", "model", created=7),
            e.StepStart(),
            e.ReasoningStart(),
            e.ReasoningDelta("think"),
            e.ReasoningEnd(signature="sig"),
            e.TextStart(),
            e.TextDelta("hel"),
            e.TextDelta("lo"),
            e.Source("s1", "https://example.com", block="text-0"),
            e.TextEnd(),
            e.ToolInputStart("c1", "add"),
            e.ToolInputDelta('{"a":', "c1"),
            e.ToolInputDelta("1}", "c1"),
            e.ToolInputEnd("c1"),
            call,
            e.ToolResult("c1", 3),
            e.Usage(1, 2, 3),
            e.StepEnd("tool_calls", "tool_use"),
            e.Finish("tool_calls", "tool_use"),
        ]
    )
    assert (message.id, message.model, message.created) == ("m1", "model", 7)
    assert (message.text, message.reasoning) == ("hello", "think")
    assert [block.kind for block in message.blocks] == ["reasoning", "text", "tool-call"]
    assert message.blocks[0].signature == "sig"
    assert message.blocks[1].sources == message.sources
    assert message.blocks[2].text == '{"a":1}'
    assert message.tool_calls == [call]
    assert message.usage == e.Usage(1, 2, 3)
    assert (message.finish_reason, message.raw_finish_reason, message.complete) == ("tool_calls", "tool_use", True)


def test_choices_are_kept_apart() -> None:
    message = Message.of(
        [
            e.Start(),
            e.StepStart(0),
            e.StepStart(1),
            e.TextDelta("a", "text-0", 0),
            e.TextDelta("b", "c1:text-0", 1),
            e.RefusalDelta("no", 1),
            e.StepEnd("stop", "stop", 0),
            e.StepEnd("length", "length", 1),
            e.Finish(),
        ]
    )
    assert [choice.text for choice in message.choices] == ["a", "b"]
    assert [choice.finish_reason for choice in message.choices] == ["stop", "length"]
    assert message.choices[1].refusal == "no"
    assert message.text == "a"


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (e.Error("x", kind="OverloadedError"), "error"),
        (e.Error("x", kind="StreamInterruptedError"), "interrupted"),
        (e.Error("x", kind="StreamTimeoutError"), "interrupted"),
        (e.Abort(), "cancelled"),
    ],
)
def test_what_came_before_the_end_stands(ending: e.Event, reason: str) -> None:
    message = Message.of([e.Start(), e.StepStart(), e.TextStart(), e.TextDelta("half"), ending])
    assert message.text == "half"
    assert message.finish_reason == reason
    assert not message.complete


def test_a_restart_voids_what_came_before() -> None:
    message = Message.of([e.TextDelta("old"), e.Restart(model="other"), e.TextDelta("new")])
    assert (message.text, message.model) == ("new", "other")


def test_a_retracted_answer_says_so() -> None:
    message = Message.of([e.TextDelta("bad"), e.Retract("sensitive")])
    assert message.retracted


def test_thinking_alone_is_empty_output() -> None:
    events = [e.ReasoningDelta("hm"), e.StepEnd(), e.Finish()]
    assert Message.of(events).empty_output
    assert not Message.of([e.TextDelta("x"), *events]).empty_output


def test_log_probabilities_are_appended() -> None:
    pieces: list[e.Event] = [e.Metadata({"logprobs": {"content": [{"token": t}], "refusal": None}}) for t in "ab"]
    message = Message.of([*pieces, e.Metadata({"system_fingerprint": "fp"})])
    assert message.logprobs == {"content": [{"token": "a"}, {"token": "b"}]}
    assert message.metadata == {"system_fingerprint": "fp"}


def test_a_snapshot_stays_as_it_was() -> None:
    message = Message.of([e.Start("m"), e.StepStart(), e.TextDelta("a"), e.ReasoningDelta("r")])
    before = message.snapshot()
    message.fold_all([e.TextDelta("b"), e.ReasoningDelta("s"), e.StepEnd(), e.Finish()])
    assert (before.text, before.reasoning, before.finish_reason) == ("a", "r", None)
    assert (message.text, message.reasoning) == ("ab", "rs")


def test_to_dict_is_plain_data() -> None:
    data = Message.of([e.Start("m", "x"), e.TextDelta("a"), e.Usage(1, 2, 3), e.Finish()]).to_dict()
    assert data["text"] == "a"
    assert data["usage"]["output_tokens"] == 2


@given(st.lists(st.text(max_size=5), max_size=60), st.data())
def test_a_buffer_joins_what_it_got_whenever_it_is_read(pieces: list[str], data: st.DataObject) -> None:
    buffer, so_far = TextBuffer(), ""
    for piece in pieces:
        buffer.append(piece)
        so_far += piece
        if data.draw(st.booleans()):
            assert str(buffer) == so_far
    assert str(buffer) == so_far
    assert str(buffer) == so_far


def test_a_buffer_joins_in_bulk_and_loses_nothing() -> None:
    buffer = TextBuffer("start:")
    for _ in range(PIECES_PER_JOIN * 300 + 5):
        buffer.append("ab")
    assert str(buffer) == "start:" + "ab" * (PIECES_PER_JOIN * 300 + 5)
    assert len(buffer._state[0]) < 300


def test_another_thread_may_read_while_one_writes() -> None:
    buffer, seen = TextBuffer(), list[str]()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(str(buffer))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20_000):
        buffer.append(str(number % 10))
    done.set()
    reader.join()
    whole = str(buffer)
    assert whole == "0123456789" * 2000
    assert all(whole.startswith(text) for text in seen)


def test_blocks_know_their_step() -> None:
    message = Message.of(
        [
            e.TextDelta("before any", "t"),
            e.StepStart(), e.TextDelta("a", "t0"), e.StepEnd("tool_calls", "tool_use"), e.ToolResult("c", 1),
            e.StepStart(1), e.TextDelta("other", "c1:t0", 1), e.StepEnd("stop", "stop", 1),
            e.StepStart(), e.TextDelta("b", "t1"),
        ]
    )  # fmt: skip
    assert [(block.text, block.step) for block in message.blocks] == [("before any", 0), ("a", 0), ("b", 1)]
    assert [block.step for block in message.choices[1].blocks] == [0]
    assert message.choices[0].finish_reason is None, "a further step began"
    assert message.choices[0].step_ends == [e.StepEnd("tool_calls", "tool_use")]
    twin = message.snapshot()
    message.fold_all([e.StepEnd(), e.StepStart(), e.TextDelta("c", "t2"), e.Finish()])
    twin.fold_all([e.TextDelta("c", "t2"), e.Abort()])
    assert [block.step for block in message.blocks] == [0, 0, 1, 2]
    assert [block.step for block in twin.blocks] == [0, 0, 1, 1]
    assert (len(twin.choices[0].step_ends), twin.choices[0].finish_reason) == (1, "cancelled")
