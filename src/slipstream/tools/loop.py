"""The tool loop: a source of events around the sources of its rounds.

Strategy: the reader pulls, here as in the engine. Each pull does the next thing of the present phase: read the model,
hand out what the tools give, or judge whether to go on. No call is run before its round has ended well, with a finish
reason that lets it: a stream may still be cut after a call is complete, and what a cut answer asked for is never done
(RELIABILITY row 29). That costs the time from the end of the call to the end of the answer, which is short, as calls
stand last.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from slipstream.errors import SlipstreamError, StageError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Message,
    Restart,
    Start,
    ToolCall,
    Usage,
)
from slipstream.run import failures
from slipstream.run.call import ResponseInfo
from slipstream.run.source import AsyncSource
from slipstream.run.waiting import Interrupted, Waiting
from slipstream.tools.functions import Function
from slipstream.tools.invoke import invoke
from slipstream.tools.names import Names
from slipstream.tools.replay import replay
from slipstream.tools.settings import LoopSettings
from slipstream.tools.totals import Totals
from slipstream.tools.work import Work

RUNNABLE: Final = frozenset(("tool_calls", "stop"))
"""Finish reasons after which calls are run; some servers say `stop` though they called (WIRE section 8 row 29)."""

GRACE: Final = 0.05
"""Seconds that closing waits for cancelled tools to clean up; who stops a stream is promised 0.1."""

_abandoned: Final[set[asyncio.Task[None]]] = set()
"""Tools that ignore their cancellation; kept until they end, because the event loop keeps no task alive."""


class ToolLoop:
    """Runs a conversation with tools to its end, as one stream; see `run.source.AsyncSource`.

    There is one `Start`, one `StepStart` and `StepEnd` a round, and one `Finish`. Results come as `ToolResult` and
    `ToolError` after the `StepEnd` of their round, as soon as each call is done; the model gets them in the order of
    its calls. Ids stay unique over the rounds, and each `Usage` is the total so far.

    Args:
        ask: opens the source of a round. It is given the finished rounds, each an answer with the results of its calls:
            the conversation is the request's own messages and then these.
        tools: the functions that may be run, by the name the model knows; see `split_tools`.
        settings: bounds and callbacks.

    Attributes:
        failure: the error that ended the stream, or None. Its event is the last of the last batch.
        done: True once the last batch has been handed out.
        rounds: the finished rounds.

    Raises:
        InvalidRequestError: a tool's parameters cannot be read.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[Message]], AsyncSource],
        tools: Mapping[str, Callable[..., Any]],
        *,
        settings: LoopSettings,
    ) -> None:
        self._ask = ask
        self._functions = {name: Function(name, function) for name, function in tools.items()}
        self._settings = settings
        self._context = contextvars.copy_context()
        self._waiting = Waiting()
        self._reason = "cancelled"
        self._phase: Callable[[], Awaitable[list[Event]]] = self._read
        self._source: AsyncSource | None = None
        self._early: list[Event] = []
        self._round = Message()
        self._finish = Finish()
        self._start: Start | None = None
        self._names = Names()
        self._past: list[tuple[Message, dict[str, str]]] = []
        self._totals = Totals()
        self._work: Work | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._readers = 0
        self.failure: SlipstreamError | None = None
        self.done = False

    @property
    def rounds(self) -> list[Message]:
        """The finished rounds, each with the results of its calls; ids are the provider's."""
        return [message for message, _ in self._past]

    @property
    def response(self) -> ResponseInfo | None:
        """What is known of the HTTP response of the latest round."""
        return self._source.response if self._source is not None else None

    # ---- the reader's side

    async def begin(self) -> bool:
        """See `AsyncSource.begin`: wait for the first round's answer to begin."""
        try:
            return await (self._source or self._open()).begin()
        except Interrupted:
            return False
        except SlipstreamError as error:
            self._early = self._failed(error)
            return False

    async def next_batch(self) -> list[Event]:
        """See `AsyncSource.next_batch`."""
        if self._early:
            early, self._early = self._early, []
            return early
        while not self.done:
            if events := await self._next():
                return events
        return []

    async def _next(self) -> list[Event]:
        self._readers += 1
        try:
            return await self._phase()
        except Interrupted:
            return self._aborted()
        except SlipstreamError as error:
            return self._failed(error)
        except BaseException:
            self._close()
            raise
        finally:
            self._readers -= 1

    def cancel(self, reason: str = "cancelled") -> None:
        """See `AsyncSource.cancel`: the model's stream is closed, async tools are cancelled, threads abandoned."""
        if self.done or self._waiting.interrupted:
            return
        self._reason = reason
        self._waiting.interrupt(None)
        if self._source is not None:
            self._source.cancel(reason)

    async def aclose(self) -> None:
        """See `AsyncSource.aclose`. Cancelled tools have a moment to clean up; who still reads gets the `Abort`."""
        self.cancel("closed")
        if not self._readers:
            self._close()
        if self._source is not None:
            await self._source.aclose()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=GRACE)
            _abandoned.update(late)
            for task in late:
                task.add_done_callback(_abandoned.discard)

    # ---- a round of the model

    def _open(self) -> AsyncSource:
        self._waiting.check()
        self._source = self._ask(self.rounds)
        return self._source

    async def _read(self) -> list[Event]:
        batch = await (self._source or self._open()).next_batch()
        if batch:
            return self._take(batch)
        if self._waiting.interrupted and not self.done:
            return self._aborted()
        self._close()  # closed from elsewhere: nothing more is to come
        return []

    def _take(self, batch: list[Event]) -> list[Event]:
        self._round.fold_all(batch)
        out: list[Event] = []
        rewrite = self._names.rewrite
        for event in batch:
            handler = _HANDLERS.get(type(event))
            if handler is None:
                out.append(rewrite(event))
            else:
                handler(self, event, out)
        return out

    def _take_start(self, event: Start, out: list[Event]) -> None:
        """One stream has one start; after a restart it is the first one's again."""
        if self._start is None:
            self._start = event
            out.append(event)

    def _take_usage(self, event: Usage, out: list[Event]) -> None:
        out.append(self._totals.with_earlier(event))

    def _take_restart(self, event: Restart, out: list[Event]) -> None:
        """The round begins anew. To the reader everything is void, so the rounds that stand are told again."""
        self._names.forget_round()
        out.append(event)
        if not self._past:
            self._start = None
            return
        out.append(self._start or Start())
        for message, names in self._past:
            out += replay(message, names)

    def _take_error(self, event: Error, out: list[Event]) -> None:
        source = self._source
        self.failure = source.failure if source is not None else None
        self.failure = self.failure or failures.exception(event, {})
        self._take_last(event, out)

    def _take_last(self, event: Event, out: list[Event]) -> None:
        self.done = True
        out.append(event)

    def _take_finish(self, event: Finish, out: list[Event]) -> None:
        """The round is whole: end the stream, or begin to run what the model called."""
        calls = self._calls(event)
        if not calls:
            self._take_last(event, out)
        elif len(self._past) + 1 >= self._settings.max_rounds:
            self._take_last(Finish("tool_calls", event.raw_reason), out)
        else:
            self._finish = event
            self._work = self._begin_work(calls)
            self._phase = self._hand_out

    def _calls(self, finish: Finish) -> list[ToolCall]:
        """The calls of the round that are to be run: none unless everything says that the answer is whole."""
        first = self._round.choice(0)
        cut = any(block.kind == "tool-call" and block.call is None for block in first.blocks)
        if finish.reason not in RUNNABLE or first.finish_reason not in RUNNABLE or cut or self._round.retracted:
            return []
        ours = [call for call in first.tool_calls if not call.provider_executed]
        return [call for call in ours if call.name not in self._settings.by_caller]

    # ---- a round of the tools

    def _begin_work(self, calls: list[ToolCall]) -> Work:
        shown = [self._names.rewrite(call) for call in calls]
        return Work(calls, shown, self._functions, self._settings, self._context, self._tasks)

    async def _hand_out(self) -> list[Event]:
        work = self._work
        assert work is not None  # the phase begins with it
        events = await self._waiting.wait(work.take)
        if not events:
            self._phase = self._judge
        return self._noted(events)

    def _noted(self, events: list[Event]) -> list[Event]:
        """Keep results for the next request, and give the events as the reader knows the calls."""
        self._round.fold_all(events)
        return [self._names.rewrite(event) for event in events]

    async def _judge(self) -> list[Event]:
        """All calls are settled: end the stream, or ask the model again."""
        answered = {result.id for result in self._round.tool_results}
        unanswered = any(call.id not in answered for call in self._round.tool_calls if not call.provider_executed)
        if unanswered or await self._waiting.wait(self._stopped_by_user):
            self.done = True
            return [Finish("tool_calls", self._finish.raw_reason)]
        source = self._source
        if source is not None:
            await source.aclose()
        self._past.append((self._round, self._names.next_round()))
        self._totals.next_round(self._round)
        self._round = Message()
        self._work = None
        self._phase = self._read
        self._open()
        return []

    async def _stopped_by_user(self) -> bool:
        stop_when = self._settings.stop_when
        if stop_when is None:
            return False
        try:
            return bool(await invoke(stop_when, self._round))
        except Exception as error:
            raise StageError(f"stop_when raised {type(error).__name__}") from error

    # ---- the other ends

    def _aborted(self) -> list[Event]:
        if self.done:
            return []  # close() in another task was faster
        left = self._noted(self._stop_work())
        self.done = True
        return [*left, Abort(self._reason)]

    def _failed(self, error: SlipstreamError) -> list[Event]:
        self.failure = error
        self._close()
        return [failures.event(error)]

    def _stop_work(self) -> list[Event]:
        work, self._work = self._work, None
        return work.stop() if work is not None else []

    def _close(self) -> None:
        self.done = True
        self._stop_work()


_HANDLERS: Final[dict[type[Event], Callable[[ToolLoop, Any, list[Event]], None]]] = {
    Start: ToolLoop._take_start,
    Usage: ToolLoop._take_usage,
    Restart: ToolLoop._take_restart,
    Finish: ToolLoop._take_finish,
    Error: ToolLoop._take_error,
    Abort: ToolLoop._take_last,
}
