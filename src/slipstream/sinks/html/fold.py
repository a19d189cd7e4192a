"""`apply`: the page that patches make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from slipstream.errors import InvalidRequestError
from slipstream.sinks.html.patch import Patch

_tag: Final = re.compile(r'<(/?)([a-z0-9]+)((?:[^<>"]|"[^"]*")*)>').finditer
_mark: Final = re.compile(r' data-block="(-?[0-9]+)"').search
_VOID: Final = frozenset(("br", "hr", "img", "input"))


class _Block:
    """An element with a number: its tags and what stands between them."""

    __slots__ = ("end", "home", "parts", "start")

    def __init__(self, start: str, home: list[str | _Block]) -> None:
        self.start, self.end, self.home = start, "", home
        self.parts: list[str | _Block] = []

    def html(self) -> str:
        inside = "".join([part if isinstance(part, str) else part.html() for part in self.parts])
        return f"{self.start}{inside}{self.end}"


class Page:
    """The page as patches make it.

    `html()` is its HTML without the numbers, and without the spans that are nothing but a handle for one.
    """

    def __init__(self) -> None:
        self._root = _Block("", [])
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
                self._read(patch.html, block.parts)
            elif patch.op == "replace":
                self._replace(patch, block)
        return self

    def html(self) -> str:
        """The page so far."""
        return self._root.html()

    def _replace(self, patch: Patch, block: _Block) -> None:
        if patch.block == 0:
            block.parts = []
            self._blocks = {0: block}
            self._read(patch.html, block.parts)
            return
        home, come = block.home, list[str | _Block]()
        del self._blocks[patch.block]
        self._read(patch.html, come, home)
        at = len(home) - 1
        while home[at] is not block:  # what changes stands near the end
            at -= 1
        home[at : at + 1] = come

    def _read(self, html: str, into: list[str | _Block], home: list[str | _Block] | None = None) -> None:
        """Read HTML into the parts of a block; `home` is where they will stand, if elsewhere."""
        done = 0
        around: list[tuple[_Block | None, list[str | _Block]]] = []  # the open elements, and where each stands
        parts = into
        for tag in _tag(html):
            name, mark = tag[2], _mark(tag[3])
            if not tag[1] and mark:
                parts.append(html[done : tag.start()])
                block = _Block(_start(tag[0], mark[0]), home if home is not None and parts is into else parts)
                parts.append(block)
                self._blocks[int(mark[1])] = block
                done = tag.end()
                if name not in _VOID:
                    around.append((block, parts))
                    parts = block.parts
            elif not tag[1] and name not in _VOID:
                around.append((None, parts))
            elif tag[1]:
                closed, outside = around.pop()
                if closed is not None:
                    parts.append(html[done : tag.start()])
                    closed.end, parts, done = tag[0] if closed.start else "", outside, tag.end()
        parts.append(html[done:])


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
