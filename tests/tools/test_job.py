"""What functions see, and what they may not do."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from tests.tools.looping import Rounds, answer, call, called, collect, make, outcomes, play, said

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("WHO", default="nobody")


@pytest.mark.parametrize("kind", ["sync", "async", "sync generator", "async generator"])
async def test_tools_see_the_context_variables_and_change_only_their_copy(kind: str) -> None:
    def sync() -> str:
        who = WHO.get()
        WHO.set("changed")
        return who

    async def coroutine() -> str:
        return sync()

    def generator() -> Iterator[str]:
        yield "begun"
        yield sync()

    async def values() -> AsyncIterator[str]:
        yield sync()

    tool: Callable[[], Any] = {
        "sync": sync, "async": coroutine, "sync generator": generator, "async generator": values,
    }[kind]  # fmt: skip
    token = WHO.set("ada")
    loop = make(Rounds(called(call("a", tool.__name__), call("b", tool.__name__)), answer(said("x"))), tool)
    WHO.reset(token)
    assert sorted(outcomes(await collect(loop))) == [("a", "ada"), ("b", "ada")]
    assert WHO.get() == "nobody"


async def test_a_tool_that_wants_to_end_the_program_does_not() -> None:
    def leave() -> None:
        raise SystemExit(3)

    async def leave_too() -> None:
        raise SystemExit

    async def give_up() -> None:
        raise asyncio.CancelledError

    calls = [call("a", "leave"), call("b", "leave_too"), call("c", "give_up")]
    assert sorted(outcomes(await play(leave, leave_too, give_up, calls=calls))) == [
        ("a", "SystemExit: 3"),
        ("b", "SystemExit"),
        ("c", "CancelledError: what it waited for was cancelled"),
    ]


async def test_an_error_that_cannot_be_read_has_its_name() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def tool() -> None:
        raise MuteError

    assert outcomes(await play(tool, calls=[call("a", "tool")])) == [("a", "MuteError")]


async def test_a_result_that_cannot_be_sent_is_an_error_of_the_call() -> None:
    def picture() -> bytes:
        return b"\x89PNG"

    (outcome,) = outcomes(await play(picture, calls=[call("a", "picture")]))
    assert outcome == ("a", "the result is 4 bytes that are no text; return text or data")
