"""The words of code in colours."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.lexing import Lexer, lexer_for
from slipstream.sinks.terminal.layout.spans import PLAIN, Span, Style

MAX_LINE: Final = 2000
"""Characters: longer lines are data or minified code, and an expression that looks far ahead costs a square of them."""


class Highlighter:
    """Colours the lines of a code block one after the other. What goes wrong in a lexer leaves the rest plain.

    Args:
        language: a name that Pygments knows; any other leaves the code plain.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._lexer: Lexer | None = None
        self._begun = False

    def line(self, text: str) -> list[Span]:
        """The next line, without its line end."""
        return self._colour(text)

    def peek(self, text: str) -> list[Span]:
        """A line that is still growing."""
        if not self._begun:
            self._begin()
        if self._lexer is None:
            return [Span(text)]
        state = self._lexer.save()
        spans = self._colour(text)
        if self._lexer is not None:
            self._lexer.back(state)
        return spans

    def _begin(self) -> None:
        self._begun = True
        self._lexer = lexer_for(self._language)

    def _colour(self, text: str) -> list[Span]:
        if not self._begun:
            self._begin()
        if self._lexer is None or len(text) > MAX_LINE:
            return [Span(text)]
        try:
            tokens = self._lexer.line(f"{text}\n")
        except Exception:  # a lexer is a table of others' expressions, and nothing of it is worth an answer
            self._lexer = None
            return [Span(text)]
        if "".join(value for _, value in tokens) != f"{text}\n":
            return [Span(text)]
        return [Span(value.rstrip("\n"), _style(kind)) for kind, value in tokens]


@lru_cache(maxsize=256)
def _style(kind: Any) -> Style:
    sgr = theme.of_token(kind)
    return Style(sgr) if sgr else PLAIN
