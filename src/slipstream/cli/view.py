"""How an answer is written: as text for people and pipes, or one event a line for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from slipstream.cli.clean import Cleaner, clean
from slipstream.cli.terminal import Channel
from slipstream.events import Abort, Event, Message, ReasoningDelta, RefusalDelta, TextDelta
from slipstream.flow.record import json_of


class View(Protocol):
    """Writes one answer.

    Attributes:
        shown: something has been written.
    """

    shown: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def event(self, event: Event) -> None:
        """Write what this event adds."""
        ...

    def whole(self, message: Message) -> None:
        """Write an answer that came in one piece."""
        ...

    def end(self, message: Message) -> None:
        """Write what is missing yet: after a cancel, what had arrived and was not shown."""
        ...

    def interrupted(self) -> None:
        """Ctrl-C was pressed: `end` is to come soon."""
        ...


class Output:
    """Writes to stdout, and tells before it does so for the first time.

    Args:
        out: stdout.
        first: called before anything is written: the status line must be gone by then.
    """

    def __init__(self, out: Channel, first: Callable[[], Any]) -> None:
        self._first = first
        self._out = out
        self.shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def interrupted(self) -> None:
        """Nothing is held."""

    def _begin(self) -> None:
        if not self.shown:
            self._first()
            self.shown = True


class TextView(Output):
    """The answer's text as it arrives, its thinking before it.

    A terminal gets no control characters, and the thinking dimmed; a pipe gets the text exactly as it came.

    Args:
        out, first: see `Output`.
        show_thinking: None shows it on a terminal only.
    """

    def __init__(self, out: Channel, first: Callable[[], Any] = bool, *, show_thinking: bool | None = None) -> None:
        super().__init__(out, first)
        self._thinking_wanted = out.is_terminal if show_thinking is None else show_thinking
        self._cleaner = Cleaner() if out.is_terminal else None
        self._in_thinking = False
        self._count = 0

    def event(self, event: Event) -> None:
        """Write a piece of text, refusal or thinking of the first answer."""
        kind = type(event)
        if kind is TextDelta or kind is RefusalDelta:
            assert isinstance(event, TextDelta | RefusalDelta)
            if event.choice == 0:
                self._text(event.text)
        elif kind is ReasoningDelta and self._thinking_wanted:
            assert isinstance(event, ReasoningDelta)
            if event.choice == 0:
                self._thinking(event.text)

    def whole(self, message: Message) -> None:
        """Write thinking and text at once."""
        if self._thinking_wanted and message.reasoning:
            self._thinking(message.reasoning)
        self._text(message.text or message.refusal)

    def end(self, message: Message) -> None:
        """Write the text that the reader of a cancelled stream was not given, and end the line."""
        self._text((message.text or message.refusal)[self._count :])
        if self._cleaner is not None:
            self._out.write(self._cleaner.end())
        if self.shown:
            self._out.end_line()

    def _thinking(self, text: str) -> None:
        if not text:
            return
        if not self._in_thinking:
            self._before_thinking()
            self._in_thinking = True
        self._out.write(self._out.style(clean(text) if self._cleaner else text, "dim"))
        self._out.column_zero = text.endswith("\n")

    def _before_thinking(self) -> None:
        if self.shown:  # some models think again between two pieces of the answer
            self._out.end_line()
            self._out.write("\n")
        self._begin()
        if not self._out.has_colour:
            self._out.write("[thinking]\n")

    def _text(self, text: str) -> None:
        self._count += len(text)
        if self._in_thinking:
            text = self._after_thinking(text)
        if not text:
            return
        self._begin()
        self._out.write(self._cleaner.feed(text) if self._cleaner is not None else text)

    def _after_thinking(self, text: str) -> str:
        """The text without the empty lines it begins with; one is written, to set it apart."""
        text = text.lstrip("\n")
        if text:
            self._in_thinking = False
            self._out.end_line()
            self._out.write("\n" if self._out.has_colour else "\n[answer]\n")
        return text


class JSONView(Output):
    """One event a line, as JSON.

    Args:
        out, first: see `Output`.
    """

    def __init__(self, out: Channel, first: Callable[[], Any] = bool) -> None:
        super().__init__(out, first)
        self._count = 0
        self._aborted = False

    def event(self, event: Event) -> None:
        """Write the event."""
        if isinstance(event, TextDelta) and event.choice == 0:
            self._count += len(event.text)
        self._aborted = self._aborted or isinstance(event, Abort)  # a recording may hold one
        self._line(event)

    def whole(self, message: Message) -> None:
        """Write the message as one object of type `message`."""
        self._line({"type": "message", **message.to_dict()})

    def end(self, message: Message) -> None:
        """After a cancel: the text that had arrived and was not given to the reader, and the `abort`."""
        if message.finish_reason == "cancelled" and not self._aborted:
            rest = message.text[self._count :]
            if rest:
                self._line(TextDelta(rest))
            self._line(Abort(message.raw_finish_reason or "cancelled"))

    def _line(self, value: Event | dict[str, Any]) -> None:
        self._begin()
        try:
            line = msgspec.json.encode(value).decode("utf-8")
        except (ValueError, OverflowError):  # half a surrogate pair, a huge integer: a recording may hold them
            line = json.dumps(msgspec.to_builtins(value)) if isinstance(value, dict) else json_of(value)
        # JSON escapes no DEL and no C1 character, and a terminal obeys those
        self._out.write((clean(line) if self._out.is_terminal else line) + "\n")
