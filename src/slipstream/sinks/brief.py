"""A value in so many characters: enough for a row, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from slipstream.codec.limits import MAX_DECIMAL_BITS

_DEEP: Final = 8
"""Levels that are written; no row has room for more."""


def brief(value: Any, room: int) -> str:
    """The value as JSON, broken off after some `room` characters.

    What JSON lacks is written as `str()` has it; an integer of more than 600 digits is named by its size. It costs
    O(room), and what its `str()` costs for an object that is neither text, bytes, a number nor a container; what that
    raises does not get out.

    Args:
        value: anything.
        room: characters.
    """
    return _joined(_pieces(value, room, _DEEP), room)


def text_of(value: Any, write: Callable[[Any], str] = str) -> str:
    """What an object says of itself; the name of its type if that fails.

    Args:
        value: anything but an integer, which may be too long.
        write: `str` or `repr`.
    """
    try:
        return write(value)
    except Exception:  # it is code of whoever made the object
        return f"<{type(value).__name__}>"


def arguments(value: Any, room: int) -> str:
    """A call's arguments as Python writes them, `city="Paris", days=3`, broken off like `brief`."""
    if not isinstance(value, dict):
        return brief(value, room)
    return _joined(_named(value, room), room)


def _named(value: dict[Any, Any], room: int) -> Iterator[str]:
    for index, (name, item) in enumerate(value.items()):
        yield f"{', ' if index else ''}{_plain(name, room)[: room + 1]}="
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
    elif isinstance(value, dict | list | tuple | set | frozenset):
        yield from _container(value, room, deep)
    elif value is None or isinstance(value, bool | float):
        yield json.dumps(value)
    else:
        text = _plain(value, room)
        yield text[: room + 1] if isinstance(value, int) else _string(text, room)


def _plain(value: Any, room: int) -> str:
    """What is no container, without quotes; `room` characters of it count."""
    if isinstance(value, int) and not isinstance(value, bool):
        bits = value.bit_length()
        return int.__repr__(value) if bits <= MAX_DECIMAL_BITS else f"an integer of {bits:,} bits"
    if isinstance(value, bytes | bytearray):
        return repr(value[: room + 1])
    return text_of(value)


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
            yield f"{_string(_plain(item, room), room)}: "
            item = value[item]
        yield from _pieces(item, room, deep - 1)
    yield last
