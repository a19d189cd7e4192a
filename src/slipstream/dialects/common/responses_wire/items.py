"""The items of an answer that hold text: messages and thinking.

An item opens with `output_item.added`, or with the first piece of it where a server leaves that out, and closes with
`output_item.done`, which holds it whole. What was not streamed is taken from there, so a server that sends only whole
items loses nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from slipstream.dialects.common.responses_wire.beside import source_of
from slipstream.dialects.common.responses_wire.chunks import stated
from slipstream.dialects.common.responses_wire.ids import Ids
from slipstream.dialects.common.wire import Wire, objects, text
from slipstream.events import (
    Event,
    Metadata,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    TextDelta,
    TextEnd,
    TextStart,
)


class Item(ABC):
    """An item of the answer.

    Attributes:
        id: the wire's; "" where it has none.
        kind: its `type`.
        number: its number in the answer.
        open: False once it is whole.
    """

    def __init__(self, ids: Ids, wire: Wire) -> None:
        self.ids = ids
        self.id = text(wire, "id")
        self.kind = text(wire, "type")
        self.number = 0
        self.open = True

    def close(self, wire: Wire | None, out: list[Event]) -> None:
        """The item is over.

        Args:
            wire: the whole item; None if the answer ended and nobody said what became of it.
            out: where the events go.
        """
        self.open = False
        self._close(wire, out)

    @abstractmethod
    def _close(self, wire: Wire | None, out: list[Event]) -> None:
        """Append what ends this item."""


class Block:
    """A part of a message: text, or a refusal."""

    __slots__ = ("cited", "ended", "grown", "id")

    def __init__(self) -> None:
        self.id = ""  # of an open text block
        self.grown = False
        self.ended = False
        self.cited = 0


class MessageItem(Item):
    """Text, and what it cites."""

    def __init__(self, ids: Ids, wire: Wire) -> None:
        super().__init__(ids, wire)
        self._blocks: dict[int, Block] = {}
        self._phase = ""

    def begin(self, out: list[Event], wire: Wire) -> None:
        """Say what the message is for: commentary or the final answer; OpenAI wants it back with the message."""
        phase = text(wire, "phase")
        if phase and phase != self._phase:
            self._phase = phase
            out.append(Metadata({"phase": phase}))

    def text_block(self, place: int, out: list[Event]) -> Block:
        """The text at this place, opened now if it was not."""
        block = self._blocks.setdefault(place, Block())
        if not block.id:
            block.id, number = self.ids.block("text")
            out.append(TextStart(block.id, number))
        return block

    def write(self, place: int, piece: str, out: list[Event]) -> str | None:
        """Take a piece of text; returns the id of its block, or None if that is closed."""
        block = self.text_block(place, out)
        if block.ended:
            return None
        block.grown = True
        if piece:
            out.append(TextDelta(piece, block.id))
        return block.id

    def refuse(self, place: int, piece: str, out: list[Event]) -> None:
        """Take a piece of a refusal."""
        self._blocks.setdefault(place, Block()).grown = True
        if piece:
            out.append(RefusalDelta(piece))

    def complete(self, place: int, whole: str, out: list[Event], *, refusal: bool = False) -> None:
        """Take a part's whole text; it says something new only if no piece of it came."""
        block = self._blocks.get(place)
        if whole and (block is None or not block.grown):
            (self.refuse if refusal else self.write)(place, whole, out)

    def cite(self, place: int, annotation: Wire, out: list[Event]) -> None:
        """Take something that the text at this place cites."""
        block = self.text_block(place, out)
        block.cited += 1
        out.append(source_of(annotation, self.ids.source(), block.id))

    def end_part(self, place: int, part: Wire, out: list[Event]) -> None:
        """A part is whole: take what was not streamed of it, and close it."""
        if part.get("type") == "refusal":
            self.complete(place, text(part, "refusal"), out, refusal=True)
            return
        self.complete(place, text(part, "text"), out)
        cited = objects(part, "annotations")
        known = self._blocks[place].cited if place in self._blocks else 0
        for annotation in cited[known:]:
            self.cite(place, annotation, out)
        self._end(place, out)

    def _end(self, place: int, out: list[Event]) -> None:
        block = self._blocks.get(place)
        if block is not None and block.id and not block.ended:
            block.ended = True
            out.append(TextEnd(block.id))

    def _close(self, wire: Wire | None, out: list[Event]) -> None:
        for place, part in enumerate(objects(wire or {}, "content")):
            if place not in self._blocks or not self._blocks[place].ended:
                self.end_part(place, part, out)
        for place in self._blocks:
            self._end(place, out)
        self.begin(out, wire or {})


class ReasoningItem(Item):
    """Thinking: one block, in which the parts of a summary are paragraphs."""

    def __init__(self, ids: Ids, wire: Wire) -> None:
        super().__init__(ids, wire)
        self.block = ""
        self._part: tuple[str, int] | None = None

    def begin(self, out: list[Event]) -> None:
        """Open the block."""
        if not self.block:
            self.block, number = self.ids.block("reasoning")
            out.append(ReasoningStart(self.block, number))

    def think(self, part: tuple[str, int], piece: str, out: list[Event]) -> None:
        """Take a piece of thinking that belongs to this part (its kind and its number)."""
        self.begin(out)
        if not piece:
            return
        if self._part is not None and self._part != part:
            out.append(ReasoningDelta("\n\n", self.block))
        self._part = part
        out.append(ReasoningDelta(piece, self.block))

    def _close(self, wire: Wire | None, out: list[Event]) -> None:
        self.begin(out)
        details: list[Any] | None = None
        if wire is not None:
            if self._part is None:
                self._think_whole(wire, out)
            # As it came, to be echoed: `encrypted_content` is whole only here (WIRE section 3). It is no `signature`,
            # which Anthropic would take for its own and refuse.
            details = [stated(wire, "status")]
        out.append(ReasoningEnd(self.block, details=details))

    def _think_whole(self, wire: Wire, out: list[Event]) -> None:
        for kind in ("content", "summary"):
            for place, part in enumerate(objects(wire, kind)):
                self.think((kind, place), text(part, "text"), out)
