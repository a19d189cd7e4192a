"""The fields of a request body, taken one by one with their types; what nobody took is the dialect's own.

A field that is null is as good as absent.
"""

from __future__ import annotations

import math
from typing import Any

from slipstream.dialects.common.checks import body_at, filled_at, list_at, mapping_at, no, text_at, wrong


class Fields:
    """A JSON object whose fields are taken.

    Args:
        wire: the object.
        where: its place, for refusals: "" for the body itself.

    Raises:
        InvalidRequestError: it is no object.
    """

    def __init__(self, wire: Any, where: str = "") -> None:
        self._left = mapping_at(wire, where, "a JSON object") if where else body_at(wire)
        self._where = where

    def __contains__(self, name: str) -> bool:
        return self._left.get(name) is not None

    def at(self, name: str) -> str:
        """The place of a field, for refusals."""
        return f"{self._where}.{name}" if self._where else name

    def take(self, name: str) -> Any:
        """The field as it came; None if there is none."""
        return self._left.pop(name, None)

    def rest(self) -> dict[str, Any]:
        """The fields that nobody took."""
        return {name: value for name, value in self._left.items() if value is not None}

    def needed(self, name: str) -> str:
        """A text that must be there and not empty."""
        return filled_at(self.take(name), self.at(name))

    def text(self, name: str) -> str | None:
        """A text."""
        value = self.take(name)
        return None if value is None else text_at(value, self.at(name))

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise wrong(self.at(name), no(value, "boolean"), "true or false")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number; 3.0 is one, as JSON does not tell it from 3."""
        value = self.number(name, "a whole number")
        if value is None:
            return None
        if value != int(value):
            raise wrong(self.at(name), "not whole", "a whole number")
        return int(value)

    def number(self, name: str, accepted: str = "a number") -> float | None:
        """A number that is finite."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong(self.at(name), no(value, "number"), accepted)
        if isinstance(value, float) and not math.isfinite(value):
            raise wrong(self.at(name), "not finite", accepted)
        return value

    def texts(self, name: str) -> list[str]:
        """A text, or a list of texts."""
        value = self.take(name)
        if value is None:
            return []
        if isinstance(value, str):
            return [text_at(value, self.at(name))]
        items = list_at(value, self.at(name), "a text, or a list of texts")
        return [text_at(item, f"{self.at(name)}[{index}]") for index, item in enumerate(items)]

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object."""
        value = self.take(name)
        return None if value is None else mapping_at(value, self.at(name), "an object")

    def inner(self, name: str) -> Fields:
        """The fields of an object inside; none if there is no such object."""
        value = self.take(name)
        return Fields({} if value is None else value, self.at(name))
