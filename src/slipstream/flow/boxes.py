"""Places in a picture, as events: what a vision model writes in its text becomes `Box` events beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, get_args

from msgspec.structs import replace

from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Restart, TextDelta, TextEnd
from slipstream.flow.box_notation import Notation, Size
from slipstream.flow.box_scanner import BoxScanner
from slipstream.flow.stage import Untimed

NOTATIONS: Final[tuple[str, ...]] = get_args(Notation)


class BoxFinder(Untimed):
    """The stage behind `boxes()`. The text passes untouched and at once; a `Box` follows the delta that makes it sure.

    Args:
        size: width and height of the picture in pixels, for `Box.pixels`; None if unknown.
        notation: `xyxy`, `yxyx`, or `auto`: by the key (`box_2d` has y first), x first without one.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(self, size: Size | None = None, notation: Notation = "auto") -> None:
        self._size = _checked_size(size)
        if notation not in NOTATIONS:
            raise InvalidRequestError(f"notation: {notation!r} is unknown; accepted: {', '.join(NOTATIONS)}")
        self._notation = notation
        self._scanners: dict[tuple[str, int], BoxScanner] = {}  # one for each open text block

    def on_event(self, event: Event, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Pass the event on, with the boxes that are sure after it."""
        if isinstance(event, TextDelta):
            return self._on_text(event)
        if isinstance(event, TextEnd):
            scanner = self._scanners.pop((event.id, event.choice), None)
            return (event,) if scanner is None else (*_of_choice(scanner.end(), event.choice), event)
        if isinstance(event, Restart):
            self._scanners.clear()
        return (event,)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """The boxes of text blocks that never closed."""
        found = [_of_choice(scanner.end(), choice) for (_, choice), scanner in self._scanners.items()]
        self._scanners.clear()
        return [box for boxes in found for box in boxes]

    def _on_text(self, event: TextDelta) -> Iterable[Event]:
        key = (event.id, event.choice)
        scanner = self._scanners.get(key)
        if scanner is None:
            scanner = self._scanners[key] = BoxScanner(self._size, self._notation)
        boxes = scanner.feed(event.text)
        return (event, *_of_choice(boxes, event.choice)) if boxes else (event,)


def boxes(size: Size | None = None, notation: Notation = "auto") -> BoxFinder:
    """A stage that finds places in a picture; see `BoxFinder`."""
    return BoxFinder(size, notation)


def _of_choice(found: list[Any], choice: int) -> list[Any]:
    return found if choice == 0 else [replace(box, choice=choice) for box in found]


def _checked_size(size: Any) -> Size | None:
    if size is None:
        return None
    if not isinstance(size, (tuple, list)) or len(size) != 2 or not all(type(n) is int and n > 0 for n in size):
        raise InvalidRequestError(f"size: {size!r} is no size; accepted: (width, height) in pixels, or None")
    return (size[0], size[1])
