"""The rules at work on a stream: each text in a lane of its own, and what comes whole looked at whole.

Strategy: texts do not wait for each other. While a block is open, others may pass what it holds. Once it is closed,
what it held goes on before anything else of its answer, unless the same text goes on in a next block: then its lane
does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from slipstream.events import types as e
from slipstream.events.types import Event
from slipstream.flow.guard.calls import CHANNEL, Arguments
from slipstream.flow.guard.fields import BESIDE, screen_call, screen_event
from slipstream.flow.guard.lane import Lane
from slipstream.flow.guard.reaction import Reaction, Writer
from slipstream.flow.guard.screen import Rules

_GROWS: Final[dict[type[Event], Any]] = {
    e.TextStart: e.TextDelta,
    e.TextEnd: e.TextDelta,
    e.ReasoningStart: e.ReasoningDelta,
    e.ReasoningEnd: e.ReasoningDelta,
}
_PARTING: Final = frozenset((e.StepStart, e.ToolInputStart, e.ToolCall, e.ToolResult, e.ToolError, e.File))
"""What comes between a block that has closed and the next: what the block held goes on before it."""


class Texts:
    """All texts of one stream.

    Nothing comes out behind a match that ends the stream; `reaction.stopped` says that there was one.

    Args:
        rules: what is looked for.
        reaction: what is done about it.
        part: True lets a text end where something else comes between its blocks; False, at the end of its step.
        pass_raw: True lets wire objects pass.

    Attributes:
        open: the lanes of open blocks.
    """

    def __init__(self, rules: Rules, reaction: Reaction, *, part: bool, pass_raw: bool) -> None:
        self._rules = rules
        self._reaction = reaction
        self._part = part
        self._pass_raw = pass_raw
        self.open: dict[tuple[type[Event], str, int], Lane] = {}
        self.clear()

    def clear(self) -> None:
        """All that is held is void."""
        self.open.clear()
        self._idle: dict[tuple[type[Event], int], Lane] = {}  # lanes of blocks that have closed
        self._calls: dict[tuple[str, int], Arguments] = {}

    def prime(self, text: str, kind: Any, choice: int) -> None:
        """Tell what has been shown of a text already."""
        lane = self._lane(kind, choice)
        lane.prime(text)
        self._idle[kind, choice] = lane

    def take(self, event: Event) -> list[Event]:
        """Take any event; return what may go on in its place."""
        return _ROUTES.get(type(event), Texts._other)(self, event)

    def flush(self) -> list[Event]:
        """The stream ends well: all that is held goes on."""
        out: list[Event] = []
        for lane in (*self._idle.values(), *self.open.values()):
            out += () if self._stopped else lane.finish()
        for (id, choice), arguments in self._calls.items():
            out += () if self._stopped else self._argument(e.ToolInputDelta("", id, choice), arguments.end())
        self.clear()
        return out

    @property
    def _stopped(self) -> bool:
        return self._reaction.stopped is not None

    def _unless_stopped(self, event: Event) -> list[Event]:
        if self._stopped:
            return []
        return [event if event.raw is None or self._pass_raw else replace(event, raw=None)]

    # ---- text, thinking, refusals

    def _lane(self, kind: Any, choice: int) -> Lane:
        """The lane for a block that opens: that of a closed one before it, because the text goes on."""
        idle = self._idle.pop((kind, choice), None)
        return idle or Lane(self._rules, self._reaction, kind, choice, keep_raw=self._pass_raw)

    def _delta(self, event: Any) -> list[Event]:
        kind = type(event)
        id = getattr(event, "id", "")
        lane = self.open.get((kind, id, event.choice))
        if lane is not None:
            return lane.feed(event)
        out = self._parted(event.choice, kind)  # a refusal, or a block that was never opened
        if self._stopped:
            return out
        lane = self.open[kind, id, event.choice] = self._lane(kind, event.choice)
        lane.begin(id)
        return out + lane.feed(event)

    def _opened(self, event: Any) -> list[Event]:
        kind = _GROWS[type(event)]
        out = self._parted(event.choice, kind)
        if self._stopped:
            return out
        lane = self.open[kind, event.id, event.choice] = self._lane(kind, event.choice)
        return out + lane.border(*self._unless_stopped(event))

    def _closed(self, event: Any) -> list[Event]:
        kind = _GROWS[type(event)]
        made = self._whole(event)
        lane = self.open.pop((kind, event.id, event.choice), None)
        if lane is None:
            return made
        before = self._idle.get((kind, event.choice))
        self._idle[kind, event.choice] = lane
        out = [] if before is None else before.finish()
        return out if self._stopped else out + lane.border(made[0])

    def _parted(self, choice: int, but: type[Event] | None) -> list[Event]:
        """Something comes that ends the texts of closed blocks, all but those of one kind."""
        out: list[Event] = []
        if self._part:
            for (kind, of), lane in self._idle.items():
                if of == choice and kind is not but and not self._stopped:
                    out += lane.part()
        return out

    def _step_ended(self, event: Any) -> list[Event]:
        """A step is one call of the model: its texts end with it."""
        closed = [lane for (_, choice), lane in self._idle.items() if choice == event.choice]
        out: list[Event] = []
        for lane in (*closed, *(lane for key, lane in self.open.items() if key[2] == event.choice)):
            out += () if self._stopped else lane.part()
        return out if self._stopped else out + self._whole(event)

    # ---- calls

    def _call_opened(self, event: Any) -> list[Event]:
        self._calls[event.id, event.choice] = Arguments(self._rules, self._reaction, event.choice)
        return self._other(event)

    def _call_grows(self, event: Any) -> list[Event]:
        key = (event.id, event.choice)
        arguments = self._calls.get(key)
        if arguments is None:
            arguments = self._calls[key] = Arguments(self._rules, self._reaction, event.choice)
        text = arguments.feed(event.text)
        if text == event.text and (event.raw is None or self._pass_raw):
            return [event]
        return self._argument(event, text)

    def _call_closed(self, event: Any) -> list[Event]:
        return self._call_ended(event, self._calls.get((event.id, event.choice))) + self._unless_stopped(event)

    def _call_ended(self, event: Any, arguments: Arguments | None) -> list[Event]:
        return [] if arguments is None else self._argument(event, arguments.end())

    def _argument(self, event: Any, text: str) -> list[Event]:
        raw = event.raw if self._pass_raw else None
        return [e.ToolInputDelta(text, event.id, event.choice, raw=raw)] if text else []

    def _call(self, event: e.ToolCall) -> list[Event]:
        """A complete call: it says what was streamed; one that came without, or says otherwise, is looked at whole."""
        came = self._calls.pop((event.id, event.choice), None)
        out = self._parted(event.choice, None)
        if not self._stopped:
            out += self._call_ended(e.ToolInputDelta("", event.id, event.choice), came)
        if self._stopped:
            return out
        streamed = came is not None and "".join(came.given) == event.arguments
        # What matched in arguments that came in pieces has been told of.
        self._reaction.silent = came is not None and bool(came.given)
        text = "".join(came.shown) if came is not None and streamed else self._guarded(event)
        look = partial(self._look, CHANNEL, event.choice, True)
        made = screen_call(event, look, text, streamed=streamed)
        self._reaction.silent = False
        return out + self._unless_stopped(made)

    def _guarded(self, event: e.ToolCall) -> str:
        arguments = Arguments(self._rules, self._reaction, event.choice)
        return arguments.feed(event.arguments) + arguments.end()

    # ---- what comes whole

    def _other(self, event: Event) -> list[Event]:
        out = self._parted(getattr(event, "choice", 0), None) if type(event) in _PARTING else []
        return out if self._stopped else out + self._whole(event)

    def _whole(self, event: Event) -> list[Event]:
        kind = type(event)
        look = partial(self._look, event.type, getattr(event, "choice", 0), kind not in BESIDE)
        made = screen_event(event, look, pass_raw=self._pass_raw)
        return [] if made is None or self._stopped else [made]

    def _look(self, channel: str, choice: int, ends: bool, text: str) -> str:
        """One text, as it may be shown."""
        scanner = self._rules.scanner()
        pieces = [*scanner.feed(text), *scanner.end()]
        if all(piece.rule is None for piece in pieces):
            return text
        writer = Writer(self._reaction, channel, choice, ends=ends)
        parts = writer.write(pieces)
        return "".join(part.text for part in (*parts, *writer.end()))


_ROUTES: Final[dict[type[Event], Callable[[Texts, Any], list[Event]]]] = {
    e.TextDelta: Texts._delta,
    e.ReasoningDelta: Texts._delta,
    e.RefusalDelta: Texts._delta,
    e.TextStart: Texts._opened,
    e.ReasoningStart: Texts._opened,
    e.TextEnd: Texts._closed,
    e.ReasoningEnd: Texts._closed,
    e.ToolInputStart: Texts._call_opened,
    e.ToolInputDelta: Texts._call_grows,
    e.ToolInputEnd: Texts._call_closed,
    e.ToolCall: Texts._call,
    e.StepEnd: Texts._step_ended,
}
