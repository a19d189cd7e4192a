"""The content of AG-UI messages: text, or a list of parts with sources (`data`, `url`, `file`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, kind_of, list_at, mapping_at, name_of, text_at, wrong

PARTS: Final = "text, image, audio, video, document (and binary, which 1.0 gave up)"
SOURCES: Final = "data (with value and mimeType), url, file"
_MEDIA: Final = {"image": "image/", "audio": "audio/", "video": "video/"}


def parts_at(content: Any, where: str) -> list[r.Part]:
    """The neutral parts of a content."""
    if isinstance(content, str):
        return [r.TextPart(text_at(content, where))]
    items = list_at(content, where, "a text, or a list of content parts")
    return [_part(item, f"{where}[{index}]") for index, item in enumerate(items)]


def text_of(content: Any, where: str) -> str:
    """A content of which only its text can be told; what else it holds is refused."""
    parts = parts_at(content, where)
    for index, part in enumerate(parts):
        if not isinstance(part, r.TextPart):
            raise wrong(f"{where}[{index}]", f"{kind_of(part)}, where only text can be told", "text parts")
    return "".join(part.text for part in parts if isinstance(part, r.TextPart))


def _part(value: Any, where: str) -> r.Part:
    wire = mapping_at(value, where, PARTS)
    kind = wire.get("type")
    if kind == "text":
        return r.TextPart(text_at(wire.get("text"), f"{where}.text"))
    if kind == "binary":
        return _binary(wire, where)
    if not isinstance(kind, str) or kind not in (*_MEDIA, "document"):
        raise wrong(f"{where}.type", "missing" if kind is None else f"{name_of(kind)} is unknown", PARTS)
    where = f"{where}.source"
    source = mapping_at(wire.get("source"), where, SOURCES)
    form = source.get("type")
    value = filled_at(source.get("value"), f"{where}.value")
    media_type = _text(source, "mimeType", where)
    if form == "data":
        return _media(kind, filled_at(media_type, f"{where}.mimeType", "a media type"), data=value)
    if form == "url":
        return _media(kind, media_type, url=value)
    if form == "file":
        return r.FilePart(id=value, media_type=media_type)
    raise wrong(f"{where}.type", "missing" if form is None else f"{name_of(form)} is unknown", SOURCES)


def _binary(wire: dict[str, Any], where: str) -> r.Part:
    """The one part for files that clients before 1.0 send."""
    media_type = filled_at(wire.get("mimeType"), f"{where}.mimeType", "a media type")
    kind = "image" if media_type.startswith("image/") else "document"
    name = _text(wire, "filename", where)
    for key in ("data", "url"):
        if wire.get(key):
            return _media(kind, media_type, name=name, **{key: text_at(wire[key], f"{where}.{key}")})
    return r.FilePart(id=filled_at(wire.get("id"), f"{where}.id", "data, url or id"), media_type=media_type, name=name)


def _text(wire: Mapping[str, Any], key: str, where: str) -> str:
    value = wire.get(key)
    return "" if value is None else text_at(value, f"{where}.{key}")


def _media(kind: str, media_type: str, *, data: str = "", url: str = "", name: str = "") -> r.Part:
    if kind == "image":
        return r.ImagePart(url=url, data=data, media_type=media_type)
    # A kind is all that the sender may have told of a film or a sound by address; no provider takes it for a document.
    known = media_type or (f"{kind}/*" if kind in _MEDIA else "")
    return r.FilePart(url=url, data=data, media_type=known, name=name)


def content_of(parts: list[r.Part], where: str) -> str | list[dict[str, Any]]:
    """The content in AG-UI's form: a text where it is no more than that."""
    if all(isinstance(part, r.TextPart) for part in parts):
        return "".join(part.text for part in parts if isinstance(part, r.TextPart))
    return [_wire(part, f"{where}[{index}]") for index, part in enumerate(parts)]


def _wire(part: r.Part, where: str) -> dict[str, Any]:
    if isinstance(part, r.TextPart):
        return {"type": "text", "text": part.text}
    if not isinstance(part, (r.ImagePart, r.FilePart)):
        raise wrong(where, f"{kind_of(part)} has no form in AG-UI", "TextPart, ImagePart, FilePart")
    return {"type": _kind(part), "source": _source(part)}


def _kind(part: r.ImagePart | r.FilePart) -> str:
    if isinstance(part, r.ImagePart):
        return "image"
    return next((kind for kind, start in _MEDIA.items() if part.media_type.startswith(start)), "document")


def _source(part: r.ImagePart | r.FilePart) -> dict[str, Any]:
    media_type = {"mimeType": part.media_type} if part.media_type else {}
    if part.data:
        return {"type": "data", "value": part.data, "mimeType": part.media_type or "application/octet-stream"}
    if part.url:
        return {"type": "url", "value": part.url, **media_type}
    return {"type": "file", "value": part.id if isinstance(part, r.FilePart) else "", **media_type}
