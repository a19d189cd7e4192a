"""What a text cites: annotations as `Source`s, and back."""

from __future__ import annotations

from typing import Final

from slipstream.dialects.common.gemini_wire.chunks import without
from slipstream.dialects.common.wire import Wire, text
from slipstream.events import Source

_ADDRESSES: Final = ("url", "document_uri", "source")
_TITLES: Final = ("title", "file_name", "name")
_KINDS: Final = ("url_citation", "file_citation", "place_citation")


def source_of(wire: Wire, id: str, block: str | None) -> Source:
    """The `Source` of an annotation; the API's own fields are its metadata."""
    url = next((name for name in _ADDRESSES if text(wire, name)), "")
    title = next((name for name in _TITLES if text(wire, name)), "")
    return Source(id, text(wire, url), text(wire, title), block, without(wire, url, title) or None)


def annotation_of(source: Source) -> Wire:
    """The annotation that tells a source; without the API's own fields a plain address."""
    own = source.metadata or {}
    kind = own.get("type") if own.get("type") in _KINDS else "url_citation"
    number = _KINDS.index(str(kind))
    told = {_ADDRESSES[min(number, 1) if number < 2 else 0]: source.url, _TITLES[number]: source.title}
    beyond = own if own.get("type") in _KINDS else {}
    return {**beyond, **{name: value for name, value in told.items() if value}, "type": kind}
