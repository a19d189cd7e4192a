"""Boxes drawn into a copy of a picture, with Pillow.

Strategy: Pillow draws slanted lines with steps. So a shape is drawn as a mask four times as large, which is shrunk and
laid over the picture; in a large picture the steps are too small to be seen, and the mask would be too large.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from slipstream.errors import InvalidRequestError
from slipstream.sinks.boxes.colours import RGB, Colours, ColourTable, readable_on
from slipstream.sinks.boxes.shapes import Rect, Shape, font_size, label_room, line_width, place_label, shapes_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    FontChooser = Callable[[str], FreeTypeFont]

SMOOTH_AREA: Final = 1_000_000
"""Pixels of a shape's surroundings up to which its mask is drawn larger: 16 MB of mask then."""

_ALPHA_MODES: Final = frozenset(("RGBA", "LA", "PA", "La", "RGBa"))
_DEEP_MODES: Final = frozenset(("I", "F"))  # numbers without a known white: not pictures for people
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
    pen = _checked_width(width) or line_width(*canvas.size)
    if not isinstance(labels, bool):
        raise InvalidRequestError(f"labels is a {type(labels).__name__}; accepted: True or False", argument="labels")
    for shape in shapes:
        _draw_shape(canvas, shape, table.of(shape.label), pen)
    if labels and any(shape.label for shape in shapes):
        _Labels(canvas, _checked_font(font) or default_font(*canvas.size)).draw(shapes, table)
    return canvas


def opened(image: Any) -> Image:
    """A copy of the picture, upright, in mode `RGB` or `RGBA`.

    Args:
        image: see `draw_boxes`.
    """
    pillow = _pillow()
    if isinstance(image, (bytes, bytearray, memoryview)):
        image = _decoded(bytes(image))
    if not isinstance(image, pillow.Image.Image):
        raise InvalidRequestError(
            f"image is a {type(image).__name__}; accepted: a PIL image, or the bytes of a picture", argument="image"
        )
    if image.mode in _DEEP_MODES:
        raise InvalidRequestError(
            f"image: its mode {image.mode} has no known white; accepted: what convert('RGB') makes of it",
            argument="image",
        )
    if image.width < 1 or image.height < 1:
        raise InvalidRequestError("image has no pixels", argument="image")
    upright: Image = pillow.ImageOps.exif_transpose(image)
    seen_through = upright.mode in _ALPHA_MODES or "transparency" in upright.info
    return upright.convert("RGBA" if seen_through else "RGB")


def default_font(width: int, height: int) -> FreeTypeFont:
    """Pillow's own font, in the size that suits a picture of this size."""
    font: FreeTypeFont = _pillow().ImageFont.load_default(font_size(width, height))
    return font


def missing_glyphs(font: FreeTypeFont, text: str) -> str:
    """The characters of the text that the font cannot show: it draws an empty box for each."""
    empty = bytes(font.getmask(_NO_GLYPH))
    shown = {char for char in text if not char.isspace() and category(char) not in ("Mn", "Me", "Cf")}
    return "".join(char for char in sorted(shown) if bytes(font.getmask(char)) == empty)


class _Labels:
    """Writes labels on plates of their shape's colour."""

    def __init__(self, canvas: Image, font: FreeTypeFont | FontChooser) -> None:
        self._choose: FontChooser = font if callable(font) else lambda _: font
        self._size = canvas.size
        self._brush: ImageDraw = _pillow().ImageDraw.Draw(canvas)
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
        plate = place_label(shape, size, self._size, self._taken)
        self._taken.append(plate)
        self._brush.rectangle((plate.left, plate.top, plate.right - 1, plate.bottom - 1), fill=colour)
        at = (plate.left + side, plate.top + pad - top)
        self._brush.text(at, text, fill=readable_on(colour), font=font, anchor="ls")


def _shortened(label: str, font: FreeTypeFont, room: float) -> str:
    """As much of the label as there is room for, in pixels."""
    shown = label
    while shown and font.getlength(shown) > room:
        shown = shown.removesuffix("\u2026")[:-1].rstrip()
        shown = shown + "\u2026" if shown else ""
    return shown


