"""One tool, tried without a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slipstream import events as e
from slipstream.errors import InvalidRequestError
from slipstream.tools import try_tool


def steps(n: int = 2) -> Iterator[int]:
    """Count."""
    yield from range(n)


async def test_a_tool_is_tried_as_a_model_would_call_it() -> None:
    assert await try_tool(steps, {"n": "2"}) == [
        e.ToolResult("call_0", 0, "steps", preliminary=True), e.ToolResult("call_0", 1, "steps", preliminary=True),
        e.ToolResult("call_0", 1, "steps"),
    ]  # fmt: skip
    (failed,) = await try_tool(steps, {"m": 1})
    assert failed == e.ToolError("call_0", "there is no argument 'm'; steps takes n", "steps")
    with pytest.raises(InvalidRequestError):
        await try_tool(steps, tool_timeout=-1)
