"""The base of stages that watch the text and end an answer early: `limit`, `stop_on`, `detect_loop`.

A watcher looks at a text (or at all texts of a choice) and says what goes on and when it is enough. All else is here:
held text keeps its place; a choice that has had enough is closed in legal order and the rest of it is swallowed; when
no choice is left open the stream is finished, so that its source is closed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    FinishReason,
    ReasoningDelta,
    ReasoningEnd,
    RefusalDelta,
    Restart,
    Resume,
    Retract,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolCall,
    ToolError,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.events.order import CONTENT
from slipstream.flow.ending import Ending
from slipstream.flow.stage import Untimed

Delta = TextDelta | ReasoningDelta | RefusalDelta | ToolInputDelta
BlockKey = tuple[type[Event], str, int]
"""Which text: its kind, its block (a refusal has none), its choice."""


class Watcher(Protocol):
    """Watches one text, or all texts of one choice."""

    over: bool
    """True once it is enough; it is not fed again then."""

    held: str
    """What it has taken and not let go."""

    def feed(self, text: str) -> str:
        """Take a piece; return what goes on."""
        ...

    def release(self) -> str:
        """The text ends or is interrupted here: return what is held."""
        ...


_DELTA_OF_END: Final[dict[type[Event], type[Event]]] = {
    TextEnd: TextDelta,
    ReasoningEnd: ReasoningDelta,
    ToolInputEnd: ToolInputDelta,
}
# What must not overtake held text of its own choice, as in `TextStage`.
_BARRIERS: Final = frozenset((ToolInputStart, ToolCall, File, StepEnd))
# What a choice that was ended early may still say.
_SWALLOWED: Final = frozenset(CONTENT) - {Usage, Retract, Resume}
_CALL_DONE: Final = frozenset((ToolCall, ToolError))


class ChoiceEnding(Ending):
    """Also ends one choice of several."""

    @property
    def open_steps(self) -> set[int]:
        """The choices whose step is open."""
        return set(self._steps)

    def close_choice(self, choice: int, reason: FinishReason, raw_reason: str) -> list[Event]:
        """The events that end this choice now; they are observed."""
        blocks = [end for (_, of), end in self._blocks.items() if of == choice]
        closing = [*blocks, StepEnd(reason, raw_reason, choice)]
        for event in closing:
            self.observe(event)
        return closing


class _Lane:
    """A watcher, and the last delta that went into it and its block."""

    __slots__ = ("block", "last", "watcher")

    def __init__(self, watcher: Watcher, block: BlockKey, last: Delta) -> None:
        self.watcher = watcher
        self.block = block
        self.last = last

    def release(self) -> list[Event]:
        """What the watcher holds."""
        return _piece(self.last, self.watcher.release()) if self.watcher.held else []


class StoppingStage(Untimed):
    """Runs texts through watchers, and ends what has had enough.

    Args:
        watcher: makes one.
        kinds: the deltas that are watched.
        reason: the finish reason of what is ended.
        raw_reason: the same in the stage's own word.
        by_choice: True if one watcher sees all texts of a choice, else each text has its own.
        spares_calls: True if a tool call that has begun may come to its end first.
    """

    def __init__(
        self,
        watcher: Callable[[], Watcher],
        kinds: Iterable[type[Event]],
        reason: FinishReason,
        raw_reason: str,
        *,
        by_choice: bool = False,
        spares_calls: bool = True,
    ) -> None:
        self._watcher = watcher
        self._kinds = frozenset(kinds)
        self._reason: FinishReason = reason
        self._raw_reason = raw_reason
        self._by_choice = by_choice
        self._spares_calls = spares_calls
        self._ended = False
        self._reset()

    def _reset(self) -> None:
        self._ending = ChoiceEnding()
        self._lanes: dict[BlockKey | int, _Lane] = {}
        self._lane: _Lane | None = None  # the last that was used: nearly always the next too
        self._calls: dict[int, set[str]] = {}  # open calls of each choice
        self._waiting: set[int] = set()  # choices that have had enough, and wait for their calls
        self._over: set[int] = set()  # choices that were ended

    def on_event(self, event: Event, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Pass the event on, unless it comes after the end of its choice."""
        if self._ended:
            return ()
        kind = type(event)
        if (self._over or self._waiting) and self._is_swallowed(event, kind):
            return ()
        if kind in self._kinds:
            return self._on_text(event, kind)  # type: ignore[arg-type]
        return self._others(event, kind)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """All that is held."""
        return self._release_where(lambda _: True)

    # ---- texts

    def _on_text(self, event: Delta, kind: type[Event]) -> Iterable[Event]:
        block = (kind, "" if kind is RefusalDelta else event.id, event.choice)  # type: ignore[union-attr]
        lane = self._lane
        before: list[Event] = []
        if lane is None or lane.block != block:
            lane, before = self._switch(block, event)
        lane.last = event
        watcher = lane.watcher
        shown = watcher.feed(event.text)
        if watcher.over:
            return (*before, *_piece(event, shown), *self.enough(event, watcher))
        if shown is event.text and not before:
            return (event,)
        return (*before, *_piece(event, shown))

    def _switch(self, block: BlockKey, event: Delta) -> tuple[_Lane, list[Event]]:
        """Another text goes on than the one before: its lane, and what the last text of this lane held."""
        key = event.choice if self._by_choice else block
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(self._watcher(), block, event)
        before = lane.release() if lane.block != block else []
        lane.block = block
        self._lane = lane
        return lane, before

    def enough(self, event: Delta, watcher: Watcher) -> list[Event]:  # noqa: ARG002 - for those that go on
        """What follows the last delta of a text that has had enough."""
        return self._end_choice(event.choice)

    def _end_choice(self, choice: int) -> list[Event]:
        released = self._release_where(lambda lane: lane.last.choice == choice)
        if self._spares_calls and self._calls.get(choice):
            self._waiting.add(choice)
            return released
        self._waiting.discard(choice)
        self._over.add(choice)
        if self._ending.open_steps - {choice}:
            return released + self._ending.close_choice(choice, self._reason, self._raw_reason)
        self._ended = True
        return released + self._ending.close(self._reason, self._raw_reason)

    def _is_swallowed(self, event: Event, kind: type[Event]) -> bool:
        choice = getattr(event, "choice", None)
        if choice in self._over:
            return kind in _SWALLOWED
        return choice in self._waiting and kind in self._kinds

    # ---- all else

    def _others(self, event: Event, kind: type[Event]) -> Iterable[Event]:
        before = self._before(event, kind) if self._lanes else []
        if kind is ToolInputStart:
            self._calls.setdefault(event.choice, set()).add(event.id)  # type: ignore[attr-defined]
        elif kind in _CALL_DONE:
            self._calls.get(event.choice, set()).discard(event.id)  # type: ignore[attr-defined]
        elif kind is Restart:
            self._reset()
        if self._waiting:
            return (*before, *self._serve_waiting(event, kind))
        self._ending.observe(event)
        return (*before, event) if before else (event,)

    def _serve_waiting(self, event: Event, kind: type[Event]) -> list[Event]:
        """A choice that had enough ends with its last call, or in place of its own end."""
        choice: int | None = getattr(event, "choice", None)
        if choice not in self._waiting:
            self._ending.observe(event)
            return [event]
        if isinstance(event, StepEnd):
            self._calls.pop(event.choice, None)
            return self._end_choice(event.choice)
        self._ending.observe(event)
        ended = kind in _CALL_DONE and not self._calls.get(choice)
        return [event, *self._end_choice(choice)] if ended else [event]

    def _before(self, event: Event, kind: type[Event]) -> list[Event]:
        """What is held and must not be overtaken. A block that ends takes its watcher along."""
        if kind in _DELTA_OF_END:
            block = (_DELTA_OF_END[kind], event.id, event.choice)  # type: ignore[attr-defined]
            released = self._release_where(lambda lane: lane.block == block)
            self._lane = None
            self._lanes.pop(block, None)
            return released
        if kind in _BARRIERS:
            choice: int = event.choice  # type: ignore[attr-defined]
            return self._release_where(lambda lane: lane.last.choice == choice)
        if isinstance(event, (Error, Abort)):
            return self._release_where(lambda _: True)
        return []

    def _release_where(self, wanted: Callable[[_Lane], bool]) -> list[Event]:
        return [event for lane in self._lanes.values() if wanted(lane) for event in lane.release()]


def _piece(delta: Delta, text: str) -> list[Event]:
    """A delta of the same text with another piece, or nothing."""
    if not text:
        return []
    if isinstance(delta, RefusalDelta):
        return [RefusalDelta(text, choice=delta.choice, raw=delta.raw)]
    return [type(delta)(text, id=delta.id, choice=delta.choice, raw=delta.raw)]
