"""What a file is, by its first bytes; its name is asked only where they do not say.

Strategy: a table of signatures, looked at in order, and a small function for each container that holds several kinds;
those of pictures stand in `sinks.picture_types`, for all rooms. The name comes second because names lie, and the
provider reads the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from slipstream.sinks.picture_types import picture_type

SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"FORM", "audio/aiff"),
    (b"#!AMR", "audio/amr"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"{\\rtf", "text/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
"""First bytes and their media type, of what is no picture. RFC 2046 names; the byte patterns are those of
https://mimesniff.spec.whatwg.org/."""

HEAD: Final = 1024
"""Bytes looked at; a PDF may begin with that much of something else (PDF 1.7, appendix H.3.4.1)."""

_RIFF: Final = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {
    b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"avif": "image/avif",
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp",
}  # fmt: skip
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_PACKED: Final = (
    (b"word/", f"{_OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}.presentationml.presentation"),
)

BY_ENDING: Final = {
    "pdf": "application/pdf", "doc": "application/msword", "docx": _PACKED[0][1], "xlsx": _PACKED[1][1],
    "pptx": _PACKED[2][1], "rtf": "text/rtf", "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values",
    "html": "text/html", "htm": "text/html", "xml": "text/xml", "json": "application/json", "css": "text/css",
    "js": "text/javascript", "py": "text/x-python", "yaml": "text/yaml", "yml": "text/yaml",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "bmp": "image/bmp", "heic": "image/heic", "avif": "image/avif",
    "wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac",
    "aac": "audio/aac", "m4a": "audio/mp4", "aiff": "audio/aiff", "amr": "audio/amr",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mkv": "video/x-matroska",
    "avi": "video/x-msvideo", "mpeg": "video/mpeg", "mpg": "video/mpeg", "3gp": "video/3gpp",
}  # fmt: skip
"""The ending of a name or address, in lower case -> the media type."""

TEXTS: Final = frozenset(("application/json", "application/xml", "application/yaml", "application/toml"))
"""Types that are text though they do not begin with `text/`."""


def media_type(data: bytes, name: str = "") -> str | None:
    """The media type of a file.

    Args:
        data: its bytes, or its beginning; then a character of text that is cut at the end is no fault.
        name: its name, for what only a name tells (`text/csv`, Office files of before 2007); or "".

    Returns:
        The type, or None if nothing is known: the bytes are no text, no signature fits, and the name has no known end.
    """
    head = data[:HEAD]
    found = _of_container(head, data) or _of_signature(head)
    if found == "application/msword" or found is None:  # one container for all of them
        named = of_name(name)
        if found is not None or (named is not None and not is_text(named)):
            return named or found
        return (named or "text/plain") if _is_text(data) else None
    return found


def of_name(name: str) -> str | None:
    """The media type that the ending of a name or an address says, or None."""
    path = name.partition("?")[0].partition("#")[0]
    return BY_ENDING.get(path.rpartition(".")[2].lower()) if "." in path else None


def is_text(kind: str) -> bool:
    """True for types whose files are text."""
    return kind.startswith("text/") or kind in TEXTS


def family(kind: str) -> str:
    """`image`, `audio` or `video`; `document` for all else."""
    head = kind.partition("/")[0]
    return head if head in ("image", "audio", "video") else "document"


def _of_signature(head: bytes) -> str | None:
    if b"%PDF-" in head:
        return "application/pdf"
    return picture_type(head) or next((kind for signature, kind in SIGNATURES if head.startswith(signature)), None)


def _of_container(head: bytes, data: bytes) -> str | None:
    reader = next((reader for at, mark, reader in _CONTAINERS if head.startswith(mark, at)), None)
    return None if reader is None else reader(head, data)


def _riff(head: bytes, _: bytes) -> str | None:
    return _RIFF.get(head[8:12])


def _mp4(head: bytes, _: bytes) -> str:
    """ISO/IEC 14496-12, the `ftyp` box: the major brand says what it is."""
    return _BRANDS.get(head[8:12], "video/mp4")


def _matroska(head: bytes, _: bytes) -> str:
    """RFC 9559: the element DocType stands in the header."""
    return "video/webm" if b"webm" in head[:64] else "video/x-matroska"


def _ogg(head: bytes, _: bytes) -> str:
    """RFC 3533: the first page names the codec."""
    return "video/ogg" if b"theora" in head[:64] else "audio/ogg"


def _mpeg_audio(head: bytes, _: bytes) -> str | None:
    """A frame of MPEG audio begins with eleven ones; its layer says which (ISO/IEC 11172-3, 13818-7)."""
    if len(head) < 2 or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    return "audio/aac" if head[1] & 0xF6 == 0xF0 else "audio/mpeg" if layer == 1 else None


def _zip(_: bytes, data: bytes) -> str:
    """Office files since 2007 are archives; the names in them say which."""
    return next((kind for mark, kind in _PACKED if mark in data), "application/zip")


_CONTAINERS: Final[tuple[tuple[int, bytes, Callable[[bytes, bytes], str | None]], ...]] = (
    (0, b"RIFF", _riff),
    (4, b"ftyp", _mp4),
    (0, b"\x1a\x45\xdf\xa3", _matroska),
    (0, b"OggS", _ogg),
    (0, b"PK\x03\x04", _zip),
    (0, b"\xff", _mpeg_audio),
)


def _is_text(data: bytes) -> bool:
    if not data or b"\0" in data:
        return False
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True
