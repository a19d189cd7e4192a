"""What is open in a UI message stream that is read, and by which of our ids.

The protocol's ids are unique among open blocks only; ours are unique in the stream, so an id that comes again in a
later step gets a number behind it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.dialects.common.ui_wire.metadata import proof_of
from slipstream.events import Event, types as e


class Call:
    """A tool call: its id, name and number here, and its arguments so far.

    Attributes:
        step: the number of the step it was made in.
        open: True until its arguments are whole.
        metadata: what the provider wants back with it.
    """

    __slots__ = ("id", "index", "metadata", "name", "open", "pieces", "step")

    def __init__(self, id: str, name: str, index: int, step: int) -> None:
        self.id, self.name, self.index, self.step = id, name, index, step
        self.open = True
        self.pieces: list[str] = []
        self.metadata: dict[str, Any] = {}


class Blocks:
    """The blocks of one answer.

    Attributes:
        texts, reasonings: the protocol's id -> ours, of the open blocks.
        calls: the protocol's id -> the last call of that id.
        refusals: ids of open text blocks that are a refusal.
        proofs: `providerMetadata` of open blocks of thinking, merged.
        named: the protocol's id of a text block -> ours, of all there were.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._count = 0
        self.forget()

    def forget(self) -> None:
        """The answer begins anew; its ids stay taken."""
        self.texts: dict[str, str] = {}
        self.reasonings: dict[str, str] = {}
        self.calls: dict[str, Call] = {}
        self.refusals: set[str] = set()
        self.proofs: dict[str, dict[str, Any]] = {}
        self.named: dict[str, str] = {}

    def unique(self, id: str, otherwise: str) -> str:
        """An id that no block of this stream has had."""
        base = id or otherwise
        found, number = base, 1
        while found in self._ids:
            number += 1
            found = f"{base}-{number}"
        self._ids.add(found)
        return found

    def index(self) -> int:
        """The number of the next block."""
        self._count += 1
        return self._count - 1

    def open_text(self, id: str, out: list[Event]) -> str:
        """A text block opens; returns its id."""
        self.close_text(id, out)
        index = self.index()
        own = self.texts[id] = self.named[id] = self.unique(id, f"text-{index}")
        out.append(e.TextStart(id=own, index=index))
        return own

    def close_text(self, id: str, out: list[Event]) -> None:
        """A text block is whole, if it was open."""
        self.refusals.discard(id)
        own = self.texts.pop(id, None)
        if own is not None:
            out.append(e.TextEnd(id=own))

    def open_reasoning(self, id: str, out: list[Event]) -> str:
        """A block of thinking opens; returns its id."""
        self.close_reasoning(id, out)
        index = self.index()
        own = self.reasonings[id] = self.unique(id, f"reasoning-{index}")
        self.proofs[id] = {}
        out.append(e.ReasoningStart(id=own, index=index))
        return own

    def close_reasoning(self, id: str, out: list[Event]) -> dict[str, Any]:
        """A block of thinking is whole, if it was open; returns its `providerMetadata`."""
        own = self.reasonings.pop(id, None)
        if own is None:
            return {}
        metadata = self.proofs.pop(id)
        signature, redacted, details = proof_of(metadata)
        out.append(e.ReasoningEnd(id=own, signature=signature, redacted=redacted, details=details))
        return metadata

    def open_call(self, id: str, name: str, step: int, out: list[Event], *, own: bool = False) -> Call:
        """A call opens; returns it."""
        self.abandon(id, out)
        index = self.index()
        call = self.calls[id] = Call(self.unique(id, f"call-{index}"), name, index, step)
        out.append(e.ToolInputStart(id=call.id, name=name, index=index, provider_executed=own))
        return call

    def abandon(self, id: str, out: list[Event]) -> None:
        """A call that was never finished, if there is one of this id."""
        call = self.calls.get(id)
        if call is not None and call.open:
            call.open = False
            out.append(e.ToolInputEnd(id=call.id))

    def close_all(self, out: list[Event]) -> None:
        """The step is over, and so are the blocks whose own end never came."""
        self.refusals.clear()
        for id in list(self.texts):
            self.close_text(id, out)
        for id in list(self.reasonings):
            self.close_reasoning(id, out)
        for id in self.calls:
            self.abandon(id, out)


def arguments_of(value: Any, pieces: list[str]) -> str:
    """A call's arguments as the model wrote them, if what it wrote is what the server read out of it."""
    written = "".join(pieces)
    if written:
        read, error = read_arguments(written)
        if error is None and read == value:
            return written
    return "{}" if value is None else msgspec.json.encode(value).decode()


def read_arguments(text: str) -> tuple[Any, str | None]:
    """A call's arguments, decoded, and why they could not be, or None. Lone surrogates become U+FFFD."""
    try:
        return parse_loosely(text.encode("utf-8", "replace")), None
    except (ValueError, RecursionError) as error:
        return None, f"the arguments are no valid JSON: {error}"
