"""The driver: text in, cut anywhere; events out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Self

from slipstream.errors import InvalidRequestError
from slipstream.sinks.markdown.blocks import Blocks
from slipstream.sinks.markdown.callbacks import Callback, Callbacks, What
from slipstream.sinks.markdown.events import BlockEvent, TextAppend
from slipstream.sinks.markdown.options import LateRefs, options
from slipstream.sinks.markdown.scan import MAX_HIDDEN
from slipstream.sinks.markdown.state import State, state_of

_line_end: Final = re.compile(r"\r\n|\n|\r").split
_plain: Final = re.compile("[^\0\r\n\ud800-\udfff]*").fullmatch
_replaced: Final = re.compile("[\0\ud800-\udfff]")

_RETRY_STEP: Final = 8  # a long line that cannot be judged is looked at again when it grew by an eighth: linear in all
_SHORT: Final = 64  # characters: up to here it is looked at each time


class Markdown:
    """An incremental parser of CommonMark with GFM, math and footnotes.

    Args:
        tables: GFM tables.
        strikethrough: `~~so~~`.
        tasks: `- [x] done`.
        autolinks: bare `www.`, `https://` and mail addresses.
        math: `$`, `$$`, `\\( \\)`, `\\[ \\]`.
        footnotes: `[^1]` and `[^1]: text`.
        cjk: read emphasis next to Chinese, Japanese and Korean punctuation as its writers mean it, as in `**注意：**请`
            (the published amendment to CommonMark), and end a bare address at such punctuation. It is the only place
            where the page is deliberately not the one of CommonMark and GFM.
        late_refs: what a definition does that comes after its reference: `patch` tells an `InlinePatch` at once -
            of one leaf 8 times at most, and what comes after them at the end, since each is the whole leaf -, `at_end`
            at the end, `off` never.

    Raises:
        InvalidRequestError: an option is not of the kind that it takes.
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
        cjk: bool = True,
        late_refs: LateRefs = "patch",
    ) -> None:
        self._blocks = Blocks(
            options(
                tables=tables,
                strikethrough=strikethrough,
                tasks=tasks,
                autolinks=autolinks,
                math=math,
                footnotes=footnotes,
                cjk=cjk,
                late_refs=late_refs,
            )
        )
        self._callbacks: Callbacks | None = None
        self._noted = 0  # how many events of the present text the callbacks know
        self._ended = False
        self._held: list[str] = []  # the beginning of the line, as long as it cannot be judged
        self._size = 0  # its characters
        self._retry = 0  # how many it takes to look again
        self._begun = False  # whether the line's beginning was judged
        self._return = False  # whether the text so far ends with a carriage return

    @property
    def state(self) -> State:
        """What the text so far is in the middle of: code and its language, a table and its rows, lists, ..."""
        return state_of(self._blocks.stack)

    def on(self, what: What | Iterable[What], callback: Callback) -> Self:
        """Have a function called at each change.

        Args:
            what: the tag or the class of an event (`block-open`, `text-append`, `block-replace`, `attr`,
                `block-close`, `inline-patch`) or several; `event` for all of them; `state` for each change of
                `state`, told after the events of the line that brought it.
            callback: called with the event or the state, in order, one call after the other. An async one is awaited
                by `afeed` and `aend`, on asyncio; after `feed` and `end` it waits, with all calls behind it, for
                `drain`. If it raises, that is logged and the text goes on. What it feeds itself is told after it:
                within a callback, `afeed` does not wait for that.

        Returns:
            the parser itself.

        Raises:
            InvalidRequestError: there is no such event, or the callback cannot be called.
        """
        callbacks = self._callbacks or Callbacks()
        callbacks.add(what, callback)
        self._callbacks = callbacks
        return self

    def feed(self, text: str) -> list[BlockEvent]:
        """Take text, cut anywhere; return how the page changes.

        A NUL and a half surrogate become U+FFFD.

        Raises:
            InvalidRequestError: it is no text, or the text has ended.
        """
        if not isinstance(text, str):
            raise InvalidRequestError(f"feed: a {type(text).__name__}; accepted: a str", argument="text")
        if self._begun and not self._return and self._callbacks is None and (text.isprintable() or _plain(text)):
            return self._more(text) if text else []
        if self._ended:
            raise InvalidRequestError("feed: the text has ended; a new text takes a new Markdown()")
        if not text:
            return []
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
        self._ended = True
        if self._return:
            self._return = False
            self._line("")
        if self._begun or self._size:
            self._line("")
        self._blocks.finish()
        return self._take(final=True)

    async def afeed(self, text: str) -> list[BlockEvent]:
        """As `feed`, with the callbacks awaited: when it returns, those for this text are over."""
        events = self.feed(text)
        await self.drain()
        return events

    async def aend(self) -> list[BlockEvent]:
        """As `end`, with the callbacks awaited."""
        events = self.end()
        await self.drain()
        return events

    async def drain(self) -> None:
        """Make the calls that wait since an async callback was met in `feed`, and await them.

        Several may drain at once: one makes the calls, the others return when those that waited when they came are
        made.
        """
        if self._callbacks is not None:
            await self._callbacks.drain()

    def _more(self, text: str) -> list[BlockEvent]:
        """More of a line, nothing special in it: the common case."""
        blocks = self._blocks
        if blocks.verbatim:
            return [TextAppend(blocks.verbatim, text)]
        if event := blocks.longer(text):
            return [event]
        blocks.grow(text)
        return self._take(final=False)

    def _line(self, text: str) -> None:
        """The rest of a line."""
        if self._begun:
            self._blocks.grow(text)
        else:
            self._blocks.begin_line("".join([*self._held, text]), complete=True)
            self._forget()
        self._blocks.end_line()
        self._begun = False
        if self._callbacks is not None:
            self._note(self._callbacks)

    def _part(self, text: str) -> None:
        """More of a line that goes on."""
        if self._begun:
            self._blocks.grow(text)
            return
        self._held.append(text)
        self._size += len(text)
        short = MAX_HIDDEN if "]" in text else _SHORT  # math shows when its end comes
        if short < self._size < self._retry:
            return
        self._retry = self._size + self._size // _RETRY_STEP
        if self._blocks.begin_line("".join(self._held), complete=False):
            self._begun = True
            self._forget()

    def _forget(self) -> None:
        self._held.clear()
        self._size = self._retry = 0

    def _take(self, final: bool) -> list[BlockEvent]:
        blocks = self._blocks
        blocks.show()
        if blocks.leaves.late or final:
            blocks.leaves.patch(final)
        if self._callbacks is not None:
            self._note(self._callbacks)
            self._noted = 0
        out = blocks.out[:]
        blocks.out.clear()
        if self._callbacks is not None:
            self._callbacks.run()
        return out

    def _note(self, callbacks: Callbacks) -> None:
        """Have the callbacks told what is new."""
        self._blocks.show()
        callbacks.told(self._blocks.out[self._noted :])
        self._noted = len(self._blocks.out)
        if callbacks.wants_state:
            callbacks.state(self.state)
