"""What is wrong with a line that is no event, in plain words.

Strategy: the fast readers say only that a line cannot be read. This looks at it again, slowly, from the outside in, and
names the first thing that is wrong. It quotes names, never values: they may hold what was asked or answered.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Final

import msgspec

from slipstream.events import EVENT_TYPES, AnyEvent

_TYPES: Final = frozenset(str(kind.__struct_config__.tag) for kind in EVENT_TYPES)
_missing: Final = re.compile(r"missing required field `(\w+)`").search
_place: Final = re.compile(r"at `\$\.(\w+)").search
_LONGEST: Final = 40  # characters of a name that are quoted
_SLOW: Final = "a field of {!r} has a value that cannot be read"


def fault(line: bytes, *, timed: bool) -> str:
    """What is wrong with a line that could not be read.

    Args:
        line: as it stands in the file.
        timed: it should be `{"at": seconds, "event": {...}}`; else the event alone.
    """
    try:
        wire = json.loads(line)
    except UnicodeDecodeError:
        return "it is no UTF-8 text"
    except json.JSONDecodeError:
        return "it is no JSON"
    except ValueError:
        return "a number in it has more digits than Python is set to read"
    except RecursionError:
        return "it is nested too deep"
    return _of_timed(wire) if timed else _of_event(wire, "it")


def _of_timed(wire: Any) -> str:
    if not isinstance(wire, dict):
        return "it is no object with `at` and `event`"
    for name in ("at", "event"):
        if name not in wire:
            return f"`{name}` is missing"
    return _of_time(wire["at"]) or _of_event(wire["event"], "`event`")


def _of_time(at: Any) -> str:
    if isinstance(at, bool) or not isinstance(at, int | float):
        return "`at` is no number"
    return "" if 0 <= at <= sys.float_info.max else "`at` is no number of seconds from 0 on"


def _of_event(wire: Any, name: str) -> str:
    if not isinstance(wire, dict):
        return f"{name} is no object"
    if "type" not in wire:
        return "`type` is missing"
    kind = wire["type"]
    if not isinstance(kind, str):
        return "`type` is no text"
    if kind not in _TYPES:
        return f"there is no event type {kind[:_LONGEST]!r}"
    return _of_fields(wire, kind)


def _of_fields(wire: dict[str, Any], kind: str) -> str:
    try:
        msgspec.convert(wire, type=AnyEvent)
    except msgspec.ValidationError as error:
        text = str(error)
    else:
        return _SLOW.format(kind)
    place, missing = _place(text), _missing(text)
    if place is not None:
        if _is_stand_in(wire.get(place[1])):  # what JSON lacks; the fault is within it, or elsewhere
            return _SLOW.format(kind)
        return f"`{place[1]}` of {kind!r} has a wrong value"
    return f"`{missing[1]}` of {kind!r} is missing" if missing is not None else _SLOW.format(kind)


def _is_stand_in(value: Any) -> bool:
    return isinstance(value, dict) and any(key.startswith("$") for key in value)
