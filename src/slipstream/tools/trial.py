"""One call of one function, as the loop would do it: for trying a tool without a model."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import msgspec

from slipstream.dialects.common.tools import function_tool
from slipstream.events import ToolCall, ToolError, ToolResult
from slipstream.tools.functions import Function
from slipstream.tools.settings import LoopSettings
from slipstream.tools.work import Work


async def try_tool(
    function: Callable[..., Any], arguments: Any = None, *, tool_timeout: float = 60.0
) -> list[ToolResult | ToolError]:
    """Call a function as a model would, and return what the stream would show: progress, then the outcome.

    Args:
        function: the tool.
        arguments: what the model gives, as JSON would decode to; None for none.
        tool_timeout: seconds that it may run.

    Raises:
        InvalidRequestError: the function cannot be a tool, or the timeout is none.
    """
    tool = function_tool(function)
    call = ToolCall("call_0", tool.name, arguments, msgspec.json.encode(arguments or {}).decode())
    settings = LoopSettings(tool_timeout=tool_timeout)
    work = Work([call], [call], {tool.name: Function(tool.name, function)}, settings, contextvars.copy_context(), set())
    found: list[ToolResult | ToolError] = []
    try:
        while events := await work.take():
            found += [event for event in events if isinstance(event, (ToolResult, ToolError))]
    finally:
        work.stop()
    return found
