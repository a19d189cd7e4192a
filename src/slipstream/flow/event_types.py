"""Event types by class or by tag, as arguments of stages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import EVENT_TYPES, Event

EventType = type[Event] | str

BY_TAG: Final = {str(kind.__struct_config__.tag): kind for kind in EVENT_TYPES}
"""The events by their tags, such as `text-delta`."""

_BY_NAME: Final = {kind.__name__: tag for tag, kind in BY_TAG.items()}
_ACCEPTED: Final = "an event class such as TextDelta, a tag such as 'text-delta', or several of them"


def event_types(name: str, wanted: Any) -> frozenset[type[Event]]:
    """The classes that are meant.

    Args:
        name: what the argument is called.
        wanted: a class, a tag, or an iterable of them. `Event` itself means all.

    Raises:
        InvalidRequestError: something else, an unknown tag, or none at all.
    """
    if isinstance(wanted, (str, type)) or not isinstance(wanted, Iterable):
        return _classes(name, wanted)
    found = frozenset(kind for one in wanted for kind in _classes(name, one))
    if not found:
        raise InvalidRequestError(f"{name}: there is none; accepted: {_ACCEPTED}")
    return found


def _classes(name: str, one: Any) -> frozenset[type[Event]]:
    if one is Event:
        return frozenset(EVENT_TYPES)
    if isinstance(one, type) and issubclass(one, Event):
        return frozenset((one,))
    if not isinstance(one, str):
        shown = one.__name__ if isinstance(one, type) else f"a {type(one).__name__}"
        raise InvalidRequestError(f"{name}: {shown} is no event; accepted: {_ACCEPTED}")
    if one in BY_TAG:
        return frozenset((BY_TAG[one],))
    near = [_BY_NAME[one]] if one in _BY_NAME else get_close_matches(one.replace("_", "-"), BY_TAG, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"accepted: {', '.join(sorted(BY_TAG))}"
    raise InvalidRequestError(f"{name}: there is no event {one[:40]!r}; {hint}")
