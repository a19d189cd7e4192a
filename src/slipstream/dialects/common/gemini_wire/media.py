"""Pictures, documents, sounds and films, both ways: `inlineData` holds one, `fileData` says where it is."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, mapping_at, text_at, wrong

FILES: Final = "https://generativelanguage.googleapis.com/"
"""Where the Files API keeps what was uploaded: its addresses are ids, and need the key."""

TYPES: Final = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "heic": "image/heic", "heif": "image/heif", "pdf": "application/pdf", "txt": "text/plain", "html": "text/html",
    "csv": "text/csv", "json": "application/json", "mp3": "audio/mp3", "wav": "audio/wav", "ogg": "audio/ogg",
    "flac": "audio/flac", "aac": "audio/aac", "mp4": "video/mp4", "mov": "video/mov", "webm": "video/webm",
    "mpeg": "video/mpeg",
}  # fmt: skip
"""What the API takes, by the ending of an address."""

_YOUTUBE: Final = ("https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/")


def inline_data(part: r.ImagePart | r.FilePart) -> dict[str, Any]:
    """The part of something whose content is given."""
    name = part.name if isinstance(part, r.FilePart) else ""
    blob = {"mimeType": part.media_type, "data": part.data}
    return {"inlineData": {**blob, "displayName": name} if name else blob}


def file_data(part: r.ImagePart | r.FilePart, where: str) -> dict[str, Any]:
    """The part of something that lies elsewhere.

    Raises:
        InvalidRequestError: there is neither content nor address, or nothing tells the kind of media.
    """
    id = part.id if isinstance(part, r.FilePart) else ""
    uri = f"{FILES}v1beta/{id}" if id.startswith("files/") else id or part.url
    if not uri:
        raise wrong(where, f"{type(part).__name__} without content", "data and media_type, url, or id")
    kind = part.media_type or TYPES.get(uri.partition("?")[0].rpartition(".")[2].lower(), "")
    if not kind and not uri.startswith((FILES, *_YOUTUBE)):
        raise wrong(f"{where}.media_type", "the address does not tell it", "such as image/png")
    return {"fileData": {"mimeType": kind, "fileUri": uri} if kind else {"fileUri": uri}}


def read_inline(wire: Any, where: str) -> r.Part:
    """A part from an `inlineData`."""
    blob = mapping_at(wire, where, '{"mimeType": ..., "data": base64}')
    data = filled_at(blob.get("data"), f"{where}.data", "base64")
    kind = filled_at(blob.get("mimeType", blob.get("mime_type")), f"{where}.mimeType", "such as image/png")
    if kind.startswith("image/"):
        return r.ImagePart(data=data, media_type=kind)
    name = blob.get("displayName", blob.get("display_name"))
    return r.FilePart(data=data, media_type=kind, name="" if name is None else text_at(name, f"{where}.displayName"))


def read_file(wire: Any, where: str) -> r.Part:
    """A part from a `fileData`."""
    file = mapping_at(wire, where, '{"mimeType": ..., "fileUri": ...}')
    uri = filled_at(file.get("fileUri", file.get("file_uri")), f"{where}.fileUri", "an address")
    found = file.get("mimeType", file.get("mime_type"))
    kind = "" if found is None else text_at(found, f"{where}.mimeType")
    if uri.startswith(FILES) or not uri.startswith(("https://", "http://")):
        return r.FilePart(id=uri, media_type=kind)
    return r.ImagePart(url=uri, media_type=kind) if kind.startswith("image/") else r.FilePart(url=uri, media_type=kind)
