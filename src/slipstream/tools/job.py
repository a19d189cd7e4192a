"""One call of a tool: run in a task, bounded by a timer, and settled once - by what comes first.

Strategy: the outcome is not what the task returns, but what settles the job: its result, the timer or a cancel. So a
function that swallows its cancellation, or hangs in a thread, holds nobody up: it is told to stop, and forgotten.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

from slipstream.events import ToolCall, ToolError, ToolResult
from slipstream.tools.failure import describe, failed
from slipstream.tools.functions import Function
from slipstream.tools.invoke import invoke
from slipstream.tools.results import plain

Outcome = ToolResult | ToolError


class Job:
    """One call.

    Args:
        call: what the model asked for.
        function: what it asked to be run.
        arguments: what it is called with.
        bound: seconds that it may run.
        settled: called with this job and its outcome, once.
        progress: takes progress; it waits while the reader does not read, and that time is not counted.
    """

    def __init__(
        self,
        call: ToolCall,
        function: Function,
        arguments: dict[str, Any],
        *,
        bound: float,
        settled: Callable[[Job, Outcome], None],
        progress: Callable[[ToolResult], Awaitable[None]],
    ) -> None:
        self.call = call
        self._function = function
        self._arguments = arguments
        self._bound = bound
        self._settled = settled
        self._progress = progress
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self.task: asyncio.Task[None] | None = None

    def start(self, context: contextvars.Context) -> asyncio.Task[None]:
        """Run it, with these context variables; return its task."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._bound, self._expire)
        self.task = loop.create_task(self._run(), name=f"tool {self.call.name}", context=context)
        return self.task

    def stop(self, why: str) -> None:
        """Settle it with this error, and tell the function to stop."""
        if not self._over:
            self._settle(failed(self.call, why))
            if self.task is not None:
                self.task.cancel()

    def _expire(self) -> None:
        self.stop(f"timed out after {self._bound:g} s")

    def _settle(self, outcome: Outcome) -> None:
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._settled(self, outcome)

    async def _run(self) -> None:
        try:
            value = await invoke(self._function.call, emit=self._emit, **self._arguments)
            outcome: Outcome = ToolResult(self.call.id, plain(value), self.call.name, choice=self.call.choice)
        except (KeyboardInterrupt, GeneratorExit):
            raise  # the person at the terminal, and the interpreter
        except asyncio.CancelledError:
            if self._over:
                raise
            outcome = failed(self.call, "CancelledError: what it waited for was cancelled")  # its own doing
        except BaseException as error:  # SystemExit too: a tool does not end the program, and never its event loop
            outcome = failed(self.call, describe(error))
        self._settle(outcome)

    async def _emit(self, value: Any) -> None:
        if self._over or self._timer is None:
            return
        shown = ToolResult(self.call.id, plain(value), self.call.name, preliminary=True, choice=self.call.choice)
        loop = asyncio.get_running_loop()
        left = self._timer.when() - loop.time()
        self._timer.cancel()
        await self._progress(shown)
        if not self._over:
            self._timer = loop.call_later(max(0.0, left), self._expire)
