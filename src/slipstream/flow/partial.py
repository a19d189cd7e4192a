"""Typed objects out of an answer while it comes: `partial(T)` the whole as far as it is, `elements(T)` finished items.

Strategy: the text passes untouched; beside it, a reader for each answer builds the object in place, so that a delta
costs its own length. The JSON is found in the text of a choice, all its text blocks joined, or in the arguments of the
calls of one tool.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar, overload

from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    RefusalDelta,
    Restart,
    StepEnd,
    StepStart,
    TextDelta,
    ToolCall,
    ToolInputDelta,
    ToolInputStart,
)
from slipstream.flow.typed.failure import invalid_output
from slipstream.flow.typed.plan import items_plan_of, plan_of
from slipstream.flow.typed.reader import ItemReader, PartialReader, Plan, Reader

T = TypeVar("T")
Key = int | str
"""Which answer: the number of the choice, or the id of the call."""

CUT: Final = frozenset(("length", "content_filter", "cancelled", "interrupted", "error", "pause"))
"""Finish reasons of an answer that was not to be whole: what has come of it stands, and is no error."""


class TypedStage(Generic[T]):
    """The base of both stages: which text belongs to which reader, and when an answer is over.

    Args:
        plan: how an answer is read.
        reader: makes the reader of an answer.
        tool: the tool whose arguments are read, or None for the text.
        every: seconds that what is told may be kept back by `tell`; None for not at all.

    Raises:
        InvalidRequestError: `tool` is no name.
    """

    def __init__(self, plan: Plan, reader: type[Reader], tool: str | None, every: float | None = None) -> None:
        if tool is not None and (not isinstance(tool, str) or not tool):
            raise InvalidRequestError(f"tool: {tool!r} is none; accepted: the name of a tool, or None for the text")
        self._plan = plan
        self._make = reader
        self._tool = tool
        self._every = every
        self._readers: dict[Key, Reader] = {}
        self._delta: type[Event] = TextDelta if tool is None else ToolInputDelta
        self._answered: set[int] = set()
        self._refused: set[int] = set()
        self._handlers: dict[type[Event], Callable[[Any, float], Iterable[Event]]] = {
            StepStart: self._on_step_start,
            StepEnd: self._on_step_end,
            RefusalDelta: self._on_refusal,
            Restart: self._on_restart,
            Error: self._on_break,
            Abort: self._on_break,
        }
        if tool is not None:
            self._handlers |= {
                ToolInputStart: self._on_call_start,
                ToolCall: self._on_call,
            }

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Pass the event on, and what it says of the object after it."""
        if type(event) is not self._delta:
            handler = self._handlers.get(type(event))
            return (event,) if handler is None else handler(event, now)
        reader = self._readers.get(event.choice if self._tool is None else event.id)  # type: ignore[attr-defined]
        if reader is None:
            return self._on_first(event, now)
        text: str = event.text  # type: ignore[attr-defined]
        grow = reader.grow
        if grow is not None and text.isprintable() and '"' not in text and "\\" not in text and text:
            # The common case, more of an open string, stands here in full: two calls more would double its cost. What
            # is printable has no control character and no half of a surrogate pair.
            reader.pieces.append(text)
            grow(text)
        elif not reader.feed(text):
            return (event,)
        return (event, *reader.told) if self._every is None else (event, *self.tell(reader, now))

    def on_wake(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Nothing waits for a time, unless a stage says so."""
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        """Answers whose step never closed."""
        out = list(self.flush(now))
        for reader in self._readers.values():
            out += self._finish(reader)
        self._readers.clear()
        return out

    def wake_at(self) -> float | None:
        """Never, unless a stage says so."""
        return None

    # ---- for the stages

    def tell(self, reader: Reader, now: float) -> Iterable[Event]:  # noqa: ARG002
        """What goes on when a reader has something to tell."""
        return reader.told

    def flush(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """What has been kept back."""
        return ()

    def forget(self) -> None:
        """The answers are void."""

    # ---- the text

    def _on_first(self, event: Event, now: float) -> Iterable[Event]:
        """The first text of a choice; or arguments of a call of another tool."""
        if not isinstance(event, TextDelta):
            return (event,)
        self._open(event.choice, event.choice)
        return self.on_event(event, now)

    def _open(self, key: Key, choice: int) -> Reader:
        reader = self._readers[key] = self._make(self._plan, choice, prose=self._tool is None)
        return reader

    # ---- the arguments of calls

    def _on_call_start(self, event: ToolInputStart, now: float) -> Iterable[Event]:  # noqa: ARG002
        if event.name == self._tool:
            self._open(event.id, event.choice)
        return (event,)

    def _on_call(self, event: ToolCall, now: float) -> Iterable[Event]:
        """A call whose arguments did not come in pieces; "" became "{}" too."""
        if event.name != self._tool:
            return (event,)
        reader = self._readers.get(event.id) or self._open(event.id, event.choice)
        return (event, *self.tell(reader, now)) if not reader.fed and reader.feed(event.arguments) else (event,)

    # ---- the ends

    def _on_step_start(self, event: StepStart, now: float) -> Iterable[Event]:  # noqa: ARG002
        self._readers.pop(event.choice, None)
        return (event,)

    def _on_step_end(self, event: StepEnd, now: float) -> Iterable[Event]:
        choice = event.choice
        if self._tool is None and choice not in self._readers:
            self._open(choice, choice)
        out = list(self.flush(now))
        for key in [key for key, reader in self._readers.items() if reader.choice == choice]:
            reader = self._readers.pop(key)
            if event.reason not in CUT and not (
                event.reason == "tool_calls" and self._tool is None and not reader.begun
            ):
                out += self._finish(reader)
        failed = out and isinstance(out[-1], Error)
        return (*out[:-1], event, out[-1]) if failed else (*out, event)

    def _finish(self, reader: Reader) -> Iterable[Event]:
        """An answer is over, and was not cut."""
        choice = reader.choice
        if not reader.begun and choice in self._answered:
            return ()
        self._answered.add(choice)
        if not reader.begun and choice in self._refused:
            return (invalid_output(f"the model refused to answer; accepted: {self._plan.name}", choice),)
        return reader.told if reader.finish() else ()

    def _on_refusal(self, event: RefusalDelta, now: float) -> Iterable[Event]:  # noqa: ARG002
        self._refused.add(event.choice)
        return (event,)

    def _on_restart(self, event: Restart, now: float) -> Iterable[Event]:  # noqa: ARG002
        for kept in (self._readers, self._answered, self._refused):
            kept.clear()
        self.forget()
        return (event,)

    def _on_break(self, event: Event, now: float) -> Iterable[Event]:
        return (*self.flush(now), event)


class Partials(TypedStage[T]):
    """The stage behind `partial(T)`: a `Partial` follows each delta that changed the object.

    Args:
        kind: the type of the answer.
        tool: the name of a tool: the arguments of its calls are read instead of the text.
        every: seconds between two `Partial` events of an answer at least; None for one with each change. The last one
            is never kept back.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(self, kind: Any, *, tool: str | None = None, every: float | None = None) -> None:
        super().__init__(plan_of(kind, "partial"), PartialReader, tool, _checked_every(every))
        self._told: dict[Reader, float] = {}
        self._waiting: dict[Reader, float] = {}  # and when it may be told

    def tell(self, reader: Reader, now: float) -> Iterable[Event]:
        """See `TypedStage`."""
        if self._every is None:
            return reader.told
        due = self._told.get(reader, -math.inf) + self._every
        if now < due and not reader.over:
            self._waiting[reader] = due
            return ()
        self._told[reader] = now
        self._waiting.pop(reader, None)
        return reader.told

    def on_wake(self, now: float) -> Iterable[Event]:
        """The changes that have waited long enough."""
        ready = [reader for reader, due in self._waiting.items() if due <= now]
        return [event for reader in ready for event in self.tell(reader, now)]

    def wake_at(self) -> float | None:
        """When the next change may be told."""
        return min(self._waiting.values()) if self._waiting else None

    def flush(self, now: float) -> Iterable[Event]:  # noqa: ARG002  nothing comes after them, so none waits
        """The changes that have waited."""
        ready, self._waiting = list(self._waiting), {}
        self._told.clear()
        return [event for reader in ready for event in reader.told]

    def forget(self) -> None:
        """See `TypedStage`."""
        self._told.clear()
        self._waiting.clear()


class Elements(TypedStage[T]):
    """The stage behind `elements(T)`: an `Element` follows the delta that closed an item.

    Args:
        kind: the type of the items.
        path: the way to the list in the answer, `steps` or `a.b`; None if the answer is the list.
        tool: the name of a tool: the arguments of its calls are read instead of the text.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(self, kind: Any, path: str | None = None, *, tool: str | None = None) -> None:
        super().__init__(items_plan_of(kind, path, "elements"), ItemReader, tool)


@overload
def partial(kind: type[T], *, tool: str | None = None, every: float | None = None) -> Partials[T]: ...
@overload
def partial(kind: Any, *, tool: str | None = None, every: float | None = None) -> Partials[Any]: ...
def partial(kind: Any, *, tool: str | None = None, every: float | None = None) -> Partials[Any]:
    """A stage that shows a structured answer as far as it has come; see `Partials`."""
    return Partials(kind, tool=tool, every=every)


@overload
def elements(kind: type[T], path: str | None = None, *, tool: str | None = None) -> Elements[T]: ...
@overload
def elements(kind: Any, path: str | None = None, *, tool: str | None = None) -> Elements[Any]: ...
def elements(kind: Any, path: str | None = None, *, tool: str | None = None) -> Elements[Any]:
    """A stage that gives each finished item of a list in a structured answer; see `Elements`."""
    return Elements(kind, path, tool=tool)


def _checked_every(every: Any) -> float | None:
    if every is None:
        return None
    if isinstance(every, bool) or not isinstance(every, (int, float)) or not 0 <= every < math.inf:
        raise InvalidRequestError(f"every: {every!r}; accepted: seconds, a number from 0 on, or None")
    return float(every)
