"""Wire JSON with the attribute names of the official SDKs.

Strategy: an object is the decoded JSON and nothing else; a field is looked up when it is read, a nested object is
made when it is first read. So a chunk of which a program reads one field costs one dictionary, where a validating
model builds every object of it. The annotations of a class are its table: they name the known fields (None when the
wire leaves them out) and the class of what is nested. Fields beyond them are readable too, as plain JSON.
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar, Self, Union

Build = Callable[[Any], Any]


class Later:
    """A value that is made when somebody reads it."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class Shape:
    """What the annotations of a class say.

    Attributes:
        fields: the known fields, in order.
        nested: how the value of a field becomes objects, for fields that hold some.
    """

    __slots__ = ("fields", "nested")

    def __init__(self, kind: type[WireObject]) -> None:
        hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if not name.startswith("_")}
        # Anthropic's SDK puts `type` last, OpenAI's where the class itself has it.
        own = inspect.get_annotations(kind)
        if "type" in own:
            hints = {name: hints.pop(name) for name in [*(n for n in hints if n not in own), *own]}
        last = ["type"] if issubclass(kind, Tagged) and "type" not in own else []
        self.fields: tuple[str, ...] = (*(name for name in hints if name not in last), *last)
        built = {name: _builder(hint) for name, hint in hints.items()}
        self.nested: dict[str, Build] = {name: build for name, build in built.items() if build is not None}


def _builder(hint: Any) -> Build | None:
    """How a value of this type is made from JSON; None if it stays as it is."""
    if hint is OpenObject:
        return _open
    if hint is float:  # JSON knows one kind of number: a provider writes 1.0 as 1
        return lambda value: float(value) if type(value) is int else value
    if isinstance(hint, type) and issubclass(hint, WireObject):
        return lambda value: hint.of(value) if isinstance(value, dict) else value
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is list and args:
        one = _builder(args[0])
        return one and (lambda value: [one(item) for item in value] if isinstance(value, list) else value)
    if origin in (Union, types.UnionType):
        return next((build for arg in args if (build := _builder(arg)) is not None), None)
    return None


