"""What may be asked of a tool loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from slipstream.errors import InvalidRequestError
from slipstream.events import Message, ToolCall
from slipstream.flow.arguments import positive, whole

StopWhen = Callable[[Message], bool | Awaitable[bool]]
Approve = Callable[[ToolCall], bool | str | Awaitable[bool | str | None] | None]

MAX_PARALLEL: Final = 64
"""The most calls that may run at once: a sync function takes a thread each, and no model asks for more in a round."""


class LoopSettings(Struct, frozen=True, kw_only=True):
    """The bounds of a tool loop, and who is asked.

    Args:
        max_rounds: how often the model is called at most. When the last round calls a tool, the call is left
            unanswered and the stream ends with the finish reason `tool_calls`.
        stop_when: called with the message of each round, its results included; True ends the stream there. It may be
            async; a sync one runs in a thread.
        approve: called with each call before it runs, one after another in their order, so that a person is asked one
            question at a time. True lets it run; False, or the reason as a text, refuses it, and the model is told. It
            may be async; a sync one runs in a thread, and may wait as long as it likes.
        tool_timeout: seconds that one call may run.
        max_parallel: calls of a round that run at once, 1 to 64.
        by_caller: names of tools that have no function. When the model calls one, the functions that it called beside
            it are run, and the stream ends: the caller must answer.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it and what it takes.
    """

    max_rounds: int = 8
    stop_when: StopWhen | None = None
    approve: Approve | None = None
    tool_timeout: float = 60.0
    max_parallel: int = 8
    by_caller: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        whole("max_rounds", self.max_rounds, "calls of the model")
        positive("tool_timeout", self.tool_timeout, "seconds")
        if whole("max_parallel", self.max_parallel, "calls at once") > MAX_PARALLEL:
            raise InvalidRequestError(f"max_parallel: {self.max_parallel}; accepted: 1 to {MAX_PARALLEL}")
        for name in ("stop_when", "approve"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise InvalidRequestError(f"{name}: a {type(value).__name__}; accepted: a function, sync or async")
