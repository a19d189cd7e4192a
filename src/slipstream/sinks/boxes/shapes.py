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


def place_label(shape: Shape, size: tuple[float, float], picture: tuple[int, int], taken: Sequence[Rect]) -> Rect:
    """Where a label stands: above its shape, else in or below it, the first that is free; never outside the picture.

    Args:
        shape: what it belongs to.
        size: width and height of the label, in pixels.
        picture: width and height of the picture.
        taken: where other labels stand.
    """
    width, height = size
    left, top, right, bottom = shape.bounds
    tries = (
        (left, top - height), (left, top), (left, bottom), (right - width, top - height), (right - width, top),
        (left, bottom - height), (right - width, bottom),
    )  # fmt: skip
    found = [_inside(x, y, width, height, picture) for x, y in tries]
    others = taken[-_MAY_OVERLAP:]
    return next((rect for rect in found if not any(rect.meets(other) for other in others)), found[0])


def label_room(shape: Shape, picture_width: int) -> float:
    """How wide a label may be, in pixels: as its shape, or half the picture; a longer one would hide other places."""
    return min(picture_width, max(picture_width / 2, shape.bounds.right - shape.bounds.left))


def _inside(x: float, y: float, width: float, height: float, picture: tuple[int, int]) -> Rect:
    left = max(0.0, min(x, picture[0] - width))
    top = max(0.0, min(y, picture[1] - height))
    return Rect(left, top, left + width, top + height)


def _shape(box: Box, name: str, width: int, height: int) -> Shape:
    numbers = _pixels(box, width, height)
    if not _fits(box.kind, numbers):
        raise InvalidRequestError(
            f"{name}: a {box.kind} of {len(numbers)} numbers; accepted: {_ACCEPTED}, all finite",
            argument=name,
        )
    xs = [min(max(x, 0.0), float(width)) for x in numbers[::2]]
    ys = [min(max(y, 0.0), float(height)) for y in numbers[1::2]]
    bounds = Rect(min(xs), min(ys), max(xs), max(ys))
    corners = (
        ((bounds.left, bounds.top), (bounds.right, bounds.bottom)) if box.kind == "box" else zip(xs, ys, strict=True)
    )
    return Shape(box.kind, one_line(box.label), tuple(corners), bounds)


def _pixels(box: Box, width: int, height: int) -> tuple[float, ...]:
    """The numbers in pixels. Without `points` the model answered in pixels, and nobody knew the size of the picture."""
    if box.points:
        return tuple(share * (height if index % 2 else width) for index, share in enumerate(box.points))
    return tuple(float(number) for number in box.pixels or ())


def _fits(kind: str, numbers: Sequence[float]) -> bool:
    if not all(math.isfinite(number) for number in numbers):
        return False
    count = len(numbers)
    return {"box": count == 4, "point": count == 2, "polygon": count >= 6 and count % 2 == 0}.get(kind, False)
