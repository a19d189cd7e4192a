"""Holds what goes on until the user's check has judged it, and keeps the order meanwhile.

Strategy: each answer has one queue. A text that is to be judged stands in it from its first character on, with the ends
and starts of blocks that fall inside; everything else of the answer queues behind. Checks run side by side, a few at a
time, and what is judged leaves from the front only.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from msgspec.structs import replace

from slipstream.events import types as e
from slipstream.events.types import Event
from slipstream.flow.guard.check import Check, Cuts
from slipstream.flow.guard.lane import CHANNELS
from slipstream.flow.guard.pieces import Cover, Piece, Question, cover, text_of
from slipstream.flow.guard.reaction import Hit, Reaction

Key = tuple[str, str, int]
"""Which text: its channel, its call (or ""), its answer."""

_BORDERS: Final[dict[type[Event], str]] = {
    e.TextStart: "text", e.TextEnd: "text", e.ReasoningStart: "reasoning", e.ReasoningEnd: "reasoning",
}  # fmt: skip
_STARTS: Final = frozenset((e.TextStart, e.ReasoningStart))
_TEXTS: Final = frozenset(CHANNELS.values())
_CALL: Final = frozenset((e.ToolInputDelta, e.ToolInputEnd, e.ToolCall))
_PARTING: Final = frozenset((e.ToolInputStart, e.ToolCall, e.ToolResult, e.ToolError, e.File))
"""What a sentence does not go on behind: what there is of it is judged as it is."""


class Gate:
    """The queues of one stream.

    Args:
        check: what is asked.
        reaction: what is done about what it flags.

    Attributes:
        failed: True once a check failed and the guard is to close.
    """

    def __init__(self, check: Check, reaction: Reaction) -> None:
        self._check = check
        self._reaction = reaction
        self._queues: dict[int, deque[Piece]] = {}
        self._open: dict[Key, Question] = {}  # of which more may come
        self._growing: dict[Key, Piece] = {}  # their last pieces, while nothing else has come
        self._cuts: dict[Key, Cuts] = {}
        self._tails: dict[Key, str] = {}  # what the next window begins with
        self._waiting: deque[Question] = deque()
        self._running: dict[Question, float] = {}  # when each runs out of time; the first of them first
        self._masked: set[tuple[str, int]] = set()  # blocks of thinking that were not shown as they were
        self.failed = False

    # ---- in

    def take(self, event: Event) -> list[Event]:
        """Take an event that the rules let go on; return what may go on now."""
        kind = type(event)
        if kind in CHANNELS:
            return self._delta(event, CHANNELS[kind])
        choice: int | None = getattr(event, "choice", None)
        if choice is None or kind is e.Metadata:
            return [event]  # it says nothing about its place in the answer
        if kind in _CALL:
            self._call(event)
        else:
            self._other(event, kind, choice)
        return self._release(choice)

    def stop(self, hit: Hit) -> list[Event]:
        """The rules found what ends the stream, behind all that was taken."""
        self._shut_all(hit.choice)
        mark = self._queued(Question("", hit.choice))
        mark.question.settled, mark.question.verdict = True, hit.rule
        return self._release(hit.choice)

    def close(self) -> list[Event]:
        """The stream ends well: what is open is judged as it is."""
        self._shut_all(None)
        return [event for choice in list(self._queues) for event in self._release(choice)]

    def clear(self) -> None:
        """All that is held is void; outcomes that are still to come mean nothing."""
        for table in (self._queues, self._open, self._growing, self._cuts, self._tails, self._running):
            table.clear()
        self._waiting.clear()
        self._masked.clear()

    # ---- checks

    @property
    def busy(self) -> bool:
        """True while a verdict is awaited."""
        return bool(self._running or self._waiting)

    def due(self) -> float | None:
        """When the check that runs longest runs out of time."""
        return next(iter(self._running.values())) if self._running else None

    def to_ask(self, now: float) -> list[Question]:
        """The questions to ask now."""
        out: list[Question] = []
        while self._waiting and len(self._running) < self._check.max_parallel:
            question = self._waiting.popleft()
            self._running[question] = now + self._check.timeout
            out.append(question)
        return out

    def __contains__(self, question: Question) -> bool:
        """True while the verdict on this question is awaited."""
        return question in self._running

    def settle(self, question: Question, verdict: str | None) -> list[Event]:
        """The check has spoken. What it says too late means nothing."""
        if question not in self._running:
            return []
        del self._running[question]
        question.settled, question.verdict = True, verdict
        return self._release(question.choice)

    def fail(self, question: Question) -> list[Event]:
        """The check did not say anything in time, or at all."""
        if question in self._running and self._check.on_failure == "closed":
            self.clear()
            self.failed = True
        return self.settle(question, None)

    def late(self, now: float) -> list[Question]:
        """The questions whose checks have run out of time."""
        return [question for question, due in self._running.items() if due <= now]

    # ---- the queue

    def _queued(self, question: Question) -> Piece:
        piece = Piece(question)
        self._queues.setdefault(question.choice, deque()).append(piece)
        return piece

    def _delta(self, event: Any, channel: str) -> list[Event]:
        key = (channel, "", event.choice)
        if key not in self._open:
            self._part(event.choice, channel)
        cuts = self._cuts.get(key)
        if cuts is None:
            cuts = self._cuts[key] = self._check.cuts()
        start = 0
        for end in (*cuts.feed(event.text), None):
            part = event.text[start:end]
            if part:
                self._grow(key, event if part == event.text else replace(event, text=part), part)
            if end is not None:
                self._shut(key)
                start = end
        return self._release(event.choice)

    def _grow(self, key: Key, event: Event, text: str) -> None:
        question = self._open.get(key)
        if question is None:
            question = self._open[key] = Question(key[0], key[2], self._tails.get(key, ""))
        piece = self._growing.get(key)
        if piece is None:
            piece = self._growing[key] = self._queued(question)
        piece.events.append(event)
        question.text.append(text)

    def _call(self, event: Any) -> None:
        """Arguments are judged whole, when the call is complete."""
        key = ("tool_input", event.id, event.choice)
        if type(event) is e.ToolCall:
            self._part(event.choice, "")
        self._grow(key, event, event.text if type(event) is e.ToolInputDelta else "")
        if type(event) is e.ToolCall:
            self._open[key].text = [text_of(event)]
            self._shut(key)

    def _other(self, event: Event, kind: type[Event], choice: int) -> None:
        if kind is e.StepEnd:
            self._shut_all(choice)
        elif kind in _STARTS:
            self._part(choice, _BORDERS[kind])
        elif kind in _PARTING:
            self._part(choice, "")
        piece = self._growing.get((_BORDERS.get(kind, ""), "", choice))
        if piece is not None:
            piece.events.append(event)
            return
        question = Question(event.type, choice)
        question.text = [text_of(event)]
        self._queued(question).events.append(event)
        self._ask(question)

    def _part(self, choice: int, but: str) -> None:
        """Something else comes between what was and what follows, in all channels but one."""
        for key in [key for key in self._open if key[2] == choice and key[0] not in ("tool_input", but)]:
            if self._check.mode == "whole":
                self._growing.pop(key, None)  # the question goes on, in another piece
            else:
                self._shut(key)

    def _shut_all(self, choice: int | None) -> None:
        for key in [key for key in self._open if choice is None or key[2] == choice]:
            self._shut(key)

    def _shut(self, key: Key) -> None:
        """Nothing more belongs to the question."""
        self._growing.pop(key, None)
        question = self._open.pop(key, None)
        if question is None:
            return
        if self._check.mode == "window" and self._check.overlap:
            self._tails[key] = question.whole[-self._check.overlap :]
        self._ask(question)

    def _ask(self, question: Question) -> None:
        if question.is_empty:
            question.settled = True
        else:
            self._waiting.append(question)

    # ---- out

    def _release(self, choice: int) -> list[Event]:
        out: list[Event] = []
        queue = self._queues.get(choice)
        while queue and queue[0].question.settled and self._reaction.stopped is None:
            piece = queue.popleft()
            verdict = piece.question.verdict
            if verdict is None:
                out += map(self._unsigned, piece.events) if self._masked else piece.events
            elif not piece.events:
                self._reaction.stopped = Hit(verdict, choice)  # the mark that `stop` has set
            else:
                out += self._flagged(piece, verdict)
        return out

    def _flagged(self, piece: Piece, rule: str) -> list[Event]:
        """What stands for a piece that may not be shown: one mask for the whole text of its question."""
        question = piece.question
        if question.cover is None:
            self._reaction.hit(rule, question.channel, question.choice)
            if self._reaction.stopped is not None:
                return []
            question.cover = self._cover(question, rule)
        out: list[Event] = []
        for event in piece.events:
            if isinstance(event, e.ReasoningDelta):
                self._masked.add((event.id, event.choice))
            made = cover(self._unsigned(event), question.cover.of(event))
            out += () if made is None else (made,)
        return out

    def _cover(self, question: Question, rule: str) -> Cover:
        """A mask keeps the white space around it; what is dropped takes it along, or there would be two blanks."""
        text = "".join(question.text)
        keeps = question.channel in _TEXTS and not self._reaction.drops
        return Cover(text, self._reaction.cover(rule, len(text.strip() if keeps else text)), streamed=keeps)

    def _unsigned(self, event: Event) -> Event:
        """Thinking that was not shown as it was is not what its provider signed."""
        if isinstance(event, e.ReasoningEnd) and (event.id, event.choice) in self._masked:
            return replace(event, signature=None, details=None)
        return event
