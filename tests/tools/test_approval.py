"""Who must approve is asked, about what could run, one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.tools.looping import Rounds, answer, call, called, collect, make, outcomes, play, said

from slipstream import events as e


def refuse(call: e.ToolCall) -> bool:
    """No."""
    return False


def reason(call: e.ToolCall) -> str:
    """No, because."""
    return "it costs money"


async def agree(call: e.ToolCall) -> bool:
    """Yes, but only to small numbers."""
    return bool(call.input["n"] < 5)


def fail(call: e.ToolCall) -> bool:
    """Breaks."""
    raise RuntimeError("no terminal")


def nothing(call: e.ToolCall) -> None:
    """Says nothing, which is no consent."""


@pytest.mark.parametrize(
    ("approve", "told"),
    [
        (refuse, "not approved"),
        (reason, "not approved: it costs money"),
        (fail, "not approved: the approval failed (RuntimeError)"),
        (nothing, "not approved"),
        (agree, 2),
    ],
)
async def test_who_must_approve_is_asked(approve: Callable[[e.ToolCall], Any], told: Any) -> None:
    ran: list[int] = []

    def double(n: int) -> int:
        ran.append(n)
        return 2 * n

    events = await play(double, calls=[call("a", "double", {"n": 1})], approve=approve)
    assert outcomes(events) == [("a", told)]
    assert ran == ([1] if told == 2 else [])


async def test_approval_is_asked_in_order_and_one_at_a_time_while_what_was_approved_runs() -> None:
    seen: list[str] = []
    running = asyncio.Event()

    async def approve(call: e.ToolCall) -> bool:
        seen.append(call.id)
        if call.id == "b":
            await running.wait()
        return call.id != "c"

    async def work() -> str:
        running.set()
        return "did"

    events = await play(work, calls=[call(id, "work") for id in "abc"], approve=approve)
    assert seen == ["a", "b", "c"]
    assert sorted(outcomes(events)) == [("a", "did"), ("b", "did"), ("c", "not approved")]


async def test_nobody_is_asked_about_a_call_that_cannot_run() -> None:
    asked: list[str] = []

    def approve(call: e.ToolCall) -> bool:
        asked.append(call.id)
        return True

    def double(n: int) -> int:
        return 2 * n

    calls = [call("a", "none"), call("b", "double", {"n": []}), call("c", "double", {"n": 1}),
             call("d", "double", error="the arguments are no valid JSON")]  # fmt: skip
    await play(double, calls=calls, approve=approve)
    assert asked == ["c"]


async def test_approve_sees_the_ids_that_the_reader_sees() -> None:
    asked: list[str] = []

    def approve(call: e.ToolCall) -> bool:
        asked.append(call.id)
        return True

    def note() -> None:
        pass

    rounds = Rounds(called(call("a", "note")), called(call("a", "note")), answer(said("x")))
    await collect(make(rounds, note, approve=approve))
    assert asked == ["a", "a-2"]
