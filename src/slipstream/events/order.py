"""The legal order of a stream, as one table.

Strategy: as in h11, every state is a row and an event without an entry in the row is illegal; the error names both.
What the table cannot say (a delta needs its own open block) is one dictionary of open blocks beside it.

    idle --start--> started --step-start--> answering --finish--> done
                                                |--error-->  failed
                                                `--abort-->  aborted

Heartbeats, retries, progress, metadata and raw objects are legal in every state but the last three.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slipstream.errors import IllegalEventError
from slipstream.events import types as e
from slipstream.events.types import Event

IDLE: Final = "idle"
STARTED: Final = "started"
ANSWERING: Final = "answering"
DONE: Final = "done"
FAILED: Final = "failed"
ABORTED: Final = "aborted"

ANYWHERE: Final = (e.Heartbeat, e.Retry, e.Metadata, e.Moderation, e.Progress, e.Raw)
CONTENT: Final = (
    e.StepStart, e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta, e.ReasoningEnd,
    e.ToolInputStart, e.ToolInputDelta, e.ToolInputEnd, e.ToolCall, e.ToolResult, e.ToolError, e.RefusalDelta,
    e.Source, e.File, e.Box, e.Usage, e.StepEnd, e.Retract, e.Resume, e.Partial,
    e.Element,
)  # fmt: skip


def _row(*groups: tuple[dict[type[Event], str], ...]) -> dict[type[Event], str]:
    return {kind: state for group in groups for part in group for kind, state in part.items()}


def _stay(kinds: Iterable[type[Event]], state: str) -> dict[type[Event], str]:
    return dict.fromkeys(kinds, state)


_ENDS: Final[dict[type[Event], str]] = {e.Error: FAILED, e.Abort: ABORTED}

TRANSITIONS: Final[dict[str, dict[type[Event], str]]] = {
    IDLE: _row((_stay(ANYWHERE, IDLE), {e.Start: STARTED}, _ENDS)),
    STARTED: _row((_stay(ANYWHERE, STARTED), {e.StepStart: ANSWERING, e.Usage: STARTED, e.Finish: DONE}, _ENDS)),
    ANSWERING: _row((_stay(ANYWHERE, ANSWERING), _stay(CONTENT, ANSWERING), {e.Finish: DONE, e.Restart: IDLE}, _ENDS)),
    DONE: {},
    FAILED: {},
    ABORTED: {},
}

_OPENS: Final[dict[type[Event], str]] = {
    e.TextStart: "text", e.ReasoningStart: "reasoning", e.ToolInputStart: "tool-input",
}  # fmt: skip
_GROWS: Final[dict[type[Event], str]] = {
    e.TextDelta: "text", e.ReasoningDelta: "reasoning", e.ToolInputDelta: "tool-input",
}  # fmt: skip
_CLOSES: Final[dict[type[Event], str]] = {
    e.TextEnd: "text", e.ReasoningEnd: "reasoning", e.ToolInputEnd: "tool-input",
}  # fmt: skip


class Order:
    """Checks a stream against the table, event by event.

    Attributes:
        state: the row of the table the stream is in.
        open_blocks: the open blocks, id -> kind.
    """

    __slots__ = ("_last", "open_blocks", "open_choices", "state")

    def __init__(self) -> None:
        self.state: str = IDLE
        self.open_blocks: dict[str, str] = {}
        self.open_choices: set[int] = set()
        self._last: tuple[type[Event], str] | None = None

    def check(self, event: Event) -> None:
        """Take one event.

        Args:
            event: the next event of the stream.

        Raises:
            IllegalEventError: the event may not come now; the message names it and the state, which stays.
        """
        kind = type(event)
        grows = _GROWS.get(kind)
        if grows is not None and self._last == (kind, event.id):  # type: ignore[attr-defined]
            return  # a run of deltas of one open block: the common case, checked once
        following = TRANSITIONS[self.state].get(kind)
        if following is None:
            raise self._illegal(event, f"in state {self.state!r}")
        self._check_block(event, kind, grows)
        self.state = following

    def check_all(self, events: Iterable[Event]) -> None:
        """Take several events; see `check`."""
        for event in events:
            self.check(event)

    def _check_block(self, event: Event, kind: type[Event], grows: str | None) -> None:
        self._last = None
        if grows is not None:
            block: str = event.id  # type: ignore[attr-defined]
            if self.open_blocks.get(block) != grows:
                raise self._illegal(event, f"no open {grows} block has the id {block!r}")
            self._last = (kind, block)
        elif kind in _OPENS:
            self._open(event, _OPENS[kind])
        elif kind in _CLOSES:
            self._close(event, _CLOSES[kind])
        else:
            self._check_step(event)

    def _open(self, event: Event, kind: str) -> None:
        block: str = event.id  # type: ignore[attr-defined]
        if block in self.open_blocks:
            raise self._illegal(event, f"a {self.open_blocks[block]} block with the id {block!r} is open")
        self.open_blocks[block] = kind

    def _close(self, event: Event, kind: str) -> None:
        block: str = event.id  # type: ignore[attr-defined]
        if self.open_blocks.get(block) != kind:
            raise self._illegal(event, f"no open {kind} block has the id {block!r}")
        del self.open_blocks[block]

    def _check_step(self, event: Event) -> None:
        match event:
            case e.StepStart(choice=choice):
                if choice in self.open_choices:
                    raise self._illegal(event, f"a step of choice {choice} is open")
                self.open_choices.add(choice)
            case e.StepEnd(choice=choice):
                if choice not in self.open_choices:
                    raise self._illegal(event, f"no step of choice {choice} is open")
                self.open_choices.remove(choice)
            case e.Finish():
                self._check_finish(event)
            case e.Restart():
                self.open_blocks.clear()
                self.open_choices.clear()
            case _:
                pass

    def _check_finish(self, event: Event) -> None:
        if self.open_blocks:
            raise self._illegal(event, f"the blocks {sorted(self.open_blocks)} are open")
        if self.open_choices:
            raise self._illegal(event, f"the steps of choices {sorted(self.open_choices)} are open")

    @staticmethod
    def _illegal(event: Event, why: str) -> IllegalEventError:
        return IllegalEventError(f"the event {event.type!r} is illegal: {why}")
