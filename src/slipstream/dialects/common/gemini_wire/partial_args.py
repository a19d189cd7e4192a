"""Arguments that come as values at paths (`partialArgs`, Vertex), made JSON text that grows.

Strategy: a model writes arguments from front to back, so the text is written as the values come: a container is opened
when the first path leads into it and closed when a path leads past it, and a string stays open while its piece says
`willContinue`. Where a path leads back into what the text has closed, the text cannot be changed; but of equal keys the
last one counts in every JSON parser, so that member of the root is kept aside from then on and written again, whole, at
the end.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import msgspec

from slipstream.dialects.common.gemini_wire.json_paths import Path, parse
from slipstream.dialects.common.wire import Wire, text

_VALUES: Final = ("stringValue", "numberValue", "boolValue", "nullValue")


class _Level:
    """An open container of the text: its key in the one around it, and what stands in it."""

    __slots__ = ("count", "is_list", "key", "keys")

    def __init__(self, key: str | int, *, is_list: bool) -> None:
        self.key = key
        self.is_list = is_list
        self.count = 0
        self.keys: set[str] = set()

    def takes(self, key: str | int) -> bool:
        """True if a member with this key can still be written."""
        if isinstance(key, int):
            return self.is_list and key == self.count
        return not self.is_list and key not in self.keys

    def add(self, key: str | int) -> str:
        """Note a member; returns what stands before its value."""
        comma = "," if self.count else ""
        self.count += 1
        if isinstance(key, int):
            return comma
        self.keys.add(key)
        return f"{comma}{_json(key)}:"

    @property
    def closer(self) -> str:
        return "]" if self.is_list else "}"


class PartialArguments:
    """The arguments of one call.

    Attributes:
        error: why they cannot be read, or None.
    """

    def __init__(self) -> None:
        self.error: str | None = None
        self._pieces: list[str] = []
        self._levels: list[_Level] = []
        self._string: Path | None = None  # where the open string stands
        self._late: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    def take(self, piece: Wire) -> str:
        """Take one value, or a piece of a string; returns the text that is new."""
        before = len(self._pieces)
        path = parse(text(piece, "jsonPath"))
        if path is None:
            self.error = self.error or "a path of the arguments cannot be read"
        else:
            self._take(path, piece, more=piece.get("willContinue") is True)
        return "".join(self._pieces[before:])

    def end(self) -> str:
        """The call is over; returns what closes the text."""
        before = len(self._pieces)
        self._open_root()
        self._close_to(1)
        for key, value in self._late.items():
            self._pieces += self._levels[0].add(key), _json(value)
        self._pieces.append("}")
        return "".join(self._pieces[before:])

    def _take(self, path: Path, piece: Wire, *, more: bool) -> None:
        kind = next((name for name in _VALUES if name in piece), None)
        value = None if kind is None or kind == "nullValue" else piece[kind]
        if kind is None:
            if path == self._string and not more:
                self._end_string()
        elif path[0] in self._late:
            self._put_late(path, value)
        elif path == self._string and isinstance(value, str):
            self._pieces.append(_inner(value))
            if not more:
                self._end_string()
        else:
            self._put(path, value, open_string=more and isinstance(value, str))

    def _open_root(self) -> None:
        if not self._levels:
            self._levels.append(_Level("", is_list=False))
            self._pieces.append("{")

    def _end_string(self) -> None:
        if self._string is not None:
            self._string = None
            self._pieces.append('"')

    def _close_to(self, depth: int) -> None:
        """Close the open string, and the containers beyond this depth."""
        self._end_string()
        while len(self._levels) > depth:
            self._pieces.append(self._levels.pop().closer)

    def _put(self, path: Path, value: Any, *, open_string: bool) -> None:
        self._open_root()
        depth = self._common(path)
        begun = any(isinstance(key, int) and key for key in path[depth + 1 :])  # a list that does not begin with 0
        if begun or not self._levels[depth].takes(path[depth]):
            self._begin_late(path, value)
            return
        self._close_to(depth + 1)
        for key, inner in itertools.pairwise(path[depth:]):
            is_list = isinstance(inner, int)
            self._pieces += self._levels[-1].add(key), "[" if is_list else "{"
            self._levels.append(_Level(key, is_list=is_list))
        self._pieces.append(self._levels[-1].add(path[-1]))
        if open_string:
            self._string = path
            self._pieces.append(f'"{_inner(value)}')
        else:
            self._pieces.append(_json(value))

    def _common(self, path: Path) -> int:
        """How many of the open containers, beside the root, this path leads through."""
        depth = 0
        while (
            depth + 1 < len(self._levels)
            and depth + 1 < len(path)
            and self._levels[depth + 1].key == path[depth]
            and self._levels[depth + 1].is_list == isinstance(path[depth + 1], int)
        ):
            depth += 1
        return depth

    def _begin_late(self, path: Path, value: Any) -> None:
        """From here on this member of the root is kept aside."""
        self._close_to(1)
        so_far = msgspec.json.decode(f"{self.text}}}")
        self._late[str(path[0])] = so_far.get(path[0])
        self._put_late(path, value)

    def _put_late(self, path: Path, value: Any) -> None:
        holder: Any = self._late
        for key, inner in itertools.pairwise(path):
            if not self._has_room(holder, key):
                return
            new: Any = [] if isinstance(inner, int) else {}
            if type(_at(holder, key)) is not type(new):
                _set(holder, key, new)
            holder = holder[key]
        if self._has_room(holder, path[-1]):
            before = _at(holder, path[-1])
            joins = isinstance(before, str) and isinstance(value, str)  # pieces of one string; no value comes twice
            _set(holder, path[-1], before + value if joins else value)

    def _has_room(self, holder: Any, key: str | int) -> bool:
        """True if this key fits the container, and leaves no gap in a list."""
        if not isinstance(holder, list if isinstance(key, int) else dict) or (
            isinstance(key, int) and key > len(holder)
        ):
            self.error = self.error or "the paths of the arguments contradict each other"
            return False
        return True


def _at(holder: Any, key: Any) -> Any:
    if isinstance(holder, list):
        return holder[key] if key < len(holder) else None
    return holder.get(key)


def _set(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _inner(value: str) -> str:
    return _json(value)[1:-1]
