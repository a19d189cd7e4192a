"""The patches since they were taken."""

from __future__ import annotations

from slipstream.sinks.html.element import Element
from slipstream.sinks.html.patch import Patch


class Output:
    """Collects patches; appends to one block that follow each other are one."""

    def __init__(self) -> None:
        self._patches: list[Patch] = []
        self._block = 0
        self._pending: list[str] = []  # of an append to that block

    def append(self, element: Element, html: str) -> None:
        """HTML comes to the end of an element's inside."""
        if element.live:
            self.append_to(element.block, html)

    def append_to(self, block: int, html: str) -> None:
        """The same, by the block's number."""
        if self._pending and self._block != block:
            self._flush()
        self._block = block
        self._pending.append(html)

    def replace(self, element: Element, before: str = "", after: str = "") -> None:
        """An element is written anew, with more text around it."""
        if element.live:
            self.replace_with(element.block, before + element.outer(True) + after)

    def replace_with(self, block: int, html: str) -> None:
        """A block becomes this HTML."""
        self._flush()
        self._patches.append(Patch("replace", block, html))

    def close(self, element: Element) -> None:
        """Nothing changes in an element any more."""
        if element.live:
            self._flush()
            self._patches.append(Patch("close", element.block))

    def take(self) -> list[Patch]:
        """The patches, which are forgotten here."""
        self._flush()
        patches, self._patches = self._patches, []
        return patches

    def _flush(self) -> None:
        if self._pending:
            self._patches.append(Patch("append", self._block, "".join(self._pending)))
            self._pending.clear()
