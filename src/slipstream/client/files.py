"""Files for a request and out of an answer: documents, sounds, films and pictures, by path, address or bytes."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, Final

from slipstream.client import images, media_types
from slipstream.client.paths import read_path
from slipstream.dialects.common.request import FilePart, ImagePart, TextPart
from slipstream.errors import InvalidRequestError
from slipstream.events import File
from slipstream.sinks.picture_types import TYPES

MAX_FILE: Final = 50 * 1000 * 1000
"""Bytes of one file: the most that any provider takes inside a request (OpenAI and Gemini 50 MB, Anthropic 32 MB)."""

TAKEN: Final = "a path, an http(s) or data: address, bytes, or (name, bytes)"
KINDS: Final = (
    "PDF, Office files and texts in UTF-8, WAV, MP3, OGG, FLAC, AAC and M4A, MP4, MOV, WebM and MPEG, and pictures"
)

AnyFile = str | bytes | os.PathLike[str] | tuple[str, bytes]
"""What `files=` takes, each: an http(s) or `data:` address, a path, bytes, or bytes with their name."""


def load(file: Any, position: int, where: str = "files") -> FilePart | ImagePart:
    """The part of a message for a file. Its type is that of its bytes; a picture becomes an `ImagePart`.

    Args:
        file: an `AnyFile`.
        position: its place in `files`, for messages.
        where: the option it came in, for messages.

    Raises:
        InvalidRequestError: no such file, empty, too large, or of a kind that nobody takes.
    """
    place = f"{where}[{position}]"
    if isinstance(file, tuple) and len(file) == 2 and isinstance(file[0], str):
        return _of_bytes(file[1], file[0], place)
    if isinstance(file, (bytes, bytearray, memoryview)):
        return _of_bytes(file, "", place)
    if isinstance(file, str) and file.startswith(("http://", "https://")):
        return _of_address(file)
    if isinstance(file, str) and file.startswith("data:"):
        return _of_data_url(file, place)
    if not isinstance(file, (str, os.PathLike)):
        raise InvalidRequestError(f"{place} is a {type(file).__name__}; it takes {TAKEN}", argument=place)
    return _of_bytes(read_path(file, place, MAX_FILE + 1), Path(file).name, place)


def _of_bytes(data: Any, name: str, place: str) -> FilePart | ImagePart:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InvalidRequestError(f"{place} has a {type(data).__name__} for content; it takes bytes", argument=place)
    data = bytes(data)
    if not data:
        raise InvalidRequestError(f"{place} is empty; it takes a file with content", argument=place)
    if len(data) > MAX_FILE:
        most = MAX_FILE // 10**6
        hint = "upload it at the provider and pass its address, or send a part of it"
        raise InvalidRequestError(
            f"{place} is larger than {most} MB, the most any provider takes", argument=place, hint=hint
        )
    kind = media_types.media_type(data, name)
    if kind is None:
        raise InvalidRequestError(f"{place} {_unknown(data, name)}; it takes {KINDS}", argument=place)
    if kind.startswith("image/"):
        return images.of_bytes(data, place)[0] if kind in TYPES else _picture(data, kind)
    if not name and media_types.family(kind) == "document":
        name = f"file.{_ENDINGS.get(kind, 'bin')}"  # some providers go by the ending
    return FilePart(data=base64.b64encode(data).decode("ascii"), media_type=kind, name=name)


def _unknown(data: bytes, name: str) -> str:
    """Why the kind of these bytes is not known: a text by its name that is none by its bytes has another encoding."""
    if not media_types.is_text(media_types.of_name(name) or ""):
        return "is no file of a known kind"
    return "has zero bytes, which no UTF-8 text has" if b"\0" in data else "is a text by its name but not UTF-8"


def _picture(data: bytes, kind: str) -> ImagePart:
    """A picture of a kind that only some providers take (HEIC, AVIF)."""
    return ImagePart(data=base64.b64encode(data).decode("ascii"), media_type=kind)


def _of_address(url: str) -> FilePart | ImagePart:
    """What lies elsewhere is not fetched here: the provider does that, or refuses."""
    kind = media_types.of_name(url) or ""
    if kind.startswith("image/"):
        return ImagePart(url=url, media_type=kind)
    path = url.partition("?")[0].partition("#")[0]
    name = path.rpartition("/")[2] if media_types.of_name(url) else ""
    return FilePart(url=url, media_type=kind, name=name)


def _of_data_url(url: str, place: str) -> FilePart | ImagePart:
    _, _, encoded = url.partition(";base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        data = b""
    if not data:
        raise InvalidRequestError(f"{place} is a data: address without base64 content", argument=place)
    return _of_bytes(data, "", place)


def as_text(part: FilePart) -> TextPart | None:
    """A file of text as text, under its name, for models that take no documents; None for any other file."""
    if not part.data or not media_types.is_text(part.media_type):
        return None
    try:
        text = base64.b64decode(part.data).decode("utf-8-sig")
    except ValueError:
        return None
    return TextPart(f"{part.name or 'A file'}:\n\n{text}\n\n")


_ENDINGS: Final = {kind: ending for ending, kind in reversed(media_types.BY_ENDING.items())}


def save(file: File, path: str | os.PathLike[str]) -> Path:
    """Write a file that a model made to the disk.

    Args:
        file: from `message.files`, or the `File` event.
        path: where to; a folder gets `file.png`, `file-2.png` and so on, with the ending of the file's type.

    Returns:
        Where it is now.

    Raises:
        InvalidRequestError: the file is known by its address or id only, or cannot be written there.
    """
    if not file.data:
        known = "address" if file.url else "id"
        raise InvalidRequestError(
            f"the file is known by its {known} only", hint=f"fetch {file.url}" if file.url else "fetch it by file.id"
        )
    target = Path(path)
    if target.is_dir():
        target = _free_name(target, media_types.media_type(file.data) or file.media_type)
    try:
        target.write_bytes(file.data)
    except OSError as error:
        raise InvalidRequestError(f"{os.fspath(target)!r} cannot be written ({error.strerror})") from None
    return target


def _free_name(folder: Path, kind: str) -> Path:
    ending = _ENDINGS.get(kind, "bin")
    number = 1
    while (path := folder / f"file{f'-{number}' if number > 1 else ''}.{ending}").exists():
        number += 1
    return path
