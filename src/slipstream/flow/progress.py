"""What the model is doing, for a spinner or a progress bar.

Strategy: a change of state is told at once. Between changes a piece of output costs an addition; whether the figures
are worth telling is asked ten times a second at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slipstream.events import (
    Event,
    Finish,
    Progress,
    ProgressState,
    ReasoningDelta,
    ReasoningStart,
    RefusalDelta,
    Restart,
    StepEnd,
    StepStart,
    TextDelta,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputStart,
    Usage,
)
from slipstream.flow.arguments import whole
from slipstream.flow.tokens import tokens_of, weight_of

STATES: Final[dict[type[Event], ProgressState]] = {
    StepStart: "waiting",
    ReasoningStart: "thinking",
    ReasoningDelta: "thinking",
    TextStart: "answering",
    TextDelta: "answering",
    RefusalDelta: "answering",
    ToolInputStart: "calling",
    ToolInputDelta: "calling",
    ToolCall: "calling",
}
"""What an event says that the model does."""

_DELTAS: Final = frozenset((TextDelta, ReasoningDelta, RefusalDelta, ToolInputDelta))

INTERVAL: Final = 0.1
"""Seconds between two reports without a change of state, at least: ten a second move a bar smoothly."""

SLOW_INTERVAL: Final = 1.0
"""Seconds after which the count of tokens is told although no fraction moved."""

SMALLEST_MOVE: Final = 0.01
"""The part of `max_tokens` that is worth telling: one step of a bar in per cent."""


class ProgressReporter:
    """The stage behind `progress()`. Everything passes; reports stand before the event that they tell of.

    Of several choices the lowest that is open gives the state; tokens are those of all. Neither they nor the fraction
    ever fall, but for a restart, which voids the answer.

    Args:
        max_tokens: the bound that the request set, for `Progress.fraction`; None if there is none.

    Raises:
        InvalidRequestError: `max_tokens` is no whole number of 1 or more.
    """

    def __init__(self, max_tokens: int | None = None) -> None:
        self._max = None if max_tokens is None else whole("max_tokens", max_tokens, "tokens")
        self._state: ProgressState | None = None
        self._open: set[int] = set()
        self._lead = 0
        self._counted = 0  # tokens, as the provider said
        self._weight = 0  # what came since
        self._start: float | None = None
        self._next = 0.0  # no report before, unless the state changes
        self._told = (0.0, 0, 0.0)  # fraction, tokens and time of the last report; the figures never fall

    def on_start(self, now: float) -> None:
        """Nothing has arrived: that is to be told at once."""
        self._start = now

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Pass the event on, behind a report if there is something new."""
        kind = type(event)
        if kind in _DELTAS:
            self._weight += weight_of(event.text)  # type: ignore[attr-defined]
            state = STATES[kind]
            if state == self._state:
                return (event,) if now < self._next else (*self._worth(state, now), event)
        elif self._state is not None and kind not in _WATCHED:
            return (event,)
        return (*self._look(event, kind, now), event)

    def on_wake(self, now: float) -> Iterable[Event]:
        """Tell that the model is waited for."""
        return [self._report("waiting", now)] if self._state is None else ()

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Nothing is held."""
        return ()

    def wake_at(self) -> float | None:
        """At once, and never again."""
        return self._start if self._state is None else None

    def _look(self, event: Event, kind: type[Event], now: float) -> list[Event]:
        """The reports that an event calls for."""
        first: list[Event] = [self._report("waiting", now)] if self._state is None else []
        if isinstance(event, Usage):
            if event.output_tokens is not None:
                self._counted, self._weight = event.output_tokens, 0
            return first
        if isinstance(event, Finish):
            return [*first, self._report("done", now)]
        if isinstance(event, (StepStart, StepEnd, Restart)):
            self._follow(event)
        state = "waiting" if isinstance(event, Restart) else STATES.get(kind)
        if state is None or state == self._state or getattr(event, "choice", self._lead) != self._lead:
            return first
        return [*first, self._report(state, now)]

    def _follow(self, event: StepStart | StepEnd | Restart) -> None:
        """Keep the lowest open choice."""
        if isinstance(event, Restart):
            self._open.clear()
            self._counted = self._weight = 0
            self._told = (0.0, 0, 0.0)  # what was counted is no part of the new answer
        elif isinstance(event, StepStart):
            self._open.add(event.choice)
        else:
            self._open.discard(event.choice)
        self._lead = min(self._open, default=0)

    def _worth(self, state: ProgressState, now: float) -> list[Event]:
        """A report, if the figures have moved enough."""
        self._next = now + INTERVAL
        fraction, tokens, at = self._told
        counted = self._counted + tokens_of(self._weight)
        moved = self._max is not None and min(1.0, counted / self._max) - fraction >= SMALLEST_MOVE
        if not moved and (counted <= tokens or now - at < SLOW_INTERVAL):
            return []
        return [self._report(state, now)]

    def _report(self, state: ProgressState, now: float) -> Progress:
        if self._start is None:
            self._start = now
        self._state = state
        # A bar that goes back looks broken: an estimate that was too high stays until the provider's count is higher.
        tokens = max(self._told[1], self._counted + tokens_of(self._weight))
        fraction = None if self._max is None else min(1.0, tokens / self._max)
        self._told = (fraction or 0.0, tokens, now)
        self._next = now + INTERVAL
        return Progress(state, fraction, tokens, now - self._start)


_WATCHED: Final = frozenset((*STATES, Usage, Finish, StepEnd, Restart))


def progress(max_tokens: int | None = None) -> ProgressReporter:
    """A stage that tells what the model is doing; see `ProgressReporter`."""
    return ProgressReporter(max_tokens)
