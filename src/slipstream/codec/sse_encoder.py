"""The encoder of event streams: whatever stands in the data, the reader gets that data and nothing else.

Strategy: the only bytes with a meaning to the reader's line splitter are LF and CR (WHATWG HTML 9.2.6), so every one of
them in data or a comment starts a new line with the field's name in front, and in a name or an id it is refused.
"""

from __future__ import annotations

import re

from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_RETRY_DIGITS
from slipstream.codec.text import to_utf8
from slipstream.errors import InvalidRequestError

_LF = 10
_CR = 13
_BREAKS_OUT = re.compile("[\0\n\r]")


class SSEEncoder:
    """Events in, body bytes out. It keeps no state: each call gives whole blocks, blank line included."""

    __slots__ = ()

    def encode(
        self, data: str | bytes, *, event: str | None = None, id: str | None = None, retry: int | None = None
    ) -> bytes:
        """One event.

        A reader gets CR and CRLF in the data back as LF: the format has no other way to write them. JSON escapes them.

        Args:
            data: the payload; bytes are taken as UTF-8. A lone surrogate in text becomes U+FFFD.
            event: the event's name; None, `""` and `"message"` mean the default, which is not written.
            id: the event's id, without NUL, LF, CR; `""` takes back the id that stood before; None leaves it.
            retry: the reconnection time in milliseconds, at most 12 digits.

        Returns:
            The block, its blank line included.

        Raises:
            InvalidRequestError: an argument is of the wrong type, or could break out of its line.
        """
        payload = _payload(data, "data")
        if event is None and id is None and retry is None and _LF not in payload and _CR not in payload:
            return b"data: %b\n\n" % payload
        lines = []
        if retry is not None:
            lines.append(b"retry: %d\n" % _milliseconds(retry))
        if id is not None:
            lines.append(b"id: %b\n" % _one_line(id, "id"))
        if event is not None and event != "message" and event != "":
            lines.append(b"event: %b\n" % _one_line(event, "event"))
        lines.append(b"data: %b\n\n" % _line_ends(payload).replace(b"\n", b"\ndata: "))
        return b"".join(lines)

    def frame(self, frame: Frame) -> bytes:
        """One event, as it was decoded. Decoding gives an equal frame (CR and CRLF in the payload as LF)."""
        return self.encode(frame.payload, event=frame.event, id=frame.id, retry=frame.retry)

    def comment(self, text: str | bytes = "") -> bytes:
        """A comment, which readers drop: a sign of life for proxies and timers, a line for each line of the text."""
        return b": %b\n\n" % _line_ends(_payload(text, "text")).replace(b"\n", b"\n: ")


def _payload(data: object, name: str) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return to_utf8(data)
    raise InvalidRequestError(f"{name} takes str or bytes, not {type(data).__name__}")


def _line_ends(payload: bytes) -> bytes:
    """The payload with LF for every CRLF and CR."""
    if _CR in payload:
        return payload.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return payload


def _one_line(value: object, name: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} takes str, not {type(value).__name__}")
    if _BREAKS_OUT.search(value):
        raise InvalidRequestError(f"{name} may not hold NUL, LF or CR: they would end its line, or void it")
    return to_utf8(value)


def _milliseconds(retry: object) -> int:
    if isinstance(retry, bool) or not isinstance(retry, int) or not 0 <= retry < 10**MAX_RETRY_DIGITS:
        raise InvalidRequestError(f"retry takes milliseconds, a whole number of at most {MAX_RETRY_DIGITS} digits")
    return retry
