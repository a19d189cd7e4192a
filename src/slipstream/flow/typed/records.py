"""How Structs, dataclasses and TypedDicts are made without their `__init__`, and what their fields are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import setitem
from typing import Any, NotRequired, Required, get_origin

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo, force_setattr

from slipstream.flow.typed.annotations import class_of, fields_of
from slipstream.flow.typed.engine import Engine
from slipstream.flow.typed.nodes import Node, Shape, Tag, Unchecked

Compile = Callable[[Any], Node]
"""Makes the node of a field's hint."""

Make = Callable[[], tuple[Any, Any]]


def struct_shape(hint: Any, engine: Engine, compile_: Compile) -> Shape:
    """A msgspec Struct, frozen or not.

    Raises:
        NameError: a hint names what cannot be found.
    """
    kind = class_of(hint)
    config = kind.__struct_config__
    infos = msgspec.structs.fields(hint)
    fields = {info.encode_name: (info.name, compile_(info.type)) for info in infos}
    if config.tag is not None:
        fields[config.tag_field] = (config.tag_field, Tag(hint, engine, [config.tag], kept=False))
    return Shape(
        make=_struct_maker(kind, infos),
        put=force_setattr,
        fields=fields,
        required=frozenset(info.encode_name for info in infos if info.required),
        unknown=None if config.forbid_unknown_fields else Unchecked(hint, engine, kept=False),
    )


def _struct_maker(kind: Any, infos: tuple[FieldInfo, ...]) -> Make:
    copy = _blank(kind, infos).__copy__
    factories = [(info.name, info.default_factory) for info in infos if info.default_factory is not NODEFAULT]

    def make() -> tuple[Any, Any]:
        made = copy()
        for name, factory in factories:
            force_setattr(made, name, factory())
        return made, made

    return make


def _blank(kind: Any, infos: tuple[FieldInfo, ...]) -> Any:
    """An instance with its defaults and None, to be copied.

    A Struct cannot be made without its constructor, which runs `__post_init__`. So where there is one, an instance of a
    subclass without it is made, and then told that it is of the class; the copies know nothing of that.
    """
    values = {info.name: None if info.default is NODEFAULT else info.default for info in infos}
    if not hasattr(kind, "__post_init__"):
        return kind(**values)
    members = {"__post_init__": lambda _: None, "__annotations__": {}, "__module__": kind.__module__}
    made = type(kind)(kind.__name__, (kind,), members)(**values)
    object.__dict__["__class__"].__set__(made, kind)  # past the `__setattr__` of frozen ones
    return made


def dataclass_shape(hint: Any, engine: Engine, compile_: Compile, *, init_only: bool) -> Shape:
    """A dataclass, frozen or not, with slots or without.

    Args:
        init_only: True if fields with `init=False` are no fields of JSON (pydantic's rule; msgspec takes them).

    Raises:
        NameError: a hint names what cannot be found.
        TypeError: it cannot be made without its `__init__`: it derives from a built-in class.
    """
    kind = class_of(hint)
    hints = fields_of(hint)
    fields = [each for each in dataclasses.fields(kind) if each.init or not init_only]
    make = dataclass_maker(kind, {each.name: _default(each) for each in dataclasses.fields(kind)})
    make()
    return Shape(
        make=make,
        put=object.__setattr__,
        fields={each.name: (each.name, compile_(hints[each.name])) for each in fields},
        required=frozenset(each.name for each in fields if _is_required(each)),
        unknown=Unchecked(hint, engine, kept=False),
    )


def dataclass_maker(kind: type, defaults: dict[str, Callable[[], Any]]) -> Make:
    """Makes an instance with its defaults."""

    def make() -> tuple[Any, Any]:
        made: Any = object.__new__(kind)
        for name, default in defaults.items():
            object.__setattr__(made, name, default())
        return made, made

    return make


def constant(value: Any) -> Callable[[], Any]:
    """A function that returns this value."""
    return lambda: value


def _default(field: dataclasses.Field[Any]) -> Callable[[], Any]:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    return constant(None if field.default is dataclasses.MISSING else field.default)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def typed_dict_shape(hint: Any, engine: Engine, compile_: Compile) -> Shape:
    """A TypedDict: a dict that has the keys that came.

    Raises:
        NameError: a hint names what cannot be found.
    """
    hints = fields_of(hint)
    required = set(class_of(hint).__required_keys__)
    for name, each in hints.items():  # written as a string, `Required` is not in `__required_keys__`
        if get_origin(each) is Required:
            required.add(name)
        elif get_origin(each) is NotRequired:
            required.discard(name)
    return Shape(
        make=_new_dict,
        put=setitem,
        fields={name: (name, compile_(each)) for name, each in hints.items()},
        required=frozenset(required),
        unknown=Unchecked(hint, engine, kept=False),
    )


def _new_dict() -> tuple[Any, Any]:
    made: dict[str, Any] = {}
    return made, made


def path_shape(name: str, inner: Node) -> Shape:
    """An object of which one field is wanted."""
    unknown = Unchecked(Any, inner.engine, kept=False)
    return Shape(
        make=_new_dict, put=setitem, fields={name: (name, inner)}, required=frozenset((name,)), unknown=unknown
    )
