"""The lines of shapes, drawn into a picture.

Strategy: only the pixels near a line are touched, so that a thousand large boxes cost their outlines and not their
areas. A box stands level and is drawn as it is. Pillow draws slanted lines and discs with steps, so these are drawn as
masks four times as large, which are shrunk and laid over the picture: in tiles, halved until each is small, and only in
those that the line meets. A tile is wholly drawn at once, so no seam is seen between two.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from slipstream.sinks.boxes.colours import RGB, readable_on
from slipstream.sinks.boxes.picture import pillow
from slipstream.sinks.boxes.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_SCALE: Final = 4  # 17 steps between the line and the ground
_TILE: Final = 96  # pixels of a tile's side: a smaller one costs more calls, a larger one more empty ground
_SMOOTH_AREA: Final = 1_000_000  # pixels of a shape's ground up to which its steps can be seen

Corner = tuple[float, float]
Area = tuple[int, int, int, int]


class _Stroke(NamedTuple):
    """A part of a line: from one corner to the next, or a dot where both are one."""

    start: Corner
    end: Corner

    def meets(self, area: Area, reach: float) -> bool:
        """False if no pixel of the area is within reach; it may be True for some that are just out of it."""
        (x1, y1), (x2, y2) = self
        left, top, right, bottom = area
        if max(x1, x2) < left - reach or min(x1, x2) > right + reach:
            return False
        if max(y1, y2) < top - reach or min(y1, y2) > bottom + reach:
            return False
        along, down = x2 - x1, y2 - y1
        # The distance of the area's middle from the line, against half the area's width across that line.
        off = abs(along * ((top + bottom) / 2 - y1) - down * ((left + right) / 2 - x1))
        across = (abs(down) * (right - left) + abs(along) * (bottom - top)) / 2
        return off <= across + reach * math.hypot(along, down)


def draw_shape(canvas: Image, brush: ImageDraw, shape: Shape, colour: RGB, pen: int) -> None:
    """Draw the shape in its colour, with a thin casing around the line: it can be seen on a ground of any colour.

    Args:
        canvas: the picture.
        brush: of the canvas.
        shape: what to draw.
        colour: of the line.
        pen: the line's width, in pixels.
    """
    paints = ((readable_on(colour), casing(pen)), (colour, 0))
    if shape.kind == "box":
        for paint, extra in paints:
            _trace_box(brush, shape.corners, pen, extra, paint)
        return
    width = 4 * pen if shape.kind == "point" else pen
    _draw_lines(canvas, brush, shape, [(paint, width + 2 * extra) for paint, extra in paints])


def _draw_lines(canvas: Image, brush: ImageDraw, shape: Shape, lines: list[tuple[RGB, int]]) -> None:
    strokes = _strokes(shape.corners)
    reach = max(thick for _, thick in lines) / 2 + 1
    left, top, right, bottom = (int(side) for side in shape.bounds.grown(reach))
    area = (max(left, 0), max(top, 0), min(right + 1, canvas.width), min(bottom + 1, canvas.height))
    if (area[2] - area[0]) * (area[3] - area[1]) > _SMOOTH_AREA:
        for paint, thick in lines:
            _trace(brush, strokes, thick, paint)
        return
    for tile, near in _tiles(area, strokes, reach):
        _lay(canvas, tile, near, lines)


def casing(pen: int) -> int:
    """The width of what stands around a line."""
    return max(1, pen // 3)


def _trace_box(brush: ImageDraw, corners: Sequence[Corner], pen: int, extra: int, paint: RGB) -> None:
    (left, top), (right, bottom) = ((round(x), round(y)) for x, y in corners)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    outer = (left - extra, top - extra, right - 1 + extra, bottom - 1 + extra)
    brush.rectangle(outer, outline=paint, width=pen + 2 * extra)


def _strokes(corners: Sequence[Corner]) -> list[_Stroke]:
    """The lines between the corners, closed."""
    return [_Stroke(corner, corners[index - 1]) for index, corner in enumerate(corners)]


def _tiles(area: Area, strokes: list[_Stroke], reach: float) -> list[tuple[Area, list[_Stroke]]]:
    """Small areas that cover the strokes, each with those near it."""
    found = []
    waiting = [(area, strokes)]
    while waiting:
        part, candidates = waiting.pop()
        near = [stroke for stroke in candidates if stroke.meets(part, reach)]
        if near and max(part[2] - part[0], part[3] - part[1]) <= _TILE:
            found.append((part, near))
        elif near:
            waiting += [(half, near) for half in _halves(part)]
    return found


def _halves(area: Area) -> tuple[Area, Area]:
    left, top, right, bottom = area
    if right - left >= bottom - top:
        middle = (left + right) // 2
        return (left, top, middle, bottom), (middle, top, right, bottom)
    middle = (top + bottom) // 2
    return (left, top, right, middle), (left, middle, right, bottom)


def _lay(canvas: Image, tile: Area, strokes: list[_Stroke], lines: list[tuple[RGB, int]]) -> None:
    """Lay the lines over one tile of the picture."""
    left, top, right, bottom = tile
    size = ((right - left) * _SCALE, (bottom - top) * _SCALE)
    moved = [_Stroke(*(((x - left) * _SCALE, (y - top) * _SCALE) for x, y in stroke)) for stroke in strokes]
    for paint, thick in lines:
        mask = pillow().Image.new("L", size)
        _trace(pillow().ImageDraw.Draw(mask), moved, thick * _SCALE, 255)
        canvas.paste(paint, tile, mask.reduce(_SCALE))


def _trace(brush: ImageDraw, strokes: list[_Stroke], thick: int, paint: RGB | int) -> None:
    """Lines with round ends, which are round joints where two meet."""
    radius = thick / 2
    for start, end in strokes:
        if start != end:
            brush.line((start, end), fill=paint, width=thick)
        for x, y in (start, end):
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=paint)
