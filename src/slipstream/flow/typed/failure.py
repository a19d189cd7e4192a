"""Why a value does not fit its type: where it stands, and what is accepted there. Never the value itself."""

from __future__ import annotations

from typing import Any, Final

from slipstream.errors import InvalidOutputError
from slipstream.events import Error

Path = tuple[str | int, ...]
"""The way from the root of a document: names of fields, numbers of items, `ANY_KEY` for a key that the model chose."""

ANY_KEY: Final = "..."
"""Stands in a path for a key that no field has: the key is content, and content is never quoted."""


class MismatchError(ValueError):
    """A value does not fit.

    Args:
        why: what is wrong, or `accepted: ...`; in words, without the value.
        path: where, from the value that was looked at.
    """

    def __init__(self, why: str, path: Path = ()) -> None:
        super().__init__(why)
        self.why = why
        self.path = path


def accepted(what: str) -> str:
    """The reason of a value that does not fit."""
    return f"does not fit; accepted: {what}"


def missing_field(name: str) -> str:
    """The reason of an object that lacks a field."""
    return f"lacks the field {name!r}"


def path_text(path: Path) -> str:
    """The path as people write it: `$.steps[0].title`."""
    parts = (f"[{part}]" if isinstance(part, int) or part == ANY_KEY else f".{part}" for part in path)
    return "$" + "".join(parts)


def invalid_output(message: str, choice: int = 0) -> Error:
    """The event that becomes an `InvalidOutputError`."""
    where = f" (choice {choice})" if choice else ""
    return Error(message + where, kind=InvalidOutputError.__name__)


def type_name(kind: Any) -> str:
    """The name of a type, for a message."""
    name = getattr(kind, "__name__", None)
    if isinstance(name, str) and not getattr(kind, "__args__", None):
        return name
    return str(kind).replace("typing.", "")
