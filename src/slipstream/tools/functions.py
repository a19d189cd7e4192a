"""A Python function as a tool: what a model's arguments become before it is called with them.

Strategy: each argument is converted by its own annotation, strictly first and then as a model may have meant it ("3"
for 3), so that a refusal can name every argument that is wrong and say what it takes. The model reads the refusal, and
most models get it right the second time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from slipstream.dialects.common.tools import function_tool, normalise_tools
from slipstream.errors import InvalidRequestError
from slipstream.tools.failure import CallFailedError


class Function:
    """A function that a model may call.

    Args:
        name: the name the model knows it by.
        function: takes its arguments by name.

    Raises:
        InvalidRequestError: its parameters or annotations cannot be read.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.call = function
        try:
            self._parameters = inspect.signature(function).parameters
            self._types = get_type_hints(function, include_extras=True)
        except (TypeError, ValueError, NameError, AttributeError) as error:
            raise InvalidRequestError(f"tools ({name}): its parameters cannot be read ({error})") from None
        self._schema = _schema_of(function)

    def arguments(self, given: Any) -> dict[str, Any]:
        """The arguments to call the function with.

        Args:
            given: what the model gave, decoded; None is none.

        Raises:
            CallFailedError: they are wrong; the message names each wrong one and what it takes.
        """
        given = {} if given is None else given
        if not isinstance(given, dict):
            raise CallFailedError(f"the arguments are a JSON {_kind(given)}; {self.name} takes an object")
        problems = [f"there is no argument {name[:64]!r}" for name in given if name not in self._parameters]
        if problems:
            problems.append(f"{self.name} takes {', '.join(self._parameters) or 'none'}")
        found: dict[str, Any] = {}
        for name, parameter in self._parameters.items():
            if name not in given:
                if parameter.default is inspect.Parameter.empty:
                    problems.append(f"the argument {name!r} is missing{self._takes(name)}")
                continue
            try:
                found[name] = _converted(given[name], self._types.get(name, Any))
            except (ValueError, TypeError, RecursionError) as error:
                problems.append(f"the argument {name!r} is wrong: {_reason(error)}{self._takes(name)}")
        if problems:
            raise CallFailedError("; ".join(problems))
        return found

    def _takes(self, name: str) -> str:
        """What an argument takes, in the words the model was given: JSON Schema."""
        schema = self._schema.get("properties", {}).get(name, {})
        target = schema.get("$ref", "").rpartition("/")[2]
        schema = self._schema.get("$defs", {}).get(target, schema)
        return f"; it takes {msgspec.json.encode(schema).decode()}" if schema else ""


def split_tools(tools: Sequence[Any] | None) -> tuple[dict[str, Callable[..., Any]], frozenset[str]]:
    """The functions among the tools of a request, and the names of the rest, which nobody here can run.

    Args:
        tools: as `tools=` takes them: functions, `Tool`s and dictionaries, mixed.

    Raises:
        InvalidRequestError: one of them is wrong; the message says which and what is accepted.
    """
    items = list(tools or ())
    named = list(zip((tool.name for tool in normalise_tools(items)), items, strict=True))
    functions = {name: item for name, item in named if callable(item)}
    return functions, frozenset(name for name, item in named if not callable(item))


def _schema_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return function_tool(function).parameters
    except InvalidRequestError:
        return {}  # it only makes refusals clearer; that it cannot be described was said when the tool was given


def _converted(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, str_keys=True, dec_hook=_other_type)
    except msgspec.ValidationError:
        return msgspec.convert(value, kind, strict=False, str_keys=True, dec_hook=_other_type)


def _other_type(kind: type, value: Any) -> Any:
    """A type that msgspec does not know: a pydantic model reads itself, anything else takes what it is already."""
    validate = getattr(kind, "model_validate", None)
    if validate is not None:
        return validate(value)
    if isinstance(value, kind):
        return value
    raise TypeError(f"JSON has no {kind.__name__}")


def _reason(error: Exception) -> str:
    """Why a value does not convert. pydantic says it as a list; its text is long and repeats the value."""
    errors = getattr(error.__cause__, "errors", None)
    if not callable(errors):
        return str(error) or type(error).__name__
    return ", ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in errors())


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", str: "string", int: "number", float: "number", list: "array"}
    return kinds.get(type(value), type(value).__name__)
