"""Documents both ways: the API's `document` blocks and the neutral `FilePart`."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, mapping_at, name_of, text_at, wrong

PDF: Final = "application/pdf"
PLAIN: Final = "text/plain"
_SOURCE: Final = "a source of type base64, text, url, file or content"
_TAKEN: Final = "application/pdf by data, url or id; text by data; pictures"


def document_part(wire: dict[str, Any], where: str) -> r.Part:
    """A `document` block, neutral; one with more than a source and a title (`citations`, `cache_control`) as it is.

    Args:
        wire: the block.
        where: its place, for refusals.

    Raises:
        InvalidRequestError: it is wrong; the message says where and what is accepted.
    """
    where = f"{where}.source"
    source = mapping_at(wire.get("source"), where, _SOURCE)
    kind = source.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None and kind != "content":
        raise wrong(f"{where}.type", "missing" if kind is None else f"{name_of(kind)} is unknown", _SOURCE)
    found = None if reader is None else reader(source, where, _title(wire, where))
    beyond = [key for key, value in wire.items() if key not in ("type", "source", "title") and value is not None]
    return r.RawPart(wire) if found is None or beyond else found


def _title(wire: dict[str, Any], where: str) -> str:
    title = wire.get("title")
    return "" if title is None else text_at(title, f"{where.removesuffix('.source')}.title")


def _base64(source: dict[str, Any], where: str, title: str) -> r.FilePart:
    media_type = filled_at(source.get("media_type"), f"{where}.media_type", PDF)
    data = filled_at(source.get("data"), f"{where}.data", "the document in base64")
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except (binascii.Error, ValueError):
        raise wrong(f"{where}.data", "no valid base64", "the document in base64") from None
    return r.FilePart(data=data, media_type=media_type, name=title)


def _plain(source: dict[str, Any], where: str, title: str) -> r.FilePart:
    text = filled_at(source.get("data"), f"{where}.data", "the document's text")
    return r.FilePart(data=base64.b64encode(text.encode()).decode(), media_type=PLAIN, name=title)


def _url(source: dict[str, Any], where: str, title: str) -> r.FilePart:
    return r.FilePart(url=filled_at(source.get("url"), f"{where}.url", "an address"), media_type=PDF, name=title)


def _file(source: dict[str, Any], where: str, title: str) -> r.FilePart:
    return r.FilePart(id=filled_at(source.get("file_id"), f"{where}.file_id", "a file's id"), name=title)


_READERS: Final = {"base64": _base64, "text": _plain, "url": _url, "file": _file}


def file_block(part: r.FilePart) -> dict[str, Any]:
    """A `FilePart` as a block: `document`, or `image` for a picture.

    Raises:
        InvalidRequestError: the API has no form for it; the message names its kind.
    """
    if part.media_type.startswith("image/"):
        return {"type": "image", "source": _source(part, part.media_type)}
    found: dict[str, Any] = {"type": "document", "source": _document_source(part)}
    return {**found, "title": part.name} if part.name else found


def _document_source(part: r.FilePart) -> dict[str, Any]:
    kind = part.media_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") and part.data and not part.id:
        return {"type": "text", "media_type": PLAIN, "data": _text_of(part.data)}
    if kind == PDF or (not kind and not part.data) or part.id:
        return _source(part, PDF)
    raise wrong("messages", f"a file of type {kind or 'unknown'} has no form in the Messages API", _TAKEN)


def _source(part: r.FilePart, media_type: str) -> dict[str, Any]:
    if part.id:
        return {"type": "file", "file_id": part.id}
    if part.data:
        return {"type": "base64", "media_type": media_type, "data": part.data}
    if part.url:
        return {"type": "url", "url": part.url}
    raise wrong("messages", "a FilePart without a file", _TAKEN)


def _text_of(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError:
        raise wrong("messages", "a file of type text that is no UTF-8 in base64", _TAKEN) from None
