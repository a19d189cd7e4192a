"""Pictures, sounds, films and documents as the API's content objects, and back."""

from __future__ import annotations

import base64
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import text_at, wrong
from slipstream.dialects.common.gemini_wire.chunks import data_of
from slipstream.dialects.common.gemini_wire.media import FILES, TYPES
from slipstream.dialects.common.wire import Wire, text
from slipstream.events import File

KINDS: Final = ("image", "audio", "video", "document")


def kind_of_media(media_type: str) -> str:
    """Which of the API's kinds a media type is; what is no picture, sound or film is a document."""
    kind = media_type.partition("/")[0]
    return kind if kind in KINDS else "document"


def read_file(wire: Wire) -> File | None:
    """The `File` of a piece of media; None if there is none in it."""
    media_type = text(wire, "mime_type")
    if text(wire, "uri") and not text(wire, "data"):
        return File(media_type, url=text(wire, "uri"))
    data = data_of(text(wire, "data"))
    return File(media_type, data) if data else None


def write_file(file: File) -> Wire:
    """The content object of a `File`."""
    return _content(file.media_type, base64.b64encode(file.data).decode(), "" if file.data else file.url)


def write_part(part: r.ImagePart | r.FilePart, where: str) -> Wire:
    """The content object of what a user sends.

    Raises:
        InvalidRequestError: there is neither content nor address, or nothing tells the kind of media.
    """
    id = part.id if isinstance(part, r.FilePart) else ""
    uri = f"{FILES}v1beta/{id}" if id.startswith("files/") else id or part.url
    if not uri and not part.data:
        raise wrong(where, f"{type(part).__name__} without content", "data and media_type, url, or id")
    kind = part.media_type or TYPES.get(uri.partition("?")[0].rpartition(".")[2].lower(), "")
    if not kind and not isinstance(part, r.ImagePart):
        raise wrong(f"{where}.media_type", "the address does not tell it", "such as application/pdf")
    return _content(kind or "image/", part.data, "" if part.data else uri)


def read_part(wire: Wire, where: str) -> r.Part:
    """The part of a content object."""
    kind = str(wire.get("type"))
    media_type = text_at(wire.get("mime_type") or "", f"{where}.mime_type")
    data, uri = text_at(wire.get("data") or "", f"{where}.data"), text_at(wire.get("uri") or "", f"{where}.uri")
    if any(name not in ("type", "mime_type", "data", "uri") and value is not None for name, value in wire.items()):
        return r.RawPart(wire)  # a resolution, a way of processing: no neutral form
    if not data and not uri:
        raise wrong(where, f"{kind} without content", "data and mime_type, or uri")
    if data and not media_type:
        raise wrong(f"{where}.mime_type", "missing", "such as image/png")
    if uri.startswith(FILES) or (uri and not uri.startswith(("https://", "http://"))):
        return r.FilePart(id=uri, media_type=media_type or _default(kind))
    if kind == "image":
        return r.ImagePart(url=uri, data=data, media_type=media_type)
    return r.FilePart(url=uri, data=data, media_type=media_type or _default(kind))


def _default(kind: str) -> str:
    """A media type that says no more than the kind, for an address whose kind nobody told."""
    return {"document": "application/pdf", "audio": "audio/mp3", "video": "video/mp4"}.get(kind, "image/png")


def _content(media_type: str, data: str, uri: str) -> Wire:
    found: dict[str, Any] = {"type": kind_of_media(media_type)}
    if not media_type.endswith("/"):
        found["mime_type"] = media_type
    return {**found, "data": data} if data or not uri else {**found, "uri": uri}
