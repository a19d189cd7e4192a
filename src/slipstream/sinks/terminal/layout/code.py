"""Code blocks: a rule with the language, the lines in colours, a rule.

There is no bar at the left, so that code can be copied from the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.highlight import Highlighter
from slipstream.sinks.terminal.layout.leaves import Verbatim
from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.spans import Flat, Span, Style, paint, rule
from slipstream.sinks.terminal.layout.spine import join
from slipstream.sinks.terminal.layout.wrap import Piece, chop, lay

_NARROW: Final = 8  # columns: below them the mark of a line that goes on would take a good part of the line


class Code(Verbatim):
    """A code block.

    Args:
        look: what the terminal can do.
        language: as the fence names it, or nothing.
    """

    def __init__(self, look: Look, language: str) -> None:
        super().__init__(look)
        self._language = clean(language)
        self._headed = False  # whether the upper rule was taken
        self._highlighter = Highlighter(language) if look.highlight and look.colour and language else None

    def spans(self, text: str, ended: bool) -> list[Span]:
        """See `Verbatim`. The rest of a line whose beginning left the screen is not known to the lexer: it is plain."""
        if self._highlighter is None or self._begun:
            return [Span(text)]
        return self._highlighter.line(text) if ended else self._highlighter.peek(text)

    def pieces(self, text: str, room: int, begun: bool) -> Iterator[Piece]:
        """See `Verbatim`. All lines but the first have a mark before them."""
        first = None if begun else next(chop(text, 0, len(text), room), None)
        rest = chop(text, first.end if first else 0, len(text), room - _marks(room))
        return chain([first] if first else [], rest)

    def lay(self, line: Flat, room: int, begun: bool) -> list[Line]:
        """See `Verbatim`."""
        pieces = list(self.pieces(line.text, room, begun))
        if len(pieces) <= 1 and not begun:
            return lay(line, pieces, room, self._look)
        mark = self._mark(room)
        first = [] if begun else lay(line, pieces[:1], room, self._look)
        rest = lay(line, pieces[len(first) :], room - mark.width, self._look)
        return first + [join((mark, piece)) for piece in rest]

    def _mark(self, room: int) -> Line:
        text = ("↪ " if self._look.unicode else "\\ ")[: _marks(room)]
        return Line(paint(text, Style(theme.DIM), self._look), len(text))

    def take(self, room: int) -> list[Line]:
        """See `Leaf`."""
        lines = super().take(room)
        if not self._headed:
            self._headed = True
            lines.insert(0, rule(room, self._look, self._language))
        return lines

    def close(self, room: int) -> list[Line]:
        """See `Leaf`."""
        return [*super().close(room), rule(room, self._look)]


def _marks(room: int) -> int:
    return 2 if room >= _NARROW else 0
