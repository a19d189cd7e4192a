"""What the Markdown parser tells: how the page changes."""

from __future__ import annotations

from typing import Any

import msgspec

from slipstream.sinks.markdown.tree import Node


class BlockEvent(msgspec.Struct, frozen=True, gc=False, tag_field="type"):
    """A change of one block.

    Args:
        id: the block's number, from 1 up in the order of opening; the document itself is 0.
    """

    id: int

    @property
    def type(self) -> str:
        """The tag, such as `block-open`."""
        return str(self.__struct_config__.tag)


class BlockOpen(BlockEvent, frozen=True, gc=False, tag="block-open"):
    """A block begins, as the last child of its parent.

    Args:
        kind: `paragraph`, `heading`, `thematic-break`, `code`, `html`, `math`, `quote`, `list`, `item`, `table`,
            `table-row`, `footnote`.
        parent: the id of the open block it stands in.
        attrs: what the kind has: `level`; `info`, `language`, `fenced`; `ordered`, `start`, `tight`, `depth`; `align`;
            `header`; `label`.
    """

    kind: str
    parent: int
    attrs: dict[str, Any] = {}


class TextAppend(BlockEvent, frozen=True, gc=False, tag="text-append"):
    """More characters of a `code`, `html` or `math` block."""

    text: str


class BlockReplace(BlockEvent, frozen=True, gc=False, tag="block-replace"):
    """The open leaf anew: its kind (a paragraph may become a heading or a table) and its whole inline content.

    Args:
        rev: counts up with every replacement of the block.
        kind: as in `BlockOpen`, or `definitions` for a paragraph that turned out to hold nothing to show.
        same: how many of the first nodes are the very ones of the revision before: who showed them need not again.
    """

    rev: int
    kind: str
    inline: tuple[Node, ...] = ()
    attrs: dict[str, Any] = {}
    same: int = 0


class Attr(BlockEvent, frozen=True, gc=False, tag="attr"):
    """A block's attribute changes: a list turns loose (`tight` False), an item is a task (`checked`)."""

    attrs: dict[str, Any]


class BlockClose(BlockEvent, frozen=True, gc=False, tag="block-close"):
    """The block is over; nothing changes it any more but an `InlinePatch`."""


class InlinePatch(BlockEvent, frozen=True, gc=False, tag="inline-patch"):
    """A closed leaf's inline content anew, since a definition came late.

    Args:
        reason: `link-definition` or `footnote`.
    """

    reason: str
    inline: tuple[Node, ...]
