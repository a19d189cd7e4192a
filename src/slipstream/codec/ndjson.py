"""NDJSON, one JSON text a line, both ways (Ollama's wire; llama.cpp and others offer it too)."""

from __future__ import annotations

from itertools import takewhile

from slipstream.codec.checks import BOM, Bytes, as_bytes, check_limit, closed, is_whole, too_large
from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.codec.text import to_utf8
from slipstream.errors import EventTooLargeError, InvalidRequestError

_LF = 10
_SPACE = b" \t\r"


class NDJSONDecoder:
    """Body bytes in, frames out: a frame a line, with the line as its payload.

    It has the face of `SSEDecoder`. Lines end with LF or CRLF; a lone CR is white space of JSON and ends none. Blank
    lines are skipped, one BOM at the start is dropped. The last line may lack its end.

    Args:
        max_event_bytes: the longest line, in bytes.

    Attributes:
        truncated: True if, at `end()`, a line was cut off and is lost.
        error: the error that this decoder died of, or None.

    Raises:
        InvalidRequestError: `max_event_bytes` is not a positive whole number.
    """

    __slots__ = ("_ended", "_limit", "_started", "_tail", "error", "truncated")

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self.truncated = False
        self.error: EventTooLargeError | None = None
        self._limit = check_limit(max_event_bytes)
        self._tail = bytearray()
        self._started = False
        self._ended = False

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished line are held."""
        return len(self._tail)

    def feed(self, data: Bytes) -> list[Frame]:
        """Take the next bytes of the body, cut anywhere, and return the frames of the lines that they end.

        Raises:
            EventTooLargeError: a line has grown beyond the limit. Lines that were whole before it are never lost: they
                are returned, `error` is set, and the next call raises.
            InvalidRequestError: the data is not bytes, bytearray or memoryview.
            StreamClosedError: after `end()`.
        """
        data = as_bytes(data, "NDJSONDecoder.feed")
        if self.error is not None:
            raise self.error
        if self._ended:
            raise closed("NDJSONDecoder.feed")
        if _LF not in data:
            self._tail += data
            return self._die([]) if len(self._tail) > self._limit else []
        if self._tail:
            data = b"".join((self._tail, data))
            self._tail.clear()
        lines = data.split(b"\n")
        self._tail += lines.pop()
        if len(data) > self._limit and max(map(len, (self._tail, *lines))) > self._limit:
            return self._die(lines)
        return self._frames(lines)

    def end(self) -> list[Frame]:
        """The body has ended: return the last line if it is whole JSON; else `truncated` is True.

        Raises:
            EventTooLargeError: the decoder had died of it.
        """
        if self.error is not None:
            raise self.error
        self._ended = True
        lines = [bytes(self._tail)]
        self._tail.clear()
        frames = self._frames(lines)
        self.truncated = bool(frames) and not is_whole(frames[0].payload, line_ended=False)
        return [] if self.truncated else frames

    def _die(self, lines: list[bytes]) -> list[Frame]:
        """The frames of the lines before the first that is too long."""
        self.error = too_large(self._limit)
        self._tail.clear()
        frames = self._frames(list(takewhile(lambda line: len(line) <= self._limit, lines)))
        if not frames:
            raise self.error
        return frames

    def _frames(self, lines: list[bytes]) -> list[Frame]:
        if lines and not self._started:
            self._started = True
            lines[0] = lines[0].removeprefix(BOM)
        return [Frame(text) for line in lines if (text := line.strip(_SPACE))]


class NDJSONEncoder:
    """JSON texts in, lines out."""

    __slots__ = ()

    def encode(self, data: str | bytes) -> bytes:
        """One line.

        A line end inside the text becomes a space: in JSON it can only stand between tokens, where the two mean the
        same, so a text that is printed over several lines is one line here and nothing can break out.

        Args:
            data: a JSON text; it is not checked.

        Raises:
            InvalidRequestError: the data is neither str nor bytes.
        """
        if isinstance(data, str):
            data = to_utf8(data)
        elif not isinstance(data, bytes):
            raise InvalidRequestError(f"NDJSONEncoder.encode takes str or bytes, not {type(data).__name__}")
        return data.translate(_NO_LINE_ENDS) + b"\n"


_NO_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")
