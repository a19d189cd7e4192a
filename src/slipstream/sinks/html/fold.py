"""`apply`: the page that patches make.

Strategy: what stands in an element is a ring of parts, each with its neighbours, and the element has the ring's end. So
a block far up is replaced where it stands, without a search, as a definition at the end does to many at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from slipstream.errors import InvalidRequestError
from slipstream.sinks.html.patch import Patch

_tag: Final = re.compile(r'<(/?)([a-z0-9]+)((?:[^<>"]|"[^"]*")*)>').finditer
_mark: Final = re.compile(r' data-block="(-?[0-9]+)"').search
_VOID: Final = frozenset(("br", "hr", "img", "input"))


class _Part:
    """A part of a ring; by itself the end of one."""

    __slots__ = ("after", "before")

    def __init__(self) -> None:
        self.before = self.after = self

    def put(self, mark: _Part) -> None:
        """It comes before another part."""
        self.before, self.after = mark.before, mark
        mark.before.after = mark.before = self

    def take(self) -> _Part:
        """It goes; return the part that stood after it."""
        self.before.after, self.after.before = self.after, self.before
        return self.after

    def html(self) -> str:
        return ""


class _Text(_Part):
    """HTML between two blocks."""

    __slots__ = ("pieces",)

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def html(self) -> str:
        return "".join(self.pieces)


class _Block(_Part):
    """An element with a number: its tags, and the end of the ring between them."""

    __slots__ = ("close", "ring", "start")

    def __init__(self, start: str) -> None:
        super().__init__()
        self.start, self.close = start, ""
        self.ring = _Part()

    def html(self) -> str:
        parts, part = [self.start], self.ring.after
        while part is not self.ring:
            parts.append(part.html())
            part = part.after
        return "".join([*parts, self.close])


class Page:
    """The page as patches make it.

    `html()` is its HTML without the numbers, and without the spans that are nothing but a handle for one.
    """

    def __init__(self) -> None:
        self._root = _Block("")
        self._blocks = {0: self._root}

    def apply(self, patches: Iterable[Patch]) -> Page:
        """Take patches, in their order.

        Raises:
            InvalidRequestError: one is of a block that is not there.
        """
        for patch in patches:
            block = self._blocks.get(patch.block)
            if block is None:
                if patch.op == "close":
                    continue  # of a block that was taken away
                raise InvalidRequestError(f"patches: no block {patch.block} is there to {patch.op}", argument="patches")
            if patch.op == "append":
                self._read(patch.html, block.ring)
            elif patch.op == "replace":
                self._replace(patch, block)
        return self

    def html(self) -> str:
        """The page so far."""
        return self._root.html()

    def _replace(self, patch: Patch, block: _Block) -> None:
        if patch.block == 0:
            block.ring = _Part()
            self._blocks = {0: block}
            self._read(patch.html, block.ring)
            return
        del self._blocks[patch.block]
        self._read(patch.html, block.take())

    def _read(self, html: str, mark: _Part) -> None:
        """Read HTML into parts that come before this one."""
        done = 0
        around: list[tuple[_Block | None, _Part]] = []  # the open elements, and what each comes before
        for tag in _tag(html):
            name, number = tag[2], _mark(tag[3])
            if not tag[1] and number:
                _write(html[done : tag.start()], mark)
                block = _Block(_start(tag[0], number[0]))
                block.put(mark)
                self._blocks[int(number[1])] = block
                done = tag.end()
                if name not in _VOID:
                    around.append((block, mark))
                    mark = block.ring
            elif not tag[1] and name not in _VOID:
                around.append((None, mark))
            elif tag[1]:
                closed, outside = around.pop()
                if closed is not None:
                    _write(html[done : tag.start()], mark)
                    closed.close, mark, done = tag[0] if closed.start else "", outside, tag.end()
        _write(html[done:], mark)


def _write(html: str, mark: _Part) -> None:
    """HTML without a block comes before a part, into the text that stands there if there is one."""
    if not html:
        return
    text = mark.before
    if not isinstance(text, _Text):
        text = _Text()
        text.put(mark)
    text.pieces.append(html)


def _start(tag: str, mark: str) -> str:
    """A start tag without its number; "" for a handle."""
    bare = tag.replace(mark, "", 1)
    return "" if bare == "<span>" else bare


def apply(patches: Iterable[Patch]) -> str:
    """The page after these patches, from the first one on.

    Args:
        patches: as `HTML` gave them, in their order.

    Returns:
        HTML without `data-block` attributes: after the last patch it is what cmark-gfm writes for the whole text.

    Raises:
        InvalidRequestError: a patch is of a block that is not there.
    """
    return Page().apply(patches).html()
