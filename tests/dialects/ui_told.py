"""What two streams of events have in common after one went through a dialect for pages; and the recorded ones.

Strategy: everything is compared but for what such a dialect has no place for, which is named here, each with its
reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from tests.dialects.made_events import joined, renamed, without

from slipstream import dialects
from slipstream.events import Event, types as e
from slipstream.events.types import AnyEvent

DIALECT_OF: Final = {
    "anthropic": "anthropic",
    "glm": "zhipu",
    "glm_via_others": "openai_chat",
    "openai_chat": "openai_chat",
    "openai_compat": "openai_chat",
    "openai_responses": "openai_responses",
}
_BODY: Final = msgspec.json.Decoder(AnyEvent)


def recordings(corpora: Path, folder: str) -> list[list[Event]]:
    """The events of every recorded stream in a folder."""
    found = []
    for path in sorted((corpora / "streams" / folder).iterdir()):
        decoder = dialects.get(DIALECT_OF[folder]).decoder()
        body = path.read_bytes()
        if path.name.endswith(".chunks.txt"):
            body = b"".join(b"data: %b\n\n" % line for line in body.splitlines() if line.strip())
        found.append([*decoder.feed(body), *decoder.end()])
    return found


def cut(body: bytes, sizes: Iterable[int]) -> list[bytes]:
    """The body in pieces of these sizes, and the rest."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(body[at : at + size])
        at += size
    return [*pieces, body[at:]]


def decoded(name: str, pieces: Iterable[bytes]) -> list[Event]:
    """The events of a body that comes in pieces."""
    decoder = dialects.get(name).decoder()
    found: list[Event] = []
    for piece in pieces:
        found += decoder.feed(piece)
    return found + decoder.end()


def norm(events: Iterable[Event]) -> list[Event]:
    """The events, but for what a stream for pages cannot tell: see `_norm` and below.

    Comments carry heartbeats, of which a decoder tells the last in a piece. Empty deltas say nothing. Ids of blocks and
    their numbers are made anew. Where a call's arguments end is told by the call itself.
    """
    kept = [_norm(event) for event in without(events, e.Heartbeat, e.ToolInputEnd)]
    found = []
    for event in joined(renamed(kept)):
        if isinstance(event, e.ToolInputDelta) and event.text == "{}":
            continue  # arguments that nobody wrote, and that a page may be told so
        changes: dict[str, Any] = {"index": 0} if hasattr(event, "index") and not isinstance(event, e.Element) else {}
        found.append(msgspec.structs.replace(event, **changes))
    return found


def _norm(event: Event) -> Event:
    event = _BODY.decode(msgspec.json.encode(event))  # infinities are null in JSON
    match event:
        case e.ToolResult() | e.ToolError():
            return msgspec.structs.replace(event, name="")  # the call says it
        case e.Start(created=0):
            return msgspec.structs.replace(event, created=None)  # a time that a recording has lost
        case e.File(media_type=""):
            return msgspec.structs.replace(event, media_type="application/octet-stream")
        case e.Abort(reason=""):
            return e.Abort()
        case _:
            return event