def _draw_shape(canvas: Image, shape: Shape, colour: RGB, pen: int) -> None:
    """The shape in its colour, with a thin casing around the line: it can be seen on a ground of any colour."""
    casing = max(1, pen // 3)
    _paint(canvas, shape, readable_on(colour), pen, casing)
    _paint(canvas, shape, colour, pen, 0)


def _paint(canvas: Image, shape: Shape, colour: RGB, pen: int, extra: int) -> None:
    pillow = _pillow()
    reach = 3 * pen + extra + 1
    left, top = max(int(shape.bounds.left) - reach, 0), max(int(shape.bounds.top) - reach, 0)
    right = min(int(shape.bounds.right) + reach + 1, canvas.width)
    bottom = min(int(shape.bounds.bottom) + reach + 1, canvas.height)
    width, height = right - left, bottom - top
    scale = 4 if shape.kind != "box" and width * height <= SMOOTH_AREA else 1
    mask = pillow.Image.new("L", (width * scale, height * scale))
    corners = [((x - left) * scale, (y - top) * scale) for x, y in shape.corners]
    _TRACES[shape.kind](pillow.ImageDraw.Draw(mask), corners, pen * scale, extra * scale)
    canvas.paste(colour, (left, top, right, bottom), mask.reduce(scale) if scale > 1 else mask)


def _trace_box(brush: ImageDraw, corners: list[tuple[float, float]], pen: int, extra: int) -> None:
    (left, top), (right, bottom) = ((round(x), round(y)) for x, y in corners)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    brush.rectangle(
        (left - extra, top - extra, right - 1 + extra, bottom - 1 + extra), outline=255, width=pen + 2 * extra
    )


def _trace_point(brush: ImageDraw, corners: list[tuple[float, float]], pen: int, extra: int) -> None:
    ((x, y),) = corners
    radius = 2 * pen + extra
    brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _trace_polygon(brush: ImageDraw, corners: list[tuple[float, float]], pen: int, extra: int) -> None:
    brush.line([*corners, corners[0], corners[1]], fill=255, width=pen + 2 * extra, joint="curve")


_TRACES: Final[dict[str, Callable[[ImageDraw, list[tuple[float, float]], int, int], None]]] = {
    "box": _trace_box,
    "point": _trace_point,
    "polygon": _trace_polygon,
}


def _decoded(data: bytes) -> Image:
    pillow = _pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.Image.DecompressionBombWarning)
            image: Image = pillow.Image.open(io.BytesIO(data))
            image.load()
    except (pillow.Image.DecompressionBombWarning, pillow.Image.DecompressionBombError):
        raise InvalidRequestError(
            f"image has more than {pillow.Image.MAX_IMAGE_PIXELS:,} pixels; accepted: fewer, "
            "or a PIL image that you opened yourself",
            argument="image",
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError):  # what Pillow's readers raise on broken files
        raise InvalidRequestError(
            "image: these bytes are no picture that Pillow can read; accepted: PNG, JPEG, GIF, WebP, BMP and the like",
            argument="image",
        ) from None
    return image


def _checked_font(font: Any) -> Any:
    if font is None or callable(font) or isinstance(font, _pillow().ImageFont.FreeTypeFont):
        return font
    raise InvalidRequestError(
        f"font is a {type(font).__name__}; accepted: a PIL.ImageFont.FreeTypeFont, or None", argument="font"
    )


def _checked_width(width: Any) -> int | None:
    if width is None or (type(width) is int and width >= 1):
        return width
    raise InvalidRequestError("width of the lines: accepted: pixels, a whole number from 1, or None", argument="width")


def _pillow() -> ModuleType:
    try:
        import PIL
        import PIL.Image
        import PIL.ImageDraw
        import PIL.ImageFont
        import PIL.ImageOps
    except ImportError:
        raise InvalidRequestError(
            "pictures are drawn with Pillow, which is not installed", hint="pip install 'slipstream[pictures]'"
        ) from None
    return PIL
