"""One response as far as it has come: its items, and what it says of itself.

Strategy: this is all that must survive when a stream breaks and another connection goes on with it; the decoder that
takes the new body gets the same `Answer`.
"""

from __future__ import annotations

from typing import Final, TypeVar

from slipstream.dialects.common.responses_wire.call_kinds import KINDS
from slipstream.dialects.common.responses_wire.calls import CallItem
from slipstream.dialects.common.responses_wire.ids import Ids
from slipstream.dialects.common.responses_wire.items import Item, MessageItem, ReasoningItem
from slipstream.dialects.common.responses_wire.results import late_result
from slipstream.dialects.common.wire import Wire, number, text
from slipstream.events import Event, Metadata, Raw

ItemT = TypeVar("ItemT", bound=Item)

_TOLD: Final = {"compaction": False, "mcp_list_tools": True, "mcp_approval_request": True}
"""Items that are neither text nor a call, and so metadata; True if there may be several: then they are a list."""


class Aside(Item):
    """An item that says all it has to say when it is whole.

    Attributes:
        call: the wire's id of the call whose output it is, or "".
    """

    def __init__(self, ids: Ids, wire: Wire, told: dict[str, list[Wire]]) -> None:
        super().__init__(ids, wire)
        self.call = text(wire, "call_id")
        self._told = told

    def _close(self, wire: Wire | None, out: list[Event]) -> None:
        if wire is None:
            return
        if self.kind in _TOLD:
            said = {name: value for name, value in wire.items() if name != "type"}
            self._told.setdefault(self.kind, []).append(said)
            out.append(Metadata({self.kind: list(self._told[self.kind]) if _TOLD[self.kind] else said}))
        elif self.kind.endswith("_output"):
            late_result(wire, self.ids, out)
        else:
            out.append(Raw(data=wire))


class Answer:
    """A response.

    Attributes:
        id, model: as it says; "" before it did.
        started: True once its `Start` is out.
        lasting: True if the provider keeps it and works on it without us: made with `background`, and stored.
        usage: its usage object so far.
        ids: gives out ids.
        count: how many items have come.
        ambiguous: True if the server has given the index of an open item to another one.
        open: the items that are not over, in the order they came, by their number.
    """

    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self.created: int | None = None
        self.started = False
        self.lasting = False
        self.usage: Wire | None = None
        self.ids = Ids()
        self.count = 0
        self.ambiguous = False
        self.open: dict[int, Item] = {}
        self._by_id: dict[str, Item] = {}
        self._by_index: dict[int, Item] = {}
        self._told: dict[str, list[Wire]] = {}

    def note(self, response: Wire) -> None:
        """Take what the response says of itself."""
        self.id = self.id or text(response, "id")
        self.model = self.model or text(response, "model")
        self.created = self.created if self.created is not None else number(response, "created_at")
        self.lasting = self.lasting or (response.get("background") is True and response.get("store") is not False)
        usage = response.get("usage")
        if isinstance(usage, dict) and usage:
            self.usage = usage

    def add(self, item: Wire, index: int | None, out: list[Event]) -> Item:
        """An item begins."""
        found = self._new(text(item, "type"), item)
        found.number, self.count = self.count, self.count + 1
        self.open[found.number] = found
        if found.id:
            self._by_id[found.id] = found
        if index is not None:
            before = self._by_index.get(index)
            self.ambiguous = self.ambiguous or (before is not None and before.open)
            self._by_index[index] = found
        if isinstance(found, (CallItem, ReasoningItem)):
            found.begin(out)
        elif isinstance(found, MessageItem):
            found.begin(out, item)
        return found

    def close(self, item: Item, wire: Wire | None, out: list[Event]) -> None:
        """An item is over; see `Item.close`."""
        if self.open.pop(item.number, None) is not None:
            item.close(wire, out)

    def find(self, kind: type[ItemT], id: str, index: int | None) -> ItemT | None:
        """The item of this kind with this id, else the open one at this index; without both, the last one open.

        Some proxies give an item another id in every event (Copilot), others give every item the same index (LiteLLM).
        """
        if not id and index is None:
            return next((item for item in reversed(self.open.values()) if isinstance(item, kind)), None)
        found = self._by_id.get(id)
        if isinstance(found, kind):
            return found
        found = None if index is None else self._by_index.get(index)
        return found if isinstance(found, kind) and found.open else None

    def match(self, wire: Wire, index: int | None) -> Item | None:
        """The item that this one is when it is whole: the one with its id, or an open one of its type at its index."""
        found = self._by_id.get(text(wire, "id"))
        if found is not None or index is None:
            return found
        found = self._by_index.get(index)
        return found if found is not None and found.open and found.kind == wire.get("type") else None

    def call_of(self, item: Item) -> tuple[str, str]:
        """The id and the tool's name of the call that an item is, or that its output belongs to."""
        if isinstance(item, CallItem):
            return item.call_id, item.name
        return self.ids.names.get(item.call if isinstance(item, Aside) else "", (item.id, ""))

    def _new(self, kind: str, item: Wire) -> Item:
        if kind == "message":
            return MessageItem(self.ids, item)
        if kind == "reasoning":
            return ReasoningItem(self.ids, item)
        if kind in KINDS:
            return CallItem(self.ids, item)
        return Aside(self.ids, item, self._told)
