"""What is known of the place where a value will stand: may it grow, what are its parts, who validates it.

A node is made once for each type (see `compiler`); what is under construction are frames (see `frames`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from slipstream.flow.typed.engine import Check, Engine
from slipstream.flow.typed.failure import MismatchError, accepted
from slipstream.flow.typed.frames import Frame, ListFrame, MappingFrame, RecordFrame, TaggedFrame
from slipstream.flow.typed.words import one_of, words

ANY_BRACKET: Final = "{["


class Node:
    """A place for a value.

    Args:
        annotation: the type, as it was written.
        engine: who validates it.

    Attributes:
        opens: the brackets that a value may begin with.
        scalar: True if a string, a number or a literal may stand here.
        grows: True if an open string is shown as far as it has come.
        shown: False if an object or a list stays out of sight until it has closed.
        kept: False if the value is read and dropped.
        exact: the Python types whose values need no second look.
    """

    exact: frozenset[type] = frozenset()
    opens: str = ""
    scalar = False
    grows = False
    shown = True
    kept = True

    def __init__(self, annotation: Any, engine: Engine) -> None:
        self.annotation = annotation
        self.engine = engine
        self._check: Check | None = None

    def whole(self, value: Any) -> Any:
        """The value, finished and validated.

        Raises:
            MismatchError: it does not fit.
        """
        if self._check is None:
            self._check = self.engine.checker(self.annotation)
        try:
            return self._check(value)
        except ValueError as error:
            raise self.engine.explain(error, self.annotation) from None

    def leaf(self, value: Any) -> Any:  # noqa: ARG002
        """The value, if a string, a number or a literal may stand here.

        Raises:
            MismatchError: it may not.
        """
        raise self.refusal()

    def at(self, bracket: str) -> Node:
        """The node for the object (`{`) or the list (`[`) that opens here: this one, if it may.

        Raises:
            MismatchError: it may not.
        """
        if bracket not in self.opens:
            raise self.refusal()
        return self

    def enter(self) -> Frame | None:
        """What builds the object or the list; None if it is built as plain JSON."""
        return None

    def refusal(self) -> MismatchError:
        """The error that tells what is accepted here."""
        schema = self.engine.schema(self.annotation)
        return MismatchError(accepted(words(schema, schema)))


class Closed(Node):
    """A value that shows when it has closed: a number, a date, a Literal, a tuple, a union that only the whole tells.

    Args:
        exact: the Python types whose values need no second look.
        opens: the brackets that a value may begin with.
        scalar: False if it is always an object or a list.
    """

    shown = False

    def __init__(
        self,
        annotation: Any,
        engine: Engine,
        exact: Iterable[type] = (),
        opens: str = ANY_BRACKET,
        *,
        scalar: bool = True,
    ) -> None:
        super().__init__(annotation, engine)
        self.scalar = scalar
        self.exact = frozenset(exact)
        self.opens = opens

    def leaf(self, value: Any) -> Any:
        """See `Node`."""
        return value if type(value) in self.exact else self.whole(value)


class Text(Closed):
    """A string, which shows as far as it has come; or None, a number or a bool, where the type allows them too."""

    grows = True


class Plain(Node):
    """JSON as it is: dicts, lists, strings, numbers. It grows.

    Args:
        opens: the brackets that a value may begin with; a scalar may stand only where both may.
    """

    def __init__(self, annotation: Any, engine: Engine, opens: str = ANY_BRACKET) -> None:
        super().__init__(annotation, engine)
        self.opens = opens
        self.scalar = self.grows = opens == ANY_BRACKET

    def leaf(self, value: Any) -> Any:
        """See `Node`."""
        return value if self.scalar else super().leaf(value)

    def whole(self, value: Any) -> Any:
        """See `Node`."""
        return value if self.scalar else super().whole(value)


class Unchecked(Node):
    """Read as plain JSON, not shown and not validated here.

    Args:
        kept: False if it is dropped: a field that the type does not know and does not forbid, or that only the whole
            can tell.
    """

    opens = ANY_BRACKET
    scalar = True
    shown = False

    def __init__(self, annotation: Any, engine: Engine, *, kept: bool) -> None:
        super().__init__(annotation, engine)
        self.kept = kept

    def leaf(self, value: Any) -> Any:
        """See `Node`."""
        return value

    def whole(self, value: Any) -> Any:
        """See `Node`."""
        return value


class Tag(Node):
    """The tag of an object, which says its type.

    Args:
        tags: what it may be.
        kept: False if it is no field of the object.
    """

    scalar = True

    def __init__(self, annotation: Any, engine: Engine, tags: Iterable[Any], *, kept: bool) -> None:
        super().__init__(annotation, engine)
        self._tags = list(tags)
        self.kept = kept

    def leaf(self, value: Any) -> Any:
        """See `Node`."""
        if not any(tag == value and type(tag) is type(value) for tag in self._tags):
            raise self.refusal()
        return value

    def whole(self, value: Any) -> Any:
        """See `Node`."""
        return self.leaf(value)

    def refusal(self) -> MismatchError:
        """See `Node`."""
        return MismatchError(accepted(one_of(self._tags)))


class Listing(Node):
    """A list whose items are built each by its own type."""

    opens = "["

    def __init__(self, annotation: Any, engine: Engine, item: Node) -> None:
        super().__init__(annotation, engine)
        self._item = item

    def enter(self) -> Frame:
        """See `Node`."""
        return ListFrame(self._item)


class Mapped(Node):
    """A dict of any keys whose values are built each by its own type."""

    opens = "{"

    def __init__(self, annotation: Any, engine: Engine, item: Node) -> None:
        super().__init__(annotation, engine)
        self._item = item

    def enter(self) -> Frame:
        """See `Node`."""
        return MappingFrame(self._item)


class Shape(Struct, frozen=True, eq=False):
    """How an object with named fields is made and filled.

    Args:
        make: makes one without its `__init__`: the object, and what its fields are put into.
        put: puts a field in its place: (what `make` said, name, value).
        fields: key of JSON -> (name of the field, its node).
        required: the keys that must come.
        required_any: for each field that must come and has several keys, these keys.
        unknown: what becomes of other keys; None forbids them.
        note: is told the object and the name of a field that came, for types that keep book of it.
    """

    make: Callable[[], tuple[Any, Any]]
    put: Callable[[Any, Any, Any], Any]
    fields: Mapping[str, tuple[str, Node]]
    required: frozenset[str] = frozenset()
    required_any: tuple[tuple[str, ...], ...] = ()
    unknown: Node | None = None
    note: Callable[[Any, str], Any] | None = None

    def unknown_field(self) -> Node:
        """The node of a key that is no field's.

        Raises:
            MismatchError: there may be none.
        """
        if self.unknown is None:
            raise MismatchError(f"has a field that its type does not know; accepted: {', '.join(self.fields)}")
        return self.unknown


class Record(Node):
    """An object with named fields: a Struct, a dataclass, a TypedDict, a model.

    Attributes:
        shape: how it is made; set once its fields are known, since a type may contain itself.
        tag: in a tagged union, the key of JSON that holds the tag, and the tags that mean this type.
    """

    opens = "{"
    shape: Shape
    tag: tuple[str, tuple[Any, ...]] | None = None

    def enter(self) -> Frame:
        """See `Node`."""
        return RecordFrame(self.shape)


class Tagged(Node):
    """A union of objects that a tag tells apart: shown once the tag has come.

    Args:
        key: the key of JSON that holds the tag.
        members: tag -> the type.
    """

    opens = "{"

    def __init__(self, annotation: Any, engine: Engine, key: str, members: Mapping[Any, Record]) -> None:
        super().__init__(annotation, engine)
        self._key = key
        self._members = members
        self._tag = Tag(annotation, engine, members, kept=True)
        self._held = Unchecked(annotation, engine, kept=True)

    def enter(self) -> Frame:
        """See `Node`."""
        return TaggedFrame(self._key, self._tag, self._held, self._members)


class Choice(Node):
    """A union that the first character tells apart.

    Args:
        leaf: for strings, numbers and literals; None if none may stand here.
        openers: bracket -> the node for what it opens.
    """

    def __init__(self, annotation: Any, engine: Engine, leaf: Closed | None, openers: Mapping[str, Node]) -> None:
        super().__init__(annotation, engine)
        self.opens = "".join(openers)
        self._openers = openers
        self._leaf = leaf
        self.scalar = leaf is not None
        self.grows = leaf is not None and leaf.grows
        self.exact = leaf.exact if leaf is not None else frozenset()

    def leaf(self, value: Any) -> Any:
        """See `Node`."""
        return super().leaf(value) if self._leaf is None else self._leaf.leaf(value)

    def at(self, bracket: str) -> Node:
        """See `Node`."""
        node = self._openers.get(bracket)
        if node is None:
            raise self.refusal()
        return node.at(bracket)
