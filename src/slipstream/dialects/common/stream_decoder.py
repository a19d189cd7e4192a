"""The base of all stream decoders: bytes to frames to typed chunks, and all that can go wrong on the way.

It is made for SSE; a dialect whose body is split otherwise says so in `SPLITTER`, `INNER`, `_is_document_start` and
`_may_begin`.

Strategy: the common frame costs one `msgspec` decode into a Struct that names only the fields we read, and one call of
`_take`. A dialect may keep two such Structs, a narrow `TYPED` and a full `WHOLE`: where the narrow one does not tell
enough, `_take` returns AGAIN and the frame is decoded once more. What the typed decode refuses (lone surrogates, broken
UTF-8, unexpected types) gets a slow second try: plain `json`, then the dialect's `_loosen`. So neither wealth nor
tolerance costs anything until it is needed.

Nothing here raises for what is in the bytes: a failure is an `Error` event, and the last one. It closes no block: what
was open was cut, and who resumes the stream may go on in it.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, ClassVar, Final, Protocol

import msgspec
from msgspec.structs import force_setattr

from slipstream.codec.checks import Bytes, as_bytes
from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.codec.sse import SSEDecoder
from slipstream.dialects.common.checks import kind_of, wrong
from slipstream.dialects.common.documents import describe_json, start_of_page
from slipstream.errors import EventTooLargeError
from slipstream.events import Error, Event, Heartbeat, Raw

NOTED: Final = 0
"""`_take` understood the chunk."""

UNKNOWN: Final = 1
"""`_take` found nothing it knows: the frame becomes a `Raw`, so that it is never lost."""

STOP: Final = 2
"""`_take` has emitted the last event of the stream (it called `_conclude` or `_fail`)."""

AGAIN: Final = 3
"""`_take` emitted nothing and wants the frame as a `WHOLE`, for `_take_whole`."""

BLANK: Final = b"\xef\xbb\xbf \t\r\n"
"""The bytes that may stand before a body begins: white space and a byte order mark."""

# A body that is no SSE is kept until it ends, to be read as an error object. No provider's error comes near this size;
# what is longer is a document that somebody else sends.
MAX_DOCUMENT_BYTES: Final = 64 * 1024

# Of a body that was taken for SSE, what is kept to be shown should no frame ever come.
_HEAD_BYTES: Final = 512

_REFUSALS = (ValueError, RecursionError)  # the errors of msgspec, json and UTF-8 are ValueErrors
# Each try reads the rest of the frame; more frames than this, all cut and glued into one, nobody has seen.
_MAX_INNER: Final = 8
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Splitter(Protocol):
    """What cuts a body into frames: `SSEDecoder`, or another with its face."""

    @property
    def comments(self) -> int: ...

    @property
    def last_comment(self) -> str: ...

    @property
    def last_event_id(self) -> str | None: ...

    @property
    def error(self) -> EventTooLargeError | None: ...

    def feed(self, data: Bytes) -> list[Frame]: ...

    def end(self) -> list[Frame]: ...


def parse_loosely(payload: bytes) -> Any:
    """Decode JSON that `msgspec` refuses: broken UTF-8 and lone surrogates become U+FFFD, NaN and Infinity pass.

    Raises:
        ValueError, RecursionError: it is no JSON at all, or nested too deep.
    """
    return _without_surrogates(json.loads(payload.decode("utf-8", "replace")))


def _parse(payload: bytes) -> Any:
    """Decode any JSON: as it should be at twice the speed, then as it comes."""
    try:
        return msgspec.json.decode(payload)
    except _REFUSALS:
        return parse_loosely(payload)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


class StreamDecoder(ABC):
    """Decodes one streamed answer; see `face.Decoder` for what a caller sees.

    A dialect sets `TYPED` and writes `complete`, `_take`, `_loosen`, `_error_of`, `_flush` and `_close`.

    Args:
        include_raw: give every event its wire object in `.raw`, and frames without an event a `Raw`.
        lenient: skip malformed frames, resynchronising at an inner `data: {`, instead of ending with an error.
        max_event_bytes: the longest event, in bytes.

    Raises:
        InvalidRequestError: `max_event_bytes` is not a positive whole number.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]]
    """The decoder of the dialect's chunk type; one for the class, because making it costs more than a chunk."""

    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = None
    """The decoder of the full chunk type, where `TYPED` is a narrow one."""

    SPLITTER: ClassVar[Callable[..., Splitter]] = partial(SSEDecoder, drop_repeats=True)
    """What cuts the body into frames; it takes `max_event_bytes`."""

    INNER: ClassVar[re.Pattern[bytes]] = re.compile(rb"data:(?= ?\{| ?\[DONE\])")
    """What ends where a frame begins that is glued into another one."""

    def __init__(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        self.finished = False
        self.malformed = 0
        self._include_raw = include_raw
        self._lenient = lenient
        self._frames = type(self).SPLITTER(max_event_bytes=max_event_bytes)
        # With `include_raw` every frame takes the way of the second try, which has the wire object at hand.
        self._decode = _refuse if include_raw else self.TYPED.decode
        self._comments = 0
        self._seen = False  # a frame, whole or not
        self._unusual = True  # nobody knows yet what kind of body this is, or nothing more is wanted of it
        self._is_document = self._is_stream = False
        self._head = bytearray()  # the body up to its first telling byte; all of it when it is a document

    # What a dialect writes.

    @property
    @abstractmethod
    def complete(self) -> bool:
        """True if an end of the body now would be a normal end."""

    @abstractmethod
    def _take(self, chunk: Any, out: list[Event]) -> int:
        """Append the events of one typed chunk to `out`; return NOTED, UNKNOWN, STOP or AGAIN.

        With UNKNOWN and AGAIN nothing may have been appended or remembered: the chunk comes once more.
        """

    @abstractmethod
    def _loosen(self, wire: dict[str, Any]) -> Any:
        """The (whole) chunk of an object whose fields have unexpected types; a `ValueError` means malformed."""

    @abstractmethod
    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        """The error this object states, in any of the provider's shapes, or None if it states none."""

    @abstractmethod
    def _flush(self, out: list[Event]) -> None:
        """Append whatever text is held back (the start of a tag that never came): nothing held is ever lost."""

    @abstractmethod
    def _close(self, out: list[Event]) -> None:
        """Append what ends a whole answer: closed blocks, `Usage`, `StepEnd`s and `Finish`."""

    def _take_whole(self, chunk: Any, out: list[Event]) -> int:
        """Append the events of one `WHOLE` chunk to `out`; return NOTED, UNKNOWN or STOP."""
        return self._take(chunk, out)

    def _take_unknown(self, wire: dict[str, Any], frame: Frame | None, out: list[Event]) -> int:  # noqa: ARG002
        """Take a frame in which `_take` found nothing. `frame` is None for `feed_wire`."""
        out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:
        """Take the end mark `[DONE]`."""
        return self._conclude(out)

    def _is_document_start(self, first: bytes) -> bool:
        """True if a body whose first byte this is, is one whole document and no stream."""
        return first in (b"{", b"[", b"<")

    def _may_begin(self, head: bytes) -> bool:
        """True if a body without a single frame could be the cut start of a stream, or is empty."""
        return any(head.startswith(field) or field.startswith(head) for field in _FIELDS)

    # What a caller uses.

    @property
    def last_event_id(self) -> str | None:
        """The SSE id of the last whole frame, or None."""
        return self._frames.last_event_id

    def feed(self, data: bytes) -> list[Event]:
        """Take body bytes, cut anywhere; return the events they complete.

        Raises:
            InvalidRequestError: the data is not bytes, bytearray or memoryview.
        """
        if self._unusual:
            return self._feed_unusual(data)
        # From here to `_take` the common case stands in full: each call more would cost a tenth of it.
        out: list[Event] = []
        splitter = self._frames
        try:
            frames = splitter.feed(data)
        except EventTooLargeError as error:
            self._fail(out, "EventTooLargeError", error.message)
            return out
        if splitter.comments != self._comments:
            self._comments = splitter.comments
            out.append(Heartbeat(comment=splitter.last_comment))
        if frames:
            self._seen = True
            decode = self._decode
            for frame in frames:
                try:
                    chunk = decode(frame.payload)
                except _REFUSALS:
                    verdict = self._second_try(frame, out)
                else:
                    verdict = self._take(chunk, out)
                if verdict and self._settle(verdict, frame, out):
                    break
            if splitter.error is not None and not self.finished:  # it came after whole frames, which are not lost
                self._fail(out, "EventTooLargeError", splitter.error.message)
        return out

    def feed_wire(self, wire: Mapping[str, Any]) -> list[Event]:
        """Take one wire object (a chunk an SDK has already decoded); return its events.

        Raises:
            InvalidRequestError: it is no mapping.
        """
        if not isinstance(wire, Mapping):
            raise wrong("feed_wire", f"{kind_of(wire)} is no wire object", "a mapping, as a chunk of JSON decodes to")
        out: list[Event] = []
        if not self.finished:
            self._unusual = False
            self._seen = True
            self._take_wire(dict(wire), None, out)
        return out

    def end(self) -> list[Event]:
        """The body has ended: return what was held, then `Finish`, or `Error` if the end mark is missing."""
        out: list[Event] = []
        if self.finished:
            return out
        if self._is_document:
            self._end_document(out)
            return out
        for frame in self._frames.end():
            self._seen = True
            self._second_try(frame, out)
        if not self.finished:
            self._end_stream(out)
        return out

    # From bytes to chunks.

    def _settle(self, verdict: int, frame: Frame, out: list[Event]) -> bool:
        """Deal with the rarer verdicts; True if the stream is over."""
        if verdict == AGAIN and self.WHOLE is not None:
            try:
                chunk = self.WHOLE.decode(frame.payload)
            except _REFUSALS:
                return self._second_try(frame, out) == STOP
            verdict = self._take_whole(chunk, out)
        if verdict == UNKNOWN:
            verdict = self._second_try(frame, out)
        return verdict == STOP

    def _second_try(self, frame: Frame, out: list[Event]) -> int:
        payload = frame.payload
        if payload.startswith(b"[DONE]"):
            return self._take_done(out)
        if not payload or payload.isspace():
            return NOTED  # `data:` alone: a sign of life in its oldest form
        try:
            wire = _parse(payload)
        except _REFUSALS as error:
            return self._take_malformed(frame, error, out)
        return self._take_wire(wire, frame, out)

    def _take_wire(self, wire: Any, frame: Frame | None, out: list[Event]) -> int:
        """Take a decoded object, and give its events the wire object if they were asked for."""
        before = len(out)
        try:
            if not isinstance(wire, dict):
                raise TypeError(f"a {type(wire).__name__}, where an object belongs")  # noqa: TRY301
            chunk = self._chunk_of(wire)
        except (TypeError, *_REFUSALS) as error:
            return self._take_malformed(frame, error, out)
        verdict = self._take_whole(chunk, out)
        if verdict == UNKNOWN:
            verdict = self._take_unknown(wire, frame, out)
        if self._include_raw:
            self._stamp(wire, before, out)
        return verdict

    def _chunk_of(self, wire: dict[str, Any]) -> Any:
        try:
            return msgspec.convert(wire, (self.WHOLE or self.TYPED).type)
        except _REFUSALS:
            return self._loosen(wire)

    @staticmethod
    def _stamp(wire: dict[str, Any], before: int, out: list[Event]) -> None:
        if len(out) == before:
            out.append(Raw(data=wire))
        for event in out[before:]:
            force_setattr(event, "raw", wire)  # they are ours alone until we return them

    # What goes wrong.

    def _take_malformed(self, frame: Frame | None, error: Exception, out: list[Event]) -> int:
        """Count a frame that is no chunk; end the stream, or go on at an inner frame if we are lenient."""
        self.malformed += 1
        payload = b"" if frame is None else frame.payload
        if not self._lenient:
            return self._fail(out, "MalformedChunkError", _blame(payload, error), retryable=True)
        return self._resynchronise(payload, out)

    def _resynchronise(self, payload: bytes, out: list[Event]) -> int:
        """A frame cut in the middle may have the next one glued to it: `{"id":"a","chdata: {...}` (WIRE 0.7)."""
        for found in islice(self.INNER.finditer(payload), _MAX_INNER):
            inner = payload[found.end() :].strip()
            if inner.startswith(b"[DONE]"):
                return self._take_done(out)
            try:
                wire = parse_loosely(inner)
            except _REFUSALS:
                continue
            return self._take_wire(wire, None, out)
        return NOTED

    def _fail(
        self, out: list[Event], kind: str, message: str, *, code: str | None = None, retryable: bool = False
    ) -> int:
        """End the stream with an error; returns STOP."""
        return self._fail_with(Error(kind=kind, message=message, code=code, retryable=retryable), out)

    def _fail_with(self, error: Error, out: list[Event]) -> int:
        """End the stream with this error; returns STOP."""
        self._flush(out)
        out.append(error)
        return self._stop()

    def _conclude(self, out: list[Event]) -> int:
        """End the stream well; returns STOP."""
        self._flush(out)
        self._close(out)
        return self._stop()

    def _stop(self) -> int:
        self.finished = self._unusual = True
        return STOP

    def _end_stream(self, out: list[Event]) -> None:
        if self.complete:
            self._conclude(out)
        elif self._seen or self._comments or self._may_begin(bytes(self._head).lstrip(BLANK)):
            what = "the body ended without the provider's end mark" if self._seen else "the body ended before any event"
            self._fail(out, "StreamInterruptedError", what, retryable=True)
        else:
            self._fail(out, "NotAStreamError", f"the body is no event stream; it begins: {start_of_page(self._head)}")

    # The first bytes, which tell whether this is an event stream at all.

    def _feed_unusual(self, data: bytes) -> list[Event]:
        data = as_bytes(data, "feed")
        out: list[Event] = []
        if self.finished:
            return out
        self._head += data
        if self._is_stream:
            return self._feed_first(data)
        first = b"" if self._is_document else bytes(self._head).lstrip(BLANK)[:1]
        if self._is_document or (first and self._is_document_start(first)):
            self._is_document = True
            if len(self._head) > MAX_DOCUMENT_BYTES:
                self._end_document(out)
        elif first:
            self._is_stream = True
            return self._feed_first(bytes(self._head))
        elif len(self._head) > MAX_DOCUMENT_BYTES:
            del self._head[3:]  # blank lines as signs of life; of a byte order mark, which may lead them, three bytes
        return out

    def _feed_first(self, data: bytes) -> list[Event]:
        """Take what should be a stream, until its first frame shows that it is one."""
        self._unusual = False
        out = self.feed(data)
        if not self._seen:
            self._unusual = True
            del self._head[_HEAD_BYTES:]
        return out

    def _end_document(self, out: list[Event]) -> None:
        body = bytes(self._head).lstrip(BLANK)
        if body[:1] == b"<":
            self._fail(out, "NotAStreamError", f"the body is an HTML page, not a stream: {start_of_page(body)}")
            return
        if body[:1] not in (b"{", b"["):
            self._fail(out, "NotAStreamError", f"the body is no event stream; it begins: {start_of_page(body)}")
            return
        try:
            wire = parse_loosely(body)
        except _REFUSALS:
            self._fail(out, "NotAStreamError", "the body begins as a JSON document, not as a stream, and is not whole")
            return
        stated = wire[0] if isinstance(wire, list) and wire else wire  # Google puts its error into an array
        error = self._error_of(stated) if isinstance(stated, dict) else None
        if error is None:
            self._fail(out, "NotAStreamError", f"the body is a JSON document, not a stream: {describe_json(wire)}")
        else:
            self._fail_with(error, out)


def _refuse(payload: bytes) -> Any:  # noqa: ARG001
    raise ValueError


def _blame(payload: bytes, error: Exception) -> str:
    """Where a frame is wrong, without a word of what is in it."""
    if isinstance(error, json.JSONDecodeError):
        return f"a frame of {len(payload)} bytes is no JSON: {error.msg} at character {error.pos}"
    if isinstance(error, TypeError):
        return f"a frame of {len(payload)} bytes is {error}"
    return f"a frame of {len(payload)} bytes is not what the dialect promises ({type(error).__name__})"
