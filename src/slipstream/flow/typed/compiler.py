"""From a type to the node of its root: what is made of each part of a type hint.

Strategy: what is known to grow is taken apart, all else is `Closed`: read as plain JSON and validated as a whole when
it has closed. So nothing that its library accepts is refused here, it only shows later.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, get_args
from uuid import UUID

import msgspec

from slipstream.flow.typed import models, records
from slipstream.flow.typed.annotations import class_of, is_typed_dict, is_union, rewrapped, unwrapped
from slipstream.flow.typed.engine import Engine, engine_of, is_pydantic
from slipstream.flow.typed.nodes import Choice, Closed, Listing, Mapped, Node, Plain, Record, Shape, Tagged, Text

_AS_IT_IS: Final = (str, int, float, bool, type(None))
_SCALARS: Final = frozenset((bytes, bytearray, date, datetime, time, timedelta, Decimal, UUID, *_AS_IT_IS))
_LISTS: Final = (list, Sequence, MutableSequence)
_DICTS: Final = (dict, Mapping, MutableMapping)
_ARRAYS: Final = (tuple, set, frozenset)

MAX_HINT_DEPTH: Final = 50
"""Hints within hints that are taken apart. Classes are made once, however they nest; only an alias may hold itself."""


class Compiler:
    """Makes nodes, one for each class, so that a type may contain itself."""

    def __init__(self) -> None:
        self._records: dict[Any, Node] = {}
        self._depth = 0

    def node(self, hint: Any, engine: Engine) -> Node:
        """The node of a type hint.

        Args:
            hint: as it stands in the class.
            engine: the library that validates where it stands.

        Raises:
            NameError: a hint names what cannot be found.
        """
        bare, metadata = unwrapped(hint)
        hint = rewrapped(bare, metadata)
        if not engine.narrows(metadata) or self._depth > MAX_HINT_DEPTH:
            return Closed(hint, engine)
        self._depth += 1
        try:
            return self._known(hint, bare, metadata, engine)
        finally:
            self._depth -= 1

    def _known(self, hint: Any, bare: Any, metadata: tuple[Any, ...], engine: Engine) -> Node:
        if bare is Any:
            return Plain(hint, engine)
        if is_union(bare):
            return self._union(hint, bare, metadata, engine)
        kind = class_of(bare)
        if kind in _SCALARS or kind is Literal or (isinstance(kind, type) and issubclass(kind, enum.Enum)):
            return _scalar(hint, bare, metadata, engine)
        if kind in _LISTS or kind in _DICTS:
            return self._container(hint, bare, engine)
        if kind in _ARRAYS:
            return Closed(hint, engine, opens="[", scalar=False)
        return self._record(hint, bare, engine)

    def _container(self, hint: Any, bare: Any, engine: Engine) -> Node:
        args = get_args(bare) or (Any,)
        bracket = "[" if class_of(bare) in _LISTS else "{"
        if bracket == "{" and unwrapped(args[0]) not in ((str, ()), (Any, ())):
            return Closed(hint, engine, opens="{", scalar=False)  # keys that must be converted or checked
        if unwrapped(args[-1])[0] is Any:
            return Plain(hint, engine, opens=bracket)
        item = self.node(args[-1], engine)
        return Listing(hint, engine, item) if bracket == "[" else Mapped(hint, engine, item)

    # ---- objects with named fields

    def _record(self, hint: Any, bare: Any, engine: Engine) -> Node:
        shape = _shape_of(bare, engine)
        if shape is None:
            return Closed(hint, engine)
        inner = engine_of(bare) if is_pydantic(bare) else engine
        key = (bare, id(inner))
        if key not in self._records:
            node = self._records[key] = Record(bare, inner)
            node.shape = shape(lambda each: self.node(each, inner))
        return self._records[key]

    # ---- unions

    def _union(self, hint: Any, bare: Any, metadata: tuple[Any, ...], engine: Engine) -> Node:
        members = [self.node(each, engine) for each in get_args(bare)]
        if any(isinstance(each, Plain) and each.scalar for each in members):
            return Plain(hint, engine)
        openers = {}
        for bracket in "{[":
            found = [each for each in members if bracket in each.opens]
            if len(found) == 1:
                openers[bracket] = found[0]
            elif found:
                openers[bracket] = _several(hint, bracket, found, metadata, engine)
        return Choice(hint, engine, _leaf_of(hint, engine, [each for each in members if each.scalar]), openers)


def _several(hint: Any, bracket: str, found: list[Node], metadata: tuple[Any, ...], engine: Engine) -> Node:
    """Several members of a union open with one bracket: a tag tells them apart, or only the whole."""
    members: dict[Any, Record] = {}
    keys = set()
    for node in found:
        tag = _tag_of(node, models.discriminator_of(metadata))
        if tag is None or not isinstance(node, Record):
            return Closed(hint, engine, opens=bracket)
        keys.add(tag[0])
        members |= dict.fromkeys(tag[1], node)
    return Tagged(hint, engine, keys.pop(), members) if len(keys) == 1 else Closed(hint, engine, opens=bracket)


def _tag_of(node: Node, discriminator: str | None) -> tuple[str, tuple[Any, ...]] | None:
    """The key and the values of the tag that means this member of a union."""
    if not isinstance(node, Record):
        return None
    kind = class_of(node.annotation)
    if issubclass(kind, msgspec.Struct):
        config = kind.__struct_config__
        return (config.tag_field, (config.tag,)) if config.tag is not None else None
    return models.tags_of(kind, discriminator) if discriminator is not None else None


def _leaf_of(hint: Any, engine: Engine, scalars: list[Node]) -> Closed | None:
    """What takes the strings, numbers and literals of a union; None if there are none."""
    if not scalars:
        return None
    exact = {kind for each in scalars if isinstance(each, Closed) for kind in each.exact}
    # It grows if a string can be nothing but a string.
    grows = any(each.grows for each in scalars)
    strange = any(not each.grows and not (isinstance(each, Closed) and each.exact) for each in scalars)
    return (Text if grows and not strange else Closed)(hint, engine, exact, opens="")


def _scalar(hint: Any, bare: Any, metadata: tuple[Any, ...], engine: Engine) -> Node:
    exact = (bare,) if bare in _AS_IT_IS and not metadata and engine.plain else ()
    return (Text if bare is str else Closed)(hint, engine, exact, opens="")


def _shape_of(bare: Any, engine: Engine) -> Callable[[records.Compile], Shape] | None:
    """What takes the class apart; None if it can only be read as a whole."""
    kind = class_of(bare)
    if is_pydantic(bare):
        return None if models.is_opaque(bare) else lambda inner: models.model_shape(bare, engine_of(bare), inner)
    if is_typed_dict(kind):
        return lambda inner: records.typed_dict_shape(bare, engine, inner)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        array = kind.__struct_config__.array_like
        return None if array else lambda inner: records.struct_shape(bare, engine, inner)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__new__ is object.__new__:
        return lambda inner: records.dataclass_shape(bare, engine, inner, init_only=engine.init_only)
    return None
