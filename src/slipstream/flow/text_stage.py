"""The base of stages that hold text back: one cutter for each text that flows.

A stream carries several texts at once (blocks, thinking, refusals, choices). A stage that waits for a sentence's end
must not let one text wait for another, nor let anything overtake text that stood before it. That order is kept here, so
that a stage only says how one text is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    ReasoningDelta,
    ReasoningEnd,
    RefusalDelta,
    Restart,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolCall,
    ToolInputStart,
)

Delta = TextDelta | ReasoningDelta | RefusalDelta
Key = tuple[type[Event], str, int]
"""Which text: its kind, its block (a refusal has none), its choice."""


class Cutter(Protocol):
    """Cuts one text. The pieces joined are the text, unless the stage is there to change it."""

    def feed(self, text: str, now: float) -> list[str]:
        """Take a piece that came; return the pieces that go on."""
        ...

    def wake(self, now: float) -> list[str]:
        """The time of `due` has come."""
        ...

    def end(self, now: float) -> list[str]:
        """No more will come: return what is held. The cutter is not used again."""
        ...

    def due(self) -> float | None:
        """When to wake it, or None."""
        ...


_ENDS: Final[dict[type[Event], type[Event]]] = {TextEnd: TextDelta, ReasoningEnd: ReasoningDelta}
# What must not overtake the text of its own choice. All else may: usage, metadata, boxes, heartbeats say nothing about
# the place in the text.
_BARRIERS: Final = frozenset((ToolInputStart, ToolCall, File, StepEnd))


class TextStage:
    """Runs every text through a cutter of its own, and keeps the order.

    What is held goes on before whatever ends its block or its step, before a tool call, and before an `Error` or an
    `Abort`; a `Restart` voids it. A piece that is cut otherwise than it came carries the last `raw` that came with it.

    Args:
        cutter: makes the cutter of a text.
    """

    def __init__(self, cutter: Callable[[], Cutter]) -> None:
        self._cutter = cutter
        self._open: dict[Key, _Text] = {}
        self._only: Cutter | None = None  # the cutter of the text that is open, if it is one

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Cut text; let go what is held before what must not overtake it."""
        kind = type(event)
        if kind is TextDelta or kind is ReasoningDelta:  # nearly every event, so that no call stands between
            given: str = event.text  # type: ignore[attr-defined]
            key: Key = (kind, event.id, event.choice)  # type: ignore[attr-defined]
            text = self._open.get(key) or self._begin(key)
            text.last = event  # type: ignore[assignment]
            pieces = text.cutter.feed(given, now)
            if not pieces:
                return ()
            if len(pieces) == 1 and pieces[0] == given:
                return (event,)
            return [_like(event, piece) for piece in pieces if piece]  # type: ignore[arg-type]
        if kind in _ENDS:
            return (*self._flush((_ENDS[kind], event.id, event.choice), now), event)  # type: ignore[attr-defined]
        if not self._open and kind is not RefusalDelta:
            return (event,)
        return self._others(event, kind, now)

    def _others(self, event: Event, kind: type[Event], now: float) -> Iterable[Event]:
        if isinstance(event, RefusalDelta):
            key: Key = (RefusalDelta, "", event.choice)
            text = self._open.get(key) or self._begin(key)
            text.last = event
            return [_like(event, piece) for piece in text.cutter.feed(event.text, now) if piece]
        if kind in _BARRIERS:
            choice: int = event.choice  # type: ignore[attr-defined]
            return (*self._flush_where(lambda key: key[2] == choice, now), event)
        if isinstance(event, (Error, Abort)):
            return (*self.on_break(now), event)
        if isinstance(event, Restart):
            self._open.clear()
            self._count()
        return (event,)

    def on_break(self, now: float) -> Iterable[Event]:
        """The stream fails or is cancelled: what of the held text may be shown. All of it, unless a stage judges."""
        return self._flush_where(lambda _: True, now)

    def on_end(self, now: float) -> Iterable[Event]:
        """All that is held."""
        return self._flush_where(lambda _: True, now)

    def on_wake(self, now: float) -> Iterable[Event]:
        """What the cutters whose time has come let go."""
        out: list[Event] = []
        for text in list(self._open.values()):
            due = text.cutter.due()
            if due is not None and due <= now:
                out += (_like(text.last, piece) for piece in text.cutter.wake(now) if piece)
        return out

    def wake_at(self) -> float | None:
        """The nearest time of all cutters."""
        if self._only is not None:
            return self._only.due()  # asked after every event, and there is nearly always one text
        nearest = None
        for text in self._open.values():
            due = text.cutter.due()
            if due is not None and (nearest is None or due < nearest):
                nearest = due
        return nearest

    def _begin(self, key: Key) -> _Text:
        text = self._open[key] = _Text(self._cutter())
        self._count()
        return text

    def _count(self) -> None:
        self._only = next(iter(self._open.values())).cutter if len(self._open) == 1 else None

    def _flush(self, key: Key, now: float) -> Iterable[Event]:
        text = self._open.pop(key, None)
        self._count()
        return () if text is None else [_like(text.last, piece) for piece in text.cutter.end(now) if piece]

    def _flush_where(self, wanted: Callable[[Key], bool], now: float) -> list[Event]:
        return [event for key in list(self._open) if wanted(key) for event in self._flush(key, now)]


class _Text:
    """One text that is open, and its last delta, for the id, the choice and the `raw` of what comes of it."""

    __slots__ = ("cutter", "last")
    last: Delta

    def __init__(self, cutter: Cutter) -> None:
        self.cutter = cutter


def _like(delta: Delta, text: str) -> Delta:
    """A delta of the same text with another piece; faster than `structs.replace`."""
    if isinstance(delta, RefusalDelta):
        return RefusalDelta(text, choice=delta.choice, raw=delta.raw)
    return type(delta)(text, id=delta.id, choice=delta.choice, raw=delta.raw)
