"""What an answer cites: grounding and citation metadata as `Source`s, and back.

Later chunks repeat what earlier ones said, with more of it; so a source is told once, by its address and title.
"""

from __future__ import annotations

from typing import Final

from slipstream.dialects.common.gemini_wire.chunks import without
from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.wire import Wire, obj, objects, text
from slipstream.events import Event, Source

GROUNDING: Final = "groundingMetadata"
CITATIONS: Final = "citationMetadata"

_KINDS: Final = ("web", "retrievedContext", "maps", "image")
_ADDRESSES: Final = ("uri", "sourceUri")


class Sources:
    """The sources of one candidate."""

    __slots__ = ("_choice", "_ids", "_seen")

    def __init__(self, choice: int, ids: Ids) -> None:
        self._choice = choice
        self._ids = ids
        self._seen: set[tuple[str, str, str]] = set()

    def grounding(self, wire: Wire, block: str | None, out: list[Event]) -> Wire:
        """Take `groundingMetadata`; returns what is not told by a source: searches, and which text rests on which."""
        for chunk in objects(wire, "groundingChunks"):
            kind = next((name for name in _KINDS if isinstance(chunk.get(name), dict)), None)
            if kind is not None:
                self._tell(kind, chunk[kind], block, out)
        return without(wire, "groundingChunks")

    def citations(self, wire: Wire, block: str | None, out: list[Event]) -> None:
        """Take `citationMetadata`, in either of its names."""
        for citation in objects(wire, "citations") or objects(wire, "citationSources"):
            self._tell("citation", citation, block, out)

    def _tell(self, kind: str, wire: Wire, block: str | None, out: list[Event]) -> None:
        url = next((text(wire, name) for name in _ADDRESSES if text(wire, name)), "")
        beyond = without(wire, "title", *(name for name in _ADDRESSES if text(wire, name) == url))
        key = (url, text(wire, "title"), repr(beyond) if kind == "citation" or not url else kind)
        if key in self._seen:
            return
        self._seen.add(key)
        metadata = None if kind == "web" and not beyond else {kind: beyond}
        id = self._ids.block("source")[0]
        out.append(Source(id, url, text(wire, "title"), block, metadata, self._choice))


def write_source(source: Source) -> Wire:
    """The fields of a candidate that tell this source."""
    metadata = source.metadata or {}
    told = {name: value for name, value in (("uri", source.url), ("title", source.title)) if value}
    if "citation" in metadata:
        return {CITATIONS: {"citations": [{**told, **obj(metadata, "citation")}]}}
    kind = next((name for name in _KINDS if name in metadata), "web")
    if kind == "image" and "uri" in told:
        told["sourceUri"] = told.pop("uri")
    return {GROUNDING: {"groundingChunks": [{kind: {**told, **obj(metadata, kind)}}]}}
