"""An answer as plain text: for a pipe exactly as it came, for a dumb terminal without control characters."""

from __future__ import annotations

from typing import Final, TextIO

from slipstream.client.show.abilities import is_terminal
from slipstream.client.show.rest import Rest
from slipstream.events import Event, Message, ReasoningDelta, RefusalDelta, Restart, Resume, Retract, TextDelta
from slipstream.sinks.terminal.layout import clean
from slipstream.sinks.terminal.telling import ThinkingMode, check_thinking

_NOTES: Final[dict[type[Event], str]] = {
    Restart: "the stream broke; the answer begins anew, what stands above is void",
    Resume: "the stream broke and goes on",
    Retract: "this answer was taken back",
}


class PlainScreen:
    """Writes the text of the first answer as it arrives, and ends its last line.

    Args:
        stream: where to. A terminal (a dumb one) gets no control characters, and notes on what broke.
        thinking: `show` writes it too, between `[thinking]` and `[answer]`; `fold` and `hide` do not.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(self, stream: TextIO, *, thinking: ThinkingMode = "fold") -> None:
        check_thinking(thinking)
        self._stream = stream
        self._for_person = is_terminal(stream)
        self._shows_thinking = thinking == "show"
        self._thinking = False
        self._column_zero = True
        self._begun = False
        self._held = ""  # a CR whose LF may come
        self._rest = Rest()
        self._ended = False

    def event(self, event: Event) -> None:
        """Write what this event adds.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        self._rest.saw(event)
        kind = type(event)
        if kind is TextDelta or kind is RefusalDelta:
            if event.choice == 0:  # type: ignore[attr-defined]
                self._text(event.text)  # type: ignore[attr-defined]
        elif kind is ReasoningDelta and self._shows_thinking:
            if event.choice == 0:  # type: ignore[attr-defined]
                self._think(event.text)  # type: ignore[attr-defined]
        elif kind in _NOTES and self._for_person:
            self._end_line()
            self._write(f"[{_NOTES[kind]}]\n")

    def end(self, message: Message | None = None) -> None:
        """Write the text that no event told, after a cancel, and end the line."""
        if self._ended:
            return
        self._ended = True
        missing = self._rest.of(message) if message is not None else None
        if missing is not None:
            self._text(missing.text)
        held, self._held = self._held, ""
        self._put(held)
        self._end_line()

    def _text(self, text: str) -> None:
        if self._thinking:
            text = text.lstrip("\n")
            if not text:
                return
            self._thinking = False
            self._end_line()
            self._write("\n[answer]\n")
        self._put(text)

    def _think(self, text: str) -> None:
        if text and not self._thinking:
            self._thinking = True
            self._end_line()
            self._write("\n[thinking]\n" if self._begun else "[thinking]\n")
        self._put(text)

    def _put(self, text: str) -> None:
        if self._for_person:
            text = self._held + text
            self._held = "\r" if text.endswith("\r") else ""
            text = clean(text[:-1] if self._held else text)
        self._write(text)

    def _end_line(self) -> None:
        if not self._column_zero:
            self._write("\n")

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
        self._column_zero = text.endswith("\n")
        self._begun = True
