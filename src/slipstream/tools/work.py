"""The calls of one round, run side by side; what comes of them is handed out as it comes.

Strategy: one task admits the calls in their order - it refuses what cannot run, and asks whoever must approve - and
what is admitted starts at once, as far as there is room. Everything that comes of a call goes into one outbox. Progress
waits while the outbox is full, so that a reader who stops reading stops the tools; outcomes never wait.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

from slipstream.events import Event, ToolCall, ToolResult
from slipstream.flow.reporting import report
from slipstream.tools.failure import CallFailedError, describe, failed
from slipstream.tools.functions import Function
from slipstream.tools.invoke import invoke
from slipstream.tools.job import Job, Outcome
from slipstream.tools.settings import LoopSettings

ROOM: Final = 64
"""Events that may wait for the reader before progress stops: enough to keep both busy."""

CANCELLED: Final = "the call was cancelled"


class Work:
    """Runs the calls of a round. Made and used on one event loop.

    Args:
        calls: in the model's order.
        shown: the same calls as the reader knows them, whose ids may differ; `approve` gets these.
        functions: what can be run, by name.
        settings: the bounds.
        context: the context variables that the functions see; each call gets a copy.
        tasks: takes what is at work; a function that ignores its cancellation stays in it until it ends.
    """

    def __init__(
        self,
        calls: Sequence[ToolCall],
        shown: Sequence[ToolCall],
        functions: Mapping[str, Function],
        settings: LoopSettings,
        context: contextvars.Context,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._functions = functions
        self._settings = settings
        self._context = context
        self._unsettled = {call.id: call for call in calls}
        self._ready: deque[Job] = deque()
        self._running: dict[str, Job] = {}
        self._outbox: list[Event] = []
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._stopped = False
        self._tasks = tasks
        admission = self._admit(list(zip(calls, shown, strict=True)))
        self._admitting = asyncio.get_running_loop().create_task(admission, context=context.copy())
        self._keep(self._admitting)

    async def take(self) -> list[Event]:
        """What has come of the calls, as soon as there is anything; [] when all are settled."""
        while not self._outbox and self._unsettled:
            await self._news.wait()
            self._news.clear()
        self._room.set()
        events, self._outbox = self._outbox, []
        return events

    def stop(self) -> list[Event]:
        """Stop everything; return what is left to hand out: every call that has no outcome yet was cancelled."""
        self._stopped = True
        self._ready.clear()
        for job in list(self._running.values()):
            job.stop(CANCELLED)
        for call in list(self._unsettled.values()):
            self._put(call, failed(call, CANCELLED))
        self._admitting.cancel()
        self._room.set()
        events, self._outbox = self._outbox, []
        return events

    # ---- admission

    async def _admit(self, calls: Sequence[tuple[ToolCall, ToolCall]]) -> None:
        for call, shown in calls:
            try:
                function, arguments = self._checked(call)
            except Exception as error:  # a validator of the user's may raise anything
                self._put(call, failed(call, describe(error)))
                continue
            refusal = await self._refusal(shown)
            if self._stopped:
                return
            if refusal is not None:
                self._put(call, failed(call, refusal))
            else:
                self._ready.append(self._job(call, function, arguments))
                self._start()

    def _checked(self, call: ToolCall) -> tuple[Function, dict[str, Any]]:
        """What to call, and with what.

        Raises:
            CallFailedError: it cannot be called; the message is for the model.
        """
        function = self._functions.get(call.name)
        if function is None:
            known = ", ".join(sorted(self._functions))
            raise CallFailedError(f"there is no tool {call.name[:64]!r}; there are: {known}")
        if call.error is not None:
            raise CallFailedError(call.error)
        return function, function.arguments(call.input)

    async def _refusal(self, call: ToolCall) -> str | None:
        """Why the call may not run, in words for the model; None if it may. Whoever fails to approve refuses."""
        approve = self._settings.approve
        if approve is None:
            return None
        try:
            verdict = await invoke(approve, call)
        except Exception as error:
            report(f"approve failed for a call of {call.name}; the call is refused", error)
            return f"not approved: the approval failed ({type(error).__name__})"
        if verdict is True:
            return None
        return f"not approved: {verdict}" if isinstance(verdict, str) and verdict else "not approved"

    # ---- running

    def _job(self, call: ToolCall, function: Function, arguments: dict[str, Any]) -> Job:
        bound = self._settings.tool_timeout
        return Job(call, function, arguments, bound=bound, settled=self._settled, progress=self._progress)

    def _start(self) -> None:
        while self._ready and len(self._running) < self._settings.max_parallel:
            job = self._ready.popleft()
            self._running[job.call.id] = job
            self._keep(job.start(self._context.copy()))

    def _settled(self, job: Job, outcome: Outcome) -> None:
        self._running.pop(job.call.id, None)
        self._put(job.call, outcome)
        self._start()

    async def _progress(self, event: ToolResult) -> None:
        await self._room.wait()
        if event.id in self._unsettled:  # it may have timed out meanwhile
            self._hand_out(event)

    def _put(self, call: ToolCall, outcome: Outcome) -> None:
        self._unsettled.pop(call.id, None)
        self._hand_out(outcome)

    def _hand_out(self, event: Event) -> None:
        self._outbox.append(event)
        if len(self._outbox) >= ROOM:
            self._room.clear()
        self._news.set()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
