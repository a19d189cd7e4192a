"""Files that the model made, and places in the picture that was sent."""

from __future__ import annotations

from typing import Final

from slipstream.events import Box, File
from slipstream.sinks.boxes.media import data_url
from slipstream.sinks.boxes.shapes import one_line
from slipstream.sinks.boxes.svg import svg_overlay
from slipstream.sinks.notebook.markup import STYLES, element, link, safe
from slipstream.sinks.picture_types import picture_type

MAX_EMBEDDED: Final = 20_000_000
"""Bytes of a file that goes into the notebook, which holds it as text, a third larger; beyond that it is named only."""

SOUNDS: Final = frozenset(
    ("audio/aac", "audio/flac", "audio/mp3", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/x-wav")
)


class MadeFile:
    """A file of the answer; a piece of the page. Only pictures of pixels, and sounds, stand in it; others are named."""

    alone, flows = True, False

    def __init__(self, file: File) -> None:
        self.replace(file)

    def replace(self, file: File) -> None:
        """The same file once more: a picture that has become sharper."""
        self._file = file
        kind = picture_type(file.data)
        sound = file.media_type.lower() if file.media_type.lower() in SOUNDS else None
        small = len(file.data) <= MAX_EMBEDDED
        self._picture = kind if small else None
        self._sound = sound if small and file.data else None

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return len(self._file.data) * 4 // 3 + 200

    def html(self) -> str:
        """See `Piece`."""
        said = safe(self._said())
        if self._picture is not None:
            address = data_url(self._file.data, self._picture)
            return f'<img src="{address}" alt="{said}" style="{STYLES["picture"]}">'
        if self._sound is not None:
            return f'<audio controls src="{data_url(self._file.data, self._sound)}" style="{STYLES["block"]}"></audio>'
        return element("div", "note", f"{said} {link(self._file.url, self._file.url[:200]) if self._file.url else ''}")

    def plain(self) -> str:
        """See `Piece`."""
        return f"[{self._said()}]"

    def _said(self) -> str:
        size = f", {_bytes(len(self._file.data))}" if self._file.data else ""
        return f"{one_line(self._file.media_type) or 'file'}{size}"


class Places:
    """The places that the answer names; a piece of the page: drawn into the picture where it is known, else a list.

    Args:
        picture: its bytes, width and height in pixels, or None.
    """

    alone, flows = True, False

    def __init__(self, picture: tuple[bytes, int, int] | None) -> None:
        self._picture = picture
        self._boxes: list[Box] = []

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return (len(self._picture[0]) * 4 // 3 if self._picture else 0) + 500 * len(self._boxes)

    def append(self, box: Box) -> None:
        """Another place."""
        self._boxes.append(box)

    def html(self) -> str:
        """See `Piece`."""
        if self._picture is not None:
            data, width, height = self._picture
            return svg_overlay(self._boxes, width, height, image=data)
        items = "".join(f"<li>{safe(_place(box))}</li>" for box in self._boxes)
        return element("ul", "note", items)

    def plain(self) -> str:
        """See `Piece`."""
        return "\n".join(f"[{_place(box)}]" for box in self._boxes)


def _place(box: Box) -> str:
    numbers = box.points or box.pixels or ()
    unit = "" if box.points else " pixels"
    return f"{one_line(box.label) or box.kind}: {', '.join(f'{number:.4g}' for number in numbers)}{unit}"


def _bytes(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1000:,.0f} KB"
