"""One interaction as far as it has come: all that must survive when a stream breaks and another goes on with it."""

from __future__ import annotations

from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.gemini_wire.usage import INTERACTION
from slipstream.dialects.common.interactions_wire.steps import CallStep, Step, step_of
from slipstream.dialects.common.wire import Wire, text
from slipstream.events import Event

# No interaction comes near this; a server that numbers beyond it would only fill memory.
MAX_STEPS = 10_000


class Answer:
    """An interaction.

    Attributes:
        id, model: as it says; "" before it did.
        started: True once its `Start` is out.
        status: the last that was told, or "".
        usage: the last counts.
        open: the steps on their way, by index.
        count: how many steps have come.
        calls: how many calls are complete that the caller must run.
        event_id: the token of the last frame that had one, or None.
    """

    def __init__(self) -> None:
        self.id = self.model = self.status = ""
        self.started = False
        self.usage: Wire = {}
        self.ids = Ids()
        self.open: dict[int, Step] = {}
        self.count = 0
        self.calls = 0
        self.event_id: str | None = None

    def count_tokens(self, usage: object) -> None:
        """Take a usage object; a later one replaces an earlier one."""
        if isinstance(usage, dict) and INTERACTION.states(usage):
            self.usage = usage

    def begin(self, index: int, step: Wire, out: list[Event]) -> Step:
        """A step begins; one that is open at this index is over."""
        self.end(index, out)
        found = self.open[index] = step_of(text(step, "type"), self.ids)
        self.count += 1
        found.open(step, out)
        return found

    def end(self, index: int, out: list[Event]) -> None:
        """A step is over."""
        step = self.open.pop(index, None)
        if step is not None:
            step.close(out)
            self.calls += isinstance(step, CallStep) and step.runnable

    def end_all(self, out: list[Event]) -> None:
        """Every step is over."""
        for index in list(self.open):
            self.end(index, out)
