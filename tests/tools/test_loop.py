"""The loop as a source: one stream of all rounds, its bounds, and every way it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.tools.looping import (
    Rounds,
    Scripted,
    answer,
    call,
    called,
    collect,
    kinds,
    make,
    outcomes,
    said,
)

from slipstream import events as e
from slipstream.errors import InvalidRequestError, OverloadedError, StageError, StreamClosedError
from slipstream.events import Event, Message
from slipstream.run.source import AsyncSource
from slipstream.tools import LoopSettings, ToolLoop


def double(n: int) -> int:
    """Twice the number."""
    return 2 * n


async def test_the_order_of_one_stream() -> None:
    loop = make(Rounds(called(said("a"), call("c", "double", {"n": 4})), answer(said("b"))), double)
    assert kinds(await collect(loop)) == [
        "start", "step-start", "text-start", "text-delta", "text-end", "tool-input-start", "tool-input-end",
        "tool-call", "step-end", "tool-result", "step-start", "text-start", "text-delta", "text-end", "step-end",
        "finish",
    ]  # fmt: skip


async def test_without_calls_a_stream_passes_as_it_is() -> None:
    events = answer(said("a"), usage=e.Usage(1, 2, 3))
    assert await collect(make(Rounds(list(events)), double)) == events


async def test_ids_stay_unique_and_belong_together() -> None:
    first = called(said("a"), call("c", "double", {"n": 1}), call("d", "double", {"n": 2}))
    rounds = Rounds(first, called(said("b"), call("c", "double", {"n": 3})), answer(said("c")))
    events = await collect(make(rounds, double))
    message = Message.of(events)
    assert [block.text for block in message.blocks if block.kind == "text"] == ["a", "b", "c"]
    assert [block.id for block in message.blocks] == ["text-0", "c", "d", "text-0-2", "c-2", "text-0-3"]
    assert [block.step for block in message.blocks] == [0, 0, 0, 1, 1, 2]
    assert sorted(outcomes(events)) == [("c", 2), ("c-2", 6), ("d", 4)]
    # Two functions run in threads: which ends first is not ours to say.
    assert [sorted(result.id for result in told.tool_results) for told in rounds.asked[2]] == [["c", "d"], ["c"]]


async def test_usage_adds_up_over_the_rounds() -> None:
    first, second = e.Usage(10, 5, 15, details={"a": 1}), e.Usage(20, 2, 22, 1, details={"b": 2})
    rounds = Rounds(called(call("c", "double", {"n": 1}), usage=first), answer(said("x"), usage=second))
    found = [event for event in await collect(make(rounds, double)) if isinstance(event, e.Usage)]
    assert found == [first, e.Usage(30, 7, 37, 1, details={"b": 2})]


async def test_the_bound_on_rounds_leaves_calls_unanswered() -> None:
    rounds = Rounds(called(call("c", "double", {"n": 1})), called(call("d", "double", {"n": 2})))
    events = await collect(make(rounds, double, max_rounds=2))
    assert outcomes(events) == [("c", 2)]
    assert events[-1] == e.Finish("tool_calls")
    assert len(rounds.asked) == 2


async def test_one_round_runs_nothing() -> None:
    assert outcomes(await collect(make(Rounds(called(call("c", "double", {"n": 1}))), double, max_rounds=1))) == []


def stop_sync(message: Message) -> bool:
    """True once a result is 6."""
    return any(getattr(result, "output", None) == 6 for result in message.tool_results)


async def stop_async(message: Message) -> bool:
    """The same."""
    return stop_sync(message)


@pytest.mark.parametrize("stop_when", [stop_sync, stop_async])
async def test_stop_when_sees_each_round_with_its_results(stop_when: Callable[[Message], Any]) -> None:
    rounds = Rounds(called(call("c", "double", {"n": 1})), called(call("c", "double", {"n": 3})), answer(said("no")))
    events = await collect(make(rounds, double, stop_when=stop_when))
    assert outcomes(events) == [("c", 2), ("c-2", 6)]
    assert events[-1] == e.Finish("tool_calls")
    assert len(rounds.asked) == 2


async def test_a_failing_stop_when_ends_the_stream_with_its_error() -> None:
    loop = make(Rounds(called(call("c", "double", {"n": 1}))), double, stop_when=lambda message: 1 / 0)
    events = await collect(loop)
    assert events[-1] == e.Error("stop_when raised ZeroDivisionError", kind="StageError")
    assert isinstance(loop.failure, StageError)
    assert isinstance(loop.failure.__cause__, ZeroDivisionError)


async def test_a_tool_without_a_function_ends_the_loop_after_the_others_have_run() -> None:
    rounds = Rounds(called(call("c", "double", {"n": 1}), call("d", "ask_person", {})))
    loop = make(rounds, double, by_caller=frozenset(("ask_person",)))
    events = await collect(loop)
    assert outcomes(events) == [("c", 2)]
    assert events[-1] == e.Finish("tool_calls")
    assert [one.id for one in Message.of(events).tool_calls] == ["c", "d"]


async def test_a_tool_without_a_function_alone_ends_the_loop_at_once() -> None:
    events = called(call("d", "ask_person", {}))
    loop = make(Rounds(list(events)), double, by_caller=frozenset(("ask_person",)))
    assert await collect(loop) == events


async def test_what_the_provider_runs_is_not_run_here() -> None:
    own = [e.ToolInputStart("s", "double", provider_executed=True), e.ToolInputEnd("s"),
           e.ToolCall("s", "double", {"n": 1}, provider_executed=True),
           e.ToolResult("s", 9, "double", provider_executed=True)]  # fmt: skip
    assert outcomes(await collect(make(Rounds(answer(own, said("x"))), double))) == [("s", 9)]


CUT_CALL: list[Event] = [e.ToolInputStart("d", "double"), e.ToolInputEnd("d")]


@pytest.mark.parametrize(
    "events",
    [
        called(call("c", "double", {"n": 1}), CUT_CALL),
        answer(call("c", "double", {"n": 1}), reason="length"),
        answer(call("c", "double", {"n": 1}), reason="pause"),
        answer(call("c", "double", {"n": 1}), reason="other"),
        called(call("c", "double", {"n": 1}), [e.Retract("sensitive")]),
        [*called(call("c", "double", {"n": 1}))[:-1], e.Error("cut", kind="StreamInterruptedError")],
        [*called(call("c", "double", {"n": 1}))[:-1], e.Abort()],
    ],
    ids=["cut call", "length", "pause", "other", "retracted", "error", "abort"],
)
async def test_no_call_is_run_unless_the_answer_is_whole(events: list[Event]) -> None:
    assert await collect(make(Rounds(list(events)), double)) == events


async def test_a_later_round_that_fails_ends_the_stream_with_its_error() -> None:
    error = OverloadedError("full")
    cut = [*answer(said("b"))[:-2], e.Error("full", kind="OverloadedError")]
    loop = make(Rounds(called(call("c", "double", {"n": 1})), Scripted(cut, failure=error)), double)
    events = await collect(loop)
    assert events[-1] == cut[-1]
    assert loop.failure is error
    assert loop.done


async def test_a_round_that_cannot_be_asked_ends_the_stream() -> None:
    rounds = Rounds(called(call("c", "double", {"n": 1})))

    def ask(told: Any) -> AsyncSource:
        if told:
            raise StreamClosedError("the client is closed")
        return rounds(told)

    loop = ToolLoop(ask, {"double": double}, settings=LoopSettings())
    events = await collect(loop)
    assert events[-1] == e.Error("the client is closed", kind="StreamClosedError")
    assert isinstance(loop.failure, StreamClosedError)


async def test_a_first_round_that_cannot_be_asked() -> None:
    def ask(told: Any) -> AsyncSource:
        raise StreamClosedError("the client is closed")

    loop = ToolLoop(ask, {}, settings=LoopSettings())
    assert not await loop.begin()
    assert kinds(await collect(loop)) == ["error"]


async def test_begin_waits_for_the_first_answer() -> None:
    rounds = Rounds(answer(said("a")))
    loop = make(rounds, double)
    assert loop.response is None
    assert await loop.begin()
    assert len(rounds.asked) == 1
    assert kinds(await collect(loop))[0] == "start"
    assert len(rounds.asked) == 1


async def test_a_restart_in_a_later_round_tells_the_earlier_ones_again() -> None:
    thought: list[Event] = [e.ReasoningStart("r"), e.ReasoningDelta("hm", "r"), e.ReasoningEnd("r", "sig")]
    first = called(thought, said("one"), call("c", "double", {"n": 1}))
    second = [*answer(said("void"))[:-2], e.Restart(reason="cut"), *called(said("two"), call("c", "double", {"n": 2}))]
    loop = make(Rounds(first, second, answer(said("three"))), double)
    events = await collect(loop)
    message = Message.of(events)
    assert message.text == "onetwothree"
    assert (message.reasoning, message.blocks[0].signature) == ("hm", "sig")
    assert [(one.id, one.input) for one in message.tool_calls] == [("c", {"n": 1}), ("c-2", {"n": 2})]
    assert [(one.id, getattr(one, "output", None)) for one in message.tool_results] == [("c", 2), ("c-2", 4)]
    assert [block.step for block in message.blocks] == [0, 0, 0, 1, 1, 2]


async def test_a_restart_of_the_first_round_starts_anew() -> None:
    restarted = [*answer(said("void"))[:-2], e.Restart(reason="cut"), *answer(said("new"))]
    assert await collect(make(Rounds(list(restarted)), double)) == restarted


async def test_finished_rounds_are_closed() -> None:
    rounds = Rounds(called(call("c", "double", {"n": 1})), answer(said("x")))
    loop = make(rounds, double)
    await collect(loop)
    assert [source.closed for source in rounds.sources] == [True, True]
    assert [len(told.tool_calls) for told in loop.rounds] == [1]


async def test_a_source_that_just_stops_runs_nothing() -> None:
    events = called(call("c", "double", {"n": 1}))[:-2]
    assert await collect(make(Rounds(list(events)), double)) == events


async def test_results_go_to_the_reader_as_they_come_and_to_the_model_in_order() -> None:
    gate = asyncio.Event()

    async def slow() -> str:
        await gate.wait()
        return "slow"

    async def quick() -> str:
        gate.set()
        return "quick"

    rounds = Rounds(called(call("a", "slow"), call("b", "quick")), answer(said("x")))
    assert outcomes(await collect(make(rounds, slow, quick))) == [("b", "quick"), ("a", "slow")]
    from slipstream.dialects.common.messages import normalise

    told = [message.parts[0] for message in normalise(rounds.asked[1]) if message.role == "tool"]
    assert [getattr(part, "id", None) for part in told] == ["a", "b"]


def test_a_tool_whose_parameters_cannot_be_read_is_refused() -> None:
    def bad(x: "Nowhere") -> None:  # type: ignore[name-defined]  # noqa: F821, UP037
        """An annotation that does not exist."""

    with pytest.raises(InvalidRequestError, match="tools \\(bad\\)"):
        make(Rounds(), bad)
