"""A colour for each label, and what can be read on it.

Strategy: boxes come one at a time, and a label must keep its colour when more of them come, or when each is drawn by a
call of its own. So the label's checksum chooses the colour, not the order; only where another label of the same call
has that colour already, the next free one is taken.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from slipstream.errors import InvalidRequestError

RGB = tuple[int, int, int]

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision. Their black is left out.
PALETTE: Final[tuple[str, ...]] = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")

NAMES: Final[dict[str, str]] = {
    "black": "#000000", "white": "#ffffff", "grey": "#808080", "gray": "#808080", "red": "#ff0000", "green": "#008000",
    "blue": "#0000ff", "yellow": "#ffff00", "orange": "#ffa500", "purple": "#800080", "cyan": "#00ffff",
    "magenta": "#ff00ff", "lime": "#00ff00", "pink": "#ffc0cb", "brown": "#a52a2a", "teal": "#008080",
}  # fmt: skip
"""Names a colour may have, as in CSS."""

_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})").fullmatch
_ACCEPTED: Final = "'#rgb', '#rrggbb', (r, g, b) with numbers of 0 to 255, or one of " + ", ".join(NAMES)

BLACK: Final[RGB] = (0, 0, 0)
WHITE: Final[RGB] = (255, 255, 255)

Colours = Mapping[str, Any] | Sequence[Any] | None
"""What `colours=` takes: colours by label, a list to choose from, or None for `PALETTE`."""


class ColourTable:
    """Gives each label its colour."""

    def __init__(self, colours: Colours = None) -> None:
        by_label, table = _split(colours)
        self._table = table
        self._by_label: dict[str, RGB] = dict(by_label)
        self._taken: set[int] = set()

    def of(self, label: str) -> RGB:
        """The colour of a label; the same for the same label."""
        found = self._by_label.get(label)
        if found is None:
            found = self._by_label[label] = self._table[self._choose(label)]
        return found

    def _choose(self, label: str) -> int:
        count = len(self._table)
        first = zlib.crc32(label.encode("utf-8", "replace")) % count
        if len(self._taken) >= count:
            return first
        index = next(i % count for i in range(first, first + count) if i % count not in self._taken)
        self._taken.add(index)
        return index


def readable_on(colour: RGB) -> RGB:
    """Black or white, whichever has the greater contrast with the colour (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    # The two contrasts, (L + 0.05) / 0.05 and 1.05 / (L + 0.05), are equal where L is 0.179.
    return BLACK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else WHITE


def hexadecimal(colour: RGB) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def colour_of(value: Any, name: str) -> RGB:
    """The colour that a value means.

    Args:
        value: as `colours=` takes it.
        name: its place, for messages.

    Raises:
        InvalidRequestError: it is no colour.
    """
    if isinstance(value, str):
        return _of_text(value, name)
    if isinstance(value, (tuple, list)) and len(value) == 3 and all(type(n) is int and 0 <= n <= 255 for n in value):
        return (value[0], value[1], value[2])
    raise InvalidRequestError(f"{name} is no colour; accepted: {_ACCEPTED}", argument=name)


def _of_text(value: str, name: str) -> RGB:
    text = NAMES.get(value.lower(), value)
    if not _HEX(text):
        raise InvalidRequestError(f"{name}: {value[:40]!r} is no colour; accepted: {_ACCEPTED}", argument=name)
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))


def _split(colours: Any) -> tuple[dict[str, RGB], list[RGB]]:
    """What is fixed by label, and the table for the rest."""
    table = [colour_of(value, "PALETTE") for value in PALETTE]
    if colours is None:
        return {}, table
    if isinstance(colours, Mapping):
        return {str(label): colour_of(value, f"colours[{label!r}]") for label, value in colours.items()}, table
    if isinstance(colours, Sequence) and not isinstance(colours, (str, bytes)) and colours:
        return {}, [colour_of(value, f"colours[{index}]") for index, value in enumerate(colours)]
    raise InvalidRequestError(
        f"colours is a {type(colours).__name__}; accepted: a mapping of labels to colours, or a list of colours",
        argument="colours",
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
