"""Boxes as an SVG picture that lies over another, or holds it.

Strategy: no font is at hand here, so a label's width is estimated from its characters, rather too wide than too narrow,
and the label stands in the middle of its plate: what the browser's font makes of it differs evenly on both sides. Were
it wider than the plate, a border in the plate's colour still makes it readable. Lines keep their width when the picture
is scaled (`vector-effect`); so does a point, which is a line of no length with a round end.
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

from wcwidth import wcwidth

from slipstream.errors import InvalidRequestError
from slipstream.sinks.boxes.colours import Colours, ColourTable, hexadecimal, readable_on
from slipstream.sinks.boxes.media import picture_url
from slipstream.sinks.boxes.shapes import Rect, Shape, font_size, label_room, one_line, place_label, shapes_of

MAX_SIDE: Final = 2**31 - 1
"""Pixels of the longest picture: what a PNG can have (its specification, 11.2.1), more than any other of `KINDS`."""

_LINE: Final = 3  # pixels on the screen, however large the picture is shown
_WIDTHS: Final = (("iljI|!.,:;' ", 0.36), ('frt()[]{}/\\-"', 0.45), ("mwMW@%", 0.98))
_LETTERS: Final = {letter: width for letters, width in _WIDTHS for letter in letters}
"""In font sizes, of DejaVu Sans and so rather wide; Arial and its kind are narrower."""


def svg_overlay(
    boxes: Any,
    width: int,
    height: int,
    *,
    image: str | bytes | None = None,
    colours: Colours = None,
    labels: bool = True,
    title: str | None = None,
) -> str:
    """An `<svg>` element with boxes, points and polygons, to lay over a picture or to hold it.

    Args:
        boxes: `Box` events, or one. What lies outside is moved to the edge.
        width, height: of the picture, in pixels: the coordinates of the SVG (`viewBox`).
        image: the picture, to stand behind the boxes: its bytes (PNG, JPEG, GIF, WebP, BMP) or a `data:` address of
            one. Without it the SVG is transparent and fills the element it stands in.
        colours: colours by label, a list to choose from, or None for ours.
        labels: whether to write them.
        title: what a screen reader says; None says how many places there are, and their labels.

    Returns:
        SVG 1.1 as text: well-formed XML without scripts, styles, ids or addresses but that of the picture.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """
    for name, value in (("width", width), ("height", height)):
        if type(value) is not int or not 1 <= value <= MAX_SIDE:
            raise InvalidRequestError(f"{name}: accepted: pixels, a whole number from 1 to {MAX_SIDE}", argument=name)
    if not isinstance(labels, bool):
        raise InvalidRequestError(f"labels is a {type(labels).__name__}; accepted: True or False", argument="labels")
    if title is not None and not isinstance(title, str):
        raise InvalidRequestError(f"title is a {type(title).__name__}; accepted: a str, or None", argument="title")
    shapes = shapes_of(boxes, width, height)
    table = ColourTable(colours)
    drawn = [_group(shape, table) for shape in shapes]
    if labels:
        drawn += _labels(shapes, table, (width, height))
    named = _text(summary(shapes) if title is None else title)
    head = f"{_open(width, height, named, image)}<title>{named}</title>{_picture(image, width, height)}"
    return f"{head}{''.join(drawn)}</svg>"


def summary(shapes: list[Shape]) -> str:
    """What is to be seen, in words: `2 places: cat, dog`."""
    named = ", ".join(dict.fromkeys(shape.label for shape in shapes if shape.label))
    places = "1 place" if len(shapes) == 1 else f"{len(shapes)} places"
    return f"{places}: {named}" if named else places


def _open(width: int, height: int, named: str, image: Any) -> str:
    size = 'width="100%" height="100%"'  # of the element it is laid over
    if image is not None:
        size = f'width="{width}" height="{height}" style="max-width:100%;height:auto"'
    space = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    return f'<svg {space} {size} role="img" aria-label="{named}">'


def _picture(image: Any, width: int, height: int) -> str:
    if image is None:
        return ""
    address = picture_url(image, "image")
    return f'<image href="{address}" width="{width}" height="{height}" preserveAspectRatio="none"/>'


def _group(shape: Shape, table: ColourTable) -> str:
    """The shape twice: a casing that can be seen on any ground, and the line on it."""
    colour = table.of(shape.label)
    outline = _outline(shape)
    grow = 3 if shape.kind == "point" else 1
    lines = (
        f'<{outline} stroke="{hexadecimal(paint)}" stroke-width="{thick}" {_STROKE}/>'
        for paint, thick in ((readable_on(colour), _LINE * grow + 2), (colour, _LINE * grow))
    )
    name = f"<title>{_text(shape.label)}</title>" if shape.label else ""
    return f"<g>{name}{''.join(lines)}</g>"


_STROKE: Final = 'fill="none" stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"'


def _outline(shape: Shape) -> str:
    if shape.kind == "point":
        ((x, y),) = shape.corners
        return f'path d="M{_number(x)} {_number(y)}h0"'
    if shape.kind == "polygon":
        return f'polygon points="{" ".join(f"{_number(x)},{_number(y)}" for x, y in shape.corners)}"'
    left, top, right, bottom = shape.bounds
    return (
        f'rect x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" height="{_number(bottom - top)}"'
    )


def _labels(shapes: list[Shape], table: ColourTable, picture: tuple[int, int]) -> list[str]:
    size = font_size(*picture)
    taken: list[Rect] = []
    out = []
    for shape in shapes:
        if shape.label:
            text, length = _fitted(shape.label, size, label_room(shape, picture[0]))
            reach = _REACH.get(shape.kind, 0.15) * size
            taken.append(place_label(shape, (length + size * 0.5, size * 1.4), picture, taken, reach))
            out.append(_label(text, size, taken[-1], table.of(shape.label)))
    return out


_REACH: Final = {"point": 0.6}
"""How far shapes are drawn beyond their corners, in font sizes: enough for a picture that is shown half as large."""


def _fitted(label: str, size: int, room: float) -> tuple[str, float]:
    """As much of the label as there is room for, and its width."""
    while len(label) > 1 and _length(label) * size + size * 0.5 > room:
        label = label.removesuffix("\u2026")[:-1].rstrip() + "\u2026" if len(label) > 2 else label[:1]
    return label, _length(label) * size


def _length(text: str) -> float:
    """The width of a text, in font sizes."""
    return sum(_LETTERS.get(char) or _CELLS[max(wcwidth(char), 0)] for char in text)


_CELLS: Final = (0.0, 0.66, 1.0)
"""The width of other letters, by their columns in a terminal: marks on others, Latin and its kind, Chinese."""


def _label(text: str, size: int, plate: Rect, colour: tuple[int, int, int]) -> str:
    left, top, right, bottom = plate
    fill = hexadecimal(colour)
    return (
        f'<g><rect x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" '
        f'height="{_number(bottom - top)}" fill="{fill}"/>'
        f'<text x="{_number((left + right) / 2)}" y="{_number(top + size * 1.05)}" text-anchor="middle" '
        f'font-family="sans-serif" font-size="{size}" stroke="{fill}" stroke-width="{_number(size / 6)}" '
        f'paint-order="stroke" fill="{hexadecimal(readable_on(colour))}">{_text(text)}</text></g>'
    )


def _number(value: float) -> str:
    """At most two places: a hundredth of a pixel is not seen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(value: str) -> str:
    return escape(one_line(value))
