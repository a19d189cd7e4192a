"""Objects that grow by deltas: what the helpers put together out of chunks.

Strategy: text is kept as pieces and joined when it is read, so that a delta costs its own length. What an event says
the text was is its length at that moment, and the beginning of the text that long.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.client.sdk.wire import Later
from slipstream.codec import JSONStream
from slipstream.errors import MalformedChunkError
from slipstream.events.message import TextBuffer

KEPT_ONCE: Final = frozenset(("id", "type", "role", "name", "index", "object", "format"))
"""Texts that name something: repeated in every delta by some providers (WIRE section 8 row 14), never joined."""


class GrowingText:
    """Text that grows."""

    __slots__ = ("_buffer", "_length")

    def __init__(self) -> None:
        self._buffer = TextBuffer()
        self._length = 0

    def append(self, piece: str) -> None:
        """Add a piece at the end."""
        self._buffer.append(piece)
        self._length += len(piece)

    def __str__(self) -> str:
        return str(self._buffer)

    def snapshot(self) -> Later:
        """The text as it is now, made when it is read."""
        length = self._length
        return Later(lambda: str(self._buffer)[:length])

    def value_snapshot(self) -> Later:
        """What the text as it is now says as JSON, as far as it goes; made when it is read."""
        length = self._length
        return Later(lambda: value_so_far(str(self._buffer)[:length]))


def value_so_far(text: str) -> Any:
    """The value of a JSON text that may be cut anywhere; None if it has not begun."""
    document = JSONStream()
    try:
        document.feed(text)
    except MalformedChunkError:
        return document.value  # as far as it was JSON
    return document.snapshot()


class Growing:
    """An object that grows: texts are joined, objects grow, entries of lists grow by their index.

    Attributes:
        fields: name -> a plain value, a `GrowingText`, a `Growing`, or a `GrowingList`.
    """

    __slots__ = ("fields",)

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def add(self, delta: dict[str, Any]) -> None:
        """Take a delta, in O(its size)."""
        for name, value in delta.items():
            if isinstance(value, str) and name not in KEPT_ONCE:
                self._at(name, GrowingText).append(value)
            elif isinstance(value, dict):
                self._at(name, Growing).add(value)
            elif isinstance(value, list):
                self._at(name, GrowingList).add(value)
            else:
                self._keep(name, value)

    def _at(self, name: str, kind: type[Any]) -> Any:
        found = self.fields.get(name)
        if not isinstance(found, kind):
            found = self.fields[name] = kind()
        return found

    def _keep(self, name: str, value: Any) -> None:
        """A null or an empty text never replaces what is there; neither does a second name."""
        if name not in self.fields or (value is not None and name not in KEPT_ONCE) or not self.fields[name]:
            self.fields[name] = value

    def text(self, name: str) -> GrowingText:
        """The text of this name, empty if none came."""
        found: GrowingText = self._at(name, GrowingText)
        return found

    def list(self, name: str) -> GrowingList:
        """The list of this name, empty if none came."""
        found: GrowingList = self._at(name, GrowingList)
        return found

    def plain(self) -> dict[str, Any]:
        """The object as it is now, as JSON."""
        return {name: _plain(value) for name, value in self.fields.items()}


class GrowingList:
    """A list whose entries grow, each found again by its id or its index; entries that are no objects are added."""

    __slots__ = ("_places", "entries")

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._places: dict[tuple[str, Any], int] = {}

    def add(self, delta: list[Any]) -> None:
        """Take the entries of a delta."""
        for entry in delta:
            if isinstance(entry, dict):
                self.entries[self.place(entry)].add(entry)
            else:
                self.entries.append(entry)

    def place(self, entry: dict[str, Any]) -> int:
        """Where this entry belongs, a new place if it is a new one (WIRE section 8 rows 10 to 14).

        The id decides before the index: parallel calls may all have the index 0. An entry with neither continues the
        last call, or is one of its own where it is no call.
        """
        id, index = entry.get("id") or None, entry.get("index")
        found = self._places.get(("id", id)) if id is not None else None
        if found is None and index is not None:
            found = self._places.get(("index", index))
            if found is not None and id is not None and self.entries[found].fields.get("id"):
                found = None  # another id: another call, though the index is the same
        if found is None and id is None and index is None and self.entries and "function" in entry:
            found = len(self.entries) - 1
        if found is None:
            found = len(self.entries)
            self.entries.append(Growing())
        for key in (("id", id), ("index", index)):
            if key[1] is not None:
                self._places[key] = found
        return found

    def plain(self) -> list[Any]:
        """The list as it is now, as JSON."""
        return [_plain(entry) for entry in self.entries]


def _plain(value: Any) -> Any:
    if isinstance(value, GrowingText):
        return str(value)
    return value.plain() if isinstance(value, (Growing, GrowingList)) else value
