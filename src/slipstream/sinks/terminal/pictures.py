"""Files that the model made: a caption, and the picture itself where the terminal can show it.

Strategy: a picture takes rows like text does. Empty rows are told first, so that the terminal makes room for them; the
last of them carries the sequence, which goes up to the first, draws, and comes back. So the rows below it know nothing
of pictures, and one that the terminal does not draw leaves only empty rows.
"""

from __future__ import annotations

import base64
from typing import Final, Literal

from slipstream.events import File
from slipstream.sinks.picture_sizes import picture_size
from slipstream.sinks.picture_types import picture_type
from slipstream.sinks.terminal.layout.line import EMPTY, Line
from slipstream.sinks.terminal.surface import Surface

Images = Literal["kitty", "iterm"]

_CELL: Final = (8, 16)  # pixels of a character, about: only the shape matters, the terminal scales
_MAX_ROWS: Final = 20
_MAX_BYTES: Final = 8_000_000  # a terminal takes base64 at some 10 MB/s; more would be a second of silence
_CHUNK: Final = 4096  # of base64 in one sequence (kitty graphics protocol, "remote client")


def file_rows(file: File, surface: Surface, images: Images | None) -> list[Line]:
    """The rows of a file: its caption, and the picture where that can be."""
    size = picture_size(file.data)
    return [_caption(file, size, surface), *(_picture(file, size, surface, images) if size and images else ())]


def _caption(file: File, size: tuple[int, int] | None, surface: Surface) -> Line:
    is_image = file.media_type.startswith("image/")
    sign = surface.sign("🖼" if is_image else "📄", "[image]" if is_image else "[file]")
    words = [file.media_type, amount(len(file.data)) if file.data else "", f"{size[0]}x{size[1]}" if size else ""]
    text = ", ".join(filter(None, words))
    elsewhere = bool(file.url) and not file.url.startswith("data:")
    row = surface.row(f"{text} {file.url}" if elsewhere and not surface.look.links else text, "dim", f"{sign} ")
    return row._replace(text=surface.link(row.text, file.url)) if elsewhere else row


def amount(count: int) -> str:
    """Bytes for people: `12 kB`."""
    for unit, size in (("MB", 1_000_000), ("kB", 1000)):
        if count >= size:
            return f"{count / size:.1f} {unit}" if count < 10 * size else f"{round(count / size)} {unit}"
    return f"{count} B"


def _picture(file: File, size: tuple[int, int], surface: Surface, images: Images) -> list[Line]:
    columns, rows = _cells(size, surface)
    if rows < 1 or len(file.data) > _MAX_BYTES or (images == "kitty" and picture_type(file.data) != "image/png"):
        return []
    drawn = _kitty(file.data, columns, rows) if images == "kitty" else _iterm(file.data, columns, rows)
    up = f"\x1b[{rows - 1}A" if rows > 1 else ""
    return [*[EMPTY] * (rows - 1), Line(f"\x1b7{up}{drawn}\x1b8", 0)]


def _cells(size: tuple[int, int], surface: Surface) -> tuple[int, int]:
    """Columns and rows of a picture: as large as it is, or as there is room."""
    wide, high = size[0] / _CELL[0], size[1] / _CELL[1]
    scale = min(1.0, surface.width / wide, min(_MAX_ROWS, surface.height - 2) / high)
    return max(1, int(wide * scale)), int(max(1, high * scale)) if surface.height > 2 else 0


def _kitty(data: bytes, columns: int, rows: int) -> str:
    """The kitty graphics protocol: a PNG, shown at once, without an answer, the cursor left where it is."""
    text = base64.b64encode(data).decode("ascii")
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    keys = f"a=T,f=100,q=2,C=1,c={columns},r={rows},"
    return "".join(
        f"\x1b_G{'' if index else keys}m={int(index + 1 < len(chunks))};{chunk}\x1b\\"
        for index, chunk in enumerate(chunks)
    )


def _iterm(data: bytes, columns: int, rows: int) -> str:
    """iTerm2's inline images (OSC 1337)."""
    text = base64.b64encode(data).decode("ascii")
    return f"\x1b]1337;File=inline=1;size={len(data)};width={columns};height={rows};preserveAspectRatio=1:{text}\x07"
