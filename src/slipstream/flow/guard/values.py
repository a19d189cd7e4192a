"""Text inside of values: every string of a tool's result, of a provider's object, of a user's own type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

Look = Callable[[str], str]
"""Gives back a text as it was, or as it may be shown."""

OPAQUE: Final = frozenset(
    ("signature", "thought_signature", "thoughtSignature", "encrypted_content", "encrypted_index", "encrypted_stdout")
)
"""What providers encrypt and want back to the letter. It says nothing to anyone else, and letters in it are chance."""


def screened(value: Any, look: Look, *, numbers: bool = False, opaque: bool = False) -> Any:
    """A value with every string looked at, keys too.

    Args:
        value: JSON-like, or anything that has fields; what has none is looked at as `str()` of it.
        look: judges one string.
        numbers: True to look at the digits of numbers as well; one in which something matched becomes a string.
        opaque: True to leave the encrypted fields of providers as they are.

    Returns:
        The very same value if nothing was found in it; else plain lists and dictionaries with what may be shown.
    """
    return _Walk(look, numbers, opaque).of(value)


class _Walk:
    __slots__ = ("_look", "_numbers", "_opaque")

    def __init__(self, look: Look, numbers: bool, opaque: bool) -> None:
        self._look = look
        self._numbers = numbers
        self._opaque = opaque

    def of(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return self._look(value)
        if value is None or kind is bool:
            return value
        known = _KNOWN.get(kind)
        return known(self, value) if known is not None else self._other(value)

    def _mapping(self, value: dict[Any, Any]) -> Any:
        made: dict[Any, Any] = {}
        same = True
        for key, item in value.items():
            new_key = self.of(key)
            new = item if self._opaque and key in OPAQUE else self.of(item)
            same = same and new is item and new_key is key
            made[new_key] = new
        return value if same else made

    def _items(self, value: list[Any] | tuple[Any, ...]) -> Any:
        made = [self.of(item) for item in value]
        if all(new is item for new, item in zip(made, value, strict=True)):
            return value
        return made

    def _number(self, value: float) -> Any:
        if not self._numbers:
            return value
        text = repr(value)
        new = self._look(text)
        return value if new == text else new

    def _bytes(self, value: bytes) -> Any:
        text = value.decode("utf-8", "replace")
        new = self._look(text)
        return value if new == text else new.encode("utf-8", "replace")

    def _other(self, value: Any) -> Any:
        plain = msgspec.to_builtins(value, enc_hook=_plain, builtin_types=(bytes,))
        if type(plain) not in _KNOWN and type(plain) is not str and plain is not None:
            plain = str(plain)
        new = self.of(plain)
        return value if new is plain else new


def _plain(value: Any) -> Any:
    """What msgspec does not know: a pydantic model as a dictionary, all else as its text."""
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else str(value)


_KNOWN: Final[dict[type, Callable[[_Walk, Any], Any]]] = {
    dict: _Walk._mapping,
    list: _Walk._items,
    tuple: _Walk._items,
    int: _Walk._number,
    float: _Walk._number,
    bytes: _Walk._bytes,
}
