"""The content of a leaf, read on while it grows.

Strategy: the cheapest of three ways. Plain characters behind plain characters only make the last node longer. Else the
text is read from the place on where its content can still change; what stands before it is kept as nodes, so that an
event shares them with the event before it. Only where no such place comes - a mark opened and never closed - a long
rest is read again and again, and then only when it grew by a part of itself: all the readings together stay linear.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.markdown.inline import InlineParser
from slipstream.sinks.markdown.scan import Scope
from slipstream.sinks.markdown.tables import BLANK, row_pieces
from slipstream.sinks.markdown.tree import Cell, Code, Node, Parent, Text

SMOOTH: Final = 8192  # characters: up to here a leaf is told at every change
_STEP: Final = 8  # and then when it grew by a 256th (as bits): telling costs its whole content
SHORT: Final = 1024  # characters: up to here what may change is read at every change
_SMOOTH_STEP: Final = 5  # and then, up to `SMOOTH`, when it grew by a 32nd (as bits): a line or two of text
_REST_STEP: Final = 3  # and then by an eighth
_DENSE: Final = 128  # tokens: a rest of hardly anything but marks is dearer to read than so many characters ...
_DENSE_STEP: Final = 5  # ... so that it is read again when it grew by a 32nd of them

# What makes a text nothing but longer, wherever it stands: no mark (an exclamation mark may belong to an image's), and
# nothing that may make an address of what stands before it.
_LETTERS: Final = "[^\\\\`*_\\[\\]!<&~$|#./@\0\r\n\ud800-\udfff]*"
_PLAIN: Final = rf"{_LETTERS}(?:(?:(?<=[^wW])\.|(?<=[^:/])/|!(?=[^\[])){_LETTERS})*"
plain: Final = re.compile(_PLAIN).fullmatch
_plain_and_marks: Final = re.compile(rf"((?>{_PLAIN}))[*_~`$\\<&!\[]*").fullmatch  # atomic: else `![![![` has 2^n ways
_ALL: Final = 1 << 60


class Reading:
    """A paragraph's content, or that of an underlined heading.

    Attributes:
        size: the characters so far.
        inline: the content, as read last.
        same: how many of its first nodes are the very ones of the content that was told before.
        missing: the labels that were looked for in vain.
        undecided: whether the text may still begin with what is no content: a definition, a task's box.
    """

    __slots__ = (
        "_before", "_decided", "_due", "_fresh", "_grows", "_head", "_lines", "_next", "_parts", "_rest", "_scope",
        "_untold", "_white", "inline", "missing", "same", "size", "undecided",
    )  # fmt: skip

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._parts: list[str] = []  # the text: line by line, behind them the pieces of the last line
        self._lines = 0
        self._rest: list[str] = []  # the text behind `_head`
        self._fresh = 0  # how many of these pieces were read
        self._head: tuple[Node, ...] = ()  # the content that no later text can change
        self._before = "\n"  # up to two characters that stand before the rest
        self._grows = False  # whether plain characters only make the last node longer
        self._white: list[str] = []  # white space behind it that is not shown yet, as it came
        self._next = self._due = 0  # the sizes at which it is told again, and the rest read again
        self._untold = _ALL  # how many of the first nodes stayed since then, of contents that were not told
        self.size, self.same = 0, 0
        self.inline: tuple[Node, ...] = ()
        self.missing: set[str] = set()
        self.undecided = self._decided = False

    # ---- the text

    def add(self, text: str) -> None:
        """More of the text."""
        if not self.size:
            text = text.lstrip(" \t\n")
            self.undecided = text[:1] == "[" and not self._decided
        self._parts.append(text)
        self._rest.append(text)
        self.size += len(text)

    def end_line(self) -> None:
        """The line is over."""
        self.add("\n")
        self._parts[self._lines :] = ["".join(self._parts[self._lines :])]
        self._lines = len(self._parts)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def last_line(self) -> str:
        """The last line that is over."""
        return self._parts[-1].rstrip("\n").rpartition("\n")[2]

    @property
    def due(self) -> bool:
        """Whether it is worth reading again what may still change."""
        return self.size >= self._due

    def drop(self, count: int, decided: bool = True) -> None:
        """The first characters turn out to be no content; `decided`, and what follows to be some."""
        self._restart(self.text[count:])
        self.undecided, self._decided = not decided, decided

    def replace(self, text: str) -> None:
        """The text is another one."""
        self._restart(text)
        self.undecided = text[:1] == "["

    def _restart(self, text: str) -> None:
        text = text.lstrip(" \t\n")
        self._parts, self._rest, self._fresh, self._lines = [text], [text], 0, 0
        self._head, self._before = (), "\n"
        self.undecided, self._decided = False, True
        self.size, self._next, self._due = len(text), 0, 0

    # ---- the content

    def read(self) -> bool:
        """Read what came; False if that is put off, or shows nothing new."""
        if self.size < self._next:
            return False
        if self._grows:
            fresh = self._rest[self._fresh :]
            new = fresh[0] if len(fresh) == 1 else "".join(fresh)
            if found := _plain_and_marks(new):
                return self._grow(new, found.end(1))
            self._grows = False
        if self.size < self._due:
            return False
        text = "".join(self._rest)
        self._rest = [text]
        return self._show(self._read(text))

    def longer(self, text: str) -> bool:
        """Take text that does no more than make the last node longer, the common case; False, and not taken, if not."""
        if not self._grows or self._fresh < len(self._rest) or self.size >= SMOOTH or not plain(text) or text.isspace():
            return False
        self._parts.append(text)
        self._rest.append(text)
        self.size += len(text)
        return self._grow(text, len(text))

    def finish(self) -> bool:
        """Read the rest, which is now complete."""
        return self._show(self._finish("".join(self._rest)))

    def again(self) -> bool:
        """Read the whole text anew, since there are new definitions."""
        self._restart(self.text)
        return self.finish()

    def preview(self, text: str) -> bool:
        """Show a text in place of the own one, while that is undecided."""
        self._due = self._step(self.size)  # all of it is read again, however little is shown
        self.same, self._grows = 0, False
        parser = InlineParser(text.strip(" \t\n"), self._scope, open_end=True)
        rest = parser.parse()
        return self._show(_joined(parser.settled, rest))

    def _grow(self, new: str, size: int) -> bool:
        """So many plain characters behind plain characters; the marks behind them are not shown yet."""
        self._fresh = len(self._rest)
        self._grows &= size == len(new)
        self._white.append(new[:size])
        if not new[:size].strip(" \t"):
            return False
        more = "".join(self._white)
        shown = more.rstrip(" \t")
        self._white = [more[len(shown) :]]
        inline = self.inline
        self.same = len(inline) - 1
        self.inline = (*inline[:-1], _longer(inline[-1], shown))
        self._told()
        return True

    def _show(self, inline: tuple[Node, ...]) -> bool:
        self._told()
        self.same = same = min(self.same, len(inline), self._untold)
        if len(inline) == len(self.inline) and inline[same:] == self.inline[same:]:
            self._untold = same
            return False
        self.inline, self._untold = inline, _ALL
        return True

    def _told(self) -> None:
        self._next = self.size + (self.size >> _STEP) if self.size > SMOOTH else 0

    def _step(self, rest: int) -> int:
        if rest <= SHORT:
            return 0
        return self.size + (rest >> (_SMOOTH_STEP if rest <= SMOOTH else _REST_STEP))

    def _read(self, text: str) -> tuple[Node, ...]:
        """Read the rest of an open leaf; keep what can no longer change."""
        self.same = _kept(self._head)
        parser = InlineParser(text, self._scope, open_end=True, before=self._before)
        rest = parser.parse()
        self._take(parser)
        if parser.done:
            self._head = _joined(self._head, parser.settled)
            self._before = (self._before + text[: parser.done])[-2:]
            text = text[parser.done :]
            self._rest = [text]
        self._fresh = 1
        tokens = len(parser.tokens)
        self._due = max(self._step(len(text)), self.size + (tokens >> _DENSE_STEP if tokens > _DENSE else 0))
        return _joined(self._head, rest)

    def _take(self, parser: InlineParser) -> None:
        self._grows, self._white = parser.grows, [parser.white]
        self.missing |= parser.missing

    def _finish(self, text: str) -> tuple[Node, ...]:
        self.same = _kept(self._head)
        parser = InlineParser(text.rstrip(" \t\n"), self._scope, before=self._before)
        rest = parser.parse()
        self.missing |= parser.missing
        return _joined(self._head, rest)


class HeadingReading(Reading):
    """The content of a heading with its marks before it; those behind it are no content."""

    __slots__ = ()

    def add(self, text: str) -> None:
        """More of the text."""
        super().add(text)
        self.undecided = False

    def _read(self, text: str) -> tuple[Node, ...]:
        shown = _without_marks(text)
        self.same, self._fresh = 0, 1
        self._due = self._step(len(text))
        parser = InlineParser(shown, self._scope, open_end=True)
        rest = parser.parse()
        self._take(parser)
        self._grows &= len(shown) == len(text)
        return _joined(parser.settled, rest)

    def _finish(self, text: str) -> tuple[Node, ...]:
        return super()._finish(_without_marks(text))


class RowReading(Reading):
    """The cells of a table's row: those behind which a bar came stay.

    Args:
        scope: as in `Reading`.
        columns: how many cells the row has; what is too much is not shown, what is missing is empty.
    """

    __slots__ = ("_begun", "_columns")

    def __init__(self, scope: Scope, columns: int) -> None:
        super().__init__(scope)
        self._columns = columns
        self._begun = False  # whether a bar came

    def _restart(self, text: str) -> None:
        super()._restart(text)
        self.undecided = self._begun = False

    def add(self, text: str) -> None:
        """More of the text."""
        super().add(text)
        self.undecided = False

    def _read(self, text: str) -> tuple[Node, ...]:
        last = self._closed(text)
        self._rest, self._fresh = [last], 1
        self._due = self._step(len(last))
        self._grows = False
        if not last.strip(BLANK) or len(self._head) >= self._columns:
            return self._head
        if plain(last):
            self._grows, self._white = True, [last[len(last.rstrip(BLANK)) :]]
            return (*self._head, Cell((Text(last.strip(BLANK)),)))
        parser = InlineParser(last.replace("\\|", "|").lstrip(BLANK), self._scope, open_end=True)
        rest = parser.parse()
        self._take(parser)
        return (*self._head, Cell(_joined(parser.settled, rest)))

    def _finish(self, text: str) -> tuple[Node, ...]:
        last = self._closed(text)
        if last.strip(BLANK):
            self._add(last)
        return (*self._head, *(Cell(()) for _ in range(self._columns - len(self._head))))

    def _closed(self, text: str) -> str:
        """Read the cells that end in a text; what stands behind the last bar."""
        self.same = len(self._head)
        *closed, last = row_pieces(text)
        for piece in closed:
            if piece or self._begun:  # the first bar of a row may stand before its first cell
                self._add(piece)
            self._begun = True
        return last

    def _add(self, cell: str) -> None:
        if len(self._head) < self._columns:
            content = self._content(cell.strip(BLANK))
            self._head = (*self._head, Cell(content))

    def _content(self, cell: str) -> tuple[Node, ...]:
        if plain(cell):
            return (Text(cell),) if cell else ()
        parser = InlineParser(cell.replace("\\|", "|"), self._scope)
        content = parser.parse()
        self.missing |= parser.missing
        return content


def _without_marks(text: str) -> str:
    words = text.rstrip(" \t")
    shown = words.rstrip("#")
    if len(shown) == len(words) or shown[-1:] not in ("", " ", "\t"):
        return text
    return shown.rstrip(" \t")


def _kept(head: tuple[Node, ...]) -> int:
    """How many nodes of a settled content stay as they are: its last text may be joined with what follows."""
    return len(head) - 1 if head and type(head[-1]) is Text else len(head)


def _joined(head: tuple[Node, ...], tail: tuple[Node, ...]) -> tuple[Node, ...]:
    """Two contents as one; texts that meet are one text."""
    if not head or not tail:
        return head or tail
    last, first = head[-1], tail[0]
    if type(last) is Text and type(first) is Text:
        return (*head[:-1], Text(last.text + first.text), *tail[1:])
    return head + tail


def _longer(node: Node, text: str) -> Node:
    """A node whose last text, however deep, is longer."""
    if type(node) is Text:
        return Text(node.text + text)
    if type(node) is Code:
        return Code(node.text + text)
    assert isinstance(node, Parent)
    children = node.children
    return type(node)((*children[:-1], _longer(children[-1], text)))
