"""Boxes drawn into a copy of a picture, with Pillow: first all shapes, then their labels on top."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from slipstream.errors import InvalidRequestError
from slipstream.sinks.boxes.colours import RGB, Colours, ColourTable, readable_on
from slipstream.sinks.boxes.picture import opened, pillow
from slipstream.sinks.boxes.shapes import Rect, Shape, font_size, label_room, line_width, place_label, shapes_of
from slipstream.sinks.boxes.trace import casing, draw_shape

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    FontChooser = Callable[[str], FreeTypeFont]

_NO_GLYPH: Final = "\U0010fffd"  # private use, in no font: what a font shows for it, it shows for all it lacks


def draw_boxes(
    image: Any,
    boxes: Any,
    *,
    colours: Colours = None,
    width: int | None = None,
    labels: bool = True,
    font: FreeTypeFont | FontChooser | None = None,
) -> Image:
    """A copy of the picture with boxes, points and polygons drawn into it.

    Args:
        image: a `PIL.Image.Image`, or the bytes of a picture. It is not changed; it is turned upright as its EXIF says.
        boxes: `Box` events, or one. What lies outside is moved to the edge.
        colours: colours by label, a list to choose from, or None for ours.
        width: of the lines, in pixels; None takes one that suits the picture.
        labels: whether to write them.
        font: a `FreeTypeFont` for the labels, or a function that gives the font of a label; None takes Pillow's own,
            which has no Chinese.

    Returns:
        A picture of mode `RGB`, or `RGBA` if the given one can be seen through.

    Raises:
        InvalidRequestError: an argument is wrong (the message names it), or Pillow is not installed.
    """
    canvas = opened(image)
    shapes = shapes_of(boxes, *canvas.size)
    table = ColourTable(colours)
    pen = min(_checked_width(width) or line_width(*canvas.size), max(canvas.size))  # a wider one fills it as well
    if not isinstance(labels, bool):
        raise InvalidRequestError(f"labels is a {type(labels).__name__}; accepted: True or False", argument="labels")
    brush = pillow().ImageDraw.Draw(canvas)
    for shape in shapes:
        draw_shape(canvas, brush, shape, table.of(shape.label), pen)
    if labels and any(shape.label for shape in shapes):
        _Labels(canvas, _checked_font(font) or default_font(*canvas.size), pen).draw(shapes, table)
    return canvas


def default_font(width: int, height: int) -> FreeTypeFont:
    """Pillow's own font, in the size that suits a picture of this size."""
    font: FreeTypeFont = pillow().ImageFont.load_default(font_size(width, height))
    return font


def missing_glyphs(font: FreeTypeFont, text: str) -> str:
    """The characters of the text that the font cannot show: it draws an empty box for each."""
    empty = bytes(font.getmask(_NO_GLYPH))
    shown = {char for char in text if not char.isspace() and category(char) not in ("Mn", "Me", "Cf")}
    return "".join(char for char in sorted(shown) if bytes(font.getmask(char)) == empty)


class _Labels:
    """Writes labels on plates of their shape's colour."""

    def __init__(self, canvas: Image, font: FreeTypeFont | FontChooser, pen: int) -> None:
        self._pen = pen
        self._choose: FontChooser = font if callable(font) else lambda _: font
        self._size = canvas.size
        self._brush: ImageDraw = pillow().ImageDraw.Draw(canvas)
        self._taken: list[Rect] = []

    def draw(self, shapes: list[Shape], table: ColourTable) -> None:
        """Write the labels of all shapes, none over another where there is room."""
        for shape in shapes:
            if shape.label:
                self._write(shape, table.of(shape.label))

    def _write(self, shape: Shape, colour: RGB) -> None:
        font = self._choose(shape.label)
        # Its height is that of the tallest letters, not of this label's: plates of one row stand level.
        _, top, _, bottom = font.getbbox("Ågj国", anchor="ls")
        pad = max(2, round((bottom - top) / 6))
        side = 2 * pad
        text = _shortened(shape.label, font, label_room(shape, self._size[0]) - 2 * side)
        if not text:
            return
        size = (math.ceil(font.getlength(text)) + 2 * side, bottom - top + 2 * pad)
        plate = place_label(shape, size, self._size, self._taken, _reach(shape, self._pen))
        self._taken.append(plate)
        self._brush.rectangle((plate.left, plate.top, plate.right - 1, plate.bottom - 1), fill=colour)
        at = (plate.left + side, plate.top + pad - top)
        self._brush.text(at, text, fill=readable_on(colour), font=font, anchor="ls")


def _reach(shape: Shape, pen: int) -> float:
    """How far a shape is drawn beyond its corners; a box's line stands within them."""
    return {"point": 2 * pen, "polygon": pen / 2}.get(shape.kind, 0) + casing(pen) + 1  # of rounding


def _shortened(label: str, font: FreeTypeFont, room: float) -> str:
    """As much of the label as there is room for, in pixels."""
    shown = label
    while shown and font.getlength(shown) > room:
        shown = shown.removesuffix("\u2026")[:-1].rstrip()
        shown = shown + "\u2026" if shown else ""
    return shown


def _checked_font(font: Any) -> Any:
    if font is None or callable(font) or isinstance(font, pillow().ImageFont.FreeTypeFont):
        return font
    raise InvalidRequestError(
        f"font is a {type(font).__name__}; accepted: a PIL.ImageFont.FreeTypeFont, or None", argument="font"
    )


def _checked_width(width: Any) -> int | None:
    if width is None or (type(width) is int and width >= 1):
        return width
    raise InvalidRequestError("width of the lines: accepted: pixels, a whole number from 1, or None", argument="width")
