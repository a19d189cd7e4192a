"""Which pictures are known, by their first bytes."""

from __future__ import annotations

from typing import Final

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
TYPES: Final = frozenset((*(kind for _, kind in _SIGNATURES), "image/webp"))
KINDS: Final = "PNG, JPEG, GIF, WebP or BMP"


def picture_type(data: bytes) -> str | None:
    """The media type of a picture by its first bytes; None if it is none that providers take and pages show."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
