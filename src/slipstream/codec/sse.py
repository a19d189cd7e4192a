"""The decoder of event streams: the algorithm of WHATWG HTML 9.2.6, on bytes that come cut anywhere.

Strategy: all work is done by `split`, `find` and `in`, which run in C.

1. Line ends become LF first (two `replace`, only when there is a CR at all). A CR ends its line at once; if it was half
   of a CRLF, the LF that opens the next read is dropped. So nothing ever waits for a byte that may not come.
2. Most events of a stream open with the same bytes, `data: ` or `event: <name>` + `data: `. Splitting a read by the
   blank line and that opening gives the payloads themselves; one count of the LFs proves that nothing stood between.
3. What does not fit goes line by line. The only thing kept raw is the unfinished line, in a bytearray that grows in
   place, so a 10 MB event in 1 KiB reads is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import repeat

from slipstream.codec.checks import BOM, Bytes, as_bytes, check_limit, closed, is_whole, too_large
from slipstream.codec.frame import Frame
from slipstream.codec.limits import (
    MAX_COMMENT_BYTES,
    MAX_EVENT_BYTES,
    MAX_NAME_BYTES,
    MAX_RETRY_DIGITS,
)
from slipstream.errors import EventTooLargeError

_DATA = b"data: "
_EVENT = b"event: "
_BLANK = b"\n\n"
_BULK = 512  # bytes; in a shorter read are fewer events than a split by their opening pays for
_OPENING = re.compile(rb"(?:event: [^\n]{0,%d}\n)?data: " % MAX_NAME_BYTES)

# As numbers, because `10 in data` takes 30 ns, and `b"\n" in data`, which first asks whether it is a number, 180 ns.
_NUL = 0
_LF = 10
_CR = 13
_COLON = 58


class SSEDecoder:
    """Body bytes in, frames out.

    The id, the event name and the rest follow the standard; so does an event without data, which gives no frame (the
    SDKs of OpenAI and others give one). Two things go beyond it. Comments are counted, as they show that the server
    lives. And an event that the end of the body cuts off before its blank line is given if it is plainly whole
    (`[DONE]`, or JSON that closes), because real servers end so; otherwise `truncated` tells.

    Args:
        max_event_bytes: the longest line and the longest payload of an event, in bytes. Comments do not count.
        drop_repeats: leave out an event that repeats the one before it, id and payload: a server that resumes may send
            the last event again. The standard does not do this. An event without an id of its own is never left out,
            and none is once an id has stood on two different events: then it is no id of an event.

    Attributes:
        comments: how many comment lines have ended so far.
        retry: the reconnection time that the stream last gave, in milliseconds, or None.
        last_event_id: the id at the last blank line, to resume from; None before the first id.
        truncated: True if, at `end()`, an event was unfinished and is lost.
        error: the error that this decoder died of, or None.

    Raises:
        InvalidRequestError: `max_event_bytes` is not a positive whole number.
    """

    __slots__ = (
        "_after_cr",
        "_comment",
        "_drop_repeats",
        "_ended",
        "_event",
        "_event_line",
        "_head",
        "_id",
        "_last",
        "_limit",
        "_more",
        "_more_bytes",
        "_open",
        "_opening",
        "_opening_event",
        "_own_id",
        "_payload",
        "_retry",
        "_room",
        "_tail",
        "comments",
        "error",
        "last_event_id",
        "retry",
        "truncated",
    )

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES, drop_repeats: bool = False) -> None:
        self.comments = 0
        self.retry: int | None = None
        self.last_event_id: str | None = None
        self.truncated = False
        self.error: EventTooLargeError | None = None
        self._limit = check_limit(max_event_bytes)
        self._comment = b""
        self._ended = False
        # What is held of the stream: the start of an unfinished line; what may become a BOM (None once settled).
        self._tail = bytearray()
        self._head: bytes | None = b""
        self._after_cr = False
        # The fast path: how long a read it may take (-1 unless the reader stands between two events with nothing
        # held), and how the last event opened, as the next will most likely open.
        self._room = -1
        self._opening = _DATA
        self._opening_event = "message"
        self._event_line = b""
        # The event in the making. `_open` is True once it has any field. `_more`: the data lines after the first.
        self._open = False
        self._payload: bytes | None = None
        self._more: list[bytes] = []
        self._more_bytes = 0
        self._event = "message"
        self._id: str | None = None
        self._own_id = False
        self._drop_repeats = drop_repeats
        self._last: tuple[str | None, bytes] = (None, b"")
        self._retry: int | None = None

    @property
    def last_comment(self) -> str:
        """The text of the last comment, at most `MAX_COMMENT_BYTES` of it; empty before the first."""
        return self._comment.decode("utf-8", "replace")

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished event are held."""
        return len(self._tail) + len(self._head or b"") + len(self._payload or b"") + self._more_bytes

    def feed(self, data: Bytes) -> list[Frame]:
        """Take the next bytes of the body, cut anywhere, and return the frames that they complete.

        Raises:
            EventTooLargeError: an event has grown beyond the limit. Frames that were complete before it are never
                lost: they are returned, `error` is set, and the next call raises.
            InvalidRequestError: the data is not bytes, bytearray or memoryview.
            StreamClosedError: after `end()`.
        """
        # The common case, one whole event a read, stands here in full: a call more would cost a fifth of it.
        if (
            type(data) is bytes
            and len(data) <= self._room
            and data.startswith(self._opening)
            and data[-2:] == _BLANK
            and _CR not in data
        ):
            payload = data[len(self._opening) : -2]
            if _LF not in payload:
                return [Frame(payload, self._opening_event, self._id)]
        return self._guarded(as_bytes(data, "SSEDecoder.feed"))

    def end(self) -> list[Frame]:
        """The body has ended: return the last frame if its event was cut off but is plainly whole.

        Sets `truncated` if something was lost. A second call returns nothing.

        Raises:
            EventTooLargeError: the decoder had died of it.
        """
        if self.error is not None:
            raise self.error
        if self._ended:
            return []
        self._ended, self._room = True, -1
        frames: list[Frame] = []
        try:
            self._finish(frames)
        except EventTooLargeError as error:
            self._die(error)
            raise
        return frames

    # --- from reads to lines -------------------------------------------------------------------------------------

    def _guarded(self, data: bytes) -> list[Frame]:
        if self.error is not None:
            raise self.error
        if self._ended:
            raise closed("SSEDecoder.feed")
        if self._head is not None or self._after_cr or _CR in data:
            data = self._plain(data)
            if not data:
                return []
            if not self._after_cr and self._room > 0:
                return self.feed(data)  # whole events with CRLF are common enough for the fast path
        frames: list[Frame] = []
        try:
            if _LF in data:
                self._read(data, frames)
            else:
                self._keep(data)
        except EventTooLargeError as error:
            self._die(error)
            if not frames:
                raise
        return frames

    def _die(self, error: EventTooLargeError) -> None:
        self.error, self._room = error, -1
        self._tail, self._payload, self._more, self._more_bytes = bytearray(), None, [], 0

    def _plain(self, data: bytes) -> bytes:
        """The data without the BOM of the stream, its line ends all LF."""
        if self._head is not None and data:
            data = self._without_bom(data)
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if _CR in data:
            self._after_cr = data[-1] == _CR
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _without_bom(self, data: bytes) -> bytes:
        data = (self._head or b"") + data
        if len(data) < len(BOM) and BOM.startswith(data):
            self._head = data
            return b""
        self._head = None
        return data.removeprefix(BOM)

    def _read(self, data: bytes, frames: list[Frame]) -> None:
        """Lines for what the last read left open and what this one does; in bulk for the whole events in between."""
        if len(data) < _BULK:
            if self._room >= 0 and not data.startswith(self._opening):
                self._learn_opening(data)
            return self._lines(data, frames)
        if self._room < 0:
            head, blank, data = data.partition(_BLANK)
            self._lines(head + blank, frames)
        cut = data.rfind(_BLANK) + 2
        if 2 <= cut <= self._room:
            self._bulk(data[:cut], frames)
            data = data[cut:]
        return self._lines(data, frames)

    def _bulk(self, data: bytes, frames: list[Frame]) -> None:
        """Whole events, the last one's blank line included."""
        if not data.startswith(self._opening) and not self._learn_opening(data):
            return self._lines(data, frames)
        opening, event = self._opening, self._opening_event
        payloads = data[len(opening) : -2].split(_BLANK + opening)
        # Two LFs between the payloads, and those of the openings: if there are no more, no payload holds one.
        if data.count(b"\n") == len(payloads) * (2 + opening.count(b"\n")):
            frames.extend(map(Frame, payloads, repeat(event), repeat(self._id)))
            return None
        for payload in payloads:
            if _LF in payload:
                self._lines(opening + payload + _BLANK, frames)
            else:
                frames.append(Frame(payload, event, self._id))
        return None

    def _learn_opening(self, data: bytes) -> bool:
        """Remember how the first event of the data opens, if that is one of the two common forms."""
        found = _OPENING.match(data)
        if found is None:
            return False
        self._opening = found[0]
        self._event_line = found[0][: -len(_DATA) - 1]
        self._opening_event = self._event_line[len(_EVENT) :].decode("utf-8", "replace") or "message"
        return True

    def _lines(self, data: bytes, frames: list[Frame]) -> None:
        if self._tail and _LF in data:
            data = b"".join((self._tail, data))
            self._tail.clear()
        lines: list[bytes] = data.split(b"\n")
        rest = lines.pop()
        for line in lines if len(data) <= self._limit else self._checked(lines):
            if not line:
                self._blank(frames)
            elif self._payload is None and line[:6] == _DATA:
                self._payload = line[6:]
                self._open = True
            elif line == self._event_line:
                self._event = self._opening_event
                self._open = True
            else:
                name, _, value = line.partition(b":")
                if name in _FIELDS:
                    _FIELDS[name](self, value.removeprefix(b" "))
        self._keep(rest)

    def _checked(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            if len(line) > self._limit and line[0] != _COLON:
                raise too_large(self._limit)
            yield line

    def _keep(self, rest: bytes) -> None:
        """Keep the start of an unfinished line; of a comment, no more than will be shown."""
        tail = self._tail
        tail += rest
        if tail and tail[0] == _COLON:
            del tail[MAX_COMMENT_BYTES:]
        elif len(tail) > self._limit:
            raise too_large(self._limit)
        self._room = -1 if tail or self._open or self._after_cr else self._limit

    # --- from lines to frames ------------------------------------------------------------------------------------

    def _take_comment(self, value: bytes) -> None:
        self.comments += 1
        self._comment = value[:MAX_COMMENT_BYTES]

    def _take_data(self, value: bytes) -> None:
        self._open = True
        if self._payload is None:
            self._payload = value
            return
        self._more.append(value)
        self._more_bytes += 1 + len(value)
        if len(self._payload) + self._more_bytes > self._limit:
            raise too_large(self._limit)

    def _take_event(self, value: bytes) -> None:
        self._open = True
        self._event = value.decode("utf-8", "replace") or "message"

    def _take_id(self, value: bytes) -> None:
        if _NUL not in value:
            self._open = self._own_id = True
            self._id = value.decode("utf-8", "replace")

    def _take_retry(self, value: bytes) -> None:
        # isdigit of bytes knows ASCII digits only, as the standard wants.
        if value.isdigit() and len(value) <= MAX_RETRY_DIGITS:
            self._open = True
            self.retry = self._retry = int(value)

    def _joined(self) -> bytes | None:
        if self._payload is None or not self._more:
            return self._payload
        return b"\n".join((self._payload, *self._more))

    def _blank(self, frames: list[Frame]) -> None:
        """A blank line: the event is done. The id counts from here on, even if there was no data to give."""
        if not self._open:
            return
        self.last_event_id = self._id
        payload = self._joined()
        if payload is not None and not (self._own_id and self._drop_repeats and self._repeats(payload)):
            frames.append(Frame(payload, self._event, self._id, self._retry))
        self._open = self._own_id = False
        self._payload = None
        self._event = "message"
        self._retry = None
        if self._more:
            self._more, self._more_bytes = [], 0

    def _repeats(self, payload: bytes) -> bool:
        """True if this event is the last one again."""
        last_id, last_payload = self._last
        self._last = (self._id, payload)
        if last_id != self._id:
            return False
        self._drop_repeats = payload == last_payload
        return self._drop_repeats

    def _finish(self, frames: list[Frame]) -> None:
        """The event that the end of the body cut off, and the line that it cut off, if any.

        Of a line without its end only a data line can show that it is whole. An id or a name may lack its last letters,
        and a resume from half an id would repeat or lose text, so with such a line the event is lost.
        """
        line = (self._head or b"") + bytes(self._tail)
        self._head, self._tail = None, bytearray()
        cut = bool(line) and line[0] != _COLON
        if cut and line.startswith(b"data:"):
            self._take_data(line[5:].removeprefix(b" "))
        elif cut and not line.isspace():
            self.truncated = True
            return
        payload = self._joined()
        if payload is not None and is_whole(payload, line_ended=not cut):
            self._blank(frames)
        self.truncated = self._open


_FIELDS: dict[bytes, Callable[[SSEDecoder, bytes], None]] = {
    b"": SSEDecoder._take_comment,
    b"data": SSEDecoder._take_data,
    b"event": SSEDecoder._take_event,
    b"id": SSEDecoder._take_id,
    b"retry": SSEDecoder._take_retry,
}
