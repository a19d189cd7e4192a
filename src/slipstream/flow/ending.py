"""How a stage ends a stream well: every block and step that is open is closed first (the table of legal order)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from slipstream.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningEnd,
    ReasoningStart,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextEnd,
    TextStart,
    ToolInputEnd,
    ToolInputStart,
)

_OPENS: Final[dict[type[Event], Callable[[str, int], Event]]] = {
    TextStart: lambda id, choice: TextEnd(id, choice),
    ReasoningStart: lambda id, choice: ReasoningEnd(id, choice=choice),
    ToolInputStart: lambda id, choice: ToolInputEnd(id, choice),
}
_CLOSES: Final = frozenset((TextEnd, ReasoningEnd, ToolInputEnd))


class Ending:
    """Keeps what is open in the events that a stage lets go, and closes it.

    `observe` takes every event but deltas; giving it deltas as well is harmless.
    """

    __slots__ = ("_blocks", "_started", "_steps")

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], Event] = {}
        self._steps: dict[int, None] = {}
        self._started = False

    def observe(self, event: Event) -> None:
        """Take an event that goes on."""
        kind = type(event)
        close = _OPENS.get(kind)
        if close is not None:
            key: tuple[str, int] = (event.id, event.choice)  # type: ignore[attr-defined]
            self._blocks[key] = close(*key)
        elif kind in _CLOSES:
            self._blocks.pop((event.id, event.choice), None)  # type: ignore[attr-defined]
        elif isinstance(event, StepStart):
            self._steps[event.choice] = None
        elif isinstance(event, StepEnd):
            self._steps.pop(event.choice, None)
        elif isinstance(event, Start):
            self._started = True
        elif isinstance(event, Restart):
            self._blocks.clear()
            self._steps.clear()
            self._started = False

    def close(self, reason: FinishReason, raw_reason: str | None = None) -> list[Event]:
        """The events that end the stream now.

        Args:
            reason: the finish reason of the answer and of every step that is open.
            raw_reason: in the stage's own word, such as `loop`.
        """
        start: list[Event] = [] if self._started else [Start()]
        steps = [StepEnd(reason, raw_reason, choice) for choice in self._steps]
        return [*start, *self._blocks.values(), *steps, Finish(reason, raw_reason)]
