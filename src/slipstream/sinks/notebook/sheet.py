"""Pieces of an answer, packed into outputs.

Strategy: a notebook's front end takes an output whole, so that each update of it costs its size. One output for the
answer would be quadratic. So the answer is a row of outputs of a few KB: a new piece goes into the last one until that
is full, and then into a new one. Only the last piece grows, so only the last output is sent again and again; an older
one is sent again if something in it changes after all (the result of a call, a late link definition).
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from slipstream.sinks.notebook.markup import shown

CHUNK: Final = 6_000
"""Characters in an output before a new one begins: an update costs the front end a few KB; more would be noticed at ten
a second, less would leave gaps between many small outputs."""

# MathJax reads any `$` in an HTML output as mathematics, prices too. It shall read only what the parser found to be so.
HEAD: Final = '<div class="slipstream mathjax_ignore tex2jax_ignore">'
TAIL: Final = "</div>"


class Output(NamedTuple):
    """What one output of the cell shows.

    Attributes:
        number: from 0.
        html: for `text/html`; "" if it holds nothing any more.
        plain: for `text/plain`.
    """

    number: int
    html: str
    plain: str


class Piece(Protocol):
    """Something on the page.

    Attributes:
        alone: it stands in an output of its own, because it is large and would be sent again with its neighbours.
        flows: its plain text goes on where that of the piece before it ended; others stand in paragraphs of their own.
        size: about how many characters its HTML has.
    """

    @property
    def alone(self) -> bool: ...

    @property
    def flows(self) -> bool: ...

    @property
    def size(self) -> int: ...

    def html(self) -> str:
        """As it is now."""
        ...

    def plain(self) -> str:
        """The same for a reader without HTML."""
        ...


class Sheet:
    """The outputs of one answer."""

    def __init__(self) -> None:
        self._outputs: list[list[Piece]] = []
        self._place: dict[int, int] = {}  # of a piece, by its identity: the pieces are kept in `_outputs`
        self._last = -1  # the output that pieces are added to
        self._filled = 0  # characters in it, without its last piece
        self._changed: set[int] = set()

    def add(self, piece: Piece) -> None:
        """Put a piece behind all others."""
        if self._is_full(piece):
            self._last += 1
            self._filled = 0
            if self._last == len(self._outputs):
                self._outputs.append([])
        row = self._outputs[self._last]
        if row:
            self._filled += row[-1].size
        row.append(piece)
        self._place[id(piece)] = self._last
        self._changed.add(self._last)

    def touch(self, piece: Piece) -> None:
        """The piece has changed."""
        place = self._place.get(id(piece))
        if place is not None:
            self._changed.add(place)

    def clear(self) -> None:
        """Take everything away. The outputs stay where they are, and are used again."""
        self._changed.update(range(len(self._outputs)))
        for row in self._outputs:
            row.clear()
        self._place.clear()
        self._last, self._filled = -1, 0

    def reserve(self, count: int) -> None:
        """Make at least as many outputs."""
        while len(self._outputs) < count:
            self._changed.add(len(self._outputs))
            self._outputs.append([])

    @property
    def changed(self) -> list[int]:
        """The outputs that are not shown as they are now."""
        return sorted(self._changed)

    def take(self, index: int) -> Output:
        """An output as it is now; it counts as shown then."""
        self._changed.discard(index)
        row = self._outputs[index]
        html = "".join(piece.html() for piece in row)
        return Output(index, f"{HEAD}{html}{TAIL}" if html else "", _plain(row))

    @property
    def count(self) -> int:
        """How many outputs there are."""
        return len(self._outputs)

    def _is_full(self, piece: Piece) -> bool:
        if self._last < 0:
            return True
        row = self._outputs[self._last]
        if not row:
            return False
        return piece.alone or row[-1].alone or self._filled + row[-1].size >= CHUNK


def _plain(row: list[Piece]) -> str:
    text = ""
    for piece in row:
        part = piece.plain()
        text = text + part if piece.flows else "{}\n\n{}\n\n".format(text.rstrip("\n"), part)
    return shown(text.strip("\n"))
