"""The text of an answer, a piece of the page for each top-level block of its Markdown.

Strategy: the text goes into the parser line by line. A block that opens during a line begins with that line, so the
Markdown of each block is known, and stands for it where HTML cannot be shown.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.html import HTML, ImageRule, Patch
from slipstream.sinks.html.fold import Page
from slipstream.sinks.notebook.markup import with_math

_numbers: Final = re.compile(r' data-block="(-?[0-9]+)"').findall  # the text's own quotes are escaped
_lines: Final = re.compile(r"[^\n]*\n|[^\n]+").findall


class Block:
    """A top-level block; a piece of the page."""

    alone, flows = False, True

    def __init__(self) -> None:
        self._page = Page()
        self._html: str | None = ""
        self._source: list[str] = []

    @property
    def size(self) -> int:
        """Of its HTML."""
        return len(self.html())

    def patch(self, patch: Patch) -> None:
        """It changes."""
        self._page.apply((patch,))
        self._html = None

    def html(self) -> str:
        """See `Piece`."""
        if self._html is None:
            self._html = with_math(self._page.html())
        return self._html

    def write(self, source: str) -> None:
        """More of its Markdown."""
        self._source.append(source)

    def plain(self) -> str:
        """See `Piece`."""
        text = "".join(self._source)
        self._source = [text]
        return text


Change = tuple[Block, bool]
"""A block, and whether it is new."""


class Prose:
    """One text, as it grows.

    Attributes:
        ended: whether it is over.

    Args:
        images, prefix: see `slipstream.sinks.html.HTML`.
    """

    def __init__(self, images: ImageRule = False, prefix: str = "") -> None:
        self._html = HTML(images=images, prefix=prefix)
        self._owner: dict[str, Block] = {}  # of each block's number, the top-level block it stands in
        self._last: Block | None = None
        self._line: list[str] = []  # what came of the line
        self.ended = False

    def feed(self, text: str) -> list[Change]:
        """Take text; return the blocks that changed."""
        changed: dict[int, Change] = {}
        for part in _lines(text):
            self._line.append(part)
            self._take(self._html.feed(part), changed)
            if part[-1] == "\n":
                self._end_line()
        return list(changed.values())

    def end(self) -> list[Change]:
        """The text is over."""
        if self.ended:
            return []
        self.ended = True
        changed: dict[int, Change] = {}
        self._take(self._html.end(), changed)
        self._end_line()
        return list(changed.values())

    def _end_line(self) -> None:
        """The line is Markdown of the block that opened last; before there is one, it waits."""
        if self._last is not None:
            self._last.write("".join(self._line))
            self._line.clear()

    def _take(self, patches: list[Patch], changed: dict[int, Change]) -> None:
        for patch in patches:
            block, is_new = self._block_of(patch)
            if block is None or patch.op == "close":
                continue
            block.patch(patch)
            changed.setdefault(id(block), (block, is_new))

    def _block_of(self, patch: Patch) -> tuple[Block | None, bool]:
        """The top-level block that a patch is about, and whether it is a new one."""
        numbers = _numbers(patch.html)
        block = self._owner.get(str(patch.block))
        is_new = patch.block == 0 and bool(numbers)
        if is_new:
            block = self._last = Block()
        elif patch.block == 0:
            block = self._last  # white space at the end of the page
        if block is not None:
            self._owner.update(dict.fromkeys(numbers, block))
        return block, is_new