class WireObject:
    """One object of the wire, read by attributes.

    It offers what programs use of the SDKs' models: `model_dump`, `model_dump_json`, `to_dict`, `to_json`, `dict(...)`,
    assignment, comparison, copying and a readable `repr`.

    Args:
        fields: the fields, for programs that make such an object themselves.
    """

    __slots__ = ("__dict__", "__weakref__", "_wire")

    _wire: dict[str, Any]
    _beside: ClassVar[Collection[str]] = ()
    """Fields of other providers that read as None when they are left out, but are no part of a dump."""
    _local: ClassVar[Collection[str]] = ()
    """Fields that the helpers add, and no request takes."""
    _shape: ClassVar[Shape | None] = None
    _request_id: str | None = None

    def __init__(self, **fields: Any) -> None:
        self._wire = fields

    def __init_subclass__(cls) -> None:
        cls._shape = None

    @classmethod
    def over(cls, wire: dict[str, Any]) -> Self:
        """An object of this very class over this JSON; the dictionary is kept, not copied."""
        made = cls.__new__(cls)
        made._wire = wire
        return made

    @classmethod
    def of(cls, wire: dict[str, Any]) -> Self:
        """The object over this JSON."""
        return cls.over(wire)

    @classmethod
    def _table(cls) -> Shape:
        """The table of the class; made on first use, because annotations name classes that follow."""
        if cls._shape is None:
            cls._shape = Shape(cls)
        return cls._shape

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # no field; and copying asks for such names before `_wire` is there
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        shape = self._shape or self._table()
        try:
            value = self._wire[name]
        except KeyError:
            if name in shape.fields or name in self._beside:
                return None
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None
        build = shape.nested.get(name)
        if type(value) is Later:
            value = self.__dict__[name] = value.make()
        if build is not None and value is not None:
            value = self.__dict__[name] = build(value)  # the same object each time, and changes to it stay
        return value

    def _names(self) -> list[str]:
        known = self._table().fields
        beyond = {**self._wire, **self.__dict__}
        return [*known, *(name for name in beyond if name not in known and not name.startswith("_"))]

    def _is_set(self, name: str) -> bool:
        return name in self._wire or name in self.__dict__

    def model_dump(
        self,
        *,
        mode: str = "python",  # noqa: ARG002 - the wire is JSON already, so that the modes do not differ
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        by_alias: bool | None = None,  # noqa: ARG002 - the names are the API's own
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,  # noqa: ARG002 - there is nothing to warn of
    ) -> dict[str, Any]:
        """The object as plain data.

        Args:
            include, exclude: names of fields of this object.
            exclude_unset: leave out known fields that the wire left out; else they are None.
            exclude_none, exclude_defaults: leave out fields that are None.
            mode, by_alias, warnings: taken because the SDKs take them; they change nothing here.
        """
        names = [name for name in self._names() if not exclude_unset or self._is_set(name)]
        values = {
            name: getattr(self, name)
            for name in names
            if (include is None or name in include) and (exclude is None or name not in exclude)
        }
        no_none = exclude_none or exclude_defaults
        return {
            name: _plain(value, exclude_unset, no_none)
            for name, value in values.items()
            if value is not None or not no_none
        }

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """The object as JSON text; see `model_dump` for the options."""
        separators = (",", ":") if indent is None else None
        return json.dumps(self.model_dump(**options), ensure_ascii=False, indent=indent, separators=separators)

    def to_dict(self, *, exclude_unset: bool = True, **options: Any) -> dict[str, Any]:
        """What the wire said, as plain data; see `model_dump` for the options."""
        return self.model_dump(exclude_unset=exclude_unset, **options)

    def to_json(self, *, indent: int | None = 2, exclude_unset: bool = True, **options: Any) -> str:
        """What the wire said, as JSON text; see `model_dump` for the options."""
        return self.model_dump_json(indent=indent, exclude_unset=exclude_unset, **options)

    def sendable(self) -> dict[str, Any]:
        """The fields as a request may have them; nested objects are left as they are."""
        return {name: getattr(self, name) for name in self._names() if self._is_set(name) and name not in self._local}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in self._names())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.to_dict())


def _restore(kind: type[WireObject], wire: dict[str, Any]) -> WireObject:
    return kind.over(wire)


def _plain(value: Any, exclude_unset: bool, exclude_none: bool) -> Any:
    if isinstance(value, WireObject):
        return value.model_dump(exclude_unset=exclude_unset, exclude_none=exclude_none)
    if isinstance(value, list):
        return [_plain(item, exclude_unset, exclude_none) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item, exclude_unset, exclude_none) for key, item in value.items()}
    return value


class Tagged(WireObject):
    """An object whose `type` says which class of a family it is: `class TextBlock(Block, tag="text")`."""

    __slots__ = ()

    _family: ClassVar[dict[str, type[Any]]] = {}

    def __init_subclass__(cls, *, tag: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if Tagged in cls.__bases__:
            cls._family = {}
        if tag is not None:
            cls._family[tag] = cls

    @classmethod
    def of(cls, wire: dict[str, Any]) -> Self:
        """The object over this JSON, of the class that its `type` names; of this class if there is none."""
        kind = wire.get("type")
        known = cls._family.get(kind) if isinstance(kind, str) else None
        return (known or cls).over(wire)


class OpenObject(WireObject):
    """An object whose fields are not listed here: whatever the wire has is readable, at any depth."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        value = super().__getattr__(name)
        if isinstance(value, (dict, list)):
            value = self.__dict__[name] = _open(value)
        return value


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        return OpenObject.of(value)
    return [_open(item) for item in value] if isinstance(value, list) else value
