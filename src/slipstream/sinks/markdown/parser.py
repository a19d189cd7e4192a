"""The driver: text in, cut anywhere; events out."""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.markdown.blocks import Blocks
from slipstream.sinks.markdown.events import BlockEvent
from slipstream.sinks.markdown.options import LateRefs, Options

_line_end: Final = re.compile(r"\r\n|\n|\r").split
_plain: Final = re.compile("[^\0\r\n\ud800-\udfff]*").fullmatch
_replaced: Final = re.compile("[\0\ud800-\udfff]")

_RETRY_STEP: Final = 8  # a long line that cannot be judged is looked at again when it grew by an eighth: linear in all
_SHORT: Final = 64


class Markdown:
    """An incremental parser of CommonMark with GFM, math and footnotes.

    Args:
        tables: GFM tables.
        strikethrough: `~~so~~`.
        tasks: `- [x] done`.
        autolinks: bare `www.`, `https://` and mail addresses.
        math: `$`, `$$`, `\\( \\)`, `\\[ \\]`.
        footnotes: `[^1]` and `[^1]: text`.
        late_refs: what a definition does that comes after its reference: `patch` tells an `InlinePatch` at once,
            `at_end` at the end, `off` never.
    """

    def __init__(
        self,
        *,
        tables: bool = True,
        strikethrough: bool = True,
        tasks: bool = True,
        autolinks: bool = True,
        math: bool = True,
        footnotes: bool = True,
        late_refs: LateRefs = "patch",
    ) -> None:
        self._blocks = Blocks(Options(tables, strikethrough, tasks, autolinks, math, footnotes, late_refs))
        self._held: list[str] = []  # the beginning of the line, as long as it cannot be judged
        self._size = 0  # its characters
        self._retry = 0  # how many it takes to look again
        self._begun = False  # whether the line's beginning was judged
        self._return = False  # whether the text so far ends with a carriage return

    def feed(self, text: str) -> list[BlockEvent]:
        """Take text, cut anywhere; return how the page changes.

        A NUL and a half surrogate become U+FFFD.
        """
        if not text:
            return []
        if self._begun and not self._return and _plain(text):
            self._blocks.grow(text)  # the common case: more of a line
            return self._take(final=False)
        if self._return:
            text, self._return = "\r" + text, False
        if text[-1] == "\r":
            text, self._return = text[:-1], True
        *lines, last = _line_end(_replaced.sub("\ufffd", text))
        for line in lines:
            self._line(line)
        if last:
            self._part(last)
        return self._take(final=False)

    def end(self) -> list[BlockEvent]:
        """The text is over: close what is open; return how the page changes."""
        if self._return:
            self._return = False
            self._line("")
        if self._begun or self._size:
            self._line("")
        self._blocks.finish()
        return self._take(final=True)

    def _line(self, text: str) -> None:
        """The rest of a line."""
        if self._begun:
            self._blocks.grow(text)
        else:
            self._blocks.begin_line("".join([*self._held, text]), complete=True)
            self._forget()
        self._blocks.end_line()
        self._begun = False

    def _part(self, text: str) -> None:
        """More of a line that goes on."""
        if self._begun:
            self._blocks.grow(text)
            return
        self._held.append(text)
        self._size += len(text)
        if self._size > _SHORT and self._size < self._retry:
            return
        self._retry = self._size + self._size // _RETRY_STEP
        if self._blocks.begin_line("".join(self._held), complete=False):
            self._begun = True
            self._forget()

    def _forget(self) -> None:
        self._held.clear()
        self._size = self._retry = 0

    def _take(self, final: bool) -> list[BlockEvent]:
        self._blocks.show()
        self._blocks.leaves.patch(final)
        out = self._blocks.out[:]
        self._blocks.out.clear()
        return out
