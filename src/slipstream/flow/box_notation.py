"""How vision models write places in a picture, and what the numbers mean (WIRE section 12).

    [x1, y1, x2, y2]   also [[...]] (...) {...} <...>, several in one bracket, and [[x, y]] for points
    {"label": "cat", "bbox_2d": [x1, y1, x2, y2]}   Qwen, GLM; `box_2d` is Gemini's and has y first

Numbers are thousandths of width and height (0..1000); numbers with a fraction that are all at most 1 are shares of it;
a number above 1000 means that the model answered in pixels. What makes no place (x2 not above x1, a pair in single
brackets, nine numbers of a `bbox_3d`, a number above a million) is plain text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from slipstream.events import Box

Notation = Literal["auto", "xyxy", "yxyx"]
Size = tuple[int, int]

PER_MILLE: Final = 1000.0

MOST: Final = 1_000_000
"""The largest number that is a place: no picture has so many pixels in a row, and a model can write 400 digits, which
no float holds."""

# Which keys hold a place, and whether y comes first. Gemini's own are `box_2d` and `point`.
BOX_KEYS: Final = {"bbox_2d": False, "box_2d": True, "bbox": False, "box": False}
POINT_KEYS: Final = {"point_2d": False, "point": True, "points": False, "points_2d": False}
POLYGON_KEYS: Final = {"polygon": False, "polygon_2d": False, "poly": False, "segmentation": False}
LABEL_KEYS: Final = ("label", "name", "class", "category", "text_content", "description")

_TO_JSON: Final = str.maketrans("({<)}>", "[[[]]]")
_LEAF: Final = re.compile(r"\[([^\[\]]*)\]")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


class Place(NamedTuple):
    """Numbers as they stood, x first."""

    kind: Literal["box", "point", "polygon"]
    numbers: tuple[float, ...]
    fractions: bool


def places_in_brackets(source: str, *, y_first: bool) -> list[Place]:
    """The places in a bracket that holds nothing but numbers.

    Args:
        source: from the opening to the closing bracket.
        y_first: True if y stands before x.
    """
    plain = source.translate(_TO_JSON)
    leaves = [_NUMBER.findall(leaf) for leaf in _LEAF.findall(plain)]
    fractions = "." in plain
    rows = [tuple(_sane(float(number)) for number in leaf) for leaf in leaves]
    pairs = [row for row in rows if len(row) == 2]
    if pairs and len(pairs) == len(rows):
        nested = plain.replace(" ", "").startswith("[[")
        return _points(pairs, fractions, y_first) if nested else []
    return [place for row in rows if (place := _of_row(row, fractions, y_first)) is not None]


def places_in_object(source: str, y_first: bool | None) -> tuple[str, list[Place]]:
    """The label and the places of a JSON object.

    Args:
        source: from `{` to `}`.
        y_first: True or False for all, None to go by the key.
    """
    try:
        wire = msgspec.json.decode(source)
    except (msgspec.DecodeError, RecursionError):
        return "", []
    if not isinstance(wire, dict):
        return "", []
    label = next((wire[key] for key in LABEL_KEYS if isinstance(wire.get(key), str)), "")
    found: list[Place] = []
    for keys, reader in _READERS:
        for key, gemini in keys.items():
            if key in wire:
                found += reader(_rows(wire[key]), "." in source, gemini if y_first is None else y_first)
    return label, found


def box_of(place: Place, label: str, source: str, size: Size | None) -> Box | None:
    """The event of a place, or None if it lies outside the picture.

    Args:
        place: numbers as they stood.
        label: what was found there, or "".
        source: the notation as it stood in the text.
        size: width and height of the picture in pixels, or None if unknown. A place in pixels has no `points` then.
    """
    numbers = place.numbers
    in_pixels = max(numbers) > PER_MILLE
    if in_pixels and size is None:
        return Box(points=(), kind=place.kind, label=label, pixels=_whole(numbers), source=source)
    if in_pixels and size is not None:
        shares = tuple(n / size[i % 2] for i, n in enumerate(numbers))
    else:
        shares = tuple(n / (1.0 if place.fractions and max(numbers) <= 1 else PER_MILLE) for n in numbers)
    if shares[0] >= 1 or shares[1] >= 1:
        return None
    points = tuple(min(share, 1.0) for share in shares)
    pixels = None if size is None else _whole([point * size[i % 2] for i, point in enumerate(points)])
    return Box(points=points, kind=place.kind, label=label, pixels=pixels, source=source)


def _whole(numbers: Sequence[float]) -> tuple[int, ...]:
    return tuple(round(number) for number in numbers)


def _sane(number: float) -> float:
    """The number as a float; one that is far too large, be it a whole number that no float holds, as infinity."""
    return float(number) if abs(number) <= MOST else math.inf if number > 0 else -math.inf


def _of_row(row: tuple[float, ...], fractions: bool, y_first: bool) -> Place | None:
    """A box of four numbers, a polygon of six and more."""
    if len(row) < 4 or len(row) % 2 or min(row) < 0 or max(row) > MOST:
        return None
    row = _x_first(row) if y_first else row
    if len(row) > 4:
        return Place("polygon", row, fractions)
    return Place("box", row, fractions) if row[0] < row[2] and row[1] < row[3] else None


def _points(pairs: Sequence[tuple[float, ...]], fractions: bool, y_first: bool) -> list[Place]:
    """One or two pairs are points, more are the corners of a polygon."""
    pairs = [_x_first(pair) if y_first else pair for pair in pairs]
    if min(map(min, pairs)) < 0 or max(map(max, pairs)) > MOST:
        return []
    if len(pairs) > 2:
        return [Place("polygon", tuple(number for pair in pairs for number in pair), fractions)]
    return [Place("point", pair, fractions) for pair in pairs]


def _x_first(row: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(row[index + 1 - 2 * (index % 2)] for index in range(len(row)))


def _rows(value: Any) -> list[tuple[float, ...]]:
    """The rows of numbers in `[...]` or `[[...], ...]`."""
    if not isinstance(value, list) or not value:
        return []
    rows = value if all(isinstance(row, list) for row in value) else [value]
    return [tuple(map(_sane, row)) for row in rows if row and all(type(n) in (int, float) for n in row)]


def _read_boxes(rows: list[tuple[float, ...]], fractions: bool, y_first: bool) -> list[Place]:
    found = (_of_row(row, fractions, y_first) for row in rows if len(row) == 4)
    return [place for place in found if place is not None]


def _read_points(rows: list[tuple[float, ...]], fractions: bool, y_first: bool) -> list[Place]:
    return [place for row in rows if len(row) == 2 for place in _points([row], fractions, y_first)]


def _read_polygon(rows: list[tuple[float, ...]], fractions: bool, y_first: bool) -> list[Place]:
    numbers = tuple(number for row in rows for number in row)
    place = _of_row(numbers, fractions, y_first) if len(numbers) >= 6 else None
    return [] if place is None else [place]


_READERS: Final[tuple[tuple[dict[str, bool], Callable[[list[tuple[float, ...]], bool, bool], list[Place]]], ...]] = (
    (BOX_KEYS, _read_boxes),
    (POINT_KEYS, _read_points),
    (POLYGON_KEYS, _read_polygon),
)
