"""Stages in a row: what one gives, the next takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeGuard

from slipstream.errors import InvalidRequestError, SlipstreamError, StageError
from slipstream.events import Error, Event, Finish
from slipstream.flow.stage import TERMINAL, Job, Stage, Untimed, WorkingStage

Outcome = Callable[[float], Iterable[Event]]
"""What a job came to, for the stage that gave it: called with the time."""


class Pipeline:
    """Runs events through stages. Pure: the time comes from the caller, in monotonic seconds.

    Args:
        stages: in the order that events meet them.

    Attributes:
        ended: True once a terminal event has come out; nothing comes out after it.
        exception: what a stage raised, if one did.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = list(stages)
        self._on_event = [stage.on_event for stage in self._stages]
        self._wake_at = [stage.wake_at for stage in self._stages if not isinstance(stage, Untimed)]
        self._working = [(at, stage) for at, stage in enumerate(self._stages) if isinstance(stage, WorkingStage)]
        self._parked: tuple[int, Event] | None = None  # the terminal event, before a stage that is still busy
        self.ended = False
        self.exception: Exception | None = None

    def start(self, now: float) -> None:
        """The stream begins; nothing has arrived."""
        for stage in self._stages:
            on_start = getattr(stage, "on_start", None)
            if on_start is not None:
                on_start(now)

    def feed(self, events: Iterable[Event], now: float) -> list[Event]:
        """Pass events through all stages; return what comes out. A terminal event among them is the last."""
        if self.ended or self._parked is not None:
            return []
        return self._through(events if type(events) is list else list(events), 0, now)

    def wake_at(self) -> float | None:
        """The nearest timer of all stages, or None."""
        nearest = None
        for wake_at in self._wake_at:  # asked after every batch: a loop costs half of what `min` does
            due = wake_at()
            if due is not None and (nearest is None or due < nearest):
                nearest = due
        return nearest

    def wake(self, now: float) -> list[Event]:
        """Wake every stage whose timer is due; return what comes out."""
        out: list[Event] = []
        for index, stage in enumerate(self._stages):
            due = stage.wake_at()
            if due is not None and due <= now and not self.ended:
                out += self._from(index, stage.on_wake, now)
        return out + self._unpark(now)

    # ---- jobs

    @property
    def waiting(self) -> bool:
        """True if the terminal event waits for the outcome of a job."""
        return self._parked is not None

    def jobs(self) -> list[tuple[int, Job]]:
        """The jobs to be done now, each with the number of its stage; see `settle`."""
        return [(index, job) for index, stage in self._working for job in stage.jobs()]

    def settle(self, index: int, outcome: Outcome, now: float) -> list[Event]:
        """Take what a job came to.

        Args:
            index: the number that came with the job.
            outcome: calls `done` or `failed` of the job with the time.
            now: the time.
        """
        if self.ended:
            return []
        return self._from(index, outcome, now) + self._unpark(now)

    def abort(self, event: Event, now: float) -> list[Event]:
        """End the stream with this event although its own terminal event still waits for a job."""
        if self.ended:
            return []
        first = self._parked[0] if self._parked is not None else 0
        self._parked = None
        return self._through([event], first, now)

    # ---- the way through

    def _from(self, index: int, outcome: Outcome, now: float) -> list[Event]:
        """What a stage gives by itself, through the stages behind it."""
        try:
            made = list(outcome(now))
        except Exception as error:
            made = [self._error_of(index, error)]
        return self._through(_cut(made), index + 1, now)

    def _through(self, current: list[Event], first: int, now: float) -> list[Event]:
        for index in range(first, len(self._stages)):
            if not current:
                return current
            current = self._pass(index, current, now)
        if not TERMINAL.isdisjoint(map(type, current)):
            self.ended = True
            return _cut(current)
        return current

    def _pass(self, index: int, events: list[Event], now: float) -> list[Event]:
        """What one stage makes of these events."""
        on_event = self._on_event[index]
        out: list[Event] = []
        made: object = ()
        try:
            for event in events:
                if type(event) in TERMINAL:
                    return self._pass_terminal(index, event, out, now)
                made = on_event(event, now)
                out += made
        except Exception as error:
            out.append(self._error_of(index, error, made))
        return out

    def _pass_terminal(self, index: int, event: Event, out: list[Event], now: float) -> list[Event]:
        stage = self._stages[index]
        if not TERMINAL.isdisjoint(map(type, out)):
            return _cut(out)  # the stage has ended the stream before
        if type(event) is not Finish:
            return [*out, *_broken(stage, event, now)]
        out += stage.on_end(now)
        if isinstance(stage, WorkingStage) and stage.busy and TERMINAL.isdisjoint(map(type, out)):
            self._parked = (index, event)
            return out
        return _concluded(stage, event, out, now)

    def _unpark(self, now: float) -> list[Event]:
        """Let the terminal event go on if the stage it waits for is ready."""
        if self._parked is None or self.ended:
            return []
        index, event = self._parked
        stage = self._stages[index]
        if isinstance(stage, WorkingStage) and stage.busy:
            return []
        self._parked = None
        try:
            made = _concluded(stage, event, list(stage.on_end(now)), now)
        except Exception as error:
            made = [self._error_of(index, error)]
        return self._through(made, index + 1, now)

    def _error_of(self, index: int, error: Exception, made: object = ()) -> Error:
        """The event that ends the stream when a stage raises. It quotes nothing, as an exception may hold content; but
        our own refusals hold none.
        """
        self.exception = error
        name = type(self._stages[index]).__name__
        why = f"raised {type(error).__name__}"
        if not isinstance(made, Iterable):
            why = f"returned a {type(made).__name__} from on_event; accepted: a list of events"
        elif isinstance(error, SlipstreamError):
            why += f": {error.message}"
        return Error(f"the stage {name} {why}", kind=StageError.__name__)


def _concluded(stage: Stage, event: Event, out: list[Event], now: float) -> list[Event]:
    """The clean end of one stage, after its flush; whatever it makes of the terminal event, the stream ends."""
    if not TERMINAL.isdisjoint(map(type, out)):
        return _cut(out)
    out = _cut([*out, *stage.on_event(event, now)])
    return out if out and type(out[-1]) in TERMINAL else [*out, event]


def _broken(stage: Stage, event: Event, now: float) -> list[Event]:
    """Any other end of one stage: first it hears of it, then it gives what it still holds."""
    made = _cut(list(stage.on_event(event, now)))
    terminal = made.pop() if made and type(made[-1]) in TERMINAL else event
    held = [kept for kept in stage.on_end(now) if type(kept) not in TERMINAL]
    return [*made, *held, terminal]


def _cut(events: list[Event]) -> list[Event]:
    """The events up to and with the first terminal one."""
    end = next((at for at, event in enumerate(events) if type(event) in TERMINAL), None)
    return events if end is None else events[: end + 1]


def is_stage(value: object) -> TypeGuard[Stage]:
    """True for a stage; False for a class of stages, which has the methods too."""
    return isinstance(value, Stage) and not isinstance(value, type)


def check_stage(stage: object) -> Stage:
    """The stage itself.

    Raises:
        InvalidRequestError: it is none; the message says what one needs.
    """
    if is_stage(stage):
        return stage
    name = stage.__name__ if isinstance(stage, type) else type(stage).__name__
    hint = f"{name} is a class: make one of it, {name}(...)" if isinstance(stage, type) else None
    raise InvalidRequestError(f"{name} is no stage; it needs on_event, on_wake, on_end and wake_at", hint=hint)
