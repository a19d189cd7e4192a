"""Pictures that Pillow can read, made ready to be drawn on."""

from __future__ import annotations

import io
import struct
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from slipstream.errors import InvalidRequestError

if TYPE_CHECKING:
    from PIL.Image import Image

_ALPHA_MODES: Final = frozenset(("RGBA", "LA", "PA", "La", "RGBa"))
_PREMULTIPLIED: Final = {"La": "LA", "RGBa": "RGBA"}  # Pillow converts each of these only to its plain kin
_DEEP_MODES: Final = frozenset(("I", "F"))  # numbers without a known white: not pictures for people
_SIXTEEN_BITS: Final = "I;16"  # and its kin of either byte order; Pillow's own conversion cuts all beyond 255 to white
# What Pillow's readers raise on broken files; its documentation names only the first.
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError, OverflowError)


def opened(image: Any) -> Image:
    """A copy of the picture, upright, in mode `RGB` or `RGBA`.

    Args:
        image: see `draw_boxes`.

    Raises:
        InvalidRequestError: it is no picture, it cannot be read, its mode has no known white, or Pillow is not
            installed.
    """
    if isinstance(image, (bytes, bytearray, memoryview)):
        image = _decoded(bytes(image))
    if not isinstance(image, pillow().Image.Image):
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
    try:
        return _upright(image)
    except _BROKEN:  # an image that was opened, but not yet read
        raise InvalidRequestError(
            "image: its pixels cannot be read; accepted: an image whose file is whole and still open", argument="image"
        ) from None


def _upright(image: Image) -> Image:
    upright: Image = pillow().ImageOps.exif_transpose(image)
    if upright.mode.startswith(_SIXTEEN_BITS):
        return _in_8_bits(upright).convert("RGB")
    seen_through = upright.mode in _ALPHA_MODES or "transparency" in upright.info
    plain = upright.convert(_PREMULTIPLIED.get(upright.mode, upright.mode))
    return plain.convert("RGBA" if seen_through else "RGB")


def _in_8_bits(deep: Image) -> Image:
    """A picture of 16 bits in 8. A grey level that stands for nothing to see (PNG, 11.3.2.1) is shown as it is."""
    grey = deep.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    grey.info.pop("transparency", None)  # a level of 16 bits
    return grey


def _decoded(data: bytes) -> Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow().Image.DecompressionBombWarning)
            image: Image = pillow().Image.open(io.BytesIO(data))
            image.load()
    except (pillow().Image.DecompressionBombWarning, pillow().Image.DecompressionBombError):
        raise InvalidRequestError(
            f"image has more than {pillow().Image.MAX_IMAGE_PIXELS:,} pixels; accepted: fewer, "
            "or a PIL image that you opened yourself",
            argument="image",
        ) from None
    except _BROKEN:
        raise InvalidRequestError(
            "image: these bytes are no picture that Pillow can read; accepted: PNG, JPEG, GIF, WebP, BMP and the like",
            argument="image",
        ) from None
    return image


def pillow() -> ModuleType:
    """Pillow, with its modules that are used here.

    Raises:
        InvalidRequestError: it is not installed.
    """
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
