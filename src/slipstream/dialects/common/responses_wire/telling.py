"""Frames of a response as bytes, and the items of its output as they are told.

Strategy: text is kept as the JSON that went out, without its quotes: one bytearray an item, as long as the text, and
the frames at the end, which hold all of it again, splice it in and encode nothing twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.checks import scrub
from slipstream.dialects.common.openai_shape.frames import quote, written
from slipstream.dialects.common.wire import Wire

COMPLETED: Final = "completed"
INCOMPLETE: Final = "incomplete"
IN_PROGRESS: Final = "in_progress"


def fixed(value: Any) -> msgspec.Raw:
    """A value of anybody's, as JSON that stands in an object of ours and cannot fail there."""
    return msgspec.Raw(written(value))


class Teller:
    """Writes the frames of one response, numbered from 0 without a gap.

    Attributes:
        number: the next sequence number.
        items: what has been told, in order: the output.
        base: what the ids of items are made from: the response's id, so that they are the same each time it is told.
    """

    __slots__ = ("_ids", "base", "items", "number")

    def __init__(self) -> None:
        self.number = 0
        self.items: list[ToldItem] = []
        self.base = ""
        self._ids: set[str] = set()

    def frame(self, kind: str, fields: Wire) -> bytes:
        """One event."""
        name, number = kind.encode(), self.number
        self.number += 1
        return b'event: %b\ndata: {"type":"%b",%b,"sequence_number":%d}\n\n' % (
            name, name, written(fields)[1:-1], number,
        )  # fmt: skip

    def unique(self, wanted: str) -> str:
        """The id, or one like it: OpenAI's SDK refuses a response in which two items share one."""
        id = wanted = scrub(wanted)
        count = 1
        while id in self._ids:
            count += 1
            id = f"{wanted}-{count}"
        self._ids.add(id)
        return id

    def output(self) -> bytes:
        """All items, as JSON."""
        return b"[%b]" % b",".join(item.as_json() for item in self.items)


class ToldItem(ABC):
    """An item of the output.

    Args:
        teller: writes its frames.
        id: its id where the provider gave it one; "" makes one.

    Attributes:
        index: its place in the output.
    """

    PREFIX: ClassVar[str] = "item"

    def __init__(self, teller: Teller, id: str = "") -> None:
        self._teller = teller
        self.index = len(teller.items)
        self.id = teller.unique(id or f"{self.PREFIX}_{teller.base}_{self.index}")
        self._whole: bytes | None = None
        teller.items.append(self)

    @abstractmethod
    def item(self, status: str) -> Wire:
        """The item as it is now."""

    def close(self) -> bytes:
        """What ends an item that nobody ended: the frames of one that was cut."""
        return self.done(INCOMPLETE)

    @property
    def ended(self) -> bool:
        """True once it has been told whole."""
        return self._whole is not None

    def event(self, kind: str, fields: Wire) -> bytes:
        """An event of this item."""
        return self._teller.frame(f"response.{kind}", {"item_id": self.id, "output_index": self.index, **fields})

    def added(self) -> bytes:
        """The item begins."""
        return self._teller.frame(
            "response.output_item.added", {"output_index": self.index, "item": self.item(IN_PROGRESS)}
        )

    def done(self, status: str = COMPLETED) -> bytes:
        """The item is whole."""
        self._whole = written(self.item(status))
        fields = {"output_index": self.index, "item": msgspec.Raw(self._whole)}
        return self._teller.frame("response.output_item.done", fields)

    def as_json(self) -> bytes:
        """The item, for the whole response."""
        return written(self.item(INCOMPLETE)) if self._whole is None else self._whole


class WholeItem(ToldItem):
    """An item that comes whole.

    Args:
        teller: writes its frames.
        wire: the item, its type included.
        started: what it is when it begins; the same if None.
    """

    def __init__(self, teller: Teller, wire: Wire, *, started: Wire | None = None) -> None:
        id = wire.get("id")
        super().__init__(teller, id if isinstance(id, str) else "")
        self._wire = {"id": self.id, **{key: fixed(value) for key, value in wire.items() if key != "id"}}
        self._started = self._wire if started is None else {"id": self.id, **started}

    def item(self, status: str) -> Wire:
        return self._started if status == IN_PROGRESS else self._wire

    def tell(self) -> bytes:
        """All its frames."""
        return self.added() + self.done()


class GrowingItem(ToldItem):
    """An item that grows piece by piece.

    `head`, then the JSON of the piece, `tail`, the number and `}` are the frame of a piece. The common case stands in
    `encoder`, in full; `kept` is the JSON of all pieces.
    """

    DELTA: ClassVar[str]
    PLACE: ClassVar[Wire] = {}
    BESIDE: ClassVar[Wire] = {}

    def __init__(self, teller: Teller, id: str = "") -> None:
        super().__init__(teller, id)
        name = f"response.{self.DELTA}.delta".encode()
        place = written(self.PLACE)[1:-1] + b"," if self.PLACE else b""
        beside = written({"item_id": self.id, **self.BESIDE, "output_index": self.index})[1:-1]
        self.head = b'event: %b\ndata: {"type":"%b",%b"delta":' % (name, name, place)
        self.tail = b',%b,"sequence_number":' % beside
        self.kept = bytearray()

    def grow(self, text: str) -> bytes:
        """A piece."""
        piece = quote(text)
        self.kept += piece[1:-1]
        number = self._teller.number
        self._teller.number += 1
        return b"%b%b%b%d}\n\n" % (self.head, piece, self.tail, number)

    @property
    def text(self) -> msgspec.Raw:
        """All pieces, as one JSON text."""
        return msgspec.Raw(b'"%b"' % bytes(self.kept))

    def done(self, status: str = COMPLETED) -> bytes:
        data = super().done(status)
        self.kept = bytearray()  # it stands in the whole item now
        return data
