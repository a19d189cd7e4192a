"""The base of stages that show a text to its end at their pace, while what comes behind it waits.

Strategy: an event that ends a text opens a line for its choice as long as something of the text is held, and all that
comes for the choice queues there; what belongs to no choice (usage, the finish) queues behind all lines. Text in a line
has no clock of its own yet, so the text ahead of it is hurried when it would be late otherwise: at the pace that brings
all of it out in time, which the line keeps, so that it is one straight line over several blocks too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol, cast

from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Heartbeat,
    Metadata,
    Moderation,
    Progress,
    Raw,
    ReasoningDelta,
    ReasoningEnd,
    RefusalDelta,
    Restart,
    Retract,
    Retry,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolCall,
    ToolInputStart,
    Usage,
)
from slipstream.flow.stage import Job
from slipstream.flow.text_stage import Cutter, Key, TextStage

SHORT: Final = 1 / 15
"""Seconds, two frames of a pace: text that has less left is shown at once."""


class PacedCutter(Cutter, Protocol):
    """A cutter that can be told that its text has ended, and still takes its time."""

    @property
    def held(self) -> int:
        """Characters that it holds."""
        ...

    def close(self) -> None:
        """No more will come; nothing is to be waited for but the pace."""
        ...

    def hurry(self, rate: float, now: float) -> None:
        """Show so many characters a second at least, for the lag that is left."""
        ...


Waiting = tuple[Event, float]
"""What waits, and since when."""

_TEXT_OF: Final[dict[type[Event], type[Event]]] = {TextEnd: TextDelta, ReasoningEnd: ReasoningDelta}
_DELTAS: Final = frozenset((TextDelta, ReasoningDelta, RefusalDelta))
_PASS: Final = frozenset((Heartbeat, Retry, Progress))  # of the connection and the model, not of the text
# A tool is run and an answer is taken back without delay.
_AT_ONCE: Final = frozenset((ToolInputStart, ToolCall, Retract))
_BREAKS: Final = frozenset((Error, Abort))
_BEHIND_ITS_CHOICE: Final = frozenset((StepEnd, File))
_FACTS: Final = frozenset((Usage, Metadata, Moderation, Raw))  # what stays true if the text is void


class DrainingStage(TextStage):
    """A `TextStage` whose texts are shown to their end at the pace; it is a `WorkingStage`, for the finish to wait.

    A tool call and a `Retract` let go at once what is held of their choice, an `Error` and an `Abort` all of it; a
    `Restart` voids it.

    Args:
        cutter: makes the cutter of a text.
        span: seconds within which a cutter gets rid of its backlog; text that waits behind another keeps to it too.
        bound: seconds after it came in which text has to be shown, its own wait for the rest of a unit not counted.
    """

    def __init__(self, cutter: Callable[[], PacedCutter], span: float, bound: float) -> None:
        super().__init__(cutter)
        self._span = span
        self._bound = bound
        self._lines: dict[int, _Line] = {}
        self._behind = _Line()  # behind all lines; empty if there are none

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Cut text; let what comes behind a text that is not shown yet wait for it."""
        kind = type(event)
        if (kind is TextDelta or kind is ReasoningDelta) and not self._lines:
            return TextStage.on_event(self, event, now)  # nearly every event: `super()` costs more
        if kind in _PASS:
            return (event,)
        if kind in _AT_ONCE:
            return (*self._flush_choice(event.choice, now), *super().on_event(event, now))  # type: ignore[attr-defined]
        if kind in _BREAKS:
            return super().on_event(event, now)
        if kind is Restart:
            return (*self._void(), *super().on_event(event, now))
        return self._accept(event, now)

    def on_wake(self, now: float) -> Iterable[Event]:
        """What is due, and what has waited for it."""
        out = list(super().on_wake(now))
        if self._lines:
            self._advance(now, out)
        return out

    def on_break(self, now: float) -> Iterable[Event]:
        """All that is held, and all that waits, in order."""
        out: list[Event] = []
        for choice in list(self._lines):
            out += self._flush_line(choice, now)
        behind, self._behind = self._behind, _Line()
        for event, _ in behind.events:
            out += super().on_event(event, now)
        return [*out, *super().on_break(now)]

    def on_end(self, now: float) -> Iterable[Event]:
        """Nothing but what is due: `busy` tells that there is more."""
        for text in self._open.values():
            _paced(text.cutter).close()
        return self.on_wake(now)

    @property
    def busy(self) -> bool:
        """True while text is held: the finish waits for it."""
        return bool(self._lines) or any(_paced(text.cutter).held for text in self._open.values())

    def jobs(self) -> list[Job]:
        """None: time is all it takes."""
        return []

    # ---- in

    def _accept(self, event: Event, now: float) -> list[Event]:
        out: list[Event] = []
        choice: int | None = getattr(event, "choice", None)
        if self._behind.events or (choice is None and self._lines):
            self._behind.add(event, now)
            self._hurry(None, event, now)
        elif choice in self._lines:
            self._lines[choice].add(event, now)
            self._hurry(choice, event, now)
        else:
            self._admit((event, now), choice, 0.0, now, out)
        return out

    def _hurry(self, choice: int | None, event: Event, now: float) -> None:
        """What is ahead of this event goes fast enough for it to be in time."""
        if type(event) not in _DELTAS:
            return
        lines = list(self._lines.values()) if choice is None else [self._lines[choice]]
        waiting = sum(line.size for line in lines) + (self._behind.size if choice is None else 0)
        ahead = self._cutters(choice)
        rate = (waiting + sum(cutter.held for cutter in ahead)) / self._span
        for line in [*lines, self._behind] if choice is None else lines:
            line.rate = max(line.rate, rate)
        for cutter in ahead:
            cutter.hurry(rate, now)

    # ---- out

    def _admit(self, waiting: Waiting, choice: int | None, rate: float, now: float, out: list[Event]) -> None:
        """No line is ahead of it: it goes on, or begins one."""
        if not self._goes(waiting, rate, now, out):
            line = self._lines[choice or 0] = _Line(rate)
            line.add(*waiting)

    def _goes(self, waiting: Waiting, rate: float, now: float, out: list[Event]) -> bool:
        """Let an event go whose turn it is; False if the text ahead of it takes its time."""
        event, since = waiting
        ahead = self._ahead(event)
        if any(cutter.held for cutter in ahead):
            for cutter in ahead:
                cutter.close()
            out += super().on_wake(now)
            if any(cutter.held for cutter in ahead):
                return False
        out += super().on_event(event, now)
        if since < now and isinstance(event, (TextDelta, ReasoningDelta, RefusalDelta)):
            out += self._catch_up(event.choice, since + self._bound - now, rate, now)
        return True

    def _catch_up(self, choice: int, left: float, rate: float, now: float) -> list[Event]:
        """Text has waited for its turn, and has so many seconds left."""
        if left < SHORT:
            return self._flush_where(lambda key: key[2] == choice, now)
        for cutter in self._cutters(choice):
            cutter.hurry(max(rate, cutter.held / (left - SHORT / 2)), now)
        return []

    def _ahead(self, event: Event) -> list[PacedCutter]:
        """The texts that this event waits for."""
        kind = type(event)
        if kind in _TEXT_OF:
            text = self._open.get((_TEXT_OF[kind], event.id, event.choice))  # type: ignore[attr-defined]
            return [] if text is None else [_paced(text.cutter)]
        return self._cutters(event.choice) if kind in _BEHIND_ITS_CHOICE else []  # type: ignore[attr-defined]

    def _advance(self, now: float, out: list[Event]) -> None:
        """Let go all whose turn has come."""
        for choice in list(self._lines):
            self._advance_line(choice, now, out)
        behind = self._behind
        while behind.events:
            choice_of: int | None = getattr(behind.events[0][0], "choice", None)
            if choice_of is None and self._lines:
                return
            waiting = behind.take()
            if choice_of in self._lines:
                self._lines[choice_of].add(*waiting, behind.rate)
            else:
                self._admit(waiting, choice_of, behind.rate, now, out)
        behind.rate = 0.0

    def _advance_line(self, choice: int, now: float, out: list[Event]) -> None:
        line = self._lines[choice]
        while line.events:
            if not self._goes(line.events[0], line.rate, now, out):
                return
            line.take()
        del self._lines[choice]

    # ---- at once

    def _flush_choice(self, choice: int, now: float) -> Iterable[Event]:
        """What came for a choice; all there is if something of it is behind all."""
        return self.on_break(now) if self._behind.events else self._flush_line(choice, now)

    def _flush_line(self, choice: int, now: float) -> list[Event]:
        def own(key: Key) -> bool:
            return key[2] == choice

        line = self._lines.pop(choice, _Line())
        out = self._flush_where(own, now)
        for event, _ in line.events:
            out += super().on_event(event, now)
        return out + self._flush_where(own, now)

    def _void(self) -> list[Event]:
        waiting = [event for line in (*self._lines.values(), self._behind) for event, _ in line.events]
        self._lines.clear()
        self._behind = _Line()
        return [event for event in waiting if type(event) in _FACTS]

    def _cutters(self, choice: int | None) -> list[PacedCutter]:
        """Of a choice, or of all."""
        return [_paced(text.cutter) for key, text in self._open.items() if choice is None or key[2] == choice]


class _Line:
    """What waits for a text, in order.

    Args:
        rate: characters a second that its text is shown with at least.
    """

    __slots__ = ("events", "rate", "size")

    def __init__(self, rate: float = 0.0) -> None:
        self.events: deque[Waiting] = deque()
        self.size = 0  # characters in them
        self.rate = rate

    def add(self, event: Event, since: float, rate: float = 0.0) -> None:
        """One more at the end."""
        self.events.append((event, since))
        self.size += _size(event)
        self.rate = max(self.rate, rate)

    def take(self) -> Waiting:
        """The first, whose turn has come."""
        waiting = self.events.popleft()
        self.size -= _size(waiting[0])
        return waiting


def _size(event: Event) -> int:
    return len(event.text) if isinstance(event, (TextDelta, ReasoningDelta, RefusalDelta)) else 0


def _paced(cutter: Cutter) -> PacedCutter:
    return cast(PacedCutter, cutter)  # the base does not know what its maker was asked for
