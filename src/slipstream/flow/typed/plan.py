"""How a type is read, or why it cannot be: the one place where a type of the user's is judged."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, get_origin

import msgspec

from slipstream.errors import InvalidRequestError
from slipstream.flow.typed import records
from slipstream.flow.typed.annotations import is_union, mentioned, unwrapped
from slipstream.flow.typed.compiler import Compiler
from slipstream.flow.typed.engine import MSGSPEC, Engine, is_pydantic
from slipstream.flow.typed.failure import type_name
from slipstream.flow.typed.nodes import Closed, Listing, Node, Plain, Record
from slipstream.flow.typed.reader import Plan

ACCEPTED: Final = (
    "accepted: a msgspec Struct, a dataclass, a TypedDict, a pydantic v2 model, a plain type of JSON (str, int, float, "
    "bool, list, dict, Any, Literal, an Enum, a date), and lists, dicts, unions and fields of these"
)
_NAME: Final = re.compile(r"[^.\[\]]+")


def plan_of(kind: Any, stage: str) -> Plan:
    """How an answer of this type is read.

    Args:
        kind: the type.
        stage: the name of the stage, for messages.

    Raises:
        InvalidRequestError: nothing can be read as this type; the message names it and says what is accepted.
    """
    engine = engine_of_hint(kind, stage)
    decode, node = _made(kind, engine, stage)
    return Plan(type_name(kind), kind, node, engine, None if isinstance(node, Plain) and node.scalar else decode)


def items_plan_of(kind: Any, path: str | None, stage: str) -> Plan:
    """How an answer is read that is a list of this type, or has one at a path.

    Args:
        kind: the type of the items.
        path: the way to the list, `steps` or `a.b`; None if the answer is the list.
        stage: the name of the stage, for messages.

    Raises:
        InvalidRequestError: nothing can be read as this type, or the path is none.
    """
    names = _checked_path(path)
    engine = checked_engine(kind, stage)
    node: Node = Listing(list[kind], engine, Closed(kind, engine))
    for name in reversed(names):
        outer = Record(dict[str, Any], MSGSPEC)
        outer.shape = records.path_shape(name, node)
        node = outer
    return Plan(f"list of {type_name(kind)}", kind, node, engine, None, names)


def _checked_path(path: Any) -> tuple[str, ...]:
    if path is None:
        return ()
    names = path.split(".") if isinstance(path, str) else [""]
    if not all(_NAME.fullmatch(name) for name in names):
        raise InvalidRequestError(f"path: {path!r} is none; accepted: names of fields with dots between, such as 'a.b'")
    return tuple(names)


def engine_of_hint(kind: Any, stage: str) -> Engine:
    """The library that validates this type as a whole.

    Raises:
        InvalidRequestError: it is no type, or one that neither library takes.
    """
    if not _is_type(kind):
        _refuse(stage, _described(kind))
    parts = mentioned(kind)
    for part in parts:
        if _is_pydantic_v1(part):
            _refuse(stage, f"{type_name(part)} is a model of pydantic v1")
    if any(map(is_pydantic, parts)):
        from slipstream.flow.typed.pydantic_engine import PydanticEngine

        return PydanticEngine()
    return MSGSPEC


def checked_engine(kind: Any, stage: str) -> Engine:
    """The library that validates this type, when it is sure that it can.

    Raises:
        InvalidRequestError: it cannot; the message names the type and says what is accepted.
    """
    engine = engine_of_hint(kind, stage)
    _made(kind, engine, stage)
    return engine


def _made(kind: Any, engine: Engine, stage: str) -> tuple[Callable[[str], Any], Node]:
    try:
        if engine is MSGSPEC:
            _check_custom(msgspec.inspect.type_info(kind), stage)
        return engine.decoder(kind), Compiler().node(kind, engine)
    except InvalidRequestError:
        raise
    except NameError as error:
        _refuse(stage, f"{type_name(kind)} has an annotation that names {error.name!r}, which cannot be found")
    except Exception as error:  # pydantic's errors of this kind share no base with msgspec's
        _refuse(stage, f"{type_name(kind)} cannot be validated ({_first_line(error)})")


def _is_type(kind: Any) -> bool:
    return (
        isinstance(kind, (type, TypeVar))
        or kind is Any
        or get_origin(kind) is not None
        or is_union(kind)
        or unwrapped(kind)[0] is not kind
    )


def _described(kind: Any) -> str:
    if isinstance(kind, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return f"{kind.__name__} is a function"
    if isinstance(kind, str):
        return "it got a str (of a type's name?)"
    return f"it got an instance of {type(kind).__name__}"


def _is_pydantic_v1(part: Any) -> bool:
    if not isinstance(part, type) or is_pydantic(part):
        return False
    return any(base.__module__.startswith("pydantic.") and base.__name__ == "BaseModel" for base in part.__mro__)


def _check_custom(info: Any, stage: str) -> None:
    """msgspec takes any class, and leaves it to a hook; ours knows pydantic's and no others."""
    seen: set[int] = set()
    waiting = [info]
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.CustomType) and not is_pydantic(each.cls):
            what = "a model of pydantic v1" if _is_pydantic_v1(each.cls) else "no type of JSON"
            _refuse(stage, f"{type_name(each.cls)} is {what}")
        if isinstance(each, (msgspec.inspect.Type, msgspec.inspect.Field)) and id(each) not in seen:
            seen.add(id(each))
            waiting += (getattr(each, name) for name in each.__struct_fields__)
        elif isinstance(each, tuple):
            waiting += each


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _refuse(stage: str, why: str) -> NoReturn:
    raise InvalidRequestError(f"{stage}(T): {why}; {ACCEPTED}")
