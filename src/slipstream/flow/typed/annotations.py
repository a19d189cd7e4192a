"""What a type hint is made of: unwrapped, with its metadata; the fields of classes, their type variables filled in."""

from __future__ import annotations

import types
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NewType,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

_WRAPPERS: Final = (Required, NotRequired, Final, ClassVar)


def unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint without `Annotated`, `NewType`, aliases and the like, and the metadata that `Annotated` held."""
    metadata: tuple[Any, ...] = ()
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            metadata += hint.__metadata__
            hint = hint.__origin__
        elif origin in _WRAPPERS or _named(origin) == "ReadOnly":
            hint = get_args(hint)[0]
        elif isinstance(hint, NewType):
            hint = hint.__supertype__
        elif _named(type(hint)) == "TypeAliasType":
            hint = hint.__value__
        else:
            return hint, metadata


def rewrapped(bare: Any, metadata: tuple[Any, ...]) -> Any:
    """The hint as the libraries take it anywhere: `NotRequired` and its like may stand in a TypedDict only."""
    for each in metadata:
        bare = Annotated[bare, each]
    return bare


def _named(kind: Any) -> str:
    """The name of what a later Python or typing_extensions has, and this Python may not."""
    name = getattr(kind, "__name__", None) or getattr(kind, "_name", None)
    return str(name) if name else ""


def is_union(hint: Any) -> bool:
    """True for `A | B` and `Optional[A]`."""
    return get_origin(hint) in (Union, types.UnionType)


def is_typed_dict(kind: Any) -> bool:
    """True for a TypedDict, also for that of typing_extensions."""
    return isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__required_keys__")


def class_of(hint: Any) -> Any:
    """The class of a hint: `dict` of `dict[str, int]`, `Box` of `Box[int]`."""
    return get_origin(hint) or hint


def fields_of(hint: Any) -> dict[str, Any]:
    """The fields of a class (or of `Class[int]`) and their hints, type variables filled in as far as it says them.

    Raises:
        NameError: a hint names what cannot be found.
    """
    kind = class_of(hint)
    filled = dict(zip(getattr(kind, "__parameters__", ()), get_args(hint), strict=False))
    return {name: _fill(each, filled) for name, each in get_type_hints(kind, include_extras=True).items()}


def _fill(hint: Any, filled: dict[Any, Any]) -> Any:
    if isinstance(hint, TypeVar):
        return filled.get(hint, Any)
    variables = getattr(hint, "__parameters__", ())
    return hint[tuple(filled.get(each, Any) for each in variables)] if variables else hint


def mentioned(hint: Any) -> list[Any]:
    """Every part of a hint that is not made of parts: the classes of `list[A | B]`. Fields are not looked into."""
    bare, _ = unwrapped(hint)
    parts = [part for part in get_args(bare) if part is not ...]
    if not parts or class_of(bare) is Literal:
        return [bare]
    return [class_of(bare), *(each for part in parts for each in mentioned(part))]
