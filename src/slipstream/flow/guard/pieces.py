"""What waits for a check: events that go on together, and what stands for them if they may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from slipstream.events import types as e
from slipstream.events.types import Event
from slipstream.flow.guard.fields import STREAMED
from slipstream.flow.guard.lane import CHANNELS

REMOVED: Final = "removed by the guard"
"""What stands for the error of a tool, or of a call, that may not be shown."""


class Question:
    """A text to ask the check about.

    Args:
        channel: where it flows.
        choice: the answer it belongs to.
        before: what stood before it, which the check is shown as well.

    Attributes:
        text: what is asked about, in parts.
        settled: True once it is decided.
        verdict: None if it may be shown, else the reason why not.
        cover: what stands for it, once that is known: one mask, however many pieces it has.
    """

    __slots__ = ("before", "channel", "choice", "cover", "settled", "text", "verdict")

    def __init__(self, channel: str, choice: int, before: str = "") -> None:
        self.channel = channel
        self.choice = choice
        self.before = before
        self.text: list[str] = []
        self.settled = False
        self.verdict: str | None = None
        self.cover: Cover | None = None

    @property
    def whole(self) -> str:
        """All that the check is shown."""
        return self.before + "".join(self.text)

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to ask about."""
        return not "".join(self.text).strip()


class Cover:
    """What stands for the text of a question: one mask, and the white space around what it hides.

    Args:
        text: what is hidden, with that white space.
        mask: what stands for it.
        streamed: True if the deltas of the question, joined, are the text.
    """

    __slots__ = ("_at", "_begin", "_end", "_mask", "_text")

    def __init__(self, text: str, mask: str, *, streamed: bool) -> None:
        self._text = text
        self._mask = mask  # "" once it was given
        self._at = 0  # how much of the text something stands for already
        self._begin = len(text) - len(text.lstrip()) if streamed else 0
        self._end = len(text.rstrip()) if streamed else len(text)

    def of(self, event: Event) -> str:
        """What stands for the next event of the question."""
        if type(event) not in STREAMED:
            return self._mask
        begin = self._at
        end = self._at = begin + len(event.text)  # type: ignore[attr-defined]
        shown = self._text[begin : min(end, self._begin)]
        if end > self._begin:
            shown, self._mask = shown + self._mask, ""
        return shown + self._text[max(begin, self._end) : end]


class Piece:
    """Events that wait for the same answer and stand beside each other.

    Args:
        question: what decides on them.
    """

    __slots__ = ("events", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.events: list[Event] = []


def text_of(event: Event) -> str:
    """What a check is asked about an event that comes whole; "" for nothing."""
    read = _TEXTS.get(type(event))
    return "" if read is None else read(event)


def cover(event: Event, shown: str) -> Event | None:
    """What stands for an event that may not be shown.

    Args:
        event: any event of a flagged piece.
        shown: the mask, or "".

    Returns:
        The event itself if it holds no text; None for nothing.
    """
    made = _COVERS.get(type(event))
    return event if made is None else made(event, shown)


def _written(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value, enc_hook=str).decode()


def _call_text(event: e.ToolCall) -> str:
    """The arguments without their escapes, which say nothing to a check."""
    return event.arguments if event.input is None else _written(event.input)


def _source_text(event: e.Source) -> str:
    return " ".join(part for part in (event.title, event.url, _written(event.metadata)) if part)


_TEXTS: Final[dict[type[Event], Callable[[Any], str]]] = {
    e.ToolCall: _call_text,
    e.ToolResult: lambda event: _written(event.output),
    e.ToolError: lambda event: event.error,
    e.Source: _source_text,
}


def _delta(event: Any, shown: str) -> Event | None:
    made: Event = replace(event, text=shown)
    return made if shown else None


def _argument(event: e.ToolInputDelta, shown: str) -> Event | None:
    """A mask is a JSON string."""
    return replace(event, text=msgspec.json.encode(shown).decode()) if shown else None


def _call(event: e.ToolCall, shown: str) -> Event:  # noqa: ARG001
    """No tool may be run on arguments that nobody meant."""
    return replace(event, input=None, arguments="{}", error=REMOVED)


_COVERS: Final[dict[type[Event], Callable[[Any, str], Event | None]]] = {
    **dict.fromkeys(CHANNELS, _delta),
    e.ToolInputDelta: _argument,
    e.ToolCall: _call,
    e.ToolResult: lambda event, shown: replace(event, output=shown),
    e.ToolError: lambda event, shown: replace(event, error=shown or REMOVED),
    e.Source: lambda event, shown: replace(event, url="", title=shown, metadata=None),
}
