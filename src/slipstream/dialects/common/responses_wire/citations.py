"""Sources as annotations of a text: the way back from `beside.source_of`."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.wire import Wire
from slipstream.events import Source

_OWN: Final[dict[str, tuple[tuple[str, type], ...]]] = {
    "url_citation": (("start_index", int), ("end_index", int), ("url", str), ("title", str)),
    "file_citation": (("file_id", str), ("filename", str), ("index", int)),
    "container_file_citation": (
        ("container_id", str), ("file_id", str), ("filename", str), ("start_index", int), ("end_index", int),
    ),
    "file_path": (("file_id", str), ("index", int)),
}  # fmt: skip
"""The annotations of this API, with the fields that its strict clients demand."""


def annotation_of(source: Source, at: int) -> Wire:
    """The annotation. One of this API passes as it is; another provider's source stands where the text ends now.

    Args:
        source: what is cited.
        at: how many characters the text has.
    """
    known = source.metadata or {}
    fields = _OWN.get(str(known.get("type")))
    if fields is not None and all(_is(known.get(name), kind) for name, kind in fields):
        return known
    if source.url:
        return {"type": "url_citation", "start_index": at, "end_index": at, "url": source.url, "title": source.title}
    return {"type": "file_citation", "file_id": source.id, "filename": source.title, "index": at}


def _is(value: Any, kind: type) -> bool:
    return type(value) is kind
