"""What the model thinks: dimmed while it does, one line when it is done.

Strategy: folded thinking is settled by its last line alone, so only its tail is kept. Of thinking that is shown, a row
is settled as soon as another begins behind it, and only the last row is kept: neither costs more than what is new.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import EMPTY, Line
from slipstream.sinks.terminal.surface import Surface, seconds, wrapped_at

LINES: Final = 4
"""Rows of folded thinking that are seen while it goes on: enough to follow it, few enough to leave the page calm."""

_INDENT: Final = 2
_wide: Final = "\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3"  # written without blanks: a character is a word
_words: Final = re.compile(f"[{_wide}]|[^\\s{_wide}]+").findall
_in_word: Final = re.compile(f"[^\\s{_wide}]").match
_LEAST_HEIGHT: Final = 3  # rows of a screen: one for the heading, one for the progress line, one that stays free
_A_MOMENT: Final = 1.0  # seconds: thinking without words that took less leaves no line


class Thinking:
    """Thinking that is folded when it ends; a part of the screen."""

    passing = True

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._began = surface.now
        self._text = ""
        self._words = 0
        self._word_open = False
        self._rows: list[Line] = []
        self._until: float | None = None  # when its last block was over
        self._ended = False

    @property
    def age(self) -> float:
        """Seconds that it took."""
        return (self._surface.now if self._until is None else self._until) - self._began

    def feed(self, text: str) -> None:
        """Take a piece."""
        if text:
            self._until = None
            joins = self._word_open and _in_word(text) is not None
            self._words += len(_words(text)) - joins
            self._word_open = _in_word(text[-1]) is not None
            self._take(text)

    def pause(self) -> None:
        """One block of it is over, another may follow."""
        self._until = self._surface.now

    def go_on(self) -> None:
        """Another block begins."""
        self._until = None
        if self._words:
            self.feed("\n\n")

    def settled(self) -> list[Line]:
        """See `Part`."""
        rows, self._rows = self._rows, []
        return rows

    def open(self) -> list[Line]:
        """See `Part`."""
        surface = self._surface
        if self._ended or surface.height < _LEAST_HEIGHT:
            return []
        heading = surface.row(f"thinking {surface.sign('…', '...')} {seconds(self.age)}", "dim")
        room = min(LINES, surface.height - _LEAST_HEIGHT)
        rows = surface.rows(self._text.strip(), "dim", _INDENT) if self._words and room > 0 else []
        return [heading, *rows[-room:]]

    def settle(self, count: int) -> None:
        """See `Part`. Its last line is told whatever was seen of it."""

    def resize(self, width: int) -> None:
        """See `Part`."""

    def end(self) -> None:
        """See `Part`."""
        if not self._ended:
            self._ended = True
            self._close()
            if self._words or self.age >= _A_MOMENT:
                self._rows.append(self._surface.row(self._summary(), "dim"))

    def _summary(self) -> str:
        return f"{self._surface.sign('▸', '>')} {self._figures()}"

    def _figures(self) -> str:
        count = f" ({self._words} {'word' if self._words == 1 else 'words'})" if self._words else ""
        return f"thought for {seconds(self.age)}{count}"

    def _take(self, text: str) -> None:
        kept = 2 * LINES * self._surface.width
        self._text += text
        if len(self._text) > 4 * kept:
            self._text = self._text[-kept:]

    def _close(self) -> None:
        """What remains to be settled before the last line."""


class ShownThinking(Thinking):
    """Thinking that stays."""

    _gap = False  # an empty line is owed, if anything follows

    passing = False

    def open(self) -> list[Line]:
        """See `Part`."""
        return self._wrapped(self._text.removesuffix("\r"))

    def settle(self, count: int) -> None:
        """See `Part`."""
        if count:
            self._text = ""

    def _summary(self) -> str:
        return self._figures()  # without the sign of what is folded

    def _take(self, text: str) -> None:
        text = self._text + text
        held = "\r" if text.endswith("\r") else ""  # its line feed may come
        *lines, last = clean(text.removesuffix("\r")).split("\n")
        for line in lines:
            self._line(line)
        *over, last = wrapped_at(last, max(1, self._surface.width - _INDENT))
        for row in over:
            self._line(row)
        self._text = last + held

    def _line(self, line: str) -> None:
        rows = self._wrapped(line)
        if rows and self._gap:
            self._rows.append(EMPTY)
        self._gap = not rows and self._words > 0
        self._rows += rows

    def _wrapped(self, line: str) -> list[Line]:
        return self._surface.rows(line.rstrip(), "dim", _INDENT) if line.strip() else []

    def _close(self) -> None:
        self._line(self._text.removesuffix("\r"))
        self._text = ""
