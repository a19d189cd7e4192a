"""Events of a continuation, made to go on where the broken answer stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from slipstream.events import (
    Abort,
    Event,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
)
from slipstream.run.seam import Seam

_OPENS: Final = frozenset((TextStart, ReasoningStart, ToolInputStart))
_NOT_TEXT: Final = frozenset((ToolInputStart, ToolCall, RefusalDelta))


class Shown:
    """What of an answer has been shown: enough to continue it, and to know whether that can be done.

    Attributes:
        open_text: the id of the text block that is open, or None.
        ids: all block ids so far.
        plain: True while there is nothing but one choice of text and thinking.
    """

    __slots__ = ("_pieces", "_thoughts", "ids", "open_text", "plain", "thinking")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self.open_text: str | None = None
        self.thinking = False
        self.ids: set[str] = set()
        self.plain = True

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    @property
    def output(self) -> str:
        """Text and thinking, for an estimate of their tokens."""
        return "".join((*self._thoughts, *self._pieces))

    def watch(self, events: Iterable[Event]) -> None:
        """Take events that are shown."""
        for event in events:
            kind = type(event)
            if kind is TextDelta:
                self._pieces.append(event.text)  # type: ignore[attr-defined]
            elif kind is ReasoningDelta:
                self._thoughts.append(event.text)  # type: ignore[attr-defined]
            elif kind in _OPENS or kind in _ENDS or kind in _NOT_TEXT or kind is StepStart:
                self._structure(event)

    def _structure(self, event: Event) -> None:
        kind = type(event)
        if kind in _NOT_TEXT or event.choice:  # type: ignore[attr-defined]
            self.plain = False
        if kind in _OPENS:
            self.ids.add(event.id)  # type: ignore[attr-defined]
        if isinstance(event, TextStart):
            self.open_text = event.id
        elif isinstance(event, TextEnd):
            self.open_text = None
        elif kind in (ReasoningStart, ReasoningEnd):
            self.thinking = kind is ReasoningStart

    @property
    def continuable(self) -> bool:
        """True if a model that is given the text can go on with it."""
        return self.plain and not self.thinking and bool(self.text.strip())


_ENDS: Final = frozenset((TextEnd, ReasoningEnd))


class Splice:
    """Renames and trims the events of a continuation.

    Args:
        shown: the broken answer.
        sent: the text that the provider was given.
        attempt: the number of the request, for ids that must be new.
    """

    def __init__(self, shown: Shown, sent: str, attempt: int) -> None:
        self._seam = Seam(shown.text, sent)
        self._taken = set(shown.ids)
        self._into = shown.open_text
        self._attempt = attempt
        self._names: dict[str, str] = {}
        self._name = ""  # of the block that text came for last
        self._handlers: dict[type[Event], Callable[[Any], list[Event]]] = {
            Start: lambda _: [], StepStart: lambda _: [], TextStart: self._text_start, TextDelta: self._text_delta,
            TextEnd: self._text_end, StepEnd: self._step_end, Abort: self._abort,
        }  # fmt: skip

    def take(self, events: Iterable[Event]) -> list[Event]:
        """The events as they go on."""
        out: list[Event] = []
        for event in events:
            handler = self._handlers.get(type(event))
            out += handler(event) if handler is not None else self._renamed(event)
        return out

    def flush(self) -> list[Event]:
        """The text that is held to see whether it repeats what was shown; the continuation has broken too."""
        rest = self._seam.end()
        return [TextDelta(rest, self._name)] if rest else []

    def _abort(self, event: Abort) -> list[Event]:
        return [*self.flush(), event]

    def _text_start(self, event: TextStart) -> list[Event]:
        if self._into is None:
            return self._renamed(event)
        self._names[event.id], self._into = self._into, None
        return []

    def _text_delta(self, event: TextDelta) -> list[Event]:
        name = self._name = self._names.get(event.id, event.id)
        text = self._seam.feed(event.text)
        if not text:
            return []
        return [event if text == event.text and name == event.id else replace(event, text=text, id=name)]

    def _text_end(self, event: TextEnd) -> list[Event]:
        name = self._names.get(event.id, event.id)
        rest = self._seam.end()
        last: list[Event] = [TextDelta(rest, name, event.choice)] if rest else []
        return [*last, replace(event, id=name)]

    def _step_end(self, event: StepEnd) -> list[Event]:
        """A continuation without a word: the block that was open closes all the same."""
        into, self._into = self._into, None
        return [event] if into is None else [TextEnd(into), event]

    def _renamed(self, event: Event) -> list[Event]:
        kind = type(event)
        if kind not in _NAMED:
            return [event]
        id: str = event.id  # type: ignore[attr-defined]
        if kind in _OPENS and id in self._taken:
            self._names[id] = f"{id}-{self._attempt}"
        return [replace(event, id=self._names[id])] if id in self._names else [event]


_NAMED: Final = _OPENS | frozenset((ReasoningDelta, ReasoningEnd, ToolInputDelta, ToolInputEnd, ToolCall))
