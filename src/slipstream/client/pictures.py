"""`draw_boxes`: the door to boxes on pictures, which opens files and finds a font for the labels.

Strategy: Pillow's own font is the same everywhere, so it is taken wherever it has all letters of the labels. Only for
the others (Chinese, Arabic, ...) the fonts of this machine are tried, at the few places where systems keep them.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from slipstream.client.paths import read_path
from slipstream.errors import InvalidRequestError
from slipstream.sinks import boxes as sink
from slipstream.sinks.boxes.colours import Colours
from slipstream.sinks.boxes.shapes import font_size, listed

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

    AnyFont = FreeTypeFont | str | os.PathLike[str] | None

FONTS: Final[tuple[str, ...]] = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",  # Debian, Ubuntu: fonts-noto-cjk
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",  # Fedora
    "/usr/share/fonts/google-noto-sans-cjk-vf-fonts/NotoSansCJK-VF.ttc",  # Fedora from 39 on
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",  # Arch, Alpine
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",  # Debian: fonts-wqy-microhei
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",  # Debian: fonts-droid-fallback
    "/System/Library/Fonts/PingFang.ttc",  # macOS
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/msyh.ttc",  # Windows: Microsoft YaHei
    "C:/Windows/Fonts/simhei.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",  # no Chinese, but Greek, Cyrillic, Arabic and signs
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "C:/Windows/Fonts/segoeui.ttf",
)
"""Where fonts with many letters stand, the best first."""

PAGE_SIDE: Final = 1024
"""Pixels of the longer side of a picture in a page: the width of a notebook."""


def draw_boxes(
    image: Any,
    boxes: Any,
    *,
    colours: Colours = None,
    width: int | None = None,
    labels: bool = True,
    font: AnyFont = None,
) -> Image:
    """A copy of a picture with boxes, points and polygons drawn into it.

    Args:
        image: the path of a picture, its bytes, or a `PIL.Image.Image`. It is not changed; the copy is turned upright
            as its EXIF says.
        boxes: `Box` events, or one of them. What lies outside is moved to the edge.
        colours: colours by label (`{"cat": "#ff0000"}`), a list to choose from, or None for seven that are told apart
            with every kind of colour vision. A colour is `"#rgb"`, `"#rrggbb"`, a name, or `(r, g, b)`.
        width: of the lines, in pixels; None takes one that suits the picture.
        labels: whether to write them.
        font: for the labels: the path of a font, or a `PIL.ImageFont.FreeTypeFont`; None takes Pillow's own, and where
            it lacks letters, one of this machine's. A letter that the font lacks is drawn as an empty box.

    Returns:
        A new picture of mode `RGB`, or `RGBA` if the given one can be seen through.

    Raises:
        InvalidRequestError: an argument is wrong (the message names it), or Pillow is not installed.

    Warns:
        UserWarning: no font of this machine has all letters of the labels.
    """
    if isinstance(image, (str, os.PathLike)):
        image = read_path(image, "image")
    picture = sink.opened(image)
    places = listed(boxes)
    chosen: Any = font
    if labels is True and isinstance(font, (str, os.PathLike)):
        chosen = _loaded(font, font_size(*picture.size))
    elif font is None:
        chosen = _Fonts(picture.size)
    drawn = sink.draw_boxes(picture, places, colours=colours, width=width, labels=labels, font=chosen)
    if isinstance(chosen, _Fonts) and chosen.missing:
        shown = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(chosen.missing)[:5])
        warnings.warn(f"no font found for {shown} in the labels; pass font='/path/to/a/font.ttf'", stacklevel=2)
    return drawn


class _Fonts:
    """Gives each label the first font that has all its letters, else the one that lacks the fewest.

    Attributes:
        missing: letters that no font had.
    """

    def __init__(self, picture: tuple[int, int]) -> None:
        self._size = font_size(*picture)
        self._loaded = [sink.default_font(*picture)]
        self._paths = [path for path in FONTS if Path(path).is_file()]
        self._chosen: dict[str, FreeTypeFont] = {}
        self.missing: set[str] = set()

    def __call__(self, label: str) -> FreeTypeFont:
        if label not in self._chosen:
            self._chosen[label] = self._choose(label)
        return self._chosen[label]

    def _choose(self, label: str) -> FreeTypeFont:
        best, fewest = self._loaded[0], label
        for font in self._fonts():
            lacking = sink.missing_glyphs(font, label)
            if len(lacking) < len(fewest):
                best, fewest = font, lacking
            if not lacking:
                return font
        self.missing.update(fewest)
        return best

    def _fonts(self) -> Iterator[FreeTypeFont]:
        """All fonts, each opened when it is first needed."""
        yield from self._loaded
        while self._paths:
            with suppress(InvalidRequestError):  # a damaged file of the system is not the caller's mistake
                self._loaded.append(_loaded(self._paths.pop(0), self._size))
                yield self._loaded[-1]


def _loaded(path: str | os.PathLike[str], size: int) -> FreeTypeFont:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(os.fspath(path), size)
    except OSError:
        raise InvalidRequestError(
            f"font: {os.fspath(path)!r} cannot be read as a font; accepted: the path of a .ttf, .otf or .ttc file",
            argument="font",
        ) from None


def for_a_page(image: Any) -> tuple[bytes, int, int]:
    """A picture as it stands in a page, small enough to be sent again with every place that is found in it.

    Args:
        image: as for `draw_boxes`.

    Returns:
        Bytes that a browser can show, and the width and height of the coordinates in it.

    Raises:
        InvalidRequestError: it is no picture, it cannot be read, or Pillow is not installed.
    """
    picture = sink.opened(read_path(image, "image") if isinstance(image, (str, os.PathLike)) else image)
    width, height = picture.size
    picture.thumbnail((PAGE_SIDE, PAGE_SIDE))
    file = io.BytesIO()
    picture.save(file, "PNG" if picture.mode == "RGBA" else "JPEG", quality=85)
    return file.getvalue(), width, height
