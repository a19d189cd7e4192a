"""Boxes as shapes of one picture, in its pixels, and the places of their labels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from slipstream.errors import InvalidRequestError
from slipstream.events import Box

MAX_LABEL: Final = 120
"""Characters of a label that are shown; a model that fails can put its whole answer into one."""

_MAY_OVERLAP: Final = 64
"""A label avoids this many before it, so that ten thousand boxes do not cost their square."""

_HIDES_LITTLE: Final = 5
"""A label may stand in a shape that is as many times larger."""

_ACCEPTED: Final = "a box of 4, a point of 2, a polygon of 6 or more in pairs"
# What is no character to show: control characters (not even legal in XML, and obeyed by terminals), half surrogates,
# non-characters, and marks that turn the direction of what follows.
UNSHOWN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


class Rect(NamedTuple):
    """A rectangle in pixels; right and bottom stand outside."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Rect) -> bool:
        """True if they share some ground."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def grown(self, by: float) -> Rect:
        """A rectangle around it."""
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def shared(self, other: Rect) -> float:
        """The area of the ground that they share."""
        if not self.meets(other):
            return 0.0
        return (min(self.right, other.right) - max(self.left, other.left)) * (
            min(self.bottom, other.bottom) - max(self.top, other.top)
        )


class Shape(NamedTuple):
    """A place in the picture: its corners in pixels, none of them outside.

    Attributes:
        kind: `box` (two corners, the upper left one first), `point` (one) or `polygon`.
        label: on one line, without characters that cannot be shown.
        bounds: the rectangle around the corners.
    """

    kind: str
    label: str
    corners: tuple[tuple[float, float], ...]
    bounds: Rect


def shapes_of(boxes: Any, width: int, height: int) -> list[Shape]:
    """The shapes of these boxes in a picture of this size.

    Args:
        boxes: `Box` events, or one of them.
        width, height: of the picture, in pixels.

    Raises:
        InvalidRequestError: something is no box, or its numbers make no place; the message names it.
    """
    return [_shape(box, f"boxes[{index}]", width, height) for index, box in enumerate(listed(boxes))]


def listed(boxes: Any) -> list[Box]:
    """The boxes in a list; see `shapes_of`."""
    if isinstance(boxes, Box):
        return [boxes]
    if isinstance(boxes, (str, bytes, Mapping)) or not isinstance(boxes, Iterable):
        raise InvalidRequestError(
            f"boxes is a {type(boxes).__name__}; accepted: Box events, such as message.boxes", argument="boxes"
        )
    found = list(boxes)
    for index, box in enumerate(found):
        if not isinstance(box, Box):
            name = f"boxes[{index}]"
            raise InvalidRequestError(f"{name} is a {type(box).__name__}; accepted: a Box event", argument=name)
    return found


def line_width(width: int, height: int) -> int:
    """The width of lines that suits a picture of this size, in pixels."""
    return max(2, round((width + height) / 375))


def font_size(width: int, height: int) -> int:
    """The size of letters that suits a picture of this size, in pixels: at least 12, unless the picture is tiny."""
    return max(min(12, height // 3), round((width + height) / 70), 6)


def one_line(label: str) -> str:
    """The label on one line, not longer than `MAX_LABEL`, without control characters and turned directions."""
    line = UNSHOWN.sub("\ufffd", " ".join(label[: 4 * MAX_LABEL].split()))
    return line if len(line) <= MAX_LABEL else line[: MAX_LABEL - 1] + "\u2026"


def place_label(
    shape: Shape, size: tuple[float, float], picture: tuple[int, int], taken: Sequence[Rect], reach: float = 0.0
) -> Rect:
    """Where a label stands: above its shape, else in it if it hides little of it, else below, right or left.

    The first place counts that is free of the shape and of other labels, else one that hides the shape least. None is
    outside the picture.

    Args:
        shape: what it belongs to.
        size: width and height of the label, in pixels.
        picture: width and height of the picture.
        taken: where other labels stand.
        reach: how far the shape is drawn beyond its corners, in pixels.
    """
    own, others = shape.bounds.grown(reach), taken[-_MAY_OVERLAP:]
    beside = [_inside(x, y, *size, picture) for x, y in _beside(own, *size)]
    within = [Rect(x, y, x + size[0], y + size[1]) for x, y in _within(shape.bounds, *size)]
    if not _hides_little(size, shape.bounds):
        within = []
    free = [rect for rect in (beside[0], *within, *beside[1:]) if rect in within or not rect.meets(own)]
    clear = (rect for rect in free if not any(rect.meets(other) for other in others))
    return next(clear, None) or min(free or beside, key=lambda rect: rect.shared(shape.bounds))


def _hides_little(size: tuple[float, float], own: Rect) -> bool:
    width, height = own.right - own.left, own.bottom - own.top
    return size[0] <= width and size[1] <= height and size[0] * size[1] * _HIDES_LITTLE <= width * height


def _beside(own: Rect, width: float, height: float) -> tuple[tuple[float, float], ...]:
    left, top, right, bottom = own
    return (
        (left, top - height), (left, bottom), (right, top), (left - width, top), (right - width, top - height),
        (right - width, bottom), (right, bottom - height), (left - width, bottom - height),
    )  # fmt: skip


def _within(own: Rect, width: float, height: float) -> tuple[tuple[float, float], ...]:
    left, top, right, bottom = own
    return (left, top), (right - width, top), (left, bottom - height), (right - width, bottom - height)


def label_room(shape: Shape, picture_width: int) -> float:
    """How wide a label may be, in pixels: as its shape, or half the picture; a longer one would hide other places."""
    return min(picture_width, max(picture_width / 2, shape.bounds.right - shape.bounds.left))


def _inside(x: float, y: float, width: float, height: float, picture: tuple[int, int]) -> Rect:
    left = max(0.0, min(x, picture[0] - width))
    top = max(0.0, min(y, picture[1] - height))
    return Rect(left, top, left + width, top + height)


def _shape(box: Box, name: str, width: int, height: int) -> Shape:
    if not isinstance(box.label, str):
        raise InvalidRequestError(f"{name}: its label is a {type(box.label).__name__}; accepted: a str", argument=name)
    numbers = _pixels(box, name, width, height)
    if not _fits(box.kind, numbers):
        raise _no_place(box, name, f"{len(numbers)} numbers")
    xs = [min(max(x, 0.0), float(width)) for x in numbers[::2]]
    ys = [min(max(y, 0.0), float(height)) for y in numbers[1::2]]
    bounds = Rect(min(xs), min(ys), max(xs), max(ys))
    corners = (
        ((bounds.left, bounds.top), (bounds.right, bounds.bottom)) if box.kind == "box" else zip(xs, ys, strict=True)
    )
    return Shape(box.kind, one_line(box.label), tuple(corners), bounds)


def _pixels(box: Box, name: str, width: int, height: int) -> tuple[float, ...]:
    """The numbers in pixels. Without `points` the model answered in pixels, and nobody knew the size of the picture."""
    try:
        points, pixels = tuple(box.points or ()), tuple(box.pixels or ())
        numbers = [_finite(number) for number in points or pixels]
    except (TypeError, ValueError, OverflowError):  # OverflowError: of a whole number that no float can hold
        raise _no_place(box, name, "something else than finite numbers") from None
    if not points:
        return tuple(numbers)
    return tuple(share * (height if index % 2 else width) for index, share in enumerate(numbers))


def _finite(number: Any) -> float:
    if isinstance(number, (str, bytes, bool)):  # float() would read them
        raise TypeError
    value = float(number)
    if not math.isfinite(value):
        raise ValueError
    return value


def _no_place(box: Box, name: str, made_of: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{name}: a {box.kind!s:.20} of {made_of}; accepted: {_ACCEPTED}, all finite", argument=name
    )


def _fits(kind: Any, numbers: Sequence[float]) -> bool:
    count = len(numbers)
    if kind == "polygon":
        return count >= 6 and count % 2 == 0
    return (kind, count) in (("box", 4), ("point", 2))
