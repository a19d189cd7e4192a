"""Objects and lists under construction.

A frame says where the next value belongs and puts it there. Three of its attributes make a place that can be filled
again and again without another look, as an open string needs it: `put(target, place, value)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import setitem
from typing import TYPE_CHECKING, Any

from slipstream.flow.typed.failure import ANY_KEY, MismatchError, missing_field

if TYPE_CHECKING:
    from slipstream.flow.typed.nodes import Node, Record, Shape

Put = Callable[[Any, Any, Any], Any]


class Frame:
    """An object or a list under construction.

    Attributes:
        value: what the parent shows.
        target: what values are put into.
        place: where in it the value belongs that has just begun.
        first: puts a value in its place for the first time: (target, place, value).
        put: puts more of the same value in its place.
        note: is told `value` and the place of each value that came, or None.
        shown: False if the parent shows nothing of it yet.
        successor: the frame that goes on in its place, or None.
    """

    __slots__ = ("first", "note", "place", "put", "target", "value")
    shown = True
    successor: Frame | None = None

    def __init__(self, value: Any, target: Any, *, first: Put = setitem, put: Put = setitem) -> None:
        self.value = value
        self.target = target
        self.first = first
        self.put = put
        self.place: Any = None
        self.note: Callable[[Any, Any], Any] | None = None

    def child(self, key: str) -> Node:
        """The next value begins.

        Args:
            key: the last key of JSON; says nothing in a list.

        Raises:
            MismatchError: it may not stand here.
        """
        raise NotImplementedError

    def part(self) -> str | int | None:
        """The place as a part of a path; None if there is none."""
        part: str | int | None = self.place
        return part

    def finish(self) -> None:
        """Nothing more comes.

        Raises:
            MismatchError: something is missing.
        """


class ListFrame(Frame):
    """A list. Also the root of a document, which is a list of one."""

    __slots__ = ("_item",)

    def __init__(self, item: Node, target: list[Any] | None = None) -> None:
        target = [] if target is None else target
        super().__init__(target, target, first=list.insert)
        self._item = item

    def child(self, key: str) -> Node:  # noqa: ARG002
        """See `Frame`."""
        self.place = len(self.target)
        return self._item


class RootFrame(ListFrame):
    """The place of the whole document."""

    __slots__ = ()

    def part(self) -> None:
        """The root has no name."""


class MappingFrame(Frame):
    """A dict of any keys."""

    __slots__ = ("_item",)

    def __init__(self, item: Node) -> None:
        made: dict[str, Any] = {}
        super().__init__(made, made)
        self._item = item

    def child(self, key: str) -> Node:
        """See `Frame`."""
        self.place = key
        return self._item

    def part(self) -> str:
        """The key is the model's own, so it is not told."""
        return ANY_KEY


class RecordFrame(Frame):
    """An object with named fields."""

    __slots__ = ("_fields", "_seen", "_shape")

    def __init__(self, shape: Shape) -> None:
        self.value, self.target = shape.make()
        self.first = self.put = shape.put
        self.place, self.note = None, shape.note
        self._shape = shape
        self._fields = shape.fields
        self._seen: set[str] = set()

    def child(self, key: str) -> Node:
        """See `Frame`."""
        found = self._fields.get(key)
        if found is None:
            self.place = None
            return self._shape.unknown_field()
        self._seen.add(key)
        self.place, node = found
        return node

    def finish(self) -> None:
        """See `Frame`."""
        if not self._shape.required <= self._seen:
            missing = (name for name in self._fields if name in self._shape.required and name not in self._seen)
            raise MismatchError(missing_field(next(missing)))
        for names in self._shape.required_any:
            if self._seen.isdisjoint(names):
                raise MismatchError(missing_field(names[0]))


class TaggedFrame(Frame):
    """An object of a union before its tag has come: what comes earlier is held.

    Args:
        key: the key of JSON that holds the tag.
        tag: the node of the tag's own value.
        held: the node of the values that come before it.
        members: tag -> the type.
    """

    __slots__ = ("_held", "_key", "_members", "_tag", "successor")
    shown = False

    def __init__(self, key: str, tag: Node, held: Node, members: Mapping[Any, Record]) -> None:
        made: dict[str, Any] = {}
        super().__init__(made, made, first=self._hold)
        self._key, self._tag, self._held, self._members = key, tag, held, members
        self.successor: Frame | None = None

    def child(self, key: str) -> Node:
        """See `Frame`."""
        self.place = key
        return self._tag if key == self._key else self._held

    def _hold(self, target: dict[str, Any], place: str, value: Any) -> None:
        target[place] = value
        if place == self._key:
            self.successor = RecordFrame(self._members[value].shape)

    def part(self) -> str:
        """Whether the key is a field is not known yet, unless it is the tag's."""
        return self._key if self.place == self._key else ANY_KEY

    def finish(self) -> None:
        """It closed without its tag."""
        raise MismatchError(missing_field(self._key))
