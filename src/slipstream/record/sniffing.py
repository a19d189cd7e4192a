"""What a file holds, seen from its first bytes.

Strategy: the first byte that is no blank tells the family (`{`, `[`, `<`, a field of SSE, other text), the first whole
objects tell the rest. Bytes that do not suffice give None, and the caller comes again with more: a pipe is never read
further than needed, so that a recording can be watched while it is made.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

from msgspec import Struct

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.codec.sse import SSEDecoder
from slipstream.dialects.common.documents import describe_json, start_of_page
from slipstream.dialects.common.openai_shape.errors import error_of
from slipstream.dialects.common.stream_decoder import BLANK
from slipstream.errors import InvalidRequestError
from slipstream.events import Error
from slipstream.record.wires import OURS, dialect_name, is_open, is_ours

Kind = Literal["timed", "events", "body", "lines", "refusal", "text"]

MAX_HEAD_BYTES: Final = 2 * MAX_EVENT_BYTES
"""What is looked at before a file is given up: the first event may be a picture. See `lines.MAX_LINE_BYTES`."""

ACCEPTED: Final = (
    "accepted: a recording of ours, events as JSON lines, or a provider's recorded body (SSE or JSON); text=True plays "
    "any text"
)

_FIELDS: Final = re.compile(rb"(data|event|id|retry)?:|(data|event|id|retry)\r?\n")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # ESC stands in logs of terminals
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")  # UTF-16


class Form(Struct, frozen=True):
    """What a file holds.

    Args:
        kind: `timed` (our recording: events with times), `events` (ours without), `body` (SSE, NDJSON or an array, as a
            decoder takes it), `lines` (the payloads of an SSE body, one a line, without its framing), `refusal` (the
            body of an HTTP error), `text`.
        dialect: of a `body` and of `lines`.
        error: what a `refusal` says.
    """

    kind: Kind
    dialect: str = ""
    error: Error | None = None


def sniff(head: bytes, *, whole: bool = False, dialect: str | None = None) -> Form | None:
    """What a file holds that begins so; None if that takes more bytes.

    Args:
        head: the first bytes.
        whole: there are no more.
        dialect: the dialect, where it is known; None finds it.

    Raises:
        InvalidRequestError: it is nothing that can be replayed; the message says what it is instead.
    """
    body = head.lstrip(BLANK)
    whole = whole or len(head) >= MAX_HEAD_BYTES
    if not body:
        if whole:
            raise _refused("is empty" if not head else "holds only blanks")
        return None
    if body.startswith(_BOMS) or _CONTROL.search(head):
        raise _refused("is binary, or text in another encoding than UTF-8")
    if body[:1] == b"<":
        return _page(body, whole=whole)
    if body[:1] in (b"{", b"["):
        return _json(body, whole=whole, dialect=dialect)
    if len(body) < len(b"event:") and not whole:
        return None
    return _sse(head, whole=whole, dialect=dialect) if _FIELDS.match(body) else _other(body)


def _refused(what: str) -> InvalidRequestError:
    return InvalidRequestError(what, hint=ACCEPTED)


def _other(body: bytes) -> Form:
    raise _refused(f"is no recording; it begins: {start_of_page(body)[:60]!r}")


def _page(body: bytes, *, whole: bool) -> Form | None:
    if not whole:
        return None
    return Form("refusal", error=Error(f"an HTML page: {start_of_page(body)}", kind="NotAStreamError"))


# ---- SSE


def _sse(head: bytes, *, whole: bool, dialect: str | None) -> Form | None:
    decoder = SSEDecoder()
    frames = decoder.feed(head)
    if whole:
        frames += decoder.end()
    return _of_dialect("body", [_value(frame.payload) for frame in frames], whole=whole, dialect=dialect)


def _value(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _of_dialect(kind: Kind, wires: list[Any], *, whole: bool, dialect: str | None) -> Form | None:
    name = dialect or dialect_name(wires)
    if name is None and any(map(is_open, wires)) and whole:
        name = OURS
    if name is not None:
        return Form(kind, name)
    if not whole:
        return None
    seen = next((wire for wire in wires if wire is not None), None)
    what = f"holds {describe_json(seen)}" if seen is not None else "has no event that is JSON"
    raise InvalidRequestError(
        f"is of no known dialect; it {what}", hint="dialect= names one, text=True plays it as text"
    )


# ---- JSON


def _json(body: bytes, *, whole: bool, dialect: str | None) -> Form | None:
    if body[:1] == b"[":
        return _array(body, whole=whole, dialect=dialect)
    lines = body.split(b"\n")
    if not whole:
        lines.pop()  # it may not be all of it
    if not lines:
        return None
    first = _value(lines[0])
    if isinstance(first, dict):
        return _lines(lines, first, whole=whole, dialect=dialect)
    return _document(body) if whole else None  # one object over several lines, or no JSON at all


def _lines(lines: list[bytes], first: dict[str, Any], *, whole: bool, dialect: str | None) -> Form | None:
    if "at" in first and "event" in first:
        return Form("timed")
    wires = [_value(line) for line in lines[:16]]  # nobody begins with more objects that tell nothing
    if (error := _stated(first, alone=len(wires) == 1 or not any(wires[1:]))) is not None:
        return Form("refusal", error=error) if whole else None
    found = _of_dialect("lines", wires, whole=whole or len(wires) == 16, dialect=dialect)
    if found is None:
        return None
    if found.dialect == OURS:
        return Form("events")
    return Form("body", found.dialect) if found.dialect == "ollama" else found


def _stated(wire: dict[str, Any], *, alone: bool) -> Error | None:
    """The error that a whole document states; an object of a stream may state one too, and others follow it."""
    return error_of(wire) if alone and "choices" not in wire and not is_ours(wire) else None


def _array(body: bytes, *, whole: bool, dialect: str | None) -> Form | None:
    found: Any = None
    try:
        found, _ = json.JSONDecoder().raw_decode(body[1:].decode("utf-8", "ignore").lstrip())
    except (ValueError, RecursionError):
        if not whole:
            return None
    if isinstance(found, dict) and (error := error_of(found)) is not None:
        return Form("refusal", error=error)
    return _of_dialect("body", [found], whole=True, dialect=dialect)


def _document(body: bytes) -> Form:
    wire = _value(body)
    if isinstance(wire, dict) and (error := error_of(wire)) is not None:
        return Form("refusal", error=error)
    if wire is None:
        raise _refused("begins like JSON, and its first line is none")
    raise _refused(f"is one JSON document, no stream: {describe_json(wire)}")
