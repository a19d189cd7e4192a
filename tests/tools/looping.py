"""Loops to test, over sources made of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from slipstream import events as e
from slipstream.errors import SlipstreamError
from slipstream.events import Event, FinishReason, Message, Order
from slipstream.run.call import ResponseInfo
from slipstream.run.source import AsyncSource
from slipstream.tools import LoopSettings, ToolLoop

Tool = Callable[..., Any]


class Scripted:
    """A source of given batches.

    Args:
        batches: what it hands out; a batch `None` waits until it is cancelled.
    """

    def __init__(self, *batches: list[Event] | None, failure: SlipstreamError | None = None) -> None:
        self._batches = list(batches)
        self._cancelled: str | None = None
        self._stop = asyncio.Event()
        self.response: ResponseInfo | None = None
        self.failure = failure
        self.closed = False

    async def begin(self) -> bool:
        """An answer has begun."""
        return True

    async def next_batch(self) -> list[Event]:
        """The next batch of the script."""
        await asyncio.sleep(0)
        if self._cancelled is not None:
            reason, self._batches = self._cancelled, []
            self._cancelled = None
            return [e.Abort(reason)]
        if not self._batches:
            return []
        batch = self._batches.pop(0)
        if batch is not None:
            return batch
        await self._stop.wait()
        return await self.next_batch()

    def cancel(self, reason: str) -> None:
        """Abort, unless the last batch has gone."""
        if self._batches and self._cancelled is None:
            self._cancelled = reason
            self._stop.set()

    async def aclose(self) -> None:
        """Note it."""
        self.cancel("closed")
        self.closed = True


def call(id: str, name: str, input: Any = None, *, error: str | None = None, **more: Any) -> list[Event]:
    """A whole call."""
    made = e.ToolCall(id, name, input, "{}", error, **more)
    return [e.ToolInputStart(id, name), e.ToolInputEnd(id), made]


def said(text: str, id: str = "text-0") -> list[Event]:
    """A block of text."""
    return [e.TextStart(id), e.TextDelta(text, id), e.TextEnd(id)]


def answer(*parts: list[Event], reason: FinishReason = "stop", usage: e.Usage | None = None) -> list[Event]:
    """A round from start to finish."""
    content = [event for part in parts for event in part]
    counted = [] if usage is None else [usage]
    return [e.Start("r", "m"), e.StepStart(), *content, *counted, e.StepEnd(reason), e.Finish(reason)]


def called(*calls: list[Event], **more: Any) -> list[Event]:
    """A round that calls tools."""
    return answer(*calls, reason="tool_calls", **more)


class Rounds:
    """Opens scripted sources in turn.

    Attributes:
        asked: the rounds that each was asked with.
        sources: those that were opened.
    """

    def __init__(self, *sources: Scripted | list[Event]) -> None:
        self._sources = [source if isinstance(source, Scripted) else Scripted(source) for source in sources]
        self.asked: list[list[Message]] = []
        self.sources: list[Scripted] = []

    def __call__(self, rounds: Sequence[Message]) -> AsyncSource:
        """The next source."""
        self.asked.append(list(rounds))
        self.sources.append(self._sources.pop(0))
        return self.sources[-1]


def make(rounds: Rounds, *functions: Tool, **settings: Any) -> ToolLoop:
    """A loop over scripted rounds, with these functions as tools."""
    named = {function.__name__: function for function in functions}
    return ToolLoop(rounds, named, settings=LoopSettings(**settings))


async def collect(loop: ToolLoop) -> list[Event]:
    """All events to the end, in legal order; nothing is left running."""
    events: list[Event] = []
    while batch := await loop.next_batch():
        events += batch
    await loop.aclose()
    Order().check_all(events)
    assert not loop._tasks, "a task is left"
    assert await loop.next_batch() == []
    return events


async def until(loop: ToolLoop, kind: type[Event]) -> list[Event]:
    """The events up to the batch in which one of this kind comes."""
    events: list[Event] = []
    while not any(isinstance(event, kind) for event in events):
        batch = await loop.next_batch()
        assert batch, f"the stream ended without {kind.__name__}"
        events += batch
    return events


def outcomes(events: Sequence[Event]) -> list[tuple[str, Any]]:
    """What the calls came to: their ids, with the output or the error."""
    found: list[tuple[str, Any]] = []
    for event in events:
        if isinstance(event, e.ToolError):
            found.append((event.id, event.error))
        elif isinstance(event, e.ToolResult) and not event.preliminary:
            found.append((event.id, event.output))
    return found


def kinds(events: Sequence[Event]) -> list[str]:
    """Their tags."""
    return [event.type for event in events]


async def play(*functions: Callable[..., Any], calls: list[list[Event]], **settings: Any) -> list[Event]:
    """All events of one round of calls and an answer."""
    return await collect(make(Rounds(called(*calls), answer(said("done"))), *functions, **settings))
