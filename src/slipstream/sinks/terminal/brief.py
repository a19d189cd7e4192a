"""A value in so many characters: enough for a row, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

_DEEP: Final = 8
"""Levels that are written; no row has room for more."""


def brief(value: Any, room: int) -> str:
    """The value as JSON, broken off after some `room` characters. It costs O(room)."""
    return _joined(_pieces(value, room, _DEEP), room)


def arguments(value: Any, room: int) -> str:
    """A call's arguments as Python writes them, `city="Paris", days=3`, broken off like `brief`."""
    if not isinstance(value, dict):
        return brief(value, room)
    return _joined(_named(value, room), room)


def _named(value: dict[Any, Any], room: int) -> Iterator[str]:
    for index, (name, item) in enumerate(value.items()):
        yield f"{', ' if index else ''}{str(name)[:room]}="
        yield from _pieces(item, room, _DEEP)


def _joined(pieces: Iterator[str], room: int) -> str:
    out = []
    for piece in pieces:
        out.append(piece)
        room -= len(piece)
        if room < 0:
            break
    return "".join(out)


def _pieces(value: Any, room: int, deep: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _string(value, room)
    elif isinstance(value, dict | list | tuple):
        yield from _container(value, room, deep)
    elif value is None or isinstance(value, bool | int | float):
        yield json.dumps(value)[: room + 1]
    else:
        yield _string(str(value), room)


def _string(value: str, room: int) -> str:
    quoted = json.dumps(value[: room + 1], ensure_ascii=False)
    return quoted if len(value) <= room else quoted[:-1]


def _container(value: Any, room: int, deep: int) -> Iterator[str]:
    first, last = "{}" if isinstance(value, dict) else "[]"
    if deep == 0:
        yield f"{first}{'...' if value else ''}{last}"
        return
    yield first
    for index, item in enumerate(value):
        yield ", " if index else ""
        if first == "{":
            yield f"{_string(str(item), room)}: "
            item = value[item]
        yield from _pieces(item, room, deep - 1)
    yield last
